package org.iclsweep.model.family;

import java.util.List;
import java.util.Set;
import org.iclsweep.model.mixer.TokenMixer;
import org.iclsweep.model.tensor.Nonlinearity;

/**
 * The models of flash-linear-attention that differ in their mixer alone: blocks of a mixer and a gated feed-forward,
 * each after an RMS norm. Some layers may have softmax attention in place of the mixer.
 */
record FlashLayout(Dimensions dimensions, TokenMixer mixer, FlaHybrid hybrid, int intermediateSize, double normEpsilon)
        implements CheckpointLayout {

    /** What its configurations have in common; {@code hiddenRatio} is the default of {@code hidden_ratio}. */
    static FlashLayout of(ConfigurationFields fields, int hiddenSize, TokenMixer mixer, double hiddenRatio) {
        fields.refused("attnres_block_size", "attention over the residual stream");
        Dimensions dimensions = new Dimensions(
                fields.positive("vocab_size"),
                hiddenSize,
                fields.positive("num_hidden_layers"),
                fields.flag("tie_word_embeddings", false),
                0,
                0);
        return new FlashLayout(
                dimensions,
                mixer,
                FlaHybrid.of(fields, hiddenSize, dimensions.layers()),
                gatedSize(fields, hiddenSize, hiddenRatio),
                fields.number("norm_eps", 1e-6));
    }

    /** Inner units: as given, or as flash-linear-attention derives them from a ratio. */
    private static int gatedSize(ConfigurationFields fields, int hiddenSize, double hiddenRatio) {
        double ratio = fields.number("hidden_ratio", hiddenRatio);
        int derived = 256 * (int) Math.ceil((int) (hiddenSize * ratio * 2 / 3) / 256.0);
        return fields.positive("intermediate_size", Math.max(1, derived));
    }

    /** The function of the output gate. */
    static String gate(ConfigurationFields fields) {
        return fields.choice("hidden_act", "swish", Nonlinearity.NAMES);
    }

    /** The module of the norm before the output gate, which has another name where both are one operation. */
    static String gatedNorm(ConfigurationFields fields) {
        boolean fused =
                gate(fields).equals("swish") && fields.flag("use_output_gate", true) && fields.flag("fuse_norm", true);
        return fused ? "g_norm_swish_gate" : "g_norm";
    }

    /** The feed-forward is a SwiGLU; another {@code hidden_act} would be another. */
    static void checkFeedForward(ConfigurationFields fields) {
        fields.choice("hidden_act", "swish", Set.of("swish", "silu"));
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
            int keyValueHeads = fields.positive("num_kv_heads", heads);
            fields.check(
                    heads % keyValueHeads == 0,
                    "num_heads " + heads + " is not a multiple of num_kv_heads " + keyValueHeads);
            int key = fields.perHead("expand_k", absentExpandK, hiddenSize, heads);
            int value = fields.perHead("expand_v", absentExpandV, hiddenSize, heads);
            return new HeadSizes(hiddenSize, heads, keyValueHeads, key, value);
        }
    }

    @Override
    public String embedding() {
        return "model.embeddings.weight";
    }

    @Override
    public Norm finalNorm() {
        return Norm.rms("model.norm", normEpsilon);
    }

    @Override
    public List<ResidualBranch> block(int layer) {
        String block = "model.layers." + layer + ".";
        return List.of(
                new ResidualBranch(
                        Norm.rms(block + "attn_norm", normEpsilon),
                        block + "attn",
                        new Mixing(hybrid.mixer(layer, mixer))),
                new ResidualBranch(
                        Norm.rms(block + "mlp_norm", normEpsilon),
                        block + "mlp",
                        new GatedFeedForward(intermediateSize)));
    }
}
