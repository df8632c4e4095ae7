package org.iclsweep.model.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.iclsweep.model.checkpoint.Checkpoint;
import org.iclsweep.model.checkpoint.CheckpointException;
import org.iclsweep.model.checkpoint.CheckpointWriter;
import org.iclsweep.model.checkpoint.StoredType;
import org.iclsweep.model.checkpoint.TensorEntry;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.family.RandomWeights;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Text becomes the tokens that others say it becomes, and comes back. */
class TokenizerTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path DATA = Path.of("../../shared/data");
    private static final Path GPT2 = DATA.resolve("tokenizer/tokenizer.json");
    private static final Path VECTORS = DATA.resolve("vectors/gpt2_bpe_vectors.jsonl");

    /** Words a and ab, the special token {@code <arrow>}, nothing else known. */
    private static final String SMALL = """
            {"version":"1.0","truncation":{"direction":"Right","max_length":2,"strategy":"LongestFirst","stride":0},
             "padding":{"strategy":{"Fixed":5},"direction":"Right","pad_to_multiple_of":null,"pad_id":0,
                        "pad_type_id":0,"pad_token":"<unk>"},
             "added_tokens":[{"id":0,"content":"<unk>","single_word":false,"lstrip":false,"rstrip":false,
                              "normalized":false,"special":true},
                             {"id":3,"content":"<arrow>","single_word":false,"lstrip":false,"rstrip":false,
                              "normalized":false,"special":true}],
             "normalizer":{"type":"Lowercase"},"pre_tokenizer":{"type":"Whitespace"},
             "post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<arrow>","type_id":0}},
                               {"Sequence":{"id":"A","type_id":0}}],"pair":[{"Sequence":{"id":"A","type_id":0}}],
                               "special_tokens":{"<arrow>":{"id":"<arrow>","ids":[3],"tokens":["<arrow>"]}}},
             "decoder":null,
             "model":{"type":"WordLevel","vocab":{"<unk>":0,"a":1,"ab":2},"unk_token":"<unk>"}}
            """;

    @TempDir
    Path directory;

    @SuppressWarnings("ArrayRecordComponent")
    private record Row(String text, int[] ids) {}

    private static List<Row> rows() throws IOException {
        assumeThat(VECTORS).exists();
        List<Row> rows = new ArrayList<>();
        for (String line : Files.readAllLines(VECTORS)) {
            JsonNode row = JSON.readTree(line);
            rows.add(new Row(row.get("text").asText(), JSON.convertValue(row.get("ids"), int[].class)));
        }
        return rows;
    }

    @Test
    void textBecomesTheRecordedTokensOfGpt2AndComesBack() throws IOException {
        List<Row> rows = rows();
        assertThat(rows).hasSize(209);
        try (Tokenizer tokenizer = HuggingFaceTokenizerFile.read(GPT2)) {
            assertThat(tokenizer.vocabularySize()).isEqualTo(50257);
            for (Row row : rows) {
                assertThat(tokenizer.encode(row.text)).as(row.text).isEqualTo(row.ids);
                assertThat(tokenizer.decode(row.ids)).isEqualTo(row.text);
            }
        }
    }

    @Test
    void manyThreadsMayShareATokenizer() throws Exception {
        List<Row> rows = rows();
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try (Tokenizer tokenizer = HuggingFaceTokenizerFile.read(GPT2)) {
            List<Future<?>> running = new ArrayList<>();
            for (int t = 0; t < 8; t++) {
                List<Row> shuffled = new ArrayList<>(rows);
                Collections.shuffle(shuffled, new Random(t));
                running.add(threads.submit(() -> {
                    for (int i = 0; i < 10; i++) {
                        for (Row row : shuffled) {
                            assertThat(tokenizer.encode(row.text)).isEqualTo(row.ids);
                            assertThat(tokenizer.decode(row.ids)).isEqualTo(row.text);
                        }
                    }
                }));
            }
            for (Future<?> thread : running) {
                thread.get();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void aLongTextIsNotTruncated() throws IOException {
        assumeThat(GPT2).exists();
        try (Tokenizer tokenizer = HuggingFaceTokenizerFile.read(GPT2)) {
            assertThat(tokenizer.encode(" word".repeat(5_000))).hasSize(5_000);
        }
    }

    @Test
    void nothingIsAddedCutOrPaddedWhateverTheFileSays() throws IOException {
        Path file = Files.writeString(directory.resolve("tokenizer.json"), SMALL);
        try (Tokenizer tokenizer = HuggingFaceTokenizerFile.read(file)) {
            assertThat(tokenizer.vocabularySize()).isEqualTo(4);
            assertThat(tokenizer.encode("")).isEmpty();
            assertThat(tokenizer.encode("A")).containsExactly(1);
            assertThat(tokenizer.encode("a ab a <arrow>ab \u0000 🙂")).containsExactly(1, 2, 1, 3, 2, 0, 0);
            assertThat(tokenizer.decode(new int[] {1, 3, 2})).isEqualTo("a <arrow> ab");
        }
    }

    private static HuggingFaceTokenizerFile withConfig(Path file, String addedTokens) throws IOException {
        return HuggingFaceTokenizerFile.read(file, JSON.readTree("{\"added_tokens_decoder\":" + addedTokens + "}"));
    }

    @Test
    void aTokenThatTheConfigurationAloneNamesIsAddedAsTransformersDoes() throws IOException {
        Path file = Files.writeString(directory.resolve("tokenizer.json"), SMALL);
        String added = "{\"5\":{\"content\":\"<y>\",\"special\":false},\"4\":{\"content\":\"<x>\",\"special\":true},"
                + "\"3\":{\"content\":\"<arrow>\",\"special\":true},\"2\":{\"content\":\"ab\"}}";
        try (Tokenizer tokenizer = withConfig(file, added)) {
            assertThat(tokenizer.vocabularySize()).isEqualTo(6);
            assertThat(tokenizer.encode("a<x>ab<y><arrow>")).containsExactly(1, 4, 2, 5, 3);
        }
        for (String wrong : List.of("{\"9\":{\"content\":\"<x>\"}}", "{\"4\":{\"content\":\"ab\"}}")) {
            assertThatThrownBy(() -> withConfig(file, wrong))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContainingAll("tokenizer_config.json: added_tokens_decoder: ", "expected the id");
        }
    }

    @Test
    void aTextWithoutTokensIsRefusedByTheFile() throws IOException {
        Path file = Files.writeString(
                directory.resolve("tokenizer.json"), SMALL.replace(",\"unk_token\":\"<unk>\"", ",\"unk_token\":\"\""));
        try (Tokenizer tokenizer = HuggingFaceTokenizerFile.read(file)) {
            assertThat(tokenizer.encode("ab")).containsExactly(2);
            assertThatThrownBy(() -> tokenizer.encode("ab unheard"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith(file + ": expected a text that has tokens, found one that has none (");
        }
    }

    @Test
    void theSameTextHasTheSameTokensWhateverDropoutTheFileHas() throws IOException {
        String merges = """
                {"version":"1.0","added_tokens":[],"normalizer":null,"pre_tokenizer":null,"post_processor":null,"decoder":null,
                 "model":{"type":"BPE","dropout":0.5,"unk_token":null,"continuing_subword_prefix":null,
                          "end_of_word_suffix":null,"fuse_unk":false,"byte_fallback":false,
                          "vocab":{"a":0,"b":1,"ab":2,"abab":3},"merges":[["a","b"],["ab","ab"]]}}
                """;
        Path file = Files.writeString(directory.resolve("tokenizer.json"), merges);
        try (Tokenizer tokenizer = HuggingFaceTokenizerFile.read(file)) {
            for (int i = 0; i < 50; i++) {
                assertThat(tokenizer.encode("ababab")).containsExactly(3, 2);
            }
        }
    }

    /** A space before the first word, which the decoder strips again, as Llama 2 has it. */
    @Test
    void aContinuationKeepsTheSpaceThatItBeginsWith() throws IOException {
        String metaspace = """
                {"version":"1.0","added_tokens":[],"normalizer":null,
                 "pre_tokenizer":{"type":"Metaspace","replacement":"▁","prepend_scheme":"first","split":true},
                 "post_processor":null,"decoder":{"type":"Metaspace","replacement":"▁","prepend_scheme":"first","split":true},
                 "model":{"type":"WordLevel","vocab":{"<unk>":0,"▁a":1,"▁good":2},"unk_token":"<unk>"}}
                """;
        Path file = Files.writeString(directory.resolve("tokenizer.json"), metaspace);
        try (Tokenizer tokenizer = HuggingFaceTokenizerFile.read(file);
                Tokenizer bytes = new ByteTokenizer()) {
            assertThat(tokenizer.decode(new int[] {2})).isEqualTo("good");
            assertThat(tokenizer.decodeAfter(new int[] {1}, new int[] {2})).isEqualTo(" good");
            assertThat(tokenizer.decodeAfter(new int[0], new int[] {2})).isEqualTo("good");
            assertThat(bytes.decodeAfter(new int[] {'a', 0xc3}, new int[] {0xa9, ' '}))
                    .isEqualTo("é ");
        }
    }

    @Test
    void theSharedPairsOfFilesGiveTheTokensOfTransformers() throws IOException {
        Path cases = Path.of("../../shared/cases");
        assumeThat(cases).exists();
        try (Tokenizer tokenizer =
                        Tokenizers.of(Checkpoint.open(cases.resolve("added-token-only-in-tokenizer_config")));
                Tokenizer dropping = Tokenizers.of(Checkpoint.open(cases.resolve("bpe-dropout")))) {
            assertThat(tokenizer.encode("a<|x|>b")).containsExactly(97, 258, 98);
            List<String> lines = Files.readAllLines(cases.resolve("bpe-dropout/text.jsonl"));
            int[] once = dropping.encode(
                    JSON.readTree(lines.get(0)).get("query_text").asText());
            for (String line : lines) {
                assertThat(dropping.encode(JSON.readTree(line).get("query_text").asText()))
                        .isEqualTo(once);
            }
        }
    }

    @ParameterizedTest(name = "the text {0}")
    @ValueSource(strings = {"", "plain", "Führer 漢字 🙂\u0000\n", "\u007f\u0080\u07ff\uffff"})
    void bytesAreTheUtf8FormOfTheText(String text) {
        Tokenizer tokenizer = new ByteTokenizer();
        int[] ids = tokenizer.encode(text);
        assertThat(Arrays.stream(ids)).allMatch(id -> id >= 0 && id < tokenizer.vocabularySize());
        assertThat(tokenizer.decode(ids)).isEqualTo(text);
        assertThat(new ByteTokenizer().encode("é")).containsExactly(0xc3, 0xa9);
    }

    @Test
    void whatIsNoTextOrNoTokenIsRefused() throws IOException {
        Path file = Files.writeString(directory.resolve("tokenizer.json"), SMALL);
        try (Tokenizer words = HuggingFaceTokenizerFile.read(file);
                Tokenizer bytes = new ByteTokenizer()) {
            for (Tokenizer tokenizer : List.of(words, bytes)) {
                assertThatThrownBy(() -> tokenizer.encode("a\ud800b"))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("half a surrogate pair at character 1");
                assertThatThrownBy(() -> tokenizer.decode(new int[] {256}))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("no token 256");
                assertThatThrownBy(() -> tokenizer.decode(new int[] {-1})).isInstanceOf(IllegalArgumentException.class);
            }
        }
    }

    @ParameterizedTest(name = "file {index}")
    @ValueSource(
            strings = {
                "",
                "{",
                "[]",
                "{}",
                "{\"model\":{\"vocab\":{\"a\":-1}}}",
                "{\"model\":{\"vocab\":{\"a\":\"x\"}}}",
                "{\"model\":{\"type\":\"Nobody\",\"vocab\":{\"a\":1}}}"
            })
    void aFileThatIsNoTokenizerIsRefusedByName(String content) throws IOException {
        Path file = Files.writeString(directory.resolve("tokenizer.json"), content);
        assertThatThrownBy(() -> HuggingFaceTokenizerFile.read(file))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining(file.toString());
    }

    private Checkpoint checkpoint(ObjectNode config, boolean withTokenizer) throws IOException {
        Path file = Files.writeString(directory.resolve("tokenizer.json"), SMALL);
        Path model = directory.resolve("model");
        CheckpointWriter.write(
                model,
                config.put("model_type", "linear_llama"),
                List.of(TensorEntry.of("w", StoredType.F32, new long[0], new double[1])),
                withTokenizer ? List.of(file) : List.of());
        return Checkpoint.open(model);
    }

    private static void assertMismatch(Checkpoint checkpoint, String message) {
        assertThatThrownBy(() -> Tokenizers.of(checkpoint))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining(checkpoint.directory().toString())
                .hasMessageContaining(message);
    }

    @Test
    void aByteLevelModelReadsBytes() throws IOException {
        Checkpoint model =
                checkpoint(JSON.createObjectNode().put("tokenizer", "bytes").put("vocab_size", 256), false);
        try (Tokenizer tokenizer = Tokenizers.of(model)) {
            assertThat(tokenizer.encode("a")).containsExactly(97);
        }
    }

    /** A checkpoint that a {@link LanguageModel} loads, with a tokenizer of this SHA-256 in its config.json. */
    private Checkpoint loadable(String tokenizerSha256) throws IOException {
        ObjectNode config = JSON.createObjectNode()
                .put("model_type", "linear_llama")
                .put("vocab_size", 4)
                .put("hidden_size", 4)
                .put("intermediate_size", 4)
                .put("num_hidden_layers", 1)
                .put("num_attention_heads", 1)
                .put("eos_token_id", 3)
                .put("tokenizer_sha256", tokenizerSha256);
        RandomWeights weights = new RandomWeights(config, 1);
        Path model = directory.resolve("model");
        CheckpointWriter.write(
                model,
                config,
                weights.names().stream()
                        .map(name -> TensorEntry.of(name, StoredType.F32, weights, name))
                        .toList(),
                List.of(Files.writeString(directory.resolve("tokenizer.json"), SMALL)));
        Checkpoint checkpoint = Checkpoint.open(model);
        LanguageModel.load(checkpoint, DataType.FLOAT32, Device.cpu()).close();
        return checkpoint;
    }

    @Test
    void aModelReadsTheTokenizerWhoseHashItsConfigurationHas() throws IOException {
        Path file = Files.writeString(directory.resolve("tokenizer.json"), SMALL);
        try (Tokenizer tokenizer = Tokenizers.of(loadable(Checkpoint.sha256Of(file)))) {
            assertThat(tokenizer.encode("ab")).containsExactly(2);
        }
    }

    @Test
    void aVocabularyLargerThanTheModelsIsRefused() throws IOException {
        assertMismatch(
                checkpoint(JSON.createObjectNode().put("vocab_size", 3), true),
                "tokenizer: expected at most the 3 tokens of config.json's vocab_size, found 4");
    }

    @Test
    void bytesDoNotFitASmallerVocabulary() throws IOException {
        assertMismatch(
                checkpoint(JSON.createObjectNode().put("vocab_size", 255).put("tokenizer", "bytes"), false),
                "found 256");
    }

    @Test
    void aSpecialTokenOutsideOfTheModelIsRefused() throws IOException {
        ObjectNode config = JSON.createObjectNode().put("vocab_size", 4);
        config.putArray("eos_token_id").add(3).add(4);
        assertMismatch(checkpoint(config, true), "eos_token_id: expected a token id below vocab_size, 4, found 4");
    }

    @Test
    void anotherTokenizerThanTheOneOfTheTrainingIsRefused() throws IOException {
        assertMismatch(loadable("00"), "expected the tokenizer with the tokenizer_sha256");
    }

    @Test
    void aModelWithoutATokenizerIsRefused() throws IOException {
        Checkpoint model = checkpoint(JSON.createObjectNode().put("vocab_size", 4), false);
        assertThat(Tokenizers.has(model)).isFalse();
        assertMismatch(model, "expected a tokenizer, found neither");
    }
}
