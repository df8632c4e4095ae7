package org.iclsweep.model.layout;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.HashMap;
import java.util.Map;

/** What the layers of one run have handed on so far. */
final class CrossLayerValues {
    private final NDManager run;
    private final Map<String, NDArray> values = new HashMap<>();

    /** {@code run} owns what is handed on: it outlives the layers. */
    CrossLayerValues(NDManager run) {
        this.run = run;
    }

    /** Hands on a copy of {@code value}, which stays with its layer. */
    void put(String name, NDArray value) {
        NDArray copy = value.add(0);
        copy.attach(run);
        values.put(name, copy);
    }

    NDArray get(String name) {
        NDArray value = values.get(name);
        if (value == null) {
            throw new IllegalStateException("No layer has handed on " + name);
        }
        return value;
    }
}
