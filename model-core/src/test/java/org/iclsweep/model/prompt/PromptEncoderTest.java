package org.iclsweep.model.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.iclsweep.datasets.demonstration.Answer;
import org.iclsweep.datasets.demonstration.Demonstration;
import org.iclsweep.datasets.demonstration.Input;
import org.iclsweep.datasets.template.LabelWords;
import org.iclsweep.datasets.template.PromptTemplate;
import org.iclsweep.model.prompt.EncodedQuery.Choice;
import org.iclsweep.model.prompt.EncodedQuery.Option;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Prompts are read whole: cut where the context ends, put together again they are what the tokenizer makes of them. */
class PromptEncoderTest {
    private static final Path GPT2 = Path.of("../../shared/data/tokenizer/tokenizer.json");
    private static final Path EPISODES = Path.of("../models/text-icl/tokenizer.json");

    /** Pieces that words, spaces, marks and characters of several bytes meet in. */
    private static final List<String> SCRAPS = List.of(
            "super", "market", " ", "  ", "\n", "\n\n", "\t", "e", "é", "e\u0301", "\u0301", "日本", "🙂", "'s", "'",
            "12", "3456", "Review:", " good", "<l3>", "<arrow>", "a", "ab ", ".", "...", "\r\n", "\u00a0", "I", "İ");

    @TempDir
    Path directory;

    static Stream<Path> tokenizers() {
        return Stream.of(GPT2, EPISODES);
    }

