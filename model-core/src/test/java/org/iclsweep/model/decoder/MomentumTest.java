package org.iclsweep.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.iclsweep.model.Closeness;
import org.iclsweep.model.Models;
import org.iclsweep.model.checkpoint.Checkpoint;
import org.iclsweep.model.checkpoint.StoredType;
import org.iclsweep.model.conversion.ConversionMethod;
import org.iclsweep.model.conversion.ConvertedCheckpoint;
import org.iclsweep.model.conversion.ExactConversion;
import org.iclsweep.model.conversion.KvCacheConversion;
import org.iclsweep.model.conversion.MergedConversion;
import org.iclsweep.model.exactness.Certificate;
import org.iclsweep.model.exactness.Certification;
import org.iclsweep.model.family.Architecture;
import org.iclsweep.model.family.ModelException;
import org.iclsweep.model.family.RandomWeights;
import org.iclsweep.model.kernel.Assumption;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.prompt.Continuation;
import org.iclsweep.model.prompt.PromptTree;
import org.iclsweep.model.prompt.ReadBefore;
import org.iclsweep.model.prompt.TokenSequence;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whole models with momentum: what a context leaves is exact, finite beside the attention's own, and kept in a file.
 */
class MomentumTest {
    private static final double TOLERANCE = 1e-11;
    private static final double ROUNDING = 1e-12;
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Models by the option that momentum stands beside. */
    enum Kind {
        LINEAR("linear_llama"),
        GROUPED_AND_CONVOLVED("linear_llama"),
        NO_POSITIONS("linear_llama"),
        SOFTMAX("llama"),
        WINDOW("mistral");

        private final String type;

        Kind(String type) {
            this.type = type;
        }

        ObjectNode config(double factor, int layers) {
            ObjectNode config = Models.of(type, 32, layers).put("value_momentum", factor);
            return switch (this) {
                case GROUPED_AND_CONVOLVED ->
                    config.put("num_key_value_heads", 2).put("conv_size", 3);
                case NO_POSITIONS -> config.put("position_embedding", "none").put("normalizer", false);
                default -> config;
            };
        }

        ConversionMethod exact() {
            return this == SOFTMAX ? new KvCacheConversion() : new ExactConversion();
        }
    }

