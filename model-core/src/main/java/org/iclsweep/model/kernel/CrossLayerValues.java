package org.iclsweep.model.kernel;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.LinkedHashMap;
import java.util.Map;

/** Values [B, T, ...] of a layer for later ones, by name; tokens read their own, so a context's state has none. */
public record CrossLayerValues(Map<String, NDArray> values) {
    /** The name of the stream before the first block, for mixers that read it. */
    public static final String EMBEDDINGS = "embeddings";

    /** The values before the first layer. */
    public static final CrossLayerValues NONE = new CrossLayerValues(Map.of());

    public CrossLayerValues {
        values = Map.copyOf(values);
    }

    /** These values and a copy of {@code value}, which stays with its layer. */
    public CrossLayerValues with(String name, NDArray value) {
        Map<String, NDArray> all = new LinkedHashMap<>(values);
        all.put(name, value.add(0));
        return new CrossLayerValues(all);
    }

    /** The values {@code name} of an earlier layer, owned by the run: not for the first operand. */
    public NDArray get(String name) {
        NDArray value = values.get(name);
        if (value == null) {
            throw new IllegalStateException("No earlier layer has passed on " + name);
        }
        return value;
    }

    /** These values, owned by {@code run}, which outlives the layers. */
    public CrossLayerValues attachedTo(NDManager run) {
        values.values().forEach(value -> value.attach(run));
        return this;
    }
}
