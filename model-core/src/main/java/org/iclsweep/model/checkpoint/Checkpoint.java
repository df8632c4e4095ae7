package org.iclsweep.model.checkpoint;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.iclsweep.datasets.reproducible.Digest;
import org.jspecify.annotations.Nullable;

/**
 * A checkpoint in the Hugging Face layout: a directory with {@code config.json}, {@code model.safetensors} (or shards
 * and their {@code model.safetensors.index.json}), and often a tokenizer. Everything is checked when it is opened;
 * tensors are read one at a time, from files that are opened for each.
 */
public final class Checkpoint implements Weights {
    private static final String TOKENIZER_CONFIG = "tokenizer_config.json";
    private static final String SPECIAL_TOKENS = "special_tokens_map.json";
    private static final String CHAT_TEMPLATE = "chat_template.jinja";

    /** Files that make up a tokenizer, those of them that a checkpoint has. */
    private static final List<String> TOKENIZER_FILES =
            List.of("tokenizer.json", TOKENIZER_CONFIG, CHAT_TEMPLATE, SPECIAL_TOKENS, "vocab.json", "merges.txt");

    private static final String SINGLE = "model.safetensors";
    private static final String GENERATION = "generation_config.json";

    /** Those that decide which tokens a text has. */
    private static final List<String> DECIDING =
            List.of("tokenizer.json", TOKENIZER_CONFIG, SPECIAL_TOKENS, CHAT_TEMPLATE);

    private final CheckpointDirectory directory;
    private final ObjectNode config;
    private final StoredTensors stored;
    private final Weights weights;
    private final List<Path> files;
    private volatile @Nullable String sha256;

    private Checkpoint(
            CheckpointDirectory directory,
            ObjectNode config,
            Map<String, SafetensorsReader> tensors,
            List<Path> files) {
        this.directory = directory;
        this.config = config;
        this.stored = new StoredTensors(directory.path(), tensors);
        this.weights =
                Quantization.of(config).filter(Quantization::isMxfp4).isPresent() ? new Mxfp4Weights(stored) : stored;
        this.files = List.copyOf(files);
    }

    /**
     * Opens the checkpoint in {@code directory}: reads its configuration and the headers of its weights.
     *
     * @throws CheckpointException if anything of it is missing, malformed, pickled, or outside of the directory
     */
    public static Checkpoint open(Path directory) {
        CheckpointDirectory files = CheckpointDirectory.at(directory);
        ObjectNode config = files.json("config.json");
        if (!config.path("model_type").isTextual()) {
            throw new CheckpointException(directory.resolve("config.json") + ": model_type: expected a text, found "
                    + config.path("model_type"));
        }
        Map<String, SafetensorsReader> tensors = new LinkedHashMap<>();
        if (files.has(SINGLE)) {
            SafetensorsReader reader = SafetensorsReader.open(files.existing(SINGLE));
            reader.names().forEach(name -> tensors.put(name, reader));
        } else {
            tensors.putAll(shards(files));
        }
        return new Checkpoint(files, config, tensors, digested(files));
    }

    /**
     * The files of the checkpoint in {@code directory} in the order of its digest. Only its JSON files are read, so
     * that weights may still be on their way.
     *
     * @throws CheckpointException if one of them is missing, malformed, or outside of the directory
     */
    public static List<Path> digested(Path directory) {
        return digested(CheckpointDirectory.at(directory));
    }

    private static List<Path> digested(CheckpointDirectory files) {
        Set<Path> read = new TreeSet<>();
        read.add(files.existing("config.json"));
        if (files.has(SINGLE)) {
            read.add(files.existing(SINGLE));
        } else {
            read.add(files.existing(CheckpointDirectory.INDEX));
            files.json(CheckpointDirectory.INDEX)
                    .path("weight_map")
                    .forEach(shard -> read.add(files.existing(shard.asText())));
        }
        DECIDING.stream().filter(files::has).map(files::existing).forEach(read::add);
        return List.copyOf(read);
    }

