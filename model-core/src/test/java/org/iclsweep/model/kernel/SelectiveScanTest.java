package org.iclsweep.model.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.iclsweep.model.Closeness;
import org.iclsweep.model.layout.ChunkedLayout;
import org.iclsweep.model.layout.PackedLayout;
import org.iclsweep.model.layout.PackedLayout.Node;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.layout.SlotLayout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Both forms of the selective scan against the plainest loops over double. */
class SelectiveScanTest {
    private static final double TOLERANCE = 1e-12;
    private static final int N = 3;
    private static final int I = 4;

    /** Random inputs of some tokens, with steps from nearly none to so large that nothing is kept. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Inputs(double[][] c, double[][] b, double[][] x, double[][] steps, double[] rates, double[] start) {
        static Inputs of(int tokens, long seed) {
            Random random = new Random(seed);
            double[][] steps = drawn(random, tokens, I);
            for (double[] row : steps) {
                for (int i = 0; i < I; i++) {
                    row[i] = Math.exp(2 * row[i] - 1);
                }
            }
            double[] rates = random.doubles(N * I, -16, -0.1).toArray();
            return new Inputs(
                    drawn(random, tokens, N),
                    drawn(random, tokens, N),
                    drawn(random, tokens, I),
                    steps,
                    rates,
                    random.doubles(N * I, -1, 1).toArray());
        }

        private static double[][] drawn(Random random, int rows, int columns) {
            double[][] drawn = new double[rows][];
            for (int row = 0; row < rows; row++) {
                drawn[row] = random.doubles(columns, -1, 1).toArray();
            }
            return drawn;
        }

        /** The outputs [tokens I] of the recurrence, and behind them the state [N I] after it. */
        double[] looped() {
            double[] state = start.clone();
            double[] outputs = new double[c.length * I + N * I];
            for (int t = 0; t < c.length; t++) {
                for (int i = 0; i < I; i++) {
                    for (int n = 0; n < N; n++) {
                        int at = n * I + i;
                        state[at] = Math.exp(rates[at] * steps[t][i]) * state[at] + b[t][n] * steps[t][i] * x[t][i];
                        outputs[t * I + i] += c[t][n] * state[at];
                    }
                }
            }
            System.arraycopy(state, 0, outputs, c.length * I, N * I);
            return outputs;
        }

        SelectiveScan scan(NDManager manager, SlotLayout layout) {
            double[][] written = new double[x.length][I];
            for (int t = 0; t < x.length; t++) {
                for (int i = 0; i < I; i++) {
                    written[t][i] = steps[t][i] * x[t][i];
                }
            }
            return new SelectiveScan(
                    inSlots(c, manager, layout),
                    inSlots(b, manager, layout),
                    inSlots(written, manager, layout),
                    inSlots(steps, manager, layout),
                    manager.create(rates, new Shape(N, I)));
        }

        private static NDArray inSlots(double[][] rows, NDManager manager, SlotLayout layout) {
            int width = rows[0].length;
            double[] all = new double[layout.length() * width];
            int[] slots = layout.tokenSlots(0);
            for (int t = 0; t < rows.length; t++) {
                System.arraycopy(rows[t], 0, all, slots[t] * width, width);
            }
            return manager.create(all, new Shape(1, 1, layout.length(), width));
        }
    }

    private static double[] outputs(NDArray all, SlotLayout layout, int tokens, double[] state) {
        double[] values = all.toDoubleArray();
        double[] outputs = new double[tokens * I + state.length];
        int[] slots = layout.tokenSlots(0);
        for (int t = 0; t < tokens; t++) {
            System.arraycopy(values, slots[t] * I, outputs, t * I, I);
        }
        System.arraycopy(state, 0, outputs, tokens * I, state.length);
        return outputs;
    }

    @ParameterizedTest(name = "{0} tokens")
    @ValueSource(ints = {1, 2, 63, 64, 65, 200})
    void theChunkedFormGivesOutputsAndStateOfTheLoops(int tokens) {
        Inputs inputs = Inputs.of(tokens, tokens);
        try (NDManager manager = NDManager.newBaseManager()) {
            ChunkedLayout layout = new ChunkedLayout(
                    manager, DataType.FLOAT64, new int[][] {{tokens / 2, tokens - tokens / 2}}, 64, Padding.LADDER::of);
            NDArray start = manager.create(inputs.start(), new Shape(1, 1, N, I));
            Recurrence.Scanned scanned = inputs.scan(manager, layout).chunked(start, layout);
            double[] state = scanned.states().get(1).toDoubleArray();
            Closeness.assertClose(
                    "chunked", outputs(scanned.outputs(), layout, tokens, state), inputs.looped(), TOLERANCE);
        }
    }

    @ParameterizedTest(name = "{0} tokens")
    @ValueSource(ints = {1, 2, 65})
    void theUninterruptedFormGivesTheOutputsOfTheLoops(int tokens) {
        Inputs inputs = Inputs.of(tokens, tokens);
        try (NDManager manager = NDManager.newBaseManager()) {
            PackedLayout layout = new PackedLayout(
                    manager, DataType.FLOAT64, List.of(new Node(PackedLayout.ROOT, tokens)), Padding.LADDER);
            NDArray start = manager.create(inputs.start(), new Shape(1, N, I));
            NDArray found = inputs.scan(manager, layout).uninterrupted(start, layout);
            double[] looped = inputs.looped();
            double[] state = Arrays.copyOfRange(looped, tokens * I, looped.length);
            assertThat(found.getShape()).isEqualTo(new Shape(1, 1, layout.length(), I));
            Closeness.assertClose("uninterrupted", outputs(found, layout, tokens, state), looped, TOLERANCE);
        }
    }
}
