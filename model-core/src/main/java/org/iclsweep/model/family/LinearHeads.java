package org.iclsweep.model.family;

import java.util.OptionalInt;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.model.mixer.FusedDeltaRule;
import org.iclsweep.model.mixer.FusedDeltaRule.Fusion;
import org.iclsweep.model.tensor.Nonlinearity;

/** The layers with a gated delta rule of a hybrid, as transformers' configurations have them. */
record LinearHeads(
        @Key(doc = "Taps of the short convolutions.", from = 1, otherwise = "4")
        int linearConvKernelDim,

        @Key(doc = "dk of the delta rule; absent: as of the model type.", from = 1)
        OptionalInt linearKeyHeadDim,

        @Key(doc = "dv of the delta rule; absent: as of the model type.", from = 1)
        OptionalInt linearValueHeadDim,

        @Key(doc = "Key heads of the delta rule; absent: as of the model type.", from = 1)
        OptionalInt linearNumKeyHeads,

        @Key(doc = "Value heads of the delta rule; absent: as of the model type.", from = 1)
        OptionalInt linearNumValueHeads) {
    /** dk and dv where none are given. */
    private static final int DIMENSION = 128;

    /** Key heads; {@code absent} where none are given. */
    int keyHeads(int absent) {
        return linearNumKeyHeads.orElse(absent);
    }

    /** Value heads, a multiple of {@code keyHeads}; {@code absent} where none are given. */
    int valueHeads(int absent, int keyHeads, Scope scope) {
        int heads = linearNumValueHeads.orElse(absent);
        if (heads % keyHeads != 0) {
            scope.fault(
                    "linear_num_value_heads",
                    "expected a multiple of linear_num_key_heads = %s, found %s".formatted(keyHeads, heads));
        }
        return heads;
    }

    /** The mixer of these layers with fused projections, for that many key heads where none are given. */
    FusedDeltaRule fused(
            int hiddenSize, int absentKeyHeads, Fusion fusion, Nonlinearity activation, double epsilon, Scope scope) {
        int keyHeads = keyHeads(absentKeyHeads);
        return new FusedDeltaRule(
                hiddenSize,
                keyHeads,
                valueHeads(2 * absentKeyHeads, keyHeads, scope),
                linearKeyHeadDim.orElse(DIMENSION),
                linearValueHeadDim.orElse(DIMENSION),
                linearConvKernelDim,
                fusion,
                activation,
                epsilon);
    }
}
