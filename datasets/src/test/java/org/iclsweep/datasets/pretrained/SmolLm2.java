package org.iclsweep.datasets.pretrained;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;
import org.iclsweep.datasets.reproducible.Digest;

/**
 * SmolLM2-135M-Instruct (Hugging Face, Apache-2.0; 30 layers, hidden 576, 49,152 tokens), unpacked from the GGUF file
 * beside the repository into a Hugging Face directory of 269 MB, once for the tests of all modules; to the bit as
 * {@code oracle/gguf_to_hf.py} does it.
 */
public final class SmolLm2 {
    private static final List<Path> SHARED = List.of(Path.of("../shared/weights"), Path.of("../../shared/weights"));
    private static final String NAME = "smollm2-135m-instruct";
    /** The model's name in the cache. */
    public static final String HUB_NAME = "hf:HuggingFaceTB/SmolLM2-135M-Instruct";

    private static final Path CACHE =
            Path.of("..", "target", "hub-cache").toAbsolutePath().normalize();
    private static final String FOLDER = "models--HuggingFaceTB--SmolLM2-135M-Instruct";
    private static final String REVISION = "5b0cafe5b0cafe5b0cafe5b0cafe5b0cafe5b0ca";
    private static final String WEIGHTS = "model.safetensors";
    private static final String SHA256 = "e63eb7675fca53cea2ab37930c642b5aa44c01e51575ec65d5879eb308702918";
    private static final ObjectMapper JSON = new ObjectMapper();

    private SmolLm2() {}

    /** The checkpoint's directory; leaves the test out where the model is not beside the repository. */
    public static Path directory() {
        return cache().resolve(FOLDER).resolve("snapshots").resolve(REVISION);
    }

