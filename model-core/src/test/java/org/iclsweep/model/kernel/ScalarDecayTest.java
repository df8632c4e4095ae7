package org.iclsweep.model.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import java.util.Random;
import org.iclsweep.model.layout.PackedLayout;
import org.iclsweep.model.layout.PackedLayout.Tree;
import org.iclsweep.model.layout.RowBlock;
import org.junit.jupiter.api.Test;

class ScalarDecayTest {
    private static final int TOKENS = 5_000;
    private static final int BRANCH = 20;

    /** A trunk and one branch that leaves it after all but {@code BRANCH} of its tokens. */
    private static final Tree TREE = new Tree(TOKENS, new int[] {TOKENS - BRANCH}, new int[] {BRANCH});

    /**
     * The weight of a token on the path of a branch, for its last token, is e^{Σ g} over the few tokens between; the
     * sums from the first token on, whose differences they are, are 5,000 times as large.
     */
    @Test
    void afterThousandsOfTokensADecayIsExactToTheLastDigits() {
        double[] logs = new Random(11)
                .doubles(TOKENS + BRANCH, -2, 0)
                .map(Math::exp)
                .map(x -> -x)
                .toArray();
        try (NDManager manager = NDManager.newBaseManager()) {
            PackedLayout layout = new PackedLayout(manager, DataType.FLOAT64, List.of(TREE), TOKENS + BRANCH);
            NDArray g = manager.create(logs, new Shape(1, 1, TOKENS + BRANCH));
            RowBlock last = new RowBlock(TOKENS + BRANCH - 1, TOKENS + BRANCH);
            double[] found = new ScalarDecay(g)
                    .along(layout)
                    .weights(last, DataType.FLOAT64, manager)
                    .toDoubleArray();
            double exponent = 0;
            for (int slot = TOKENS + BRANCH - 1; slot >= TOKENS - BRANCH; slot--) {
                // Between the branch and where it left lies the rest of the trunk, which it has not read.
                int onPath = slot >= TOKENS ? slot : slot - BRANCH;
                double expected = Math.exp(exponent);
                assertThat(Math.abs(found[onPath] / expected - 1))
                        .as("slot %d", onPath)
                        .isLessThan(4e-15);
                exponent += logs[onPath];
            }
            for (int unread = TOKENS - BRANCH; unread < TOKENS; unread++) {
                assertThat(found[unread]).isZero();
            }
        }
    }
}
