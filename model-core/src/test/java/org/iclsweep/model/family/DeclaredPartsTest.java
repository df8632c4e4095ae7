package org.iclsweep.model.family;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.stream.Stream;
import org.iclsweep.model.Models;
import org.iclsweep.model.decoder.Fixture;
import org.iclsweep.model.tensor.ParameterSpec;
import org.iclsweep.model.tensor.ParameterSpec.Role;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Sizes and roles that the rest of the project asks every model for, whatever its type calls them. */
class DeclaredPartsTest {
    static Stream<Fixture> fixtures() {
        return Fixture.all();
    }

    @ParameterizedTest
    @MethodSource("fixtures")
    void theHeadsAreThoseOfTheConfiguration(Fixture fixture) {
        int heads = Architecture.of(fixture.config()).heads();
        Stream.of("num_attention_heads", "num_heads", "n_head")
                .filter(fixture.config()::hasNonNull)
                .forEach(field -> assertThat(heads)
                        .as(field)
                        .isEqualTo(fixture.config().path(field).asInt()));
        assertThat(heads).isPositive();
    }

    @ParameterizedTest
    @MethodSource("fixtures")
    void thePositionsAreAWholeNumberInEveryModelType(Fixture fixture) {
        ObjectNode config = fixture.config().deepCopy();
        config.remove("n_positions");
        assertThat(Architecture.of(config.put("max_position_embeddings", 7))
                        .dimensions()
                        .positions())
                .hasValue(7);
        assertThatThrownBy(() -> Architecture.of(config.put("max_position_embeddings", "many")))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("max_position_embeddings: expected a whole number");
    }

    @Test
    void theIdleParametersAreThoseOfTheExpertsThatATokenDoesNotHave() {
        // Two of four experts in two layers, each of 16 x 32 + 32 and 16 x 16 + 16 numbers.
        assertThat(Architecture.of(Models.of("gpt_oss", 16, 2)).idleParameters())
                .isEqualTo(2 * 2 * (16 * 32 + 32 + 16 * 16 + 16));
        assertThat(Architecture.of(Models.of("qwen3", 16, 2)).idleParameters()).isZero();
    }

    /** The names are those that checkpoints have; the code asks for the roles. */
    @ParameterizedTest
    @MethodSource("fixtures")
    void theProjectionsToKeysAndValuesAreDeclaredAsSuch(Fixture fixture) {
        for (ParameterSpec parameter : Architecture.of(fixture.config()).parameters()) {
            String name = parameter.fullName();
            Role expected = Role.WEIGHT;
            if (name.matches(".*\\.k_proj\\.(weight|bias)")) {
                expected = Role.KEYS;
            } else if (name.matches(".*\\.v_proj\\.(weight|bias)")) {
                expected = Role.VALUES;
            } else if (name.matches(".*\\.c_attn\\.(weight|bias)")) {
                expected = Role.QKV;
            } else if (name.matches(".*conv1d\\.weight")) {
                expected = Role.TAPS;
            }
            assertThat(parameter.role()).as(name).isEqualTo(expected);
        }
    }
}
