package org.iclsweep.model.family;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.model.mixer.StateSpaceDuality;
import org.iclsweep.model.mixer.StateSpaceDuality.Biased;
import org.iclsweep.model.mixer.StateSpaceDuality.OutputNorm;
import org.iclsweep.model.mixer.StateSpaceDuality.Range;
import org.iclsweep.model.tensor.Nonlinearity;

/** The fields of Mamba-2 in the configurations of hybrids. */
record MambaFields(
        @Key(doc = "Heads of Mamba-2.", from = 1, otherwise = "128")
        int mambaNHeads,

        @Key(doc = "Their size; auto: the inner width by their number.", from = 1, absent = "auto")
        OptionalInt mambaDHead,

        @Key(doc = "Groups of heads that share B and C.", from = 1, otherwise = "1")
        int mambaNGroups,

        @Key(doc = "N.", from = 1, otherwise = "256") int mambaDState,

        @Key(doc = "Taps.", from = 1, otherwise = "4") int mambaDConv,

        @Key(doc = "Inner width / D.", above = 0, otherwise = "2")
        double mambaExpand,

        @Key(doc = "Convolution bias.", otherwise = "true") boolean mambaConvBias,

        @Key(doc = "Projection biases.", otherwise = "false")
        boolean mambaProjBias,

        @Key(doc = "Least and greatest time step.") Optional<Range> timeStepLimit) {
    /** Heads of a random model as of its attention, with the rest that follows. */
    static Map<String, Integer> random(JsonNode config) {
        int heads = Math.max(1, config.path("num_attention_heads").asInt(4));
        return Map.of(
                "mamba_n_heads",
                heads,
                "mamba_d_ssm",
                2 * config.path("hidden_size").asInt());
    }

    /**
     * The branches of a layer that attends or has a state-space mixer, by the names that these hybrids have in common.
     */
    static List<ResidualBranch> branches(
            int layer, boolean attends, Mixing mixing, FeedForward feedForward, double epsilon) {
        String block = "model.layers." + layer + ".";
        return List.of(
                new ResidualBranch(
                        Norm.rms(block + "input_layernorm", epsilon),
                        block + (attends ? "self_attn" : "mamba"),
                        mixing),
                new ResidualBranch(Norm.rms(block + "pre_ff_layernorm", epsilon), block + "feed_forward", feedForward));
    }

    /** The inner width of {@code hiddenSize}. */
    int inner(int hiddenSize) {
        return (int) (mambaExpand * hiddenSize);
    }

    /** The mixer with as many biases as both projections have together. */
    StateSpaceDuality mixer(int hiddenSize, Nonlinearity activation, OutputNorm norm, double epsilon, Scope scope) {
        return mixer(
                hiddenSize,
                inner(hiddenSize),
                activation,
                Mamba2.biased(mambaProjBias, mambaConvBias, mambaProjBias),
                norm,
                epsilon,
                List.of(),
                scope);
    }

    /** The mixer of that {@code inner} width. */
    StateSpaceDuality mixer(
            int hiddenSize,
            int inner,
            Nonlinearity activation,
            Set<Biased> biased,
            OutputNorm norm,
            double epsilon,
            List<Double> factors,
            Scope scope) {
        int heads = FamilyFields.divisor(scope, "mamba_n_heads", mambaNHeads, "the inner width", inner);
        int size = Math.max(1, inner / heads);
        if (mambaDHead.orElse(size) != size) {
            scope.in("mamba_d_head").unexpected("the inner width by mamba_n_heads = " + size);
        }
        return new StateSpaceDuality(
                hiddenSize,
                heads,
                size,
                mambaDState,
                FamilyFields.divisor(scope, "mamba_n_groups", mambaNGroups, "mamba_n_heads", heads),
                mambaDConv,
                biased,
                activation,
                timeStepLimit.orElse(new Range(0, Double.POSITIVE_INFINITY)),
                false,
                norm,
                epsilon,
                factors);
    }
}
