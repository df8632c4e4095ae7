package org.iclsweep.sweep.experiment.order;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.iclsweep.datasets.reproducible.RandomStream;

/**
 * Orders of some demonstrations.
 *
 * @param positions the orders, each as positions in the given one; the given order first, then lexicographically
 * @param all whether there are no others
 */
public record Orders(List<List<Integer>> positions, boolean all) {
    private static final long STREAM = 0x4F52444552L;

    /** All orders of {@code size} things where there are {@code most} at most, else {@code most} of them, drawn. */
    public static Orders of(int size, int most, long seed) {
        if (count(size, most) <= most) {
            return new Orders(all(List.of(), size).toList(), true);
        }
        RandomStream random = RandomStream.of(seed, STREAM, size);
        Set<int[]> drawn = new TreeSet<>(Arrays::compare);
        drawn.add(IntStream.range(0, size).toArray());
        while (drawn.size() < most) {
            drawn.add(random.nextPermutation(size));
        }
        return new Orders(
                drawn.stream()
                        .map(order -> IntStream.of(order).boxed().toList())
                        .toList(),
                false);
    }

    /** size!, or something beyond {@code most}. */
    public static long count(int size, int most) {
        long count = 1;
        for (int i = 2; i <= size && count <= most; i++) {
            count *= i;
        }
        return count;
    }

    /** All orders that begin so, lexicographically. */
    private static Stream<List<Integer>> all(List<Integer> beginning, int size) {
        return beginning.size() == size
                ? Stream.of(beginning)
                : IntStream.range(0, size)
                        .boxed()
                        .filter(next -> !beginning.contains(next))
                        .map(next -> Stream.concat(beginning.stream(), Stream.of(next))
                                .toList())
                        .flatMap(longer -> all(longer, size));
    }

    /** {@code things} in each of the orders. */
    public <T> List<List<T>> apply(List<T> things) {
        return positions.stream()
                .map(order -> order.stream().map(things::get).toList())
                .toList();
    }
}