    static Stream<Kind> kinds() {
        return Stream.of(Kind.values());
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("kinds")
    void aBatchOfPackedTreesGivesEachPromptItsOwnLogits(Kind kind) {
        try (LanguageModel model = Models.load(kind.config(0.9, 2), 3, DataType.FLOAT64)) {
            RunLawsTest.assertPackedTreesGiveEachPromptItsOwnLogits(model, new Random(kind.ordinal()));
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("kinds")
    void contextsInPartsLeaveWhatTheyLeaveAtOnce(Kind kind) {
        Random random = new Random(10 + kind.ordinal());
        List<List<TokenSequence>> contexts = Stream.generate(() -> List.of(
                        Models.tokens(random, random.nextInt(20)),
                        Models.tokens(random, random.nextInt(100)),
                        Models.tokens(random, random.nextInt(3))))
                .limit(4)
                .toList();
        try (LanguageModel model = Models.load(kind.config(0.9, 2), 3, DataType.FLOAT64);
                NDManager batch = model.newBatch()) {
            ContextState start = model.initialState(batch);
            List<ContextState> together = model.contextStates(batch, contexts, start, Padding.LADDER);
            for (int row = 0; row < contexts.size(); row++) {
                ContextState oneByOne = start;
                for (int segment = 0; segment < 3; segment++) {
                    TokenSequence next = contexts.get(row).get(segment);
                    oneByOne = model.contextStates(batch, List.of(List.of(next)), oneByOne, Padding.LONGEST)
                            .get(0);
                    TokenSequence prefix =
                            TokenSequence.concat(contexts.get(row).subList(0, segment + 1));
                    ContextState alone = model.contextStates(batch, List.of(List.of(prefix)), start, Padding.LONGEST)
                            .get(0);
                    assertSame(together.get(segment), row, alone);
                    assertSame(oneByOne, 0, alone);
                }
            }
        }
    }

    private static void assertSame(ContextState states, int row, ContextState alone) {
        assertThat(states.tensorsOf(row))
                .anySatisfy((name, tensor) -> assertThat(name).endsWith(".b_s"));
        RunLawsTest.assertSame(states, row, alone);
    }

    /** ‖Δ‖ / ‖prompted‖ of a query's logits after a context, converted by {@code method}. */
    private static double error(LanguageModel model, ConversionMethod method, int tokens, long seed) {
        Random random = new Random(seed);
        TokenSequence context = Models.tokens(random, tokens);
        TokenSequence query = Models.tokens(random, 7);
        try (NDManager batch = model.newBatch()) {
            ContextState state = method.convert(model, batch, List.of(List.of(context)), Padding.LONGEST)
                    .get(0)
                    .state();
            NDArray prompted = model.logits(
                    model.prompted(batch, List.of(PromptTree.of(context, query)), Padding.LONGEST, RunObserver.NONE));
            NDArray bare = logits(model, batch, query, state);
            return norm(bare.sub(prompted)) / norm(prompted);
        }
    }

    private static NDArray logits(LanguageModel model, NDManager batch, TokenSequence query, ContextState state) {
        return model.logits(
                model.continued(batch, List.of(new Continuation(query, 0)), state, Padding.LONGEST, RunObserver.NONE));
    }

    private static double norm(NDArray x) {
        return Math.sqrt(x.mul(x).sum().getDouble());
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("kinds")
    void aConvertedContextIsExactWhateverTheFactor(Kind kind) {
        Random random = new Random(kind.ordinal());
        for (double factor : new double[] {1e-6, random.nextDouble(), random.nextDouble(), 0.9, 0.9999}) {
            try (LanguageModel model = Models.load(kind.config(factor, 3), 3, DataType.FLOAT64)) {
                for (int tokens : new int[] {0, 1, 64, 150}) {
                    assertThat(error(model, kind.exact(), tokens, tokens))
                            .as("η = %s, %d tokens", factor, tokens)
                            .isLessThan(ROUNDING);
                }
            }
        }
    }

    @ParameterizedTest(name = "{0} parts")
    @ValueSource(ints = {1, 2, 5})
    void inOneLayerPartsConvertedApartAddUpToTheWhole(int parts) {
        try (LanguageModel model = Models.load(Kind.LINEAR.config(0.9, 1), 3, DataType.FLOAT64)) {
            assertThat(error(model, new MergedConversion(parts), 40, 4)).isLessThan(ROUNDING);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("kinds")
    void theAverageCountsAndAFactorNextToNothingIsAttentionWithoutIt(Kind kind) {
        double[] plain = prompted(withoutMomentum(kind));
        assertThat(prompted(withoutMomentum(kind).putNull("value_momentum"))).isEqualTo(plain);
        Closeness.assertClose("logits", prompted(kind.config(1e-14, 2)), plain, 1e-10);
        double[] with = prompted(kind.config(0.9, 2));
        assertThat(IntStream.range(0, with.length)
                        .mapToDouble(i -> Math.abs(with[i] - plain[i]))
                        .max()
                        .orElse(0))
                .isGreaterThan(0.01);
    }

    private static ObjectNode withoutMomentum(Kind kind) {
        return kind.config(0.5, 2).without(List.of("value_momentum"));
    }

    private static double[] prompted(ObjectNode config) {
        Random random = new Random(2);
        PromptTree prompt = PromptTree.of(Models.tokens(random, 30), Models.tokens(random, 5));
        try (LanguageModel model = Models.load(config, 3, DataType.FLOAT64);
                NDManager batch = model.newBatch()) {
            return model.logits(model.prompted(batch, List.of(prompt), Padding.LONGEST, RunObserver.NONE))
                    .toDoubleArray();
        }
    }

    @ParameterizedTest(name = "{0}")
    @EnumSource(
            value = Kind.class,
            names = {"LINEAR", "GROUPED_AND_CONVOLVED", "SOFTMAX"})
    void aConvertedCheckpointHoldsTheAverageAndAnswersAsTheStateDid(Kind kind, @TempDir Path scratch) {
        ObjectNode config = kind.config(0.9, 2);
        RandomWeights weights = new RandomWeights(config, 4);
        Random random = new Random(6);
        TokenSequence context = Models.tokens(random, 70);
        TokenSequence query = Models.tokens(random, 5);
        double[] expected;
        try (LanguageModel model = LanguageModel.load(config, weights, DataType.FLOAT64, Device.cpu());
                NDManager batch = model.newBatch()) {
            Models.write(scratch.resolve("model"), config, weights);
            ContextState state = kind.exact()
                    .convert(model, batch, List.of(List.of(context)), Padding.LONGEST)
                    .get(0)
                    .state();
            expected = logits(model, batch, query, state).toDoubleArray();
            ConvertedCheckpoint.write(
                    Checkpoint.open(scratch.resolve("model")),
                    state,
                    StoredType.F64,
                    ReadBefore.NOTHING,
                    scratch.resolve("converted"));
        }
        Checkpoint converted = Checkpoint.open(scratch.resolve("converted"));
        int keyHeads = config.path("num_key_value_heads").asInt(4);
        assertThat(converted.config().get("value_momentum").asDouble()).isEqualTo(0.9);
        assertThat(converted.shape("model.layers.1.self_attn.b_s")).containsExactly(keyHeads, 8);
        try (LanguageModel model = LanguageModel.load(converted.config(), converted, DataType.FLOAT64, Device.cpu());
                NDManager batch = model.newBatch()) {
            assertThat(logits(model, batch, query, model.initialState(batch)).toDoubleArray())
                    .isEqualTo(expected);
            PromptTree bare = PromptTree.of(TokenSequence.EMPTY, query);
            double[] quadratic = model.logits(model.prompted(batch, List.of(bare), Padding.LONGEST, RunObserver.NONE))
                    .toDoubleArray();
            Closeness.assertClose("logits", quadratic, expected, TOLERANCE);
        }
    }

    @ParameterizedTest(name = "η = {0}")
    @ValueSource(doubles = {0.3, 0.9, 0.99})
    void linearAttentionWithMomentumIsCertifiedExact(double factor) {
        ObjectNode config = Kind.LINEAR.config(factor, 2);
        Certificate certificate = new Certification(new int[] {0, 1, 17, 130, 300}, 8, 3)
                .certify(config, new RandomWeights(config, 5), Device.cpu());
        assertThat(certificate.verdict()).isEqualTo(Certificate.Verdict.EXACT);
        assertThat(certificate.errors())
                .hasSize(5)
                .allSatisfy(length -> assertThat(length.float64().maxRelative()).isLessThan(ROUNDING));
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"llama", "mistral"})
    void softmaxBreaksWithMomentumWhatItBreaksWithout(String type) {
        ObjectNode config = Models.of(type, 16, 2);
        List<Assumption.Broken> without = Architecture.of(config).broken();
        assertThat(Architecture.of(config.put("value_momentum", 0.9)).broken()).isEqualTo(without);
    }

    @ParameterizedTest(name = "{0} with {1}")
    @CsvSource(
            delimiter = '|',
            value = {
                "linear_llama | 0",
                "linear_llama | 1",
                "linear_llama | -0.1",
                "linear_llama | 1.5",
                "linear_llama | \"0.9\"",
                "linear_llama | true",
                "llama | 1",
                "mistral | 1",
                "gpt2 | 0"
            })
    void aFactorThatIsNotBetweenZeroAndOneIsOneFaultOfTheConfiguration(String type, String value) throws IOException {
        ObjectNode config = type.equals("gpt2") ? Models.gpt2(32) : Models.of(type, 16, 2);
        JsonNode factor = JSON.readTree(value);
        config.set("value_momentum", factor);
        assertThatThrownBy(() -> Architecture.of(config))
                .isInstanceOf(ModelException.class)
                .hasMessage("config.json: value_momentum: expected a number above 0 and below 1, found " + factor);
    }
}