    /** A tokenizer with Llama 2's rules: every text begins with ▁, spaces are ▁, merges go across words. */
    private Tokenizer prepending(String configuration) throws IOException {
        String vocabulary = "\"<unk>\":0,\"<s>\":1,\"\u2581\":2,\"a\":3,\"b\":4,\"\u2581a\":5,\"\u2581ab\":6,\"\\n\":7,"
                + "\"\u2581b\":8,\"ab\":9";
        Path file = directory.resolve("tokenizer.json");
        Files.writeString(file, """
                {"version":"1.0","truncation":null,"padding":null,
                 "added_tokens":[{"id":0,"content":"<unk>","single_word":false,"lstrip":false,"rstrip":false,
                                  "normalized":false,"special":true},
                                 {"id":1,"content":"<s>","single_word":false,"lstrip":false,"rstrip":false,
                                  "normalized":false,"special":true}],
                 "normalizer":{"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"\u2581"},
                               {"type":"Replace","pattern":{"String":" "},"content":"\u2581"}]},
                 "pre_tokenizer":null,
                 "post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>","type_id":0}},
                               {"Sequence":{"id":"A","type_id":0}}],"pair":[{"Sequence":{"id":"A","type_id":0}}],
                               "special_tokens":{"<s>":{"id":"<s>","ids":[1],"tokens":["<s>"]}}},
                 "decoder":null,
                 "model":{"type":"BPE","vocab":{%s},"unk_token":"<unk>","byte_fallback":false,
                          "merges":["\u2581 a","\u2581a b","\u2581 b","a b"]}}
                """.formatted(vocabulary));
        return HuggingFaceTokenizerFile.read(file, new ObjectMapper().readTree(configuration));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("tokenizers")
    void aTextThatGrowsHasTheTokensOfTheWholeText(Path file) {
        assumeThat(file).exists();
        try (Tokenizer tokenizer = HuggingFaceTokenizerFile.read(file)) {
            assertThat(tokenizer.readsWordByWord()).isTrue();
            TextEncoder encoder = new TextEncoder(tokenizer, true);
            for (int seed = 0; seed < 300; seed++) {
                Random random = new Random(seed);
                TokenizedPrompt prompt = TokenizedPrompt.empty(encoder);
                StringBuilder whole = new StringBuilder();
                for (int part = 0; part < 8; part++) {
                    String text = scraps(random);
                    whole.append(text);
                    prompt = prompt.then(List.of(Piece.text(text)));
                    assertThat(prompt.tokens().ids())
                            .as("seed %d, \"%s\" after \"%s\"", seed, text, whole)
                            .isEqualTo(tokenizer.encode(whole.toString()));
                }
            }
        }
    }

    private static String scraps(Random random) {
        StringBuilder text = new StringBuilder();
        int count = 1 + random.nextInt(6);
        for (int i = 0; i < count; i++) {
            text.append(SCRAPS.get(random.nextInt(SCRAPS.size())));
        }
        return text.toString();
    }

    private static Demonstration example(long id, String text, int label) {
        return new Demonstration(id, new Input.Text(Map.of("text", text)), new Answer.Label(label));
    }

    private static PromptEncoder encoder(Tokenizer tokenizer, String template) {
        return new PromptEncoder(
                tokenizer, new PromptForm.Plain(PromptTemplate.parse(template), 0), ReadBefore.NOTHING);
    }

    /** Every prompt with every label: the tokens that are run. */
    private static List<int[]> runs(EncodedPrompt prompt, int query) {
        EncodedQuery asked = prompt.queries().get(query);
        List<int[]> runs = new ArrayList<>();
        for (Option option : ((Choice) asked.judgement()).options()) {
            runs.add(prompt.context()
                    .then(asked.tokens().slice(0, option.from()))
                    .then(TokenSequence.of(option.tokens()))
                    .ids());
        }
        return runs;
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
    void contextQueryAndLabelTogetherAreTheTokensOfTheirText(int seed) {
        assumeThat(GPT2).exists();
        Random random = new Random(seed);
        List<String> words = List.of(" good", "good", " not good");
        String between = scraps(random);
        String template = scraps(random) + "{text}" + scraps(random) + "{label}" + between;
        PromptTemplate parsed = PromptTemplate.parse(template);
        List<Demonstration> shown = IntStream.range(0, seed % 4)
                .mapToObj(i -> example(i, scraps(random), i % 3))
                .toList();
        List<Demonstration> queries = IntStream.range(0, 5)
                .mapToObj(i -> example(i, scraps(random), i % 3))
                .toList();
        try (Tokenizer tokenizer = HuggingFaceTokenizerFile.read(GPT2)) {
            EncodedPrompt prompt =
                    encoder(tokenizer, template).encode(shown, queries, LabelPieces.of(new LabelWords(words)));
            StringBuilder context = new StringBuilder();
            for (Demonstration one : shown) {
                context.append(parsed.query((Input.Text) one.input()))
                        .append(words.get(((Answer.Label) one.answer()).index()))
                        .append(between);
            }
            for (int q = 0; q < queries.size(); q++) {
                String bare = context + parsed.query((Input.Text) queries.get(q).input());
                assertThat(prompt.context()
                                .then(prompt.queries().get(q).tokens())
                                .ids())
                        .isEqualTo(tokenizer.encode(bare));
                List<int[]> runs = runs(prompt, q);
                for (int label = 0; label < words.size(); label++) {
                    assertThat(runs.get(label)).isEqualTo(tokenizer.encode(bare + words.get(label)));
                }
            }
            assertThat(tokenizer.decode(prompt.context().ids()).getBytes(StandardCharsets.UTF_8))
                    .hasSizeLessThanOrEqualTo(context.toString().getBytes(StandardCharsets.UTF_8).length);
        }
    }

    @Test
    void aTokenThatStraddlesTheBorderIsTheQuerys() {
        assumeThat(GPT2).exists();
        try (Tokenizer tokenizer = HuggingFaceTokenizerFile.read(GPT2)) {
            Demonstration shown = example(0, "He walked to the", 0);
            EncodedPrompt prompt = encoder(tokenizer, "{text}{label}")
                    .encode(
                            List.of(shown),
                            List.of(example(1, "market", 0), example(2, ".", 0)),
                            LabelPieces.of(new LabelWords(List.of(" super"))));
            assertThat(prompt.straddling()).isEqualTo(1); // " supermarket" is one token
            assertThat(prompt.context().ids()).isEqualTo(tokenizer.encode("He walked to the"));
            assertThat(prompt.queries().get(1).tokens().ids()).isEqualTo(tokenizer.encode(" super."));
        }
    }

    @Test
    void demonstrationsOfAWholeTextAreItsTokensOneAfterAnother() {
        try (Tokenizer tokenizer = new ByteTokenizer()) {
            EncodedPrompt prompt = encoder(tokenizer, "{text}:{label}\n")
                    .encode(
                            List.of(example(0, "é", 0), example(1, "b", 1)),
                            List.of(example(2, "c", 1)),
                            LabelPieces.of(new LabelWords(List.of("x", "yy"))));
            assertThat(prompt.leading().length()).isZero();
            assertThat(prompt.demonstrations().stream().map(TokenSequence::length))
                    .containsExactly(5, 5);
            assertThat(prompt.context().ids()).isEqualTo(tokenizer.encode("é:x\nb:yy\n"));
            assertThat(prompt.straddling()).isZero();
        }
    }

    @Test
    void aLeadingSpecialTokenIsTheContextsAndIsThereOnce() throws IOException {
        LabelPieces labels = LabelPieces.of(new LabelWords(List.of(" b", " ab")));
        try (Tokenizer tokenizer = prepending("{}")) {
            EncodedPrompt alone =
                    encoder(tokenizer, "{text}{label}\n").encode(List.of(), List.of(example(0, "ab", 1)), labels);
            assertThat(alone.leading().ids()).containsExactly(1);
            assertThat(alone.queries().get(0).tokens().ids()).containsExactly(6);
            EncodedPrompt spelt =
                    encoder(tokenizer, "<s>{text}{label}\n").encode(List.of(), List.of(example(0, "ab", 1)), labels);
            assertThat(runs(spelt, 0).get(0)).startsWith(1).doesNotHaveDuplicates();
        }
        try (Tokenizer tokenizer = HuggingFaceTokenizerFile.read(directory.resolve("tokenizer.json"))) {
            assertThat(tokenizer.leading()).isEmpty(); // nothing beside the file asks for special tokens
        }
    }

    @Test
    void labelsWithASpaceHaveTheTokensOfTheWholeText() throws IOException {
        try (Tokenizer tokenizer = prepending("{}")) {
            assertThat(tokenizer.readsWordByWord()).isFalse();
            EncodedPrompt prompt = encoder(tokenizer, "{text}{label}\n")
                    .encode(
                            List.of(example(0, "ab", 0), example(1, "ab", 1)),
                            List.of(example(2, "ab", 1)),
                            LabelPieces.of(new LabelWords(List.of(" b", " ab"))));
            assertThat(prompt.context().ids()).containsExactly(1, 6, 8, 7, 9, 6, 7);
            assertThat(((Choice) prompt.queries().get(0).judgement())
                            .options().stream().map(option -> option.tokens()[0]))
                    .containsExactly(8, 6);
        }
    }

    @Test
    void aLabelThatChangesTheQuerysLastTokenIsReadFromTheTokenBefore() throws IOException {
        try (Tokenizer tokenizer = prepending("{}")) {
            // "ab a" ends with ▁a, which "b" makes ▁ab.
            EncodedPrompt prompt = encoder(tokenizer, "{text}{label}\n")
                    .encode(
                            List.of(),
                            List.of(example(0, "ab a", 0)),
                            LabelPieces.of(new LabelWords(List.of("b", "\n"))));
            EncodedQuery query = prompt.queries().get(0);
            List<Option> options = ((Choice) query.judgement()).options();
            assertThat(options.get(0).from()).isEqualTo(1);
            assertThat(options.get(0).tokens()).containsExactly(6);
            assertThat(options.get(1).from()).isEqualTo(2);
            assertThat(query.continuations(false)).hasSize(2);
            assertThat(query.readAt(0)).containsExactly(new int[] {1, 0});
            assertThat(query.readAt(1)).containsExactly(new int[] {0, 1});
        }
    }

    @Test
    void queriesWithoutContentCalibrateThoseOfTheSameLabels() {
        try (Tokenizer tokenizer = new ByteTokenizer()) {
            EncodedPrompt prompt = encoder(tokenizer, "{text}:{label}\n")
                    .encode(
                            List.of(),
                            List.of(example(0, "abc", 0), example(1, "d", 1)),
                            LabelPieces.of(new LabelWords(List.of("x", "y"))));
            EncodedQuery twin = prompt.queries().get(0).contentFree();
            assertThat(twin).isNotNull().isSameAs(prompt.queries().get(1).contentFree());
            assertThat(tokenizer.decode(twin.tokens().ids())).isEqualTo("N/A:");
            assertThat(EncodedQuery.withContentFree(prompt.queries()))
                    .hasSize(3)
                    .endsWith(twin);
        }
    }

    @Test
    void vectorsAreOnePositionEach() {
        PromptEncoder encoder = new PromptEncoder(null, new PromptForm.Plain(null, 3), ReadBefore.NOTHING);
        Demonstration one =
                new Demonstration(0, new Input.Vector(new double[] {1, 2}), new Answer.Value(new double[] {7}));
        EncodedPrompt prompt = encoder.encode(List.of(one, one), List.of(one), LabelPieces.NONE);
        assertThat(prompt.context().length()).isEqualTo(4);
        assertThat(prompt.queries().get(0).tokens()).isEqualTo(TokenSequence.ofVector(new double[] {1, 2, 0}));
        assertThat(prompt.context().slice(1, 2)).isEqualTo(TokenSequence.ofVector(new double[] {0, 0, 7}));
    }

    @Test
    void aPromptWithoutATokenBeforeItsAnswerIsRefused() {
        try (Tokenizer tokenizer = new ByteTokenizer()) {
            PromptEncoder encoder = encoder(tokenizer, "{text}{label}\n");
            LabelPieces labels = LabelPieces.of(new LabelWords(List.of("x", "y")));
            assertThatThrownBy(() -> encoder.encode(List.of(), List.of(example(0, "", 0)), labels))
                    .hasMessageContaining("needs a token before its answer");
        }
    }
}
