package org.iclsweep.model.family;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.Map;
import java.util.Set;
import org.iclsweep.model.checkpoint.StoredType;
import org.iclsweep.model.checkpoint.Weights;

/**
 * Weights some of which may stand under another name: a tensor that two modules share is stored once, under the name of
 * either.
 *
 * @param otherNames by the names that are asked for
 */
public record RenamedWeights(Weights weights, Map<String, String> otherNames) implements Weights {

    private String stored(String name) {
        String other = otherNames.get(name);
        return other != null && !weights.has(name) ? other : name;
    }

    @Override
    public Set<String> names() {
        return weights.names();
    }

    @Override
    public boolean has(String name) {
        return weights.has(stored(name));
    }

    @Override
    public long[] shape(String name) {
        return weights.shape(stored(name));
    }

    @Override
    public StoredType storedType(String name) {
        return weights.storedType(stored(name));
    }

    @Override
    public NDArray read(NDManager manager, String name, DataType type) {
        return weights.read(manager, stored(name), type);
    }
}
