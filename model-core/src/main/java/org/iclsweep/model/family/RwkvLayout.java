package org.iclsweep.model.family;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import org.iclsweep.model.mixer.Rwkv6ChannelMix;
import org.iclsweep.model.mixer.Rwkv6TimeMix;
import org.iclsweep.model.mixer.Rwkv7ChannelMix;
import org.iclsweep.model.mixer.Rwkv7TimeMix;
import org.iclsweep.model.mixer.TokenMixer;
import org.iclsweep.model.tensor.Nonlinearity;

/**
 * {@code rwkv6} and {@code rwkv7}, with the tensor names of flash-linear-attention: a time mix and a channel mix, both
 * of which read the row before.
 *
 * @param timeMix the time mix of each layer
 * @param normFirst whether the embeddings are normed before the first block
 * @param normKind of every norm of the stream
 */
record RwkvLayout(
        Dimensions dimensions,
        IntFunction<TokenMixer> timeMix,
        TokenMixer channelMix,
        boolean normFirst,
        Norm.Kind normKind,
        double normEpsilon)
        implements CheckpointLayout {
    static final String RWKV_6 = "rwkv6";
    static final String RWKV_7 = "rwkv7";

    static RwkvLayout sixth(JsonNode config) {
        ConfigurationFields fields = new ConfigurationFields(config);
        int hiddenSize = fields.positive("hidden_size");
        int heads = fields.positive("num_heads", 4);
        double normEpsilon = fields.number("norm_eps", 1e-5);
        Rwkv6TimeMix timeMix = new Rwkv6TimeMix(
                hiddenSize,
                heads,
                fields.perHead("expand_k", 0.5, hiddenSize, heads),
                fields.perHead("expand_v", 1, hiddenSize, heads),
                fields.positive("proj_low_rank_dim", 32),
                fields.positive("gate_low_rank_dim", 64),
                // Not a field of flash-linear-attention, whose converted checkpoints forget theirs.
                fields.number("g_norm_eps", normEpsilon));
        Rwkv6ChannelMix channelMix = new Rwkv6ChannelMix(hiddenSize, innerSize(fields, 3.5), function(fields));
        return of(fields, RWKV_6, layer -> timeMix, channelMix);
    }

    static RwkvLayout seventh(JsonNode config) {
        ConfigurationFields fields = new ConfigurationFields(config);
        int hiddenSize = fields.positive("hidden_size");
        int headDimension = headDimension(config, fields, hiddenSize);
        int values = valueSize(config, fields, hiddenSize);
        int heads = Math.max(1, hiddenSize / headDimension);
        fields.check(values % heads == 0, "value_dim " + values + " is not a multiple of the " + heads + " heads");
        Rwkv7TimeMix.Ranks ranks = new Rwkv7TimeMix.Ranks(
                fields.positive("decay_low_rank_dim", 64),
                fields.positive("gate_low_rank_dim", 128),
                fields.positive("a_low_rank_dim", 64),
                fields.positive("v_low_rank_dim", 16));
        boolean fusedNorm = fields.flag("fuse_norm", true);
        double normEpsilon = fields.number("norm_eps", 1e-5);
        IntFunction<TokenMixer> timeMix = layer ->
                new Rwkv7TimeMix(hiddenSize, headDimension, values / heads, ranks, layer == 0, fusedNorm, normEpsilon);
        Rwkv7ChannelMix channelMix = new Rwkv7ChannelMix(hiddenSize, innerSize(fields, 4), function(fields));
        return of(fields, RWKV_7, timeMix, channelMix);
    }

    private static RwkvLayout of(
            ConfigurationFields fields, String modelType, IntFunction<TokenMixer> timeMix, TokenMixer channelMix) {
        Dimensions dimensions = new Dimensions(
                fields.positive("vocab_size"),
                fields.positive("hidden_size"),
                fields.positive("num_hidden_layers"),
                fields.flag("tie_word_embeddings", false),
                0,
                0);
        FlaHybrid hybrid = FlaHybrid.of(fields, dimensions.hiddenSize(), dimensions.layers());
        boolean normFirst = fields.flag("norm_first", true);
        Norm.Kind kind = fields.flag("norm_bias", true) ? Norm.Kind.LAYER : Norm.Kind.LAYER_WITHOUT_BIAS;
        double normEpsilon = fields.number("norm_eps", 1e-5);
        fields.done(modelType);
        return new RwkvLayout(
                dimensions,
                layer -> hybrid.mixer(layer, timeMix.apply(layer)),
                channelMix,
                normFirst,
                kind,
                normEpsilon);
    }

    /** The given size of a head; with {@code head_dim} null, the one that {@code num_heads} leaves. */
    private static int headDimension(JsonNode config, ConfigurationFields fields, int hiddenSize) {
        int byHeads = Math.max(1, hiddenSize / fields.positive("num_heads", 1));
        boolean byNumber = config.has("head_dim") && !fields.isGiven("head_dim") && fields.isGiven("num_heads");
        int headDimension = byNumber ? byHeads : fields.positive("head_dim", 64);
        fields.check(
                hiddenSize % headDimension == 0,
                "hidden_size " + hiddenSize + " is not a multiple of head_dim " + headDimension);
        return headDimension;
    }

    /** The size of the values, which may be listed layer by layer. */
    private static int valueSize(JsonNode config, ConfigurationFields fields, int hiddenSize) {
        JsonNode sizes = config.path("value_dim");
        if (!sizes.isArray()) {
            return fields.positive("value_dim", hiddenSize);
        }
        int first = sizes.path(0).asInt();
        boolean same = first > 0;
        for (JsonNode size : sizes) {
            same &= size.isIntegralNumber() && size.intValue() == first;
        }
        fields.check(same, "value_dim is " + sizes + ", expected one size for all layers");
        return Math.max(1, first);
    }

    /** The given size, or the one that flash-linear-attention derives from {@code hidden_ratio}. */
    private static int innerSize(ConfigurationFields fields, double ratio) {
        int derived = (int) (fields.positive("hidden_size") * fields.number("hidden_ratio", ratio));
        return fields.positive("intermediate_size", Math.max(1, (derived + 31) / 32 * 32));
    }

    private static Nonlinearity function(ConfigurationFields fields) {
        return Nonlinearity.named(fields.choice("hidden_act", "sqrelu", Nonlinearity.NAMES));
    }

    private Norm norm(String module) {
        return new Norm(module, normKind, normEpsilon);
    }

    @Override
    public String embedding() {
        return "model.embeddings.weight";
    }

    @Override
    public Optional<Norm> embeddingNorm() {
        return normFirst ? Optional.of(norm("model.layers.0.pre_norm")) : Optional.empty();
    }

    @Override
    public Norm finalNorm() {
        return norm("model.norm");
    }

    @Override
    public List<ResidualBranch> block(int layer) {
        String block = "model.layers." + layer + ".";
        return List.of(
                new ResidualBranch(norm(block + "attn_norm"), block + "attn", new Mixing(timeMix.apply(layer))),
                new ResidualBranch(norm(block + "ffn_norm"), block + "ffn", new Mixing(channelMix)));
    }
}
