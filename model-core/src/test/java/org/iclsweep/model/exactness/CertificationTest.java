package org.iclsweep.model.exactness;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.iclsweep.model.Models;
import org.iclsweep.model.checkpoint.Checkpoint;
import org.iclsweep.model.conversion.ExactConversion;
import org.iclsweep.model.decoder.Fixture;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.exactness.Certificate.Checked;
import org.iclsweep.model.exactness.Certificate.Verdict;
import org.iclsweep.model.family.Architecture;
import org.iclsweep.model.family.ModelException;
import org.iclsweep.model.family.RandomWeights;
import org.iclsweep.model.kernel.Assumption;
import org.iclsweep.model.layout.Padding;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The certificates of models whose conversion is exact, and of those whose conversion is not. */
class CertificationTest {
    private static final Certification SHORT = new Certification(new int[] {0, 1, 17, 130, 300}, 8, 3);

    static Stream<Fixture> exactFixtures() {
        return Stream.concat(Fixture.all(), Fixture.ofEachType())
                .filter(fixture -> Architecture.of(fixture.config()).broken().isEmpty());
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("exactFixtures")
    void aModelThatFulfilsTheAssumptionsIsExactToRounding(Fixture fixture) {
        Certificate certificate = SHORT.certify(fixture.config(), Checkpoint.open(fixture.directory()), Device.cpu());
        assertThat(certificate.verdict()).isEqualTo(Verdict.EXACT);
        assertThat(certificate.assumptions()).hasSize(3).allMatch(Checked::holds);
        assertThat(certificate.errors()).hasSize(5).allSatisfy(length -> {
            assertThat(length.float64().maxRelative()).isLessThan(1e-12);
            assertThat(length.float32().maxRelative())
                    .isLessThan(length.float32().explained());
            assertThat(length.float64().explained()).isLessThan(1e-11);
        });
        assertThat(certificate.batchShapes()).hasSize(2);
        assertThat(certificate.batchShapes().get(0).maxRelative()).isLessThan(1e-13);
        assertThat(certificate.size().biasParameters()).isPositive();
        assertThat(certificate.size().modelParameters())
                .isEqualTo(new RandomWeights(fixture.config(), 1).parameters() + stored(fixture));
    }

    static Stream<Fixture> fixturesWithFullAttention() {
        return Fixture.ofEachType()
                .filter(fixture -> Architecture.of(fixture.config()).broken().stream()
                        .anyMatch(broken -> broken.assumption() == Assumption.SEPARABLE_NORMALISER));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("fixturesWithFullAttention")
    void aModelThatKeepsWhatAttentionReadsIsExactWithItAndNotWithoutIt(Fixture fixture) {
        Checkpoint checkpoint = Checkpoint.open(fixture.directory());
        Certification brief = new Certification(new int[] {0, 1, 40}, 6, 3);
        assertThat(brief.certify(fixture.config(), checkpoint, Device.cpu()).verdict())
                .isEqualTo(Verdict.NOT_EXACT);
        Certificate whole = brief.certifyFullCache(fixture.config(), checkpoint, Device.cpu());
        assertThat(whole.verdict()).isEqualTo(Verdict.EXACT);
        assertThat(whole.assumptions()).anyMatch(checked -> !checked.holds());
        assertThat(whole.errors())
                .allSatisfy(length -> assertThat(length.float64().maxRelative()).isLessThan(1e-12));
    }

    @Test
    void keysAndValuesOfAllTokensDoNotMakeTurnedFeaturesExact() {
        ObjectNode config = Models.linearLlama(32, 2).put("rotary_before_feature_map", true);
        assertThat(SHORT.certifyFullCache(config, new RandomWeights(config, 5), Device.cpu())
                        .verdict())
                .isEqualTo(Verdict.NOT_EXACT);
    }

    /** Number of parameters of the fixture that a checkpoint may lack. */
    private static long stored(Fixture fixture) {
        Checkpoint checkpoint = Checkpoint.open(fixture.directory());
        return Architecture.of(fixture.config()).parameters().stream()
                .filter(parameter -> parameter.optional() && checkpoint.has(parameter.fullName()))
                .mapToLong(parameter -> parameter.shape().size())
                .sum();
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"elu", "exp"})
    void positionsThatTurnHeadsBeforeAFeatureMapThatDoesNotTurnWithThemAreFoundOutByNameAndByError(String map) {
        ObjectNode config = Models.linearLlama(32, 2).put("feature_map", map).put("rotary_before_feature_map", true);
        Certificate certificate = SHORT.certify(config, new RandomWeights(config, 5), Device.cpu());
        assertThat(certificate.verdict()).isEqualTo(Verdict.NOT_EXACT);
        assertThat(certificate.assumptions())
                .filteredOn(checked -> !checked.holds())
                .singleElement()
                .satisfies(checked -> {
                    assertThat(checked.assumption()).isEqualTo(Assumption.RELATIVE_POSITIONS);
                    assertThat(checked.broken().why()).contains(map);
                });
        assertThat(certificate.errors())
                .filteredOn(length -> length.contextTokens() > 1)
                .allSatisfy(length -> assertThat(length.float64().maxRelative())
                        .isGreaterThan(1e6 * length.float64().explained()));
    }

    @Test
    void aModelWhoseLogitsAreNotFiniteIsIllConditionedAndNotExact() {
        // All features of a token can be 0 under relu, and with them the normaliser of the first token.
        ObjectNode config = Models.linearLlama(8, 2).put("feature_map", "relu").put("num_attention_heads", 4);
        Certificate certificate = SHORT.certify(config, new RandomWeights(config, 5), Device.cpu());
        assertThat(certificate.errors())
                .anyMatch(length -> Double.isNaN(length.float64().maxRelative()));
        assertThat(certificate.verdict()).isEqualTo(Verdict.ILL_CONDITIONED);
    }

    @Test
    void theIdentityTurnsWithItsArgumentSoItsConversionStaysExact() {
        ObjectNode config =
                Models.linearLlama(32, 2).put("feature_map", "identity").put("normalizer", false);
        config.put("rotary_before_feature_map", true);
        assertThat(SHORT.certify(config, new RandomWeights(config, 5), Device.cpu())
                        .verdict())
                .isEqualTo(Verdict.EXACT);
    }

    @Test
    void theExactMethodRefusesAModelThatBreaksAnAssumptionByItsName() {
        ObjectNode config = Models.linearLlama(32, 2).put("rotary_before_feature_map", true);
        try (LanguageModel model = Models.load(config, 1, DataType.FLOAT64);
                NDManager batch = model.newBatch()) {
            var context = List.of(List.of(Models.tokens(new Random(1), 4)));
            assertThatThrownBy(() -> new ExactConversion().convert(model, batch, context, Padding.LONGEST))
                    .isInstanceOf(ModelException.class)
                    .hasMessageContaining("RELATIVE_POSITIONS")
                    .hasMessageContaining("Instead: ");
        }
    }
}
