package org.iclsweep.model.family;

import java.util.Optional;
import java.util.OptionalInt;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.model.kernel.KvHeads;
import org.iclsweep.model.layout.Rotary;
import org.iclsweep.model.mixer.LatentQkv;
import org.iclsweep.model.mixer.SoftmaxAttention;

/**
 * The fields of latent attention (arXiv:2405.04434), whose keys and values are maps of one narrow vector of a token.
 */
record LatentFields(
        @Key(doc = "Heads of the softmax attention.", from = 1, otherwise = "32")
        int numAttentionHeads,

        @Key(doc = "As many as heads of queries, since every head maps the latent vector on its own.", from = 1)
        OptionalInt numKeyValueHeads,

        @Key(doc = "Width of the latent vector of keys and values.", from = 1, otherwise = "512")
        int kvLoraRank,

        @Key(doc = "Width of the latent vector of queries; null: none.", from = 1)
        OptionalInt qLoraRank,

        @Key(doc = "Features of a head's keys that are maps of the latent vector.", from = 1, otherwise = "128")
        int qkNopeHeadDim,

        @Key(doc = "Features of a head's keys that all heads share.", from = 1, otherwise = "64")
        int qkRopeHeadDim,

        @Key(doc = "dv.", from = 1, otherwise = "128") int vHeadDim,

        @Key(doc = "Biases of the maps to latent vectors and of the one back.", otherwise = "false")
        boolean attentionBias) {
    /**
     * The attention over all tokens.
     *
     * @param rotary of the shared features; empty for no positions
     * @param scoreFactor factor of all scores
     * @param isGated true if the outputs of heads have gates
     * @param back module of the projection back
     */
    SoftmaxAttention attention(
            int hiddenSize, Optional<Rotary> rotary, double scoreFactor, boolean isGated, String back, Scope scope) {
        if (numKeyValueHeads.orElse(numAttentionHeads) != numAttentionHeads) {
            scope.in("num_key_value_heads").unexpected("num_attention_heads = " + numAttentionHeads);
        }
        if (rotary.isPresent() && qkRopeHeadDim % 2 != 0) {
            scope.in("qk_rope_head_dim").unexpected("an even number, as pairs of features turn");
        }
        KvHeads heads = new KvHeads(
                numAttentionHeads,
                1,
                qkRopeHeadDim + kvLoraRank,
                kvLoraRank,
                rotary,
                scoreFactor / Math.sqrt(qkNopeHeadDim + qkRopeHeadDim),
                1);
        LatentQkv projections = new LatentQkv(
                qLoraRank.orElse(0), kvLoraRank, qkNopeHeadDim, qkRopeHeadDim, vHeadDim, attentionBias, isGated, back);
        return new SoftmaxAttention(hiddenSize, heads, OptionalInt.empty(), projections);
    }
}
