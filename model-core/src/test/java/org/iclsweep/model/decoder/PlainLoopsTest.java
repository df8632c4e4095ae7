package org.iclsweep.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.iclsweep.model.family.Families;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** The laws of the plain loops for the options of every family: all pairs of them in a build, all in the soak. */
class PlainLoopsTest {

    @Nested
    @ParameterizedClass(name = "{0}")
    @MethodSource("org.iclsweep.model.decoder.LoopsCase#pairwise")
    class InAPairwiseCoverOfTheOptions extends LoopsLaws {}

    @Nested
    @Tag("soak")
    @ParameterizedClass(name = "{0}")
    @MethodSource("org.iclsweep.model.decoder.LoopsCase#everyCombination")
    class InEveryCombinationOfTheOptions extends LoopsLaws {}

    /**
     * GPT-2 and gated units have tests of their own ({@link Gpt2LoopsTest}, {@link GatedLoopsTest}); some are held to
     * transformers and to flash-linear-attention ({@link TransformersParityTest}, {@link FlaParityTest}), and one to
     * another type ({@link FlaTransformerTest}).
     */
    @Test
    void everyRegisteredModelTypeIsHeldAgainstLoops() {
        Set<String> held = Stream.concat(
                        LoopsCase.pairwise().map(LoopsCase::config),
                        PlainRecurrencesTest.options().map(PlainRecurrencesTest.Options::config))
                .map(config -> config.path("model_type").asText())
                .collect(Collectors.toSet());
        held.add("gpt2");
        GatedLoopsTest.configurations()
                .forEach(config -> held.add(config.path("model_type").asText()));
        held.add(FlaTransformerTest.TYPE);
        Fixture.ofOthers()
                .forEach(fixture -> held.add(Families.of(fixture.config()).modelType()));
        assertThat(held).containsExactlyInAnyOrderElementsOf(Families.modelTypes());
    }

    @Test
    void thePairwiseCoverHasEveryPairOfValuesThatSomeCombinationHas() {
        List<LoopsCase> cover = LoopsCase.pairwise().toList();
        List<LoopsCase> all = LoopsCase.everyCombination().toList();
        assertThat(cover).hasSizeLessThan(all.size());
        assertThat(pairs(cover)).isEqualTo(pairs(all));
    }

    private static Set<String> pairs(List<LoopsCase> cases) {
        return cases.stream()
                .flatMap(one -> Pairwise.pairs(one.config()).stream())
                .collect(Collectors.toSet());
    }
}
