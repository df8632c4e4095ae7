package org.iclsweep.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.iclsweep.model.conversion.ConversionMethods;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.prompt.Continuation;
import org.iclsweep.model.prompt.PromptTree;
import org.iclsweep.model.prompt.TokenSequence;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** The logits of flash-linear-attention's own kernels, in float32, of its own small random models. */
@ParameterizedClass(name = "{0}")
@MethodSource("fixtures")
class FlaParityTest {
    /** Of the largest logit. */
    private static final double TOLERANCE = 2e-5;
    /** The same where the kernels take the powers of sums of logarithms of base 2. */
    private static final double TOLERANCE_OF_KDA = 1e-4;
    /** Between the two runs, which are in float64. */
    private static final double ROUNDING = 1e-11;

    private final Fixture fixture;

    FlaParityTest(Fixture fixture) {
        this.fixture = fixture;
    }

    static Stream<Fixture> fixtures() {
        return Fixture.ofFla();
    }

    @Test
    void bothRunsGiveTheLogitsAndEachOthersUpToTheirRounding() {
        double[][] expected =
                fixture.cases().stream().flatMap(one -> Stream.of(one.logits())).toArray(double[][]::new);
        double largest = Arrays.stream(expected)
                .flatMapToDouble(Arrays::stream)
                .map(Math::abs)
                .max()
                .orElseThrow();
        boolean isKda = fixture.config().path("model_type").asText().equals("kda");
        try (LanguageModel model = fixture.load(DataType.FLOAT64);
                NDManager batch = model.newBatch()) {
            NDArray prompted = prompted(model, batch);
            assertThat(FixtureParityTest.largestDifference(prompted, expected) / largest)
                    .isLessThan(isKda ? TOLERANCE_OF_KDA : TOLERANCE);
            double[] differences =
                    converted(model, batch).sub(prompted).flatten().toDoubleArray();
            assertThat(Arrays.stream(differences).map(Math::abs).max().orElseThrow() / largest)
                    .isLessThan(ROUNDING);
        }
    }

    private NDArray prompted(LanguageModel model, NDManager batch) {
        List<PromptTree> prompts = fixture.cases().stream()
                .map(one -> PromptTree.of(one.context(), one.query()))
                .toList();
        return model.logits(model.prompted(batch, prompts, Padding.LADDER, RunObserver.NONE));
    }

    private NDArray converted(LanguageModel model, NDManager batch) {
        List<List<TokenSequence>> contexts =
                fixture.cases().stream().map(one -> List.of(one.context())).toList();
        ContextState states = ConversionMethods.exactFor(model.layout())
                .convert(model, batch, contexts, Padding.LADDER)
                .get(0)
                .state();
        List<Continuation> queries = fixture.cases().stream()
                .map(one -> new Continuation(one.query(), 0))
                .toList();
        return model.logits(model.continued(batch, queries, states, Padding.LADDER, RunObserver.NONE));
    }
}
