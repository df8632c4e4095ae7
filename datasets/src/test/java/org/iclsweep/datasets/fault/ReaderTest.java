package org.iclsweep.datasets.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReaderTest {
    enum Order {
        SAMPLED,
        BY_LABEL,
        @Named("all!")
        EVERY
    }

    @OneOf(value = "kind", otherwise = "tokens")
    sealed interface Source permits Tokens, Texts {}

    record Tokens(
            @Key(doc = "Number of tokens.", from = 2, otherwise = "45")
            int vocabulary) implements Source {}

    record Texts(
            @Key(doc = "Files.", nonEmpty = true) List<String> files,
            @Key(doc = "Cut.", from = 1) Optional<Integer> words)
            implements Source {}

    record Norms(
            @Key(doc = "ε.", above = 0, otherwise = "1e-6") double epsilon,

            @Key(
                    doc = "Kind.",
                    choices = {"rms", "layer"},
                    otherwise = "rms")
            String norm) {}

    @Block(ignored = "comment")
    record Sweep(
            @Key(doc = "Name.") String name,
            @Key(doc = "Seed.", otherwise = "7") long seed,

            @Key(doc = "Fraction.", from = 0, to = 1, otherwise = "0.01")
            double fraction,

            @Key(doc = "Strict.", otherwise = "false", withoutEffectOnRows = true)
            boolean strict,

            @Key(doc = "Order.", otherwise = "sampled", formerly = "sorting")
            Order order,

            @Key(doc = "Shots.", from = 0, nonEmpty = true, distinct = true, otherwise = "[0, 1]")
            List<Integer> shots,

            @Key(doc = "Learning rate.", above = 0, below = 1)
            OptionalDouble rate,

            @Key(doc = "Weights.", otherwise = "{}") Map<Order, Double> weights,

            @Key(doc = "Groups of labels.", otherwise = "[]")
            List<List<String>> groups,

            @Key(doc = "Source.", otherwise = "{kind: 'tokens'}")
            Source source,

            @Key(doc = "Sources.", otherwise = "[]") List<Source> sources,
            @Key(doc = "Anything.") @Nullable Object raw,
            @Inline Norms norms)
            implements Checked {
        @Override
        public void check(Scope scope) {
            if (shots.size() > 3) {
                scope.fault("shots", "expected at most 3, found %d; leave some out".formatted(shots.size()));
            }
        }
    }

    private static final Reader READER = new Reader();

    private static Sweep read(String json) {
        return READER.read(Sweep.class, JsonTree.parse(json, "x.json"));
    }

    private static List<String> faults(String json) {
        try {
            read(json);
            return List.of();
        } catch (InputException e) {
            return e.faults().stream().map(Fault::toString).toList();
        }
    }

    @Test
    void everyKeyThatIsLeftOutHasItsDefault() {
        Sweep sweep = read("{\"name\": \"n\", \"comment\": 1, \"rate\": null}");
        assertThat(sweep)
                .isEqualTo(new Sweep(
                        "n",
                        7,
                        0.01,
                        false,
                        Order.SAMPLED,
                        List.of(0, 1),
                        OptionalDouble.empty(),
                        Map.of(),
                        List.of(),
                        new Tokens(45),
                        List.of(),
                        null,
                        new Norms(1e-6, "rms")));
    }

    @Test
    void everyKindOfValueIsBound() {
        Sweep sweep = read("""
                {"name": "n", "seed": -9000000000, "fraction": 1, "strict": true, "order": "by-label", "shots": [3, 2e0],
                 "rate": 0.5, "weights": {"all!": 2, "sampled": 0.5}, "groups": [["a", "b"], []],
                 "source": {"kind": "texts", "files": ["f"], "words": 3}, "sources": [{"vocabulary": 9}],
                 "raw": {"a": [1, null]}, "epsilon": 1, "norm": "layer"}
                """);
        assertThat(sweep.seed()).isEqualTo(-9_000_000_000L);
        assertThat(sweep.order()).isEqualTo(Order.BY_LABEL);
        assertThat(sweep.shots()).containsExactly(3, 2);
        assertThat(sweep.rate()).hasValue(0.5);
        assertThat(sweep.weights()).containsExactly(Map.entry(Order.EVERY, 2.0), Map.entry(Order.SAMPLED, 0.5));
        assertThat(sweep.groups()).containsExactly(List.of("a", "b"), List.of());
        assertThat(sweep.source()).isEqualTo(new Texts(List.of("f"), Optional.of(3)));
        assertThat(sweep.sources()).containsExactly(new Tokens(9));
        assertThat(sweep.norms()).isEqualTo(new Norms(1, "layer"));
    }

    @Test
    void everyFaultComesAtOnceWithFileLineAndKey() {
        assertThat(faults("""
                {
                  "seed": "seven",
                  "fraction": 1.5, "strict": "yes",
                  "order": "sorted",
                  "shots": [0, -1, 0],
                  "rate": 1,
                  "weights": {"sampled": "a", "other": 1},
                  "groups": [["a", 2]],
                  "source": {"kind": "text"},
                  "sources": [{"kind": "texts", "vocabulary": 3}, 5],
                  "epsilon": 0, "norm": "batch",
                  "sed": 1, "sorting": "x"
                }
                """))
                .containsExactly(
                        "x.json:12: sed: expected one of the keys name, seed, fraction, strict, order, shots, rate,"
                                + " weights, groups, source, sources, raw, epsilon, norm, found the unknown key sed;"
                                + " write seed",
                        "x.json:12: sorting: expected the key order, found sorting, its former name; rename it",
                        "x.json:1: name: expected text, found nothing; add the key",
                        "x.json:2: seed: expected a whole number, found \"seven\"",
                        "x.json:3: fraction: expected a number from 0 to 1, found 1.5",
                        "x.json:3: strict: expected true or false, found \"yes\"",
                        "x.json:4: order: expected one of sampled, by-label, all!, found \"sorted\"",
                        "x.json:5: shots[1]: expected a whole number of at least 0, found -1",
                        "x.json:5: shots[2]: expected no value twice, found 0 again; leave it out",
                        "x.json:6: rate: expected a number above 0 and below 1, found 1",
                        "x.json:7: weights.sampled: expected a number, found \"a\"",
                        "x.json:7: weights.other: expected a key that is one of sampled, by-label, all!, found \"other\"",
                        "x.json:8: groups[0][1]: expected text, found 2",
                        "x.json:9: source.kind: expected one of texts, tokens, found \"text\"",
                        "x.json:10: sources[0].vocabulary: expected one of the keys files, words, kind, found the unknown key"
                                + " vocabulary; leave it out",
                        "x.json:10: sources[0].files: expected a list with at least one element, each text, found"
                                + " nothing; add the key",
                        "x.json:10: sources[1]: expected a block { kind = texts | tokens, … }, found 5",
                        "x.json:11: epsilon: expected a number above 0, found 0",
                        "x.json:11: norm: expected one of rms, layer, found \"batch\"");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"name\": \"\"}|name: expected text, found \"\"",
                "{\"name\": \"n\", \"shots\": []}|shots: expected a list with at least one element and none twice",
                "{\"name\": \"n\", \"shots\": 3}|shots: expected a list with at least one element and none twice",
                "{\"name\": \"n\", \"shots\": [2147483648]}|shots[0]: expected a whole number of at least 0 of 32 bits",
                "{\"name\": \"n\", \"seed\": 1.5}|seed: expected a whole number, found 1.5",
                "{\"name\": \"n\", \"fraction\": NaN}|fraction: expected a number from 0 to 1",
                "{\"name\": \"n\", \"source\": []}|source: expected a block",
                "[]|expected a block { … }, found []"
            })
    void aValueOutOfItsTypeOrBoundsIsRefused(String json, String fault) {
        assertThat(faults(json)).singleElement().asString().contains(fault);
    }

    @Test
    void rulesAcrossKeysAreCheckedOnceTheKeysAreSound() {
        assertThat(faults("{\"name\": \"n\",\n \"shots\": [0, 1, 2, 3]}"))
                .containsExactly("x.json:2: shots: expected at most 3, found 4; leave some out");
        assertThat(faults("{\"name\": 1,\n \"shots\": [0, 1, 2, 3]}"))
                .containsExactly("x.json:1: name: expected text, found 1");
    }

    @Test
    void whatWasReadIsWrittenAndReadBackToTheSameRecord() {
        Sweep sweep = read("""
                {"name": "n", "order": "all!", "rate": 0.5, "weights": {"by-label": 2}, "groups": [["a"]],
                 "sources": [{"kind": "texts", "files": ["f"]}, {}], "raw": {"a": 1}, "norm": "layer"}
                """);
        Map<String, Object> plain = READER.plain(sweep);
        assertThat(READER.read(Sweep.class, Located.of(Place.of("plain"), plain)))
                .isEqualTo(sweep);
        assertThat(plain).containsEntry("order", "all!").doesNotContainKey("norms");
    }

    @Test
    void theIdentityHasEveryKeyThatCanChangeARowByItsPath() {
        Sweep sweep = read(
                "{\"name\": \"n\", \"strict\": true, \"sources\": [{}, {\"kind\": \"texts\", \"files\": [\"f\"]}]}");
        assertThat(READER.identity("sweep", sweep))
                .containsEntry("sweep.name", "n")
                .containsEntry("sweep.shots", "[0, 1]")
                .containsEntry("sweep.fraction", "0.01")
                .containsEntry("sweep.epsilon", "1.0E-6")
                .containsEntry("sweep.source.kind", "tokens")
                .containsEntry("sweep.sources[1].files", "[f]")
                .doesNotContainKeys("sweep.strict", "sweep.rate", "sweep.raw", "sweep.sources");
    }

    @Test
    void listsInThePlaceOfSingleValuesStandForEveryCombination() {
        Faults faults = new Faults();
        Scope scope = new Scope(
                "methods[0]",
                JsonTree.parse("{\"name\": \"m\", \"epsilon\": [1, 2], \"norm\": [\"rms\", \"layer\"]}", "x"),
                faults);
        assertThat(READER.readEach(Norms.class, scope, Set.of("name")))
                .containsExactly(
                        new Norms(1, "rms"), new Norms(1, "layer"), new Norms(2, "rms"), new Norms(2, "layer"));
        assertThat(faults.isEmpty()).isTrue();

        Scope bad = new Scope(
                "methods[0]",
                JsonTree.parse("{\"epsilon\": [1, 0, 1], \"norm\": [\"rms\", \"layer\"], \"parts\": 1}", "x"),
                faults);
        assertThat(READER.readEach(Norms.class, bad, Set.of())).hasSize(2);
        assertThat(faults.found())
                .extracting(Fault::toString)
                .containsExactly(
                        "x:1: methods[0].parts: expected one of the keys epsilon, norm, found the unknown key parts; leave it"
                                + " out",
                        "x:1: methods[0].epsilon[2]: expected no value twice, found 1 again; leave it out",
                        "x:1: methods[0].epsilon: expected a number above 0, found 0");
    }

    record Input(@Key(doc = "File.", otherwise = "a/b") Path file) {}

    @Test
    void aRegisteredTypeReadsItsValuesAndDefaults() {
        Reader reader = new Reader().with(Path.class, "the path of a file", JsonSchema.TEXT, scope -> {
            if (scope.value().content() instanceof String text && !text.equals("gone")) {
                return Optional.of(Path.of("root", text));
            }
            scope.fault("expected the path of a file, found " + scope.value().shown());
            return Optional.empty();
        });
        assertThat(reader.read(Input.class, JsonTree.parse("{}", "x")).file()).isEqualTo(Path.of("root/a/b"));
        assertThatExceptionOfType(InputException.class)
                .isThrownBy(() -> reader.read(Input.class, JsonTree.parse("{\"file\": \"gone\"}", "x")))
                .withMessage("1 fault:\n  x:1: file: expected the path of a file, found \"gone\"");
    }

    record Optimizer(
            @Inline Source schedule,
            @Key(doc = "Clip.", otherwise = "1") double clip) {}

    @Test
    void anInlinedOneOfSharesTheBlockWithOtherKeys() {
        assertThat(READER.read(
                        Optimizer.class, JsonTree.parse("{\"kind\": \"texts\", \"files\": [\"f\"], \"clip\": 2}", "x")))
                .isEqualTo(new Optimizer(new Texts(List.of("f"), Optional.empty()), 2));
        assertThat(READER.plain(new Optimizer(new Tokens(3), 2)))
                .isEqualTo(Map.of("kind", "tokens", "vocabulary", 3, "clip", 2.0));
        assertThatThrownBy(() -> READER.read(Optimizer.class, JsonTree.parse("{\"file\": [], \"kind\": 1}", "x")))
                .hasMessageContaining("x:1: file: expected one of the keys kind, files, words, vocabulary, clip")
                .hasMessageContaining("x:1: kind: expected one of texts, tokens, found 1");
    }

    @Block(spelling = Spelling.SNAKE)
    record Fields(
            @Key(doc = "Width.", from = 1, alias = "n_embd") int hiddenSize,
            @Key(doc = "Order.", otherwise = "by_label") Order layerOrder,
            @Inline Norms norms) {}

    @Test
    void aConfigJsonHasItsOwnSpellingAndOtherNames() {
        assertThat(READER.read(Fields.class, JsonTree.parse("{\"n_embd\": 8}", "x")))
                .isEqualTo(new Fields(8, Order.BY_LABEL, new Norms(1e-6, "rms")));
        assertThatThrownBy(() -> READER.read(Fields.class, JsonTree.parse("{\"hiddensize\": 8}", "x")))
                .hasMessageContaining("write hidden_size")
                .hasMessageContaining("x:1: hidden_size: expected a whole number of at least 1, found nothing");
    }

    @Test
    void twoNamesOfAKeyHaveOneValueAndANullKeyIsAbsent() {
        assertThat(READER.read(
                        Fields.class, JsonTree.parse("{\"n_embd\": 8, \"hidden_size\": 8, \"softcap\": null}", "x")))
                .isEqualTo(new Fields(8, Order.BY_LABEL, new Norms(1e-6, "rms")));
        assertThatThrownBy(
                        () -> READER.read(Fields.class, JsonTree.parse("{\"hidden_size\": 8,\n \"n_embd\": 4}", "x")))
                .hasMessageContaining("x:2: n_embd: expected the value of hidden_size, another name of it, 8, found 4");
    }

    record Refusing(
            @Key(doc = "Biases.", choices = "false", otherwise = "false")
            boolean attentionBias) {}

    @Test
    void aFlagOfWhichOneValueIsSupportedRefusesTheOther() {
        assertThat(READER.read(Refusing.class, JsonTree.parse("{\"attention-bias\": false}", "x"))
                        .attentionBias())
                .isFalse();
        assertThatThrownBy(() -> READER.read(Refusing.class, JsonTree.parse("{\"attention-bias\": true}", "x")))
                .hasMessageContaining("attention-bias: expected false, found true");
    }

    record WrongDefault(
            @Key(doc = "Out of bounds.", from = 1, otherwise = "0")
            int count) {}

    @Test
    void aDefaultOutOfItsBoundsIsFoundWhereverTheRecordIsRead() {
        assertThatThrownBy(() -> READER.read(WrongDefault.class, JsonTree.parse("{\"count\": 3}", "x")))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("default: count: expected a whole number of at least 1, found 0");
    }

    @Test
    void textThatIsNoJsonIsRefusedWithItsLine() {
        assertThatThrownBy(() -> JsonTree.parse("{\n \"a\": 1,\n \"a\": 2}", "x.json"))
                .hasMessageContaining("x.json:3: expected JSON, found another text: Duplicate field 'a'");
        assertThatThrownBy(() -> JsonTree.read(Path.of("none.json")))
                .hasMessageContaining("none.json: expected a JSON");
    }

    @Test
    void theDocumentationHasATableForEachBlock() {
        String markdown = READER.markdown("sweep", Sweep.class);
        assertThat(markdown)
                .contains("## `sweep`\n\n| key | takes | default | meaning |\n|---|---|---|---|\n")
                .contains("| `name` | text | required | Name. |\n")
                .contains("| `strict` ° | true or false | `false` | Strict. |\n")
                .contains("| `rate` | a number above 0 and below 1 | – | Learning rate. |\n")
                .contains("| `epsilon` | a number above 0 | `1e-6` | ε. |\n")
                .contains("## `sweep.source (kind = texts)`\n")
                .contains("## `sweep.sources[] (kind = tokens)`\n");
    }

    @Test
    void theSchemaHasEveryKeyWithItsType() {
        Map<String, Object> schema = READER.schema(Sweep.class).keywords();
        assertThat(schema).containsEntry("required", List.of("name")).containsEntry("additionalProperties", false);
        assertThat(schema.get("properties"))
                .asString()
                .contains("shots={type=array, items={type=integer, minimum=0}, minItems=1, uniqueItems=true")
                .contains("order={enum=[sampled, by-label, all!], description=Order.}")
                .contains("vocabulary={type=integer, minimum=2");
    }

    record Range(
            @Key(doc = "The first.", otherwise = "1") int from,
            @Key(doc = "The last.", otherwise = "5") int to) {}

    record Ranged(
            @Key(doc = "A range of its own default.", otherwise = "{from: 2}")
            Range range) {}

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {"{} | 2 | 5", "{range: {to: 7}} | 2 | 7", "{range: {from: 3}} | 3 | 5"})
    void aBlockHasItsOwnDefaultOfAKeyThatItLeavesOut(String text, int from, int to) {
        assertThat(READER.read(Ranged.class, JsonTree.inCode(text, Place.of("x"))))
                .isEqualTo(new Ranged(new Range(from, to)));
    }

    @Test
    void aKeyOfABlockThatIsWrittenBesideItIsToldItsPlace() {
        assertThatThrownBy(() -> READER.read(Ranged.class, JsonTree.parse("{\"to\": 7}", "x")))
                .hasMessageContaining(
                        "x:1: to: expected the key range.to, found to; move it into the block range { … }");
    }

    enum Letters implements Key.Choices {
        ALL;

        @Override
        public List<String> get() {
            return List.of("a", "b");
        }
    }

    record Written(
            @Key(doc = "A letter.", among = Letters.class) String letter) {}

    @Test
    void aTextThatIsToBeInAListOfTheCodeIsOneOfThat() {
        assertThat(READER.markdown("x", Written.class)).contains("| `letter` | one of a, b | required | A letter. |");
        assertThatThrownBy(() -> READER.read(Written.class, JsonTree.parse("{\"letter\": \"c\"}", "x")))
                .hasMessageContaining("letter: expected one of a, b, found \"c\"");
    }

    record Part(
            @Key(doc = "Part of the trials.", from = 0, to = 1, otherwise = "'all'", absent = "all") @Nullable Double part) {}

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{\"part\": \"all\"}", "{\"part\": null}"})
    void aWordForAnAbsentValueIsReadAsNoneAndIdentifiesNothing(String json) {
        Part part = READER.read(Part.class, JsonTree.parse(json, "x.json"));
        assertThat(part.part()).isNull();
        assertThat(READER.identity("x", part)).isEmpty();
        assertThat(READER.identity("x", new Part(0.25))).isEqualTo(Map.of("x.part", "0.25"));
        assertThat(READER.plain(new Part(0.25))).isEqualTo(Map.of("part", 0.25));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"some\"", "1.5", "\"0.5\""})
    void aValueThatIsNeitherTheWordNorTheTypeNamesBoth(String value) {
        assertThatThrownBy(() -> READER.read(Part.class, JsonTree.parse("{\"part\": " + value + "}", "x.json")))
                .hasMessageContaining("part: expected all, or a number from 0 to 1, found " + value);
        assertThat(READER.markdown("x", Part.class))
                .contains("| `part` | all, or a number from 0 to 1 | `\"all\"` | Part of the trials. |");
    }
}
