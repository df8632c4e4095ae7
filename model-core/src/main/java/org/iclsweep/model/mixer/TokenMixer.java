package org.iclsweep.model.mixer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.iclsweep.model.kernel.Assumption;
import org.iclsweep.model.kernel.CrossLayerValues;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.kernel.StateTensor;
import org.iclsweep.model.layout.ChunkedLayout;
import org.iclsweep.model.layout.PackedLayout;
import org.iclsweep.model.tensor.ParameterSpec;
import org.iclsweep.model.tensor.Parameters;
import org.iclsweep.model.tensor.ProjectionStart;

/**
 * The part of a block that moves information between positions. Every family gives its outputs in two independent
 * computations: {@link #uninterrupted}, one run over whole sequences from the zero state, and {@link #chunked}, which
 * goes on from a context state and yields new ones. They share the token-wise projections alone.
 */
public interface TokenMixer {
    /** The declarations of this mixer's parameters, with their names below its module. */
    List<ParameterSpec> parameters(ProjectionStart start);

    /** Heads of queries; 1 for a mixer without heads. */
    default int heads() {
        return 1;
    }

    /** True if it reads the stream before the first block, {@link CrossLayerValues#EMBEDDINGS}. */
    default boolean readsEmbeddings() {
        return false;
    }

    /** The tensors of the state after one context, in the order of a checkpoint. */
    List<StateTensor> stateTensors();

    /**
     * Floating-point operations that one query token takes more after a context than without one, none for a state of
     * fixed size; {@code state} has the shapes of the context's state tensors, by their names below the module.
     */
    default long addedFlops(Map<String, Shape> state) {
        return 0;
    }

    /** The assumption of exact conversion that this mixer breaks, if it does. */
    default Optional<Assumption.Broken> broken() {
        return Optional.empty();
    }

    /** One uninterrupted run from the zero state, or from a converted checkpoint's biases among {@code parameters}. */
    Output uninterrupted(Input input, Parameters parameters, PackedLayout layout, RunObserver observer);

    /** A run that starts from {@code initial}, whose tensors are [B, ...] or [1, ...]. */
    OutputAndStates chunked(Input input, Parameters parameters, ChunkedLayout layout, Parameters initial);

    /** True if {@link #advance} is known: the transition of a state depends on the number of further tokens alone. */
    default boolean advancesByNumber() {
        return false;
    }

    /**
     * T_M … T_1 S: the state S after M further tokens, less what those tokens add to it. The state after two contexts
     * that were read apart is the first one's, advanced over the second one's tokens, plus the second one's.
     *
     * @param state tensors by their names below the module, each [R, ...]
     * @param tokens M of each row [R]
     * @throws UnsupportedOperationException unless {@link #advancesByNumber}
     */
    default Map<String, NDArray> advance(Map<String, NDArray> state, int[] tokens) {
        throw new UnsupportedOperationException("The transition of this state depends on the tokens");
    }

    /** The input of one layer's mixer: normed x [B, T, D], and the values that earlier layers have passed on. */
    record Input(NDArray x, CrossLayerValues passed) {
        /** An input that no layer comes before. */
        public static Input of(NDArray x) {
            return new Input(x, CrossLayerValues.NONE);
        }

        /** The output of a mixer that passes nothing on. */
        public Output output(NDArray output) {
            return new Output(output, passed);
        }
    }

    /** The output of one layer's mixer [B, T, D], zero in empty slots, and the values for later layers. */
    record Output(NDArray output, CrossLayerValues passed) {}

    /** The output of a chunked run, and the state at the end of every segment, each tensor [B, ...]. */
    record OutputAndStates(Output output, List<Map<String, NDArray>> states) {}
}
