package org.iclsweep.model.metaoptimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Random;
import org.iclsweep.datasets.reproducible.Vectors;
import org.iclsweep.model.Models;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.prompt.TokenSequence;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** From demonstrations to similarities, as a trial does it: 3 demonstrations, a query of 6 tokens, seed 21. */
class SimilarityTest {
    private static final List<TokenSequence> DEMONSTRATIONS = Examples.demonstrations(21, 3);
    private static final List<TokenSequence> QUERY = List.of(Models.tokens(new Random(22), 6));

    private static QueryRecording recorded(LanguageModel model, TokenSequence context) {
        return QueryRecording.of(model, context, QUERY).get(0);
    }

    private static List<LayerComparison> compared(LanguageModel model, double rate) {
        FineTuning tuning = new FineTuning(TrainedWeights.KEYS_AND_VALUES, Descent.END_TO_END, rate);
        try (TunedModel tuned = tuning.tuned(model, DEMONSTRATIONS, FineTuning.BeforeStep.NONE)) {
            return LayerComparison.of(
                    List.of(recorded(model, TokenSequence.EMPTY)),
                    List.of(recorded(model, TokenSequence.concat(DEMONSTRATIONS))),
                    List.of(recorded(tuned.model(), TokenSequence.EMPTY)),
                    1);
        }
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"gpt2", "llama", "linear_llama", "gla"})
    void aRateOf0HasNoSimilarityAnywhereAndAnotherHas(String family) {
        try (LanguageModel model = Examples.model(family)) {
            for (LayerComparison mixer : compared(model, 0)) {
                assertThat(mixer.outputs().tunedNorm().orElseThrow()).isZero();
                assertThat(mixer.outputs().raw()).isEmpty();
                assertThat(mixer.outputs().normalised()).isEmpty();
                assertThat(mixer.maps()).allMatch(map -> map.ofUpdates().isEmpty());
            }
            for (LayerComparison mixer : compared(model, 0.01)) {
                assertThat(mixer.outputs().raw()).isPresent();
                assertThat(mixer.outputs().normalised()).isPresent();
                assertThat(mixer.maps()).hasSize(family.equals("gla") ? 0 : 4);
            }
        }
    }

    /** A small rate and the limit point the same way, and climbing points the other. */
    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"gpt2", "llama", "linear_llama"})
    void theSimilarityOfASmallRateIsThatOfTheLimitAndClimbingTurnsItsSign(String family) {
        SmallRateLimit limit =
                new SmallRateLimit(TrainedWeights.KEYS_AND_VALUES, Descent.END_TO_END, SmallRateLimit.DEFAULT_STEP);
        try (LanguageModel model = Examples.model(family)) {
            QueryRecording zeroShot = recorded(model, TokenSequence.EMPTY);
            QueryRecording derivative = limit.derivatives(model, DEMONSTRATIONS, QUERY)
                    .orElseThrow()
                    .get(0);
            List<LayerComparison> limits = LayerComparison.of(
                    List.of(zeroShot),
                    List.of(recorded(model, TokenSequence.concat(DEMONSTRATIONS))),
                    List.of(zeroShot.along(derivative, 1)),
                    1);
            List<LayerComparison> small = compared(model, 1e-6);
            List<LayerComparison> climbing = compared(model, -1e-6);
            for (int m = 0; m < 2; m++) {
                double expected = limits.get(m).outputs().raw().orElseThrow();
                assertThat(small.get(m).outputs().raw().orElseThrow()).isCloseTo(expected, within(1e-4));
                assertThat(climbing.get(m).outputs().raw().orElseThrow()).isCloseTo(-expected, within(1e-4));
                assertThat(limits.get(m).outputs().tunedNorm().orElseThrow())
                        .isCloseTo(Vectors.norm(derivative.mixers().get(m).output()), within(1e-9));
            }
        }
    }
}
