package org.iclsweep.model.family;

import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.iclsweep.model.mixer.GatedOutput;
import org.iclsweep.model.mixer.TokenMixer;
import org.iclsweep.model.tensor.Nonlinearity;
import org.iclsweep.model.tensor.ProjectionStart;

/**
 * The models of flash-linear-attention that differ in their mixer alone: blocks of a mixer and a gated feed-forward,
 * each after an RMS norm. Some layers may have softmax attention in place of the mixer.
 */
final class FlaBlocks {
    static final String EMBEDDING = "model.embeddings.weight";

    private FlaBlocks() {}

    /** The architecture in {@code fields} around {@code mixer}; {@code hiddenRatio} where they have no ratio. */
    static Architecture of(ConfigurationFields fields, TokenMixer mixer, ProjectionStart start, double hiddenRatio) {
        Dimensions dimensions = Dimensions.of(fields);
        FlaHybrid hybrid = FlaHybrid.of(fields, dimensions.hiddenSize(), dimensions.layers());
        double epsilon = fields.number("norm_eps", 1e-6);
        GatedFeedForward feedForward = new GatedFeedForward(gatedSize(fields, dimensions.hiddenSize(), hiddenRatio));
        IntFunction<List<ResidualBranch>> block = layer -> {
            String name = "model.layers." + layer + ".";
            return List.of(
                    new ResidualBranch(
                            Norm.rms(name + "attn_norm", epsilon),
                            name + "attn",
                            new Mixing(hybrid.mixer(layer, mixer), start)),
                    new ResidualBranch(Norm.rms(name + "mlp_norm", epsilon), name + "mlp", feedForward));
        };
        return Architecture.of(
                dimensions,
                EMBEDDING,
                IntStream.range(0, dimensions.layers()).mapToObj(block).toList(),
                Norm.rms("model.norm", epsilon));
    }

    /** Inner units: as given, or as flash-linear-attention derives them from a ratio. */
    private static int gatedSize(ConfigurationFields fields, int hiddenSize, double hiddenRatio) {
        double ratio = fields.number("hidden_ratio", hiddenRatio);
        int derived = 256 * (int) Math.ceil((int) (hiddenSize * ratio * 2 / 3) / 256.0);
        return fields.positive("intermediate_size", Math.max(1, derived));
    }

    /** {@code hidden_act} of a feed-forward part that is a SwiGLU. */
    static void checkFeedForward(ConfigurationFields fields) {
        fields.only("hidden_act", "swish", "silu");
    }

    /** Taps of the short convolutions on queries, keys and values, 0 for none. */
    static int convolution(ConfigurationFields fields, boolean absent) {
        int taps = fields.positive("conv_size", 4);
        return fields.flag("use_short_conv", absent) ? taps : 0;
    }

    /** The output norm and gate of a mixer; where they are one operation, the norm's module has another name. */
    static GatedOutput output(ConfigurationFields fields) {
        String gate = fields.choice("hidden_act", "swish", Nonlinearity.NAMES);
        boolean gated = fields.flag("use_output_gate", true);
        boolean fused = fields.flag("fuse_norm", true) && gated && gate.equals("swish");
        String norm = fused ? "g_norm_swish_gate.weight" : "g_norm.weight";
        return new GatedOutput(
                gated ? Optional.of(Nonlinearity.named(gate)) : Optional.empty(),
                fields.flag("elementwise_affine", true) ? Optional.of(norm) : Optional.empty(),
                fields.number("norm_eps", 1e-6));
    }

    /** A pointwise feature map of queries and keys. */
    static Nonlinearity featureMap(ConfigurationFields fields) {
        return Nonlinearity.named(fields.choice("feature_map", "identity", Nonlinearity.NAMES));
    }

    /**
     * The sizes of heads that share the width D · expand.
     *
     * @param key dk
     * @param value dv
     */
    record HeadSizes(int hiddenSize, int heads, int keyValueHeads, int key, int value) {

        /** The sizes that {@code expand_k}, {@code expand_v} and the numbers of heads give, with those defaults. */
        static HeadSizes of(ConfigurationFields fields, int absentHeads, double absentExpandK, double absentExpandV) {
            int hiddenSize = fields.positive("hidden_size");
            int heads = fields.positive("num_heads", absentHeads);
            return new HeadSizes(
                    hiddenSize,
                    heads,
                    fields.divisor("num_kv_heads", heads, "num_heads", heads),
                    fields.perHead("expand_k", absentExpandK, hiddenSize, heads),
                    fields.perHead("expand_v", absentExpandV, hiddenSize, heads));
        }
    }
}
