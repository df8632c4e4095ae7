package org.iclsweep.model.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import org.iclsweep.model.kernel.Recurrence.Stepped;
import org.iclsweep.model.layout.PackedLayout;
import org.iclsweep.model.layout.PackedLayout.Node;
import org.iclsweep.model.layout.Padding;
import org.junit.jupiter.api.Test;

class PathScanTest {
    /** The state holds the number of tokens read and their sum in base 10: a token's output spells its path. */
    private static double[] spelled(PackedLayout layout, NDManager manager, double[] digits) {
        NDArray tokens = manager.create(digits, new Shape(1, 1, layout.length(), 1));
        NDArray start = manager.zeros(new Shape(1, 1, 1, 1), DataType.FLOAT64);
        return PathScan.outputs(layout, start, new NDList(tokens), (state, token) -> {
                    NDArray next = state.mul(10).add(token.get(0));
                    return new Stepped(next.duplicate(), next);
                })
                .toDoubleArray();
    }

    @Test
    void everyTokenReadsItsOwnNodeAndThoseThatItDescendsFrom() {
        try (NDManager manager = NDManager.newBaseManager()) {
            List<Node> nodes = List.of(
                    new Node(PackedLayout.ROOT, 2), // 1 2
                    new Node(0, 1), // 3
                    new Node(1, 2), // 4 5
                    new Node(PackedLayout.ROOT, 1), // 6
                    new Node(0, 1), // 7
                    new Node(PackedLayout.ROOT, 2)); // 8 9
            PackedLayout layout = new PackedLayout(manager, DataType.FLOAT64, nodes, Padding.LONGEST);
            double[] found = spelled(layout, manager, new double[] {1, 2, 3, 4, 5, 6, 7, 8, 9});
            assertThat(found).containsExactly(1, 12, 123, 1234, 12345, 6, 127, 8, 89);
        }
    }

    @Test
    void whatTheStepsNeedInBetweenIsGoneWithThem() {
        try (NDManager manager = NDManager.newBaseManager()) {
            List<Node> nodes = List.of(new Node(PackedLayout.ROOT, 50), new Node(0, 50), new Node(0, 20));
            PackedLayout layout = new PackedLayout(manager, DataType.FLOAT64, nodes, Padding.LONGEST);
            int before = manager.getManagedArrays().size();
            spelled(layout, manager, new double[120]);
            // Outputs, one a step, and a few arrays of the whole.
            assertThat(manager.getManagedArrays().size() - before).isLessThan(120 + 40);
        }
    }
}
