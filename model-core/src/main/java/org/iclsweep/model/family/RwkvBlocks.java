package org.iclsweep.model.family;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.iclsweep.datasets.fault.Inline;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.model.mixer.RwkvChannelMix;
import org.iclsweep.model.mixer.TokenMixer;
import org.iclsweep.model.tensor.Nonlinearity;
import org.iclsweep.model.tensor.ProjectionStart;

/** The blocks of {@code rwkv6} and {@code rwkv7}: a time mix and a channel mix, which both read the row before. */
record RwkvBlocks(
        @Inline Dimensions.OfTokens sizes,
        @Key(doc = "Norms have biases.", otherwise = "true") boolean normBias,
        @Key(doc = "ε of all norms.", otherwise = "1e-5") double normEps,

        @Key(doc = "Embedding norm.", otherwise = "true") boolean normFirst,

        @Key(doc = "Inner units per width, before they are rounded.")
        OptionalDouble hiddenRatio,

        @Key(doc = "Inner units of the channel mix.", from = 1)
        OptionalInt intermediateSize,

        @Key(doc = "Inner function.", otherwise = "sqrelu") Nonlinearity hiddenAct,

        @Key(doc = "Layers with softmax attention, of one kind or several.", otherwise = "[]", oneOrMore = true)
        List<FlaHybrid> attn) {
    /** The architecture with the time mix of each layer and one channel mix. */
    Architecture of(IntFunction<TokenMixer> timeMix, TokenMixer channelMix, Scope scope) {
        Dimensions dimensions = sizes.dimensions();
        List<TokenMixer> mixers = FlaHybrid.mixers(
                attn,
                dimensions,
                IntStream.range(0, dimensions.layers()).mapToObj(timeMix).toList(),
                scope);
        Norm.Kind kind = normBias ? Norm.Kind.LAYER : Norm.Kind.LAYER_WITHOUT_BIAS;
        return FlaBlocks.architecture(
                dimensions,
                mixers,
                ProjectionStart.KEYS_AS_QUERIES,
                "ffn",
                new Mixing(channelMix),
                module -> new Norm(module, kind, normEps),
                normFirst ? Optional.of(new Norm("model.layers.0.pre_norm", kind, normEps)) : Optional.empty());
    }

    /** The channel mix, whose inner units are as given, or as flash-linear-attention derives them from a ratio. */
    RwkvChannelMix channelMix(double absentRatio, boolean receptance) {
        int derived = (int) (sizes.hiddenSize() * hiddenRatio.orElse(absentRatio));
        int inner = intermediateSize.orElse(Math.max(1, (derived + 31) / 32 * 32));
        return new RwkvChannelMix(sizes.hiddenSize(), inner, hiddenAct, receptance);
    }
}
