package org.iclsweep.model.family;

import org.iclsweep.model.mixer.Rwkv6ChannelMix;
import org.iclsweep.model.mixer.Rwkv6TimeMix;

/** {@code rwkv6} (arXiv:2404.05892) of flash-linear-attention. */
final class Rwkv6 implements Family {
    @Override
    public String modelType() {
        return "rwkv6";
    }

    /** False: no start is made for its decays and its shares of the token before. */
    @Override
    public boolean isTrained() {
        return false;
    }

    @Override
    public Architecture read(ConfigurationFields fields) {
        int hiddenSize = fields.positive("hidden_size");
        int heads = fields.positive("num_heads", 4);
        Rwkv6TimeMix timeMix = new Rwkv6TimeMix(
                hiddenSize,
                heads,
                fields.perHead("expand_k", 0.5, hiddenSize, heads),
                fields.perHead("expand_v", 1, hiddenSize, heads),
                fields.positive("proj_low_rank_dim", 32),
                fields.positive("gate_low_rank_dim", 64),
                // Not a field of flash-linear-attention, whose converted checkpoints lose theirs.
                fields.number("g_norm_eps", fields.number("norm_eps", 1e-5)));
        Rwkv6ChannelMix channelMix =
                new Rwkv6ChannelMix(hiddenSize, RwkvBlocks.innerSize(fields, 3.5), RwkvBlocks.function(fields));
        return RwkvBlocks.of(fields, layer -> timeMix, channelMix);
    }
}