    /** The shard of each tensor, by the index of {@code directory}. */
    private static Map<String, SafetensorsReader> shards(CheckpointDirectory directory) {
        Path file = directory.existing(CheckpointDirectory.INDEX);
        JsonNode map = directory.json(CheckpointDirectory.INDEX).path("weight_map");
        if (!map.isObject()) {
            throw new CheckpointException(file + " has no object weight_map");
        }
        Map<String, SafetensorsReader> shards = new LinkedHashMap<>();
        Map<String, SafetensorsReader> tensors = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : map.properties()) {
            String name = entry.getKey();
            if (!entry.getValue().isTextual()) {
                throw new CheckpointException(file + ": the shard of tensor '" + name + "' is not a file name");
            }
            SafetensorsReader shard = shards.computeIfAbsent(
                    entry.getValue().asText(), s -> SafetensorsReader.open(directory.existing(s)));
            if (!shard.has(name)) {
                throw new CheckpointException(
                        file + " places tensor '" + name + "' in " + shard.file() + ", which does not have it");
            }
            tensors.put(name, shard);
        }
        return tensors;
    }

    /** The directory. */
    public Path directory() {
        return directory.path();
    }

    /** The commit of a checkpoint in the hub's cache; empty for one elsewhere. */
    public Optional<String> revision() {
        return snapshot().map(HubCache.Snapshot::revision);
    }

    Optional<HubCache.Snapshot> snapshot() {
        return directory.snapshot();
    }

    /** A copy of {@code config.json}. */
    public ObjectNode config() {
        return config.deepCopy();
    }

    /** The part of {@code config.json} that is of the text model: a block of it where the model reads images too. */
    public JsonNode textConfig() {
        return config.path("text_config").isObject() ? config.path("text_config") : config;
    }

    /** The {@code model_type} of the configuration. */
    public String modelType() {
        return config.path("model_type").asText();
    }

    /**
     * SHA-256 of the content that decides what the model answers: {@code config.json}, weights, {@code tokenizer.json},
     * {@code tokenizer_config.json}, with their names and lengths; in hexadecimal. Read from the files at the first
     * call.
     *
     * @throws CheckpointException if a file cannot be read
     */
    public String sha256() {
        String digest = sha256;
        if (digest == null) {
            digest = digestOfFiles();
            sha256 = digest;
        }
        return digest;
    }

    private String digestOfFiles() {
        Digest digest = new Digest();
        for (Path file : files) {
            try {
                digest.addFile(directory.path().relativize(file).toString(), file);
            } catch (IOException e) {
                throw SafetensorsReader.unreadable(file, e);
            }
        }
        return digest.hex();
    }

    /**
     * SHA-256 of the content of one file, in hexadecimal.
     *
     * @throws CheckpointException if it cannot be read
     */
    public static String sha256Of(Path file) {
        try {
            return Digest.of(file);
        } catch (IOException e) {
            throw SafetensorsReader.unreadable(file, e);
        }
    }

    /** The files of the tokenizer beside the weights, in a fixed order; none for byte-level models. */
    public List<Path> tokenizerFiles() {
        return TOKENIZER_FILES.stream()
                .filter(directory::has)
                .map(directory::existing)
                .toList();
    }

    /** The file {@code tokenizer.json}, if there is one. */
    public Optional<Path> tokenizerJson() {
        return directory.has("tokenizer.json") ? Optional.of(directory.existing("tokenizer.json")) : Optional.empty();
    }

    /** The content of {@code tokenizer_config.json}; missing where there is none. */
    public JsonNode tokenizerConfig() {
        return object(TOKENIZER_CONFIG);
    }

    /** The content of {@code generation_config.json}, the settings of generation; missing where there is none. */
    public JsonNode generationConfig() {
        return object(GENERATION);
    }

    private JsonNode object(String file) {
        return directory.has(file) ? directory.json(file) : MissingNode.getInstance();
    }

    /**
     * The files of the model's text, which a converted checkpoint has too: {@link #tokenizerFiles} and how to generate.
     */
    public List<Path> textFiles() {
        List<Path> files = new ArrayList<>(tokenizerFiles());
        if (directory.has(GENERATION)) {
            files.add(directory.existing(GENERATION));
        }
        return files;
    }

    /** The tensors as they are stored, those of packed weights among them. */
    public StoredTensors stored() {
        return stored;
    }

    /** The names of all tensors; of packed weights those of the unpacked ones. */
    @Override
    public Set<String> names() {
        return weights.names();
    }

    @Override
    public long[] shape(String name) {
        return weights.shape(name);
    }

    @Override
    public StoredType storedType(String name) {
        return weights.storedType(name);
    }

    @Override
    public NDArray read(NDManager manager, String name, DataType type) {
        return weights.read(manager, name, type);
    }

    @Override
    public String toString() {
        return "Checkpoint[" + directory.path() + "]";
    }
}
