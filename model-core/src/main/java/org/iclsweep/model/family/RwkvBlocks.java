package org.iclsweep.model.family;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.iclsweep.model.mixer.TokenMixer;
import org.iclsweep.model.tensor.Nonlinearity;

/**
 * The blocks of {@code rwkv6} and {@code rwkv7} with the tensor names of flash-linear-attention: a time mix and a
 * channel mix, both of which read the row before.
 */
final class RwkvBlocks {
    private RwkvBlocks() {}

    /** The architecture in {@code fields} with the time mix of each layer and one channel mix. */
    static Architecture of(ConfigurationFields fields, IntFunction<TokenMixer> timeMix, TokenMixer channelMix) {
        Dimensions dimensions = Dimensions.of(fields);
        FlaHybrid hybrid = FlaHybrid.of(fields, dimensions.hiddenSize(), dimensions.layers());
        Norm.Kind kind = fields.flag("norm_bias", true) ? Norm.Kind.LAYER : Norm.Kind.LAYER_WITHOUT_BIAS;
        double epsilon = fields.number("norm_eps", 1e-5);
        IntFunction<List<ResidualBranch>> block = layer -> {
            String name = "model.layers." + layer + ".";
            return List.of(
                    new ResidualBranch(
                            new Norm(name + "attn_norm", kind, epsilon),
                            name + "attn",
                            new Mixing(hybrid.mixer(layer, timeMix.apply(layer)))),
                    new ResidualBranch(
                            new Norm(name + "ffn_norm", kind, epsilon), name + "ffn", new Mixing(channelMix)));
        };
        return new Architecture(
                dimensions,
                FlaBlocks.EMBEDDING,
                Optional.empty(),
                fields.flag("norm_first", true)
                        ? Optional.of(new Norm("model.layers.0.pre_norm", kind, epsilon))
                        : Optional.empty(),
                IntStream.range(0, dimensions.layers()).mapToObj(block).toList(),
                new Norm("model.norm", kind, epsilon),
                Set.of(),
                List.of());
    }

    /** Inner units of the channel mix: as given, or as flash-linear-attention derives them from a ratio. */
    static int innerSize(ConfigurationFields fields, double absentRatio) {
        int derived = (int) (fields.positive("hidden_size") * fields.number("hidden_ratio", absentRatio));
        return fields.positive("intermediate_size", Math.max(1, (derived + 31) / 32 * 32));
    }

    /** The nonlinearity of the channel mix. */
    static Nonlinearity function(ConfigurationFields fields) {
        return Nonlinearity.named(fields.choice("hidden_act", "sqrelu", Nonlinearity.NAMES));
    }
}
