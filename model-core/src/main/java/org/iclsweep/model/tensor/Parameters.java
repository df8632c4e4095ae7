package org.iclsweep.model.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.core.Linear;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A prefix view of a model's named tensors; the names are those of the checkpoint. Owns nothing. */
public final class Parameters {
    private final Map<String, NDArray> tensors;
    private final String prefix;
    private final @Nullable Parameters others;

    private Parameters(Map<String, NDArray> tensors, String prefix, @Nullable Parameters others) {
        this.tensors = tensors;
        this.prefix = prefix;
        this.others = others;
    }

    /** All tensors of {@code tensors}, by their full names. */
    public static Parameters of(Map<String, NDArray> tensors) {
        return new Parameters(tensors, "", null);
    }

    /** The tensors below {@code module}. */
    public Parameters in(String module) {
        return new Parameters(tensors, prefix + module + ".", others == null ? null : others.in(module));
    }

    /** These tensors, and where one is not among them that of {@code more}. */
    public Parameters or(Parameters more) {
        return new Parameters(tensors, prefix, more);
    }

    /** True if there is a tensor of this name. */
    public boolean has(String name) {
        return find(name) != null;
    }

    /** The tensor of this name; that it is there was checked when the model was loaded. */
    public NDArray get(String name) {
        NDArray tensor = find(name);
        if (tensor == null) {
            throw new IllegalStateException("The model has no tensor " + prefix + name);
        }
        return tensor;
    }

    /** The tensor of this name, or null. */
    public @Nullable NDArray find(String name) {
        NDArray own = tensors.get(prefix + name);
        return own != null || others == null ? own : others.find(name);
    }

    /**
     * The tensors of {@code names} that are there, as those of a batch of one [1, ...]; of the manager of {@code x}.
     */
    public Parameters asBatch(NDArray x, String... names) {
        Map<String, NDArray> batch = new LinkedHashMap<>();
        for (String name : names) {
            NDArray tensor = find(name);
            if (tensor != null) {
                batch.put(name, Heads.owned(tensor, x, 1).expandDims(0));
            }
        }
        return of(batch);
    }

    /** x Wᵀ + b for {@code name.weight} W [out, in] and an optional {@code name.bias} b [out]; x is [..., in]. */
    public NDArray linear(String name, NDArray x) {
        return Linear.linear(x, get(name + ".weight"), find(name + ".bias")).singletonOrThrow();
    }

    /** x W + b for {@code name.weight} W [in, out] and {@code name.bias} b [out], as GPT-2 stores its projections. */
    public NDArray conv1d(String name, NDArray x) {
        return x.matMul(get(name + ".weight")).add(get(name + ".bias"));
    }
}
