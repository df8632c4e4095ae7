package org.iclsweep.sweep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class TextTableTest {
    @Test
    void columnsOfNumbersAreAlignedToTheRight() {
        SweepTables.Answer answer = new SweepTables.Answer(
                List.of("dtype", "trials"), List.of(List.of("float32", "9"), List.of("float64", "1024")));

        assertThat(TextTable.aligned(answer)).isEqualTo("""
                dtype    trials
                -------  ------
                float32       9
                float64    1024
                """);
    }
}
