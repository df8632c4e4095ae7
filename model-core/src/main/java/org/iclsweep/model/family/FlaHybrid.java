package org.iclsweep.model.family;

import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import org.iclsweep.model.mixer.SoftmaxAttention;
import org.iclsweep.model.mixer.SoftmaxAttention.Projections;
import org.iclsweep.model.mixer.TokenMixer;

/**
 * The layers of a flash-linear-attention model that have softmax attention in place of the family's own mixer, from the
 * block {@code attn} of its config.json: {@code layers}, {@code num_heads}, {@code num_kv_heads}, {@code window_size}
 * (the token itself included), {@code rope_theta}, {@code qkv_bias}, {@code qk_norm}.
 */
record FlaHybrid(Set<Integer> layers, Optional<SoftmaxAttention> attention) {
    /** ε of flash-linear-attention's norms on queries and keys. */
    private static final double HEAD_NORM_EPSILON = 1e-5;

    /** The hybrid that {@code fields} describe; one without softmax layers where they have no {@code attn}. */
    static FlaHybrid of(ConfigurationFields fields, int hiddenSize, int layers) {
        if (!fields.isGiven("attn")) {
            return new FlaHybrid(Set.of(), Optional.empty());
        }
        ConfigurationFields attn = fields.in("attn");
        int heads = attn.positive("num_heads");
        attn.require(hiddenSize % heads == 0, "num_heads", "a divisor of hidden_size = " + hiddenSize);
        int headDimension = Math.max(1, hiddenSize / heads);
        int window = attn.positive("window_size", Integer.MAX_VALUE);
        SoftmaxAttention attention = new SoftmaxAttention(
                hiddenSize,
                heads,
                attn.divisor("num_kv_heads", heads, "attn.num_heads", heads),
                headDimension,
                OptionalDouble.of(Rope.theta(attn)),
                attn.isGiven("window_size") ? OptionalInt.of(window) : OptionalInt.empty(),
                1 / Math.sqrt(headDimension),
                attn.flag("qkv_bias", false) ? Projections.QKV_BIASED : Projections.SEPARATE,
                attn.flag("qk_norm", false) ? OptionalDouble.of(HEAD_NORM_EPSILON) : OptionalDouble.empty(),
                Optional.empty());
        return new FlaHybrid(attn.indices("layers", layers), Optional.of(attention));
    }

    /** The mixer of {@code layer}, which is {@code own} where it has no softmax attention. */
    TokenMixer mixer(int layer, TokenMixer own) {
        return layers.contains(layer) ? attention.orElseThrow() : own;
    }
}
