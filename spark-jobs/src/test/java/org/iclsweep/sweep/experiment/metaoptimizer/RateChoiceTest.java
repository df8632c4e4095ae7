package org.iclsweep.sweep.experiment.metaoptimizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.iclsweep.sweep.experiment.grid.Score;
import org.junit.jupiter.api.Test;

class RateChoiceTest {
    private static final Score SURE = new Score(0.5, 0.4);
    private static final Score RIGHT = new Score(0.75, 2.0);
    private static final Score RIGHT_AND_SURER = new Score(0.75, 1.5);

    @Test
    void theLossTakesTheSmallestWhateverIsRight() {
        assertThat(List.of(RIGHT, SURE, RIGHT_AND_SURER).stream().sorted(RateChoice.LOSS.bestFirst()))
                .containsExactly(SURE, RIGHT_AND_SURER, RIGHT);
    }

    @Test
    void accuracyTakesTheMostRightAndOfEqualsTheSmallestLoss() {
        assertThat(List.of(SURE, RIGHT, RIGHT_AND_SURER).stream().sorted(RateChoice.ACCURACY.bestFirst()))
                .containsExactly(RIGHT_AND_SURER, RIGHT, SURE);
    }
}
