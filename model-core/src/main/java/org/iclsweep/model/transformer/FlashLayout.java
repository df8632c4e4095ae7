package org.iclsweep.model.transformer;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Set;
import org.iclsweep.model.mixer.TokenMixer;

/**
 * The models of flash-linear-attention that differ in their mixer alone: blocks of a mixer and a gated feed-forward,
 * each after an RMS norm.
 */
record FlashLayout(Dimensions dimensions, TokenMixer mixer, int intermediateSize, double normEpsilon)
        implements CheckpointLayout {

    /** What its configurations have in common; {@code hiddenRatio} is the default of {@code hidden_ratio}. */
    static FlashLayout of(
            ConfigurationFields fields, JsonNode config, HeadSizes sizes, TokenMixer mixer, double hiddenRatio) {
        fields.check(!config.hasNonNull("attn"), "attn (a hybrid with softmax attention) is not supported");
        fields.check(
                !config.hasNonNull("attnres_block_size"),
                "attnres_block_size (attention over the residual stream) is not supported");
        Dimensions dimensions = new Dimensions(
                fields.positive("vocab_size"),
                sizes.hiddenSize(),
                fields.positive("num_hidden_layers"),
                fields.flag("tie_word_embeddings", false),
                0,
                0);
        return new FlashLayout(
                dimensions,
                mixer,
                intermediateSize(fields, sizes.hiddenSize(), hiddenRatio),
                fields.number("norm_eps", 1e-6));
    }

    /** The given size, or the one that flash-linear-attention derives from {@code hidden_ratio}. */
    private static int intermediateSize(ConfigurationFields fields, int hiddenSize, double hiddenRatio) {
        double ratio = fields.number("hidden_ratio", hiddenRatio);
        int derived = 256 * (int) Math.ceil((int) (hiddenSize * ratio * 2 / 3) / 256.0);
        return fields.positive("intermediate_size", Math.max(1, derived));
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
        static HeadSizes of(ConfigurationFields fields, int absentHeads, double absentExpandV) {
            int hiddenSize = fields.positive("hidden_size");
            int heads = fields.positive("num_heads", absentHeads);
            int keyValueHeads = fields.positive("num_kv_heads", heads);
            fields.check(
                    heads % keyValueHeads == 0,
                    "num_heads " + heads + " is not a multiple of num_kv_heads " + keyValueHeads);
            int key = perHead(fields, "expand_k", 1, hiddenSize, heads);
            int value = perHead(fields, "expand_v", absentExpandV, hiddenSize, heads);
            return new HeadSizes(hiddenSize, heads, keyValueHeads, key, value);
        }

        private static int perHead(
                ConfigurationFields fields, String expand, double absent, int hiddenSize, int heads) {
            int width = (int) (hiddenSize * fields.number(expand, absent));
            fields.check(
                    width > 0 && width % heads == 0,
                    "hidden_size · " + expand + " = " + width + " is not a positive multiple of num_heads " + heads);
            return Math.max(1, width / heads);
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
                new ResidualBranch(Norm.rms(block + "attn_norm", normEpsilon), block + "attn", new Mixing(mixer)),
                new ResidualBranch(
                        Norm.rms(block + "mlp_norm", normEpsilon),
                        block + "mlp",
                        new GatedFeedForward(intermediateSize)));
    }
}
