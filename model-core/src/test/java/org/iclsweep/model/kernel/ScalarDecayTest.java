package org.iclsweep.model.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import java.util.Random;
import org.iclsweep.model.layout.PackedLayout;
import org.iclsweep.model.layout.PackedLayout.Node;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.layout.Siblings;
import org.junit.jupiter.api.Test;

class ScalarDecayTest {
    private static final int TOKENS = 5_000;
    private static final int BRANCH = 20;

    /** A path of nodes, a branch that leaves it before the last of them, and that last one. */
    private static List<Node> nodes() {
        return List.of(
                new Node(PackedLayout.ROOT, TOKENS / 2),
                new Node(0, TOKENS - BRANCH - TOKENS / 2),
                new Node(1, BRANCH),
                new Node(1, BRANCH));
    }

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
            PackedLayout layout = new PackedLayout(manager, DataType.FLOAT64, nodes(), Padding.LONGEST);
            NDArray g = manager.create(logs, new Shape(1, 1, TOKENS + BRANCH));
            Siblings last = layout.generations(1, 2).groups().get(2);
            ScalarDecay.OfGroup decays = new ScalarDecay(g).along(layout).of(last, DataType.FLOAT64, manager);
            double[] reading = decays.reading().toDoubleArray();
            double[] kept = decays.kept().toDoubleArray();
            double[] within = decays.within().toDoubleArray();
            assertThat(reading).hasSize(2 * BRANCH);
            assertThat(kept).hasSize(TOKENS - BRANCH);
            double exponent = 0;
            for (int slot = TOKENS + BRANCH - 1; slot >= TOKENS - BRANCH; slot--) {
                // Between the branch and where it left lies the rest of the trunk, which it has not read.
                int onPath = slot >= TOKENS ? slot : slot - BRANCH;
                double expected = Math.exp(exponent);
                double found = slot >= TOKENS
                        ? within[within.length - BRANCH + slot - TOKENS]
                        : reading[reading.length - 1] * kept[onPath];
                assertThat(Math.abs(found / expected - 1)).as("slot %d", onPath).isLessThan(4e-15);
                exponent += logs[onPath];
            }
        }
    }
}
