package org.iclsweep.model.family;

import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import org.iclsweep.model.mixer.SoftmaxAttention;
import org.iclsweep.model.mixer.SoftmaxAttention.Projections;
import org.iclsweep.model.mixer.TokenMixer;

/**
 * The layers of a flash-linear-attention model that have softmax attention in place of the family's own mixer, as the
 * block {@code attn} of its config.json says: {@code layers}, {@code num_heads}, {@code num_kv_heads},
 * {@code window_size} (the token itself included), {@code rope_theta}, {@code qkv_bias}, {@code qk_norm}.
 */
record FlaHybrid(Set<Integer> layers, Optional<SoftmaxAttention> attention) {
    /** What flash-linear-attention's norms on queries and keys are built with. */
    private static final double HEAD_NORM_EPSILON = 1e-5;

    /** The hybrid that {@code fields} describe; one without softmax layers where they have no {@code attn}. */
    static FlaHybrid of(ConfigurationFields fields, int hiddenSize, int layers) {
        if (!fields.isGiven("attn")) {
            return new FlaHybrid(Set.of(), Optional.empty());
        }
        ConfigurationFields attn = fields.in("attn");
        Set<Integer> softmax = attn.indices("layers");
        attn.check(attn.isGiven("layers"), "attn.layers is missing");
        softmax.stream()
                .filter(layer -> layer >= layers)
                .forEach(layer -> attn.check(false, "attn.layers has " + layer + " of " + layers + " layers"));
        int heads = attn.positive("num_heads");
        int keyValueHeads = attn.positive("num_kv_heads", heads);
        attn.check(
                heads % keyValueHeads == 0 && hiddenSize % heads == 0,
                "attn.num_heads " + heads + " is not a multiple of attn.num_kv_heads " + keyValueHeads
                        + ", or does not divide hidden_size " + hiddenSize);
        int headDimension = Math.max(1, hiddenSize / heads);
        return new FlaHybrid(
                softmax,
                Optional.of(new SoftmaxAttention(
                        hiddenSize,
                        heads,
                        keyValueHeads,
                        headDimension,
                        OptionalDouble.of(attn.ropeTheta()),
                        attn.isGiven("window_size")
                                ? OptionalInt.of(attn.positive("window_size"))
                                : OptionalInt.empty(),
                        1 / Math.sqrt(headDimension),
                        attn.flag("qkv_bias", false) ? Projections.BIASED : Projections.SEPARATE,
                        attn.flag("qk_norm", false) ? OptionalDouble.of(HEAD_NORM_EPSILON) : OptionalDouble.empty(),
                        Optional.empty())));
    }

    /** The mixer of {@code layer}, which is {@code own} where it has no softmax attention. */
    TokenMixer mixer(int layer, TokenMixer own) {
        return layers.contains(layer) ? attention.orElseThrow() : own;
    }
}
