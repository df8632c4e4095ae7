package org.iclsweep.model.family;

import org.iclsweep.model.mixer.Rwkv7ChannelMix;
import org.iclsweep.model.mixer.Rwkv7TimeMix;

/** {@code rwkv7} (arXiv:2503.14456) of flash-linear-attention. */
final class Rwkv7 implements Family {
    @Override
    public String modelType() {
        return "rwkv7";
    }

    /** False: no start is made for its decays and its shares of the token before. */
    @Override
    public boolean isTrained() {
        return false;
    }

    @Override
    public Architecture read(ConfigurationFields fields) {
        int hiddenSize = fields.positive("hidden_size");
        int headDimension = headDimension(fields, hiddenSize);
        int heads = Math.max(1, hiddenSize / headDimension);
        int values = fields.sameForAll("value_dim", hiddenSize);
        fields.require(values % heads == 0, "value_dim", "a multiple of the " + heads + " heads");
        Rwkv7TimeMix.Ranks ranks = new Rwkv7TimeMix.Ranks(
                fields.positive("decay_low_rank_dim", 64),
                fields.positive("gate_low_rank_dim", 128),
                fields.positive("a_low_rank_dim", 64),
                fields.positive("v_low_rank_dim", 16));
        boolean fusedNorm = fields.flag("fuse_norm", true);
        double epsilon = fields.number("norm_eps", 1e-5);
        Rwkv7ChannelMix channelMix =
                new Rwkv7ChannelMix(hiddenSize, RwkvBlocks.innerSize(fields, 4), RwkvBlocks.function(fields));
        return RwkvBlocks.of(
                fields,
                layer -> new Rwkv7TimeMix(
                        hiddenSize, headDimension, values / heads, ranks, layer == 0, fusedNorm, epsilon),
                channelMix);
    }

    /** The given size of a head; with {@code head_dim} null, the one that {@code num_heads} leaves. */
    private static int headDimension(ConfigurationFields fields, int hiddenSize) {
        int byHeads = Math.max(1, hiddenSize / fields.positive("num_heads", 1));
        boolean byNumber = fields.isNull("head_dim") && fields.isGiven("num_heads");
        return fields.divisor("head_dim", byNumber ? byHeads : 64, "hidden_size", hiddenSize);
    }
}
