package org.iclsweep.model.exactness;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.tensor.Doubles;

/**
 * Keeps the residual stream of both runs at the scored positions and the experts that were chosen there, and compares
 * them, the stream layer by layer.
 */
final class LayerErrors {
    private final NDManager batch;
    private final List<NDArray> prompted = new ArrayList<>();
    private final List<NDArray> converted = new ArrayList<>();
    private final RoutedTokens routed = new RoutedTokens();

    /** The streams are kept in {@code batch}. */
    LayerErrors(NDManager batch) {
        this.batch = batch;
    }

    /** To be given the prompted run; also remembers conditioning. The stream is kept if it is wanted. */
    ConditioningProbe ofPrompted(boolean wanted) {
        return new ConditioningProbe() {
            @Override
            public void layer(int layer, Supplier<NDArray> scored) {
                super.layer(layer, scored);
                if (wanted) {
                    prompted.add(kept(scored.get()));
                }
            }

            @Override
            public void routed(String module, Supplier<NDArray> experts) {
                routed.prompted(module, experts.get());
            }
        };
    }

    /** To be given the converted run, after the prompted one. */
    RunObserver ofConverted(boolean wanted) {
        if (!wanted && routed.isEmpty()) {
            return RunObserver.NONE;
        }
        return new RunObserver() {
            @Override
            public void layer(int layer, Supplier<NDArray> scored) {
                if (wanted) {
                    converted.add(kept(scored.get()));
                }
            }

            @Override
            public void routed(String module, Supplier<NDArray> experts) {
                routed.converted(module, experts.get());
            }
        };
    }

    /** The experts of both runs. */
    RoutedTokens routed() {
        return routed;
    }

    private NDArray kept(NDArray stream) {
        stream.attach(batch);
        return stream;
    }

    /**
     * The largest |Δ| of the stream after each layer, over the scored positions [from, to); empty without both runs.
     */
    Optional<double[]> largest(int from, int to) {
        if (prompted.isEmpty()) {
            return Optional.empty();
        }
        double[] errors = new double[prompted.size()];
        for (int layer = 0; layer < errors.length; layer++) {
            String rows = from + ":" + to;
            NDArray difference =
                    converted.get(layer).get(rows).sub(prompted.get(layer).get(rows));
            errors[layer] = Doubles.scalar(difference.abs().max());
        }
        return Optional.of(errors);
    }
}
