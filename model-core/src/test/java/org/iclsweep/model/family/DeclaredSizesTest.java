package org.iclsweep.model.family;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.stream.Stream;
import org.iclsweep.model.decoder.Fixture;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Sizes that a sweep asks every model for, whatever its type calls them. */
class DeclaredSizesTest {
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
}
