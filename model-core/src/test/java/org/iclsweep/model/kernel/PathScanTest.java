package org.iclsweep.model.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.List;
import org.iclsweep.model.kernel.Recurrence.Stepped;
import org.iclsweep.model.layout.PackedLayout;
import org.iclsweep.model.layout.PackedLayout.Tree;
import org.junit.jupiter.api.Test;

class PathScanTest {
    /** The state holds the number of tokens read and their sum in base 10: a token's output spells its path. */
    private static double[] spelled(PackedLayout layout, NDManager manager, double[] digits) {
        NDArray tokens = manager.create(digits, new Shape(layout.rows(), 1, layout.length(), 1));
        NDArray start = manager.zeros(new Shape(layout.rows(), 1, 1, 1), DataType.FLOAT64);
        return PathScan.outputs(layout, start, new NDList(tokens), (state, token) -> {
                    NDArray next = state.mul(10).add(token.get(0));
                    return new Stepped(next.duplicate(), next);
                })
                .toDoubleArray();
    }

    @Test
    void everyTokenReadsItsOwnBranchAndTheTrunkUpToWhereTheBranchLeft() {
        try (NDManager manager = NDManager.newBaseManager()) {
            Tree first = new Tree(3, new int[] {3, 0, 2}, new int[] {2, 1, 1});
            Tree second = new Tree(0, new int[] {0}, new int[] {2});
            Tree third = new Tree(2, new int[0], new int[0]);
            PackedLayout layout = new PackedLayout(manager, DataType.FLOAT64, List.of(first, second, third), 8);
            double nan = Double.NaN;
            double[] found = spelled(layout, manager, new double[] {
                1, 2, 3, 4, 5, 6, 7, nan, //
                8, 9, nan, nan, nan, nan, nan, nan, //
                1, 2, nan, nan, nan, nan, nan, nan
            });
            assertThat(Arrays.copyOfRange(found, 0, 7)).containsExactly(1, 12, 123, 1234, 12345, 6, 127);
            assertThat(Arrays.copyOfRange(found, 8, 10)).containsExactly(8, 89);
            assertThat(Arrays.copyOfRange(found, 16, 18)).containsExactly(1, 12);
        }
    }

    @Test
    void aBatchWithoutATokenHasOutputsOfItsShape() {
        try (NDManager manager = NDManager.newBaseManager()) {
            Tree none = new Tree(0, new int[0], new int[0]);
            PackedLayout layout = new PackedLayout(manager, DataType.FLOAT64, List.of(none, none), 1);
            assertThat(spelled(layout, manager, new double[] {0, 0})).hasSize(2);
        }
    }

    @Test
    void whatTheStepsNeedInBetweenIsGoneWithThem() {
        try (NDManager manager = NDManager.newBaseManager()) {
            Tree tree = new Tree(100, new int[] {50}, new int[] {20});
            PackedLayout layout = new PackedLayout(manager, DataType.FLOAT64, List.of(tree), 120);
            int before = manager.getManagedArrays().size();
            spelled(layout, manager, new double[120]);
            // Outputs, one a step, and a few arrays of the whole.
            assertThat(manager.getManagedArrays().size() - before).isLessThan(120 + 40);
        }
    }
}
