package org.iclsweep.sweep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class TextTableTest {
    @Test
    void commasQuotesAndLineBreaksAreQuotedAndNothingElseIs() {
        SweepTables.Answer answer = new SweepTables.Answer(
                List.of("label", "accuracy, mean"),
                List.of(List.of("say \"x\"", "-0.5"), List.of("two\nlines", "null"), List.of("ö", "1e-7")));

        assertThat(TextTable.commaSeparated(answer)).isEqualTo("""
                label,"accuracy, mean"
                "say ""x\""",-0.5
                "two
                lines",null
                ö,1e-7
                """);
    }

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