    /** The cache in which it is {@value #HUB_NAME}, as {@code hf download} lays it out. */
    public static synchronized Path cache() {
        Path file = packed().resolve("SmolLM2-135M-Instruct.Q4_1.gguf");
        try {
            if (!Files.isDirectory(CACHE)) {
                unpack(file);
            }
            return CACHE;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Token ids, float64 logits and continuations of the model by transformers 5.24. */
    public static JsonNode expected() {
        try {
            return JSON.readTree(packed().resolve("expected.json").toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path packed() {
        Path found = SHARED.stream()
                .map(weights -> weights.resolve(NAME))
                .filter(Files::isDirectory)
                .findFirst()
                .orElse(SHARED.get(0));
        assumeTrue(Files.isDirectory(found), "left out: there is no " + NAME + " in ../shared/weights");
        return found;
    }

    private static void unpack(Path file) throws IOException {
        Files.createDirectories(CACHE.getParent());
        Path cache = Files.createTempDirectory(CACHE.getParent(), "hub-cache");
        Path blobs = Files.createDirectories(cache.resolve(FOLDER).resolve("blobs"));
        GgufFile model = GgufFile.open(file);
        ObjectNode config = config(model);
        model.writeSafetensors(
                blobs.resolve(WEIGHTS),
                config.get("num_attention_heads").asInt(),
                config.get("num_key_value_heads").asInt());
        assertThat(Digest.of(blobs.resolve(WEIGHTS))).as("the unpacked weights").isEqualTo(SHA256);
        JSON.writeValue(blobs.resolve("config.json").toFile(), config);
        JSON.writeValue(blobs.resolve("tokenizer.json").toFile(), tokenizer(model));
        JSON.writeValue(blobs.resolve("tokenizer_config.json").toFile(), tokenizerConfig(model));
        JSON.writeValue(blobs.resolve("generation_config.json").toFile(), generation(model));
        link(cache.resolve(FOLDER), blobs);
        try {
            Files.move(cache, CACHE, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            // Another process of the same tests was faster.
            if (!Files.isDirectory(CACHE)) {
                throw e;
            }
        }
    }

    /** Files become blobs named by their hashes, with links in a snapshot, and the branch main. */
    private static void link(Path folder, Path blobs) throws IOException {
        Path snapshot = Files.createDirectories(folder.resolve("snapshots").resolve(REVISION));
        List<Path> files;
        try (Stream<Path> all = Files.list(blobs)) {
            files = all.toList();
        }
        for (Path file : files) {
            String hash = file.endsWith(WEIGHTS) ? SHA256 : Digest.of(file);
            Files.createSymbolicLink(snapshot.resolve(file.getFileName()), Path.of("..", "..", "blobs", hash));
            Files.move(file, blobs.resolve(hash));
        }
        Files.createDirectories(folder.resolve("refs"));
        Files.writeString(folder.resolve("refs").resolve("main"), REVISION);
    }

    private static ObjectNode config(GgufFile model) {
        int hidden = model.integer("llama.embedding_length");
        int heads = model.integer("llama.attention.head_count");
        ObjectNode config = JSON.createObjectNode();
        config.putArray("architectures").add("LlamaForCausalLM");
        return config.put("model_type", "llama")
                .put("vocab_size", model.integer("llama.vocab_size"))
                .put("hidden_size", hidden)
                .put("intermediate_size", model.integer("llama.feed_forward_length"))
                .put("num_hidden_layers", model.integer("llama.block_count"))
                .put("num_attention_heads", heads)
                .put("num_key_value_heads", model.integer("llama.attention.head_count_kv"))
                .put("head_dim", hidden / heads)
                .put("hidden_act", "silu")
                .put("max_position_embeddings", model.integer("llama.context_length"))
                .put("rms_norm_eps", 1e-5)
                .put("rope_theta", ((Number) model.value("llama.rope.freq_base")).doubleValue())
                .putNull("rope_scaling")
                .put("attention_bias", false)
                .put("mlp_bias", false)
                .put("tie_word_embeddings", true)
                .put("bos_token_id", model.integer("tokenizer.ggml.bos_token_id"))
                .put("eos_token_id", model.integer("tokenizer.ggml.eos_token_id"))
                .put("torch_dtype", "float16");
    }

    /** Byte-level BPE with single digits, as {@code tokenizer.ggml.pre = smollm} names it. */
    private static ObjectNode tokenizer(GgufFile model) {
        List<?> tokens = model.list("tokenizer.ggml.tokens");
        List<?> kinds = model.list("tokenizer.ggml.token_type");
        ObjectNode json = JSON.createObjectNode();
        json.put("version", "1.0").putNull("truncation").putNull("padding");
        ArrayNode added = json.putArray("added_tokens");
        for (int id = 0; id < tokens.size(); id++) {
            if (((Number) kinds.get(id)).intValue() == 3) {
                added.addObject()
                        .put("id", id)
                        .put("content", (String) tokens.get(id))
                        .put("single_word", false)
                        .put("lstrip", false)
                        .put("rstrip", false)
                        .put("normalized", false)
                        .put("special", true);
            }
        }
        json.putNull("normalizer");
        ArrayNode steps =
                json.putObject("pre_tokenizer").put("type", "Sequence").putArray("pretokenizers");
        steps.addObject().put("type", "Digits").put("individual_digits", true);
        steps.add(byteLevel(false));
        json.putNull("post_processor");
        json.set("decoder", byteLevel(true));
        ObjectNode bpe = json.putObject("model");
        bpe.put("type", "BPE")
                .putNull("dropout")
                .putNull("unk_token")
                .putNull("continuing_subword_prefix")
                .putNull("end_of_word_suffix")
                .put("fuse_unk", false)
                .put("byte_fallback", false)
                .put("ignore_merges", false);
        ObjectNode vocabulary = bpe.putObject("vocab");
        for (int id = 0; id < tokens.size(); id++) {
            vocabulary.put((String) tokens.get(id), id);
        }
        ArrayNode merges = bpe.putArray("merges");
        model.list("tokenizer.ggml.merges").forEach(merge -> merges.add((String) merge));
        return json;
    }

    private static ObjectNode byteLevel(boolean prefixSpace) {
        return JSON.createObjectNode()
                .put("type", "ByteLevel")
                .put("add_prefix_space", prefixSpace)
                .put("trim_offsets", true)
                .put("use_regex", true);
    }

    private static ObjectNode tokenizerConfig(GgufFile model) {
        return JSON.createObjectNode()
                .put("tokenizer_class", "PreTrainedTokenizerFast")
                .put("bos_token", token(model, "bos"))
                .put("eos_token", token(model, "eos"))
                .put("pad_token", token(model, "padding"))
                .put("unk_token", token(model, "unknown"))
                .put("add_bos_token", false)
                .put("add_prefix_space", false)
                .put("clean_up_tokenization_spaces", false)
                .put("model_max_length", model.integer("llama.context_length"))
                .put("chat_template", (String) model.value("tokenizer.chat_template"));
    }

    private static String token(GgufFile model, String name) {
        return (String) model.list("tokenizer.ggml.tokens").get(model.integer("tokenizer.ggml." + name + "_token_id"));
    }

    private static ObjectNode generation(GgufFile model) {
        return JSON.createObjectNode()
                .put("bos_token_id", model.integer("tokenizer.ggml.bos_token_id"))
                .put("eos_token_id", model.integer("tokenizer.ggml.eos_token_id"))
                .put("pad_token_id", model.integer("tokenizer.ggml.padding_token_id"));
    }
}
