package org.iclsweep.model.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.IntUnaryOperator;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.iclsweep.model.layout.ChunkedLayout;
import org.iclsweep.model.layout.PackedLayout;
import org.iclsweep.model.layout.PackedLayout.Node;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.tensor.Parameters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Both forms of the moving average beside s_t = Σ_{i&lt;t} η^{t−i} v_i + η^{t−1} s_1, summed as it is written, for
 * random shapes and factors. Errors are of what the sum of magnitudes is.
 */
class ValueMomentumTest {
    private static final double TOLERANCE = 1e-13;

    static Stream<Arguments> factorsAndSeeds() {
        // The least power is none, the largest keeps nearly everything.
        double[] edges = {Double.MIN_NORMAL, 1e-9, 0.5, 1 - 1e-12};
        return IntStream.range(0, 24).mapToObj(seed -> {
            double factor = seed < edges.length ? edges[seed] : new Random(seed).nextDouble();
            return Arguments.of(factor, seed);
        });
    }

    /** Random heads: values [B, Hk, T, d], what was read of them [B, H, T, d], the state before [Hk, d]. */
    private record Drawn(int keyHeads, int group, int d, Random random) {
        static Drawn of(int seed) {
            Random random = new Random(seed);
            return new Drawn(1 + random.nextInt(3), 1 + random.nextInt(3), 1 + random.nextInt(5), random);
        }

        double[] numbers(long count) {
            return random.doubles(count, -1, 1).toArray();
        }
    }

    /** s after the values {@code path} [n][d], oldest first, and {@code start}, and what it would be of magnitudes. */
    private static double[][] average(double factor, List<double[]> path, double[] start) {
        double[] sum = new double[start.length];
        double[] magnitude = new double[start.length];
        for (int i = 0; i <= path.size(); i++) {
            double[] value = i == 0 ? start : path.get(i - 1);
            double weight = Math.pow(factor, i == 0 ? path.size() : path.size() - i + 1);
            for (int c = 0; c < sum.length; c++) {
                sum[c] += weight * value[c];
                magnitude[c] += weight * Math.abs(value[c]);
            }
        }
        return new double[][] {sum, magnitude};
    }

    private static double[] row(double[] flat, int index, int d) {
        return Arrays.copyOfRange(flat, index * d, (index + 1) * d);
    }

    private static void assertAverage(double[] found, double[] read, double[][] expected, String what) {
        for (int c = 0; c < found.length; c++) {
            double most = TOLERANCE * Math.max(1, expected[1][c]);
            assertThat(Math.abs(found[c] - read[c] - expected[0][c])).as(what).isLessThanOrEqualTo(most);
        }
    }

    @ParameterizedTest(name = "η = {0}, seed {1}")
    @MethodSource("factorsAndSeeds")
    void inATreeATokenAddsUpTheValuesBeforeItOnItsOwnPath(double factor, int seed) {
        Drawn drawn = Drawn.of(seed);
        Random random = drawn.random();
        List<Node> nodes = nodes(random);
        int heads = drawn.keyHeads() * drawn.group();
        int d = drawn.d();
        double[] start = seed % 2 == 0 ? new double[drawn.keyHeads() * d] : drawn.numbers((long) drawn.keyHeads() * d);
        try (NDManager manager = NDManager.newBaseManager()) {
            Padding padding = Padding.values()[random.nextInt(2)];
            PackedLayout layout = new PackedLayout(manager, DataType.FLOAT64, nodes, padding);
            int length = layout.length();
            double[] values = drawn.numbers((long) drawn.keyHeads() * length * d);
            double[] read = drawn.numbers((long) heads * length * d);
            Map<String, NDArray> state = new LinkedHashMap<>();
            if (seed % 2 == 1) {
                state.put(ValueMomentum.STATE, manager.create(start, new Shape(drawn.keyHeads(), d)));
            }
            double[] found = new ValueMomentum(factor)
                    .addedTo(
                            manager.create(read, new Shape(1, heads, length, d)),
                            manager.create(values, new Shape(1, drawn.keyHeads(), length, d)),
                            Parameters.of(state),
                            layout)
                    .toDoubleArray();
            int[][] paths = paths(nodes);
            for (int h = 0; h < heads; h++) {
                int g = h / drawn.group();
                for (int slot = 0; slot < paths.length; slot++) {
                    List<double[]> path = IntStream.of(paths[slot])
                            .mapToObj(at -> row(values, g * length + at, d))
                            .toList();
                    int at = h * length + slot;
                    double[][] expected = average(factor, path, row(start, g, d));
                    assertAverage(row(found, at, d), row(read, at, d), expected, "slot " + slot);
                }
            }
        }
    }

    /** A random forest. */
    private static List<Node> nodes(Random random) {
        List<Node> nodes = new ArrayList<>();
        int count = 1 + random.nextInt(12);
        for (int n = 0; n < count; n++) {
            nodes.add(new Node(random.nextInt(n + 1) - 1, 1 + random.nextInt(20)));
        }
        return nodes;
    }

    /** The slots that were read before each slot's token, oldest first. */
    private static int[][] paths(List<Node> nodes) {
        List<int[]> paths = new ArrayList<>();
        int[] lastSlots = new int[nodes.size()];
        for (int n = 0; n < nodes.size(); n++) {
            int parent = nodes.get(n).parent();
            int[] before = parent == PackedLayout.ROOT
                    ? new int[0]
                    : IntStream.concat(IntStream.of(paths.get(lastSlots[parent])), IntStream.of(lastSlots[parent]))
                            .toArray();
            int first = paths.size();
            for (int i = 0; i < nodes.get(n).length(); i++) {
                paths.add(IntStream.concat(IntStream.of(before), IntStream.range(first, first + i))
                        .toArray());
            }
            lastSlots[n] = paths.size() - 1;
        }
        return paths.toArray(int[][]::new);
    }

