package org.iclsweep.model.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A directory out of which nothing is read that is not really in it, or in the folder of the hub's cache that it
 * belongs to.
 *
 * @param snapshot the model and revision of a directory in the hub's cache, whose files are links into its folder
 */
record CheckpointDirectory(Path path, Path realPath, Optional<HubCache.Snapshot> snapshot) {
    /** The file that names the shard of each tensor. */
    static final String INDEX = "model.safetensors.index.json";

    /** Greatest length of a JSON file in bytes. */
    private static final long JSON_LIMIT = 100_000_000;

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            // Python's writers put Infinity where JSON has no number for it.
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    /** Suffixes of files that only run as programs of their framework. */
    private static final List<String> PICKLES = List.of(".bin", ".pt", ".pth", ".ckpt", ".pkl", ".bin.index.json");

    /**
     * The checkpoint directory at {@code path}.
     *
     * @throws CheckpointException if there is none, or if what is there is pickled
     */
    static CheckpointDirectory at(Path path) {
        try {
            if (Files.isRegularFile(path)) {
                throw isPickle(path)
                        ? pickled(path)
                        : new CheckpointException(path + ": expected a directory with config.json and "
                                + "model.safetensors, found a file");
            }
            if (!Files.isDirectory(path)) {
                throw new CheckpointException(path + ": expected the directory of a checkpoint, found none");
            }
            Path realPath = path.toRealPath();
            CheckpointDirectory directory = new CheckpointDirectory(path, realPath, HubCache.Snapshot.of(realPath));
            directory.requireWeights();
            return directory;
        } catch (IOException e) {
            throw SafetensorsReader.unreadable(path, e);
        }
    }

    private void requireWeights() throws IOException {
        if (has("model.safetensors") || has(INDEX)) {
            return;
        }
        try (Stream<Path> files = Files.list(path)) {
            Path pickle = files.filter(CheckpointDirectory::isPickle)
                    .sorted()
                    .findFirst()
                    .orElse(null);
            throw pickle != null
                    ? pickled(pickle)
                    : new CheckpointException(
                            path + ": expected model.safetensors or " + INDEX + ", found neither" + advice());
        }
    }

    private String advice() {
        return HubCache.nameOf(realPath)
                .map(name -> "; to take the model from this folder of the hub's cache, name it " + name)
                .orElseGet(this::remedy);
    }

    /** The command that completes a snapshot of the hub's cache. */
    private String remedy() {
        return snapshot.map(hub -> "; fetch it with: " + hub.download()).orElse("");
    }

    private static boolean isPickle(Path file) {
        String called = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
        return PICKLES.stream().anyMatch(called::endsWith) && (called.endsWith(".json") || beginsAsPickle(file));
    }

    /** A pickle's protocol byte, or the zip archive around one; weights of other programs are called .bin too. */
    private static boolean beginsAsPickle(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            int first = in.read();
            return first == 0x80 || (first == 'P' && in.read() == 'K');
        } catch (IOException e) {
            return false;
        }
    }

    /** The error message for a pickled checkpoint. */
    static CheckpointException pickled(Path file) {
        return new CheckpointException(
                file + " is a pickled checkpoint. Reading one runs whatever program is in it, so it"
                        + " is refused. Where you trust it, convert it with Python's transformers:\n"
                        + "  python3 -c \"from transformers import AutoModelForCausalLM as M;"
                        + " M.from_pretrained('DIRECTORY').save_pretrained('NEW', safe_serialization=True)\"\n"
                        + "or, for a plain dictionary of tensors:\n"
                        + "  python3 -c \"import torch; from safetensors.torch import save_file;"
                        + " save_file({k: v.contiguous() for k, v in"
                        + " torch.load('FILE', map_location='cpu', weights_only=True).items()}, 'model.safetensors')\"");
    }

    /** True if an entry {@code name} exists. */
    boolean has(String name) {
        return Files.exists(path.resolve(name));
    }

    /**
     * The file called {@code name}.
     *
     * @throws CheckpointException if there is none, or if its name or a link leads out of the directory
     */
    Path existing(String name) {
        try {
            Path file = path.resolve(name);
            if (Path.of(name).isAbsolute() || !file.normalize().startsWith(path.normalize())) {
                throw new CheckpointException(path + ": the file name '" + name + "' leads out of the directory");
            }
            if (!Files.isRegularFile(file)) {
                throw new CheckpointException(path + " has no file " + name + remedy());
            }
            requireWithin(file);
            return file;
        } catch (InvalidPathException e) {
            throw new CheckpointException(path + ": '" + name + "' is no file name", e);
        } catch (IOException e) {
            throw SafetensorsReader.unreadable(path.resolve(name), e);
        }
    }

    /** A link may lead to another place of the directory or, in the hub's cache, to a blob of the same model. */
    private void requireWithin(Path file) throws IOException {
        Path target = file.toRealPath();
        Path whole = snapshot.map(HubCache.Snapshot::folder).orElse(realPath);
        if (!target.startsWith(whole)) {
            throw new CheckpointException(file + " is a link to " + target + ", out of "
                    + (snapshot.isEmpty() ? "the directory" : "the model's folder " + whole)
                    + "; copy it with its links resolved (cp -rL)");
        }
    }

    /**
     * The object in the JSON file called {@code name}.
     *
     * @throws CheckpointException if there is no such file, or if it does not hold one JSON object
     */
    ObjectNode json(String name) {
        Path file = existing(name);
        try {
            if (Files.size(file) > JSON_LIMIT) {
                throw new CheckpointException(file + " has more than " + JSON_LIMIT + " bytes");
            }
            JsonNode node = JSON.readTree(Files.readAllBytes(file));
            if (node instanceof ObjectNode object) {
                return object;
            }
            throw new CheckpointException(file + " does not hold a JSON object");
        } catch (JsonProcessingException e) {
            throw new CheckpointException(file + " is not valid JSON: " + e.getMessage(), e);
        } catch (IOException e) {
            throw SafetensorsReader.unreadable(file, e);
        }
    }
}
