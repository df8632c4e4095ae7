package org.iclsweep.model.exactness;

import ai.djl.ndarray.NDArray;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The experts of the tokens at the scored positions, in both runs. A router's choice is a step of its scores: where two
 * experts are almost equal, the rounding of one run can turn it, and all that follows.
 */
final class RoutedTokens {
    /** The experts of each token in ascending order [N][K], by the module of the mixture. */
    private final Map<String, long[][]> prompted = new LinkedHashMap<>();

    private final Map<String, long[][]> converted = new LinkedHashMap<>();

    /** Remembers the experts {@code chosen} [N, K] of the mixture {@code module} in the prompted run. */
    void prompted(String module, NDArray chosen) {
        prompted.put(module, sorted(chosen));
    }

    /** The same of the converted run. */
    void converted(String module, NDArray chosen) {
        converted.put(module, sorted(chosen));
    }

    /** True where no mixture was met in the prompted run. */
    boolean isEmpty() {
        return prompted.isEmpty();
    }

    private static long[][] sorted(NDArray chosen) {
        int each = (int) chosen.getShape().get(1);
        long[] all = chosen.toLongArray();
        long[][] rows = new long[all.length / each][];
        for (int row = 0; row < rows.length; row++) {
            rows[row] = Arrays.copyOfRange(all, row * each, (row + 1) * each);
            Arrays.sort(rows[row]);
        }
        return rows;
    }

    /**
     * The share of the choices of all mixtures at the scored positions [from, to) for which both runs have the same
     * experts; null without mixtures.
     */
    @Nullable Double agreement(int from, int to) {
        if (isEmpty()) {
            return null;
        }
        long same = 0;
        for (Map.Entry<String, long[][]> mixture : prompted.entrySet()) {
            long[][] other = Objects.requireNonNull(converted.get(mixture.getKey()), mixture.getKey());
            for (int position = from; position < to; position++) {
                same += Arrays.equals(mixture.getValue()[position], other[position]) ? 1 : 0;
            }
        }
        return same / ((double) (to - from) * prompted.size());
    }
}
