package org.iclsweep.model.family;

import java.util.List;
import java.util.OptionalInt;
import org.iclsweep.datasets.fault.Block;
import org.iclsweep.datasets.fault.Inline;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.datasets.fault.Spelling;
import org.iclsweep.model.mixer.BoundedForgetGate;
import org.iclsweep.model.mixer.HierarchicallyGatedRecurrence;
import org.iclsweep.model.tensor.ParameterSpec;
import org.iclsweep.model.tensor.ProjectionStart;

/** {@code hgrn} of flash-linear-attention: the hierarchically gated recurrence (arXiv:2311.04823). */
@Block(spelling = Spelling.SNAKE)
record Hgrn(
        @Inline FlaBlocks blocks,
        @Inline Gates gates,

        @Key(doc = "Width of the state as a multiple of D.", above = 0, otherwise = "1")
        double expandRatio)
        implements FamilyFields {
    /** The fields that {@code hgrn} and {@code hgrn2} share. */
    record Gates(
            @Key(doc = "Forget gates have a lower bound that grows from layer to layer.", otherwise = "true")
            boolean useLowerBound,

            @Key(doc = "Taps of the short convolutions.", from = 1, otherwise = "4")
            int convSize,

            @Key(doc = "Short convolutions before the recurrence.", otherwise = "false")
            boolean useShortConv,

            @Key(doc = "Norm weights.", otherwise = "true") boolean elementwiseAffine,

            @Key(
                    doc = "Function of the SwiGLU.",
                    choices = {"swish", "silu"},
                    otherwise = "swish")
            String hiddenAct) {
        int taps() {
            return useShortConv ? convSize : 0;
        }

        BoundedForgetGate gate(int layer) {
            return new BoundedForgetGate(useLowerBound ? OptionalInt.of(layer) : OptionalInt.empty());
        }

        /** {@code unbounded} with the bounds of its layers, {@code channels} in each. */
        Architecture bounding(Architecture unbounded, int channels) {
            return useLowerBound
                    ? unbounded.sharing(
                            "model",
                            List.of(ParameterSpec.matrix(
                                    BoundedForgetGate.BOUNDS,
                                    unbounded.dimensions().layers(),
                                    channels)))
                    : unbounded;
        }
    }

    @Override
    public Architecture architecture(Scope scope) {
        int inner = Math.max(1, (int) (blocks.sizes().hiddenSize() * expandRatio));
        return gates.bounding(
                blocks.around(
                        layer -> new HierarchicallyGatedRecurrence(
                                blocks.sizes().hiddenSize(),
                                inner,
                                gates.taps(),
                                gates.gate(layer),
                                gates.elementwiseAffine(),
                                blocks.normEps()),
                        ProjectionStart.INDEPENDENT,
                        4,
                        scope),
                inner);
    }
}
