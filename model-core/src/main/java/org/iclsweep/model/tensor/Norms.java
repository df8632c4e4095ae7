package org.iclsweep.model.tensor;

import ai.djl.ndarray.NDArray;
import org.jspecify.annotations.Nullable;

/** Norms over the last axis. */
public final class Norms {
    private Norms() {}

    /** x / √(mean(x²) + ε) · w. */
    public static NDArray rms(NDArray x, @Nullable NDArray weight, double epsilon) {
        int last = x.getShape().dimension() - 1;
        NDArray scale = x.mul(x).mean(new int[] {last}, true).add(epsilon).sqrt();
        NDArray normed = x.div(scale);
        return weight == null ? normed : normed.mul(weight);
    }

    /** (x − mean(x)) / √(var(x) + ε) · w + b, with the biased variance. */
    public static NDArray layer(NDArray x, @Nullable NDArray weight, @Nullable NDArray bias, double epsilon) {
        int last = x.getShape().dimension() - 1;
        NDArray centred = x.sub(x.mean(new int[] {last}, true));
        NDArray normed = rms(centred, weight, epsilon);
        return bias == null ? normed : normed.add(bias);
    }

    /** x / √(Σ x² + ε). */
    public static NDArray l2(NDArray x, double epsilon) {
        int last = x.getShape().dimension() - 1;
        return x.div(x.mul(x).sum(new int[] {last}, true).add(epsilon).sqrt());
    }
}