    @ParameterizedTest(name = "η = {0}, seed {1}")
    @MethodSource("factorsAndSeeds")
    void inChunksWithEmptySlotsItIsTheSameSumAndSoIsWhatEachSegmentLeaves(double factor, int seed) {
        Drawn drawn = Drawn.of(seed);
        Random random = drawn.random();
        int[][] segments = new int[3][];
        int count = 1 + random.nextInt(3);
        Arrays.setAll(segments, row -> random.ints(count, 0, 20).toArray());
        int chunk = 1 + random.nextInt(12);
        IntUnaryOperator padded = n -> n + random.nextInt(3);
        int heads = drawn.keyHeads() * drawn.group();
        int d = drawn.d();
        try (NDManager manager = NDManager.newBaseManager()) {
            ChunkedLayout layout = new ChunkedLayout(manager, DataType.FLOAT64, segments, chunk, padded);
            int length = layout.length();
            double[] values = drawn.numbers(3L * drawn.keyHeads() * length * d);
            double[] read = drawn.numbers(3L * heads * length * d);
            double[] start = drawn.numbers(3L * drawn.keyHeads() * d);
            NDArray v = manager.create(values, new Shape(3, drawn.keyHeads(), length, d));
            List<Map<String, NDArray>> states = Stream.generate(
                            () -> (Map<String, NDArray>) new LinkedHashMap<String, NDArray>())
                    .limit(count)
                    .toList();
            double[] found = new ValueMomentum(factor)
                    .addedTo(
                            manager.create(read, new Shape(3, heads, length, d)),
                            layout.onlyOccupied(v),
                            Parameters.of(Map.of(
                                    ValueMomentum.STATE, manager.create(start, new Shape(3, drawn.keyHeads(), d)))),
                            layout,
                            states)
                    .toDoubleArray();
            for (int row = 0; row < 3; row++) {
                int[] slots = layout.tokenSlots(row);
                for (int h = 0; h < heads; h++) {
                    int perRow = row * drawn.keyHeads() + h / drawn.group();
                    List<double[]> path = new ArrayList<>();
                    for (int slot : slots) {
                        int at = (row * heads + h) * length + slot;
                        double[][] expected = average(factor, path, row(start, perRow, d));
                        assertAverage(row(found, at, d), row(read, at, d), expected, "slot " + slot);
                        path.add(row(values, perRow * length + slot, d));
                    }
                    for (int segment = 0, tokens = 0; segment < count; segment++) {
                        tokens += segments[row][segment];
                        double[] kept =
                                states.get(segment).get(ValueMomentum.STATE).toDoubleArray();
                        double[][] expected = average(factor, path.subList(0, tokens), row(start, perRow, d));
                        assertAverage(row(kept, perRow, d), new double[d], expected, "after segment " + segment);
                    }
                }
            }
        }
    }

    /**
     * Powers η^−4000 are no doubles: those of distances to slots that lie ahead, or on another branch, must not be
     * taken. The values are 1 but for a gap before the last 20 of the trunk, so that each sum, in whatever order it is
     * taken, has partial sums that are multiples of 2^−24 below 1 (float32 has all of them) and terms that underflow to
     * 0.
     */
    @Test
    void aLongPathUnderALargeFactorOverflowsNowhere() {
        int trunk = 4000;
        List<Node> nodes = List.of(new Node(PackedLayout.ROOT, trunk), new Node(PackedLayout.ROOT, 2), new Node(0, 2));
        float[] values = new float[trunk + 4];
        Arrays.fill(values, 1);
        Arrays.fill(values, trunk - 2000, trunk - 20, 0);
        try (NDManager manager = NDManager.newBaseManager()) {
            PackedLayout layout = new PackedLayout(manager, DataType.FLOAT32, nodes, Padding.LONGEST);
            NDArray v = manager.create(values, new Shape(1, 1, values.length, 1));
            float[] found = new ValueMomentum(0.5)
                    .addedTo(v.zerosLike(), v, Parameters.of(Map.of()), layout)
                    .toFloatArray();
            assertThat(Arrays.copyOf(found, 3)).containsExactly(0f, 0.5f, 0.75f);
            assertThat(found[trunk - 1]).isEqualTo(1 - 0x1p-19f);
            assertThat(Arrays.copyOfRange(found, trunk, trunk + 4))
                    .containsExactly(0f, 0.5f, 1 - 0x1p-20f, 1 - 0x1p-21f);
            for (float average : found) {
                assertThat(average).isBetween(0f, 1f);
            }
        }
    }

    @ParameterizedTest(name = "{0} tokens")
    @ValueSource(ints = {0, 1, 5, 2000})
    void furtherTokensMoveAStateOnByThePowerOfTheirNumber(int tokens) {
        double[] state = {1, -2, 3};
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray carried =
                    new ValueMomentum(0.9).advance(manager.create(state, new Shape(1, 1, 3)), new int[] {tokens});
            double[] expected =
                    DoubleStream.of(state).map(x -> Math.pow(0.9, tokens) * x).toArray();
            assertThat(carried.toDoubleArray())
                    .usingComparatorWithPrecision(1e-15)
                    .containsExactly(expected);
        }
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(doubles = {0, 1, -0.5, 1.5, Double.NaN})
    void aFactorThatIsNotBetweenZeroAndOneIsRefused(double factor) {
        assertThatThrownBy(() -> new ValueMomentum(factor))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(Double.toString(factor));
    }
}
