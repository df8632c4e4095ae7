package org.iclsweep.model.exactness;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.Set;
import java.util.SplittableRandom;
import org.iclsweep.model.checkpoint.StoredType;
import org.iclsweep.model.checkpoint.Weights;

/**
 * Weights that are each off by ±δ of themselves, with signs from a seed: what logits change by, over δ, is how the
 * model is conditioned.
 */
record PerturbedWeights(Weights original, double delta, long seed) implements Weights {
    /** After how many scalars the signs repeat; a prime, so that no row of a matrix is like the next. */
    private static final int PERIOD = 65_537;

    @Override
    public Set<String> names() {
        return original.names();
    }

    @Override
    public long[] shape(String name) {
        return original.shape(name);
    }

    @Override
    public StoredType storedType(String name) {
        return original.storedType(name);
    }

    @Override
    public NDArray read(NDManager manager, String name, DataType type) {
        try (NDManager scope = manager.newSubManager()) {
            NDArray exact = original.read(scope, name, type);
            long tiles = (exact.size() + PERIOD - 1) / PERIOD;
            NDArray factors = scope.create(factors(name)).toType(type, false).tile(tiles);
            NDArray off = exact.mul(factors.get("0:" + exact.size()).reshape(exact.getShape()));
            off.attach(manager);
            return off;
        }
    }

    private double[] factors(String name) {
        SplittableRandom random = new SplittableRandom(seed + name.hashCode());
        return random.ints(PERIOD, 0, 2)
                .mapToDouble(sign -> sign == 0 ? 1 - delta : 1 + delta)
                .toArray();
    }
}
