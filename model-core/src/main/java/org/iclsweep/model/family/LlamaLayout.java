package org.iclsweep.model.family;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.iclsweep.model.mixer.SoftmaxAttention;
import org.iclsweep.model.mixer.SoftmaxAttention.Projections;
import org.iclsweep.model.mixer.TokenMixer;

/**
 * Llama's tensor names, for the model types that differ in their mixer alone: {@code llama}, {@code mistral}, and ours.
 */
record LlamaLayout(Dimensions dimensions, TokenMixer mixer, int intermediateSize, double normEpsilon)
        implements CheckpointLayout {
    static final String LLAMA = "llama";
    static final String MISTRAL = "mistral";

    /** What transformers takes where a Mistral's configuration says nothing. */
    private static final int MISTRAL_WINDOW = 4096;

    private static final int MISTRAL_KEY_VALUE_HEADS = 8;

    /** {@code llama}: softmax attention over all earlier tokens. */
    static LlamaLayout llama(JsonNode config) {
        ConfigurationFields fields = new ConfigurationFields(config);
        LlamaLayout layout = softmax(fields, OptionalInt.empty(), fields.positive("num_attention_heads"));
        fields.done(LLAMA);
        return layout;
    }

    /** {@code mistral}: the same over the last {@code sliding_window} tokens, or over all where that is null. */
    static LlamaLayout mistral(JsonNode config) {
        ConfigurationFields fields = new ConfigurationFields(config);
        OptionalInt window = config.path("sliding_window").isNull()
                ? OptionalInt.empty()
                : OptionalInt.of(fields.positive("sliding_window", MISTRAL_WINDOW));
        LlamaLayout layout = softmax(fields, window, MISTRAL_KEY_VALUE_HEADS);
        fields.done(MISTRAL);
        return layout;
    }

    private static LlamaLayout softmax(ConfigurationFields fields, OptionalInt window, int absentKeyValueHeads) {
        int hiddenSize = fields.positive("hidden_size");
        int heads = fields.positive("num_attention_heads");
        int keyValueHeads = fields.positive("num_key_value_heads", absentKeyValueHeads);
        int headDimension = fields.positive("head_dim", Math.max(1, hiddenSize / heads));
        fields.check(
                heads % keyValueHeads == 0,
                "num_attention_heads " + heads + " is not a multiple of num_key_value_heads " + keyValueHeads);
        fields.only("hidden_act", "silu", "swish");
        SoftmaxAttention attention = new SoftmaxAttention(
                hiddenSize,
                heads,
                keyValueHeads,
                headDimension,
                OptionalDouble.of(fields.ropeTheta()),
                window,
                1 / Math.sqrt(headDimension),
                fields.flag("attention_bias", false) ? Projections.BIASED : Projections.SEPARATE,
                OptionalDouble.empty(),
                fields.valueMomentum());
        Dimensions dimensions = new Dimensions(
                fields.positive("vocab_size"),
                hiddenSize,
                fields.positive("num_hidden_layers"),
                fields.flag("tie_word_embeddings", false),
                fields.count("input_size", 0),
                fields.count("output_size", 0));
        return new LlamaLayout(
                dimensions, attention, fields.positive("intermediate_size"), fields.number("rms_norm_eps", 1e-6));
    }

    @Override
    public String embedding() {
        return "model.embed_tokens.weight";
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
                        Norm.rms(block + "input_layernorm", normEpsilon), block + "self_attn", new Mixing(mixer)),
                new ResidualBranch(
                        Norm.rms(block + "post_attention_layernorm", normEpsilon),
                        block + "mlp",
                        new GatedFeedForward(intermediateSize)));
    }
}
