package org.iclsweep.model.mixer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Activation;
import java.util.OptionalInt;
import org.iclsweep.model.layout.SlotLayout;
import org.iclsweep.model.tensor.Activations;
import org.iclsweep.model.tensor.Heads;
import org.iclsweep.model.tensor.Parameters;

/**
 * Forget gates with a lower bound that grows from layer to layer (arXiv:2311.04823):
 *
 * <pre>
 *   α = β_l + (1 − β_l) σ(f),   β_l = Σ_{1≤i≤l} softmax(Γ)_i over the layers i = 0, 1, …: none in the first
 * </pre>
 *
 * @param layer l of a bounded gate; empty for α = σ(f)
 */
public record BoundedForgetGate(OptionalInt layer) {
    /** Γ [layers, channels], which all layers share. */
    public static final String BOUNDS = "lower_bounds";

    /**
     * A gate of every slot and channel [B, T, C].
     *
     * @param log log α, in float64, 0 in empty slots
     * @param input 1 − α, 0 in empty slots
     */
    record Gate(NDArray log, NDArray input) {}

    /** The gate for {@code f} [B, T, C]. */
    Gate of(NDArray f, Parameters parameters, SlotLayout layout) {
        NDArray exact = f.toType(DataType.FLOAT64, false);
        NDArray present = layout.occupied().toType(DataType.FLOAT64, false);
        NDArray log = Activations.logSigmoid(exact);
        NDArray input = Activation.sigmoid(exact.neg());
        if (layer.orElse(0) > 0) {
            NDArray bound = bound(parameters.get(BOUNDS), layer.getAsInt(), f);
            NDArray rest = bound.neg().add(1);
            log = Activations.atLeast(log.exp().mul(rest).add(bound), Double.MIN_NORMAL)
                    .log();
            input = input.mul(rest);
        }
        return new Gate(log.mul(present), input.mul(present).toType(f.getDataType(), false));
    }

    /** β_l [C] in float64, of Γ, which is copied first: a function of a weight alone would stay with the model. */
    private static NDArray bound(NDArray bounds, int layer, NDArray x) {
        NDArray shares =
                Heads.owned(bounds, x, 1).toType(DataType.FLOAT64, false).softmax(0);
        int[] layers = {0};
        return Heads.part(shares, 0, 1, layer + 1L).sum(layers);
    }
}
