package org.iclsweep.datasets.task;

import java.util.HashMap;
import java.util.Map;
import org.iclsweep.datasets.reproducible.RandomStream;

/** The indices 0 … size − 1 in a random order, one at a time (Fisher and Yates), in memory for those drawn. */
final class WithoutReplacement {
    private final int size;
    private final RandomStream random;
    private final Map<Integer, Integer> moved = new HashMap<>();
    private int drawn;

    WithoutReplacement(int size, RandomStream random) {
        this.size = size;
        this.random = random;
    }

    boolean hasNext() {
        return drawn < size;
    }

    int next() {
        int place = drawn + random.nextInt(size - drawn);
        int value = moved.getOrDefault(place, place);
        moved.put(place, moved.getOrDefault(drawn, drawn));
        drawn++;
        return value;
    }
}
