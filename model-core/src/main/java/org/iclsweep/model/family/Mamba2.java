package org.iclsweep.model.family;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
import org.iclsweep.datasets.fault.Block;
import org.iclsweep.datasets.fault.Inline;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Located;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.datasets.fault.Spelling;
import org.iclsweep.model.mixer.StateSpaceDuality;
import org.iclsweep.model.mixer.StateSpaceDuality.Biased;
import org.iclsweep.model.mixer.StateSpaceDuality.OutputNorm;
import org.iclsweep.model.mixer.StateSpaceDuality.Range;
import org.iclsweep.model.tensor.Nonlinearity;

/** {@code mamba2} (arXiv:2405.21060) of flash-linear-attention and of transformers; some fields have two names. */
@Block(spelling = Spelling.SNAKE)
record Mamba2(
        @Inline Dimensions.OfTokens sizes,

        @Key(doc = "ε of all norms.", alias = "norm_eps", otherwise = "1e-5")
        double layerNormEpsilon,

        @Key(doc = "Head size.", from = 1, otherwise = "64") int headDim,

        @Key(doc = "Inner width / D.", otherwise = "2") double expand,

        @Key(doc = "Heads, which follow from the other sizes.", from = 1)
        OptionalInt numHeads,

        @Key(doc = "N.", from = 1, otherwise = "128") int stateSize,

        @Key(doc = "Groups of heads that share B and C.", from = 1, otherwise = "1")
        int nGroups,

        @Key(doc = "Taps.", from = 1, otherwise = "4") int convKernel,

        @Key(doc = "Projection biases.", otherwise = "false")
        boolean useBias,

        @Key(doc = "Convolution bias.", otherwise = "true") boolean useConvBias,

        @Key(doc = "Function after the convolution.", otherwise = "silu")
        Nonlinearity hiddenAct,

        @Key(doc = "Least and greatest time step.", alias = "dt_limit")
        Optional<Range> timeStepLimit,

        @Key(doc = "D for every dimension of a head.", name = "D_has_hdim", otherwise = "false")
        boolean hasHdim,

        @Key(doc = "Outputs are normed before the gate.", otherwise = "false")
        boolean normBeforeGate,

        @Key(doc = "Outputs are normed.", alias = "rmsnorm", otherwise = "true")
        boolean rmsNorm)
        implements FamilyFields {
    @Override
    public Architecture architecture(Scope scope) {
        Dimensions dimensions = sizes.dimensions();
        Mixing mixing = new Mixing(mixer(scope));
        List<List<ResidualBranch>> blocks = IntStream.range(0, dimensions.layers())
                .mapToObj(layer -> "backbone.layers." + layer + ".")
                .map(block -> List.of(
                        new ResidualBranch(Norm.rms(block + "norm", layerNormEpsilon), block + "mixer", mixing)))
                .toList();
        return Architecture.of(
                dimensions, "backbone.embeddings.weight", blocks, Norm.rms("backbone.norm_f", layerNormEpsilon));
    }

    private StateSpaceDuality mixer(Scope scope) {
        int inner = (int) (sizes.hiddenSize() * expand);
        if (inner <= 0 || inner % headDim != 0) {
            scope.fault(
                    "head_dim", "expected a divisor of hidden_size · expand = %s, found %s".formatted(inner, headDim));
        }
        int heads = Math.max(1, inner / headDim);
        if (numHeads.orElse(heads) != heads) {
            scope.in("num_heads").unexpected("hidden_size · expand / head_dim = " + heads);
        }
        return new StateSpaceDuality(
                sizes.hiddenSize(),
                heads,
                headDim,
                stateSize,
                FamilyFields.divisor(scope, "n_groups", nGroups, "the number of heads", heads),
                convKernel,
                biased(useBias, useConvBias, useBias),
                hiddenAct,
                timeStepLimit.orElse(new Range(0, Double.POSITIVE_INFINITY)),
                hasHdim,
                norm(),
                layerNormEpsilon,
                List.of());
    }

    /** The parts with biases. */
    static Set<Biased> biased(boolean in, boolean convolution, boolean out) {
        Set<Biased> biased = EnumSet.noneOf(Biased.class);
        if (in) {
            biased.add(Biased.IN_PROJECTION);
        }
        if (convolution) {
            biased.add(Biased.CONVOLUTION);
        }
        if (out) {
            biased.add(Biased.OUT_PROJECTION);
        }
        return biased;
    }

    private OutputNorm norm() {
        if (!rmsNorm) {
            return OutputNorm.NONE;
        }
        return normBeforeGate ? OutputNorm.BEFORE_GATE : OutputNorm.AFTER_GATE;
    }

    /**
     * A range [least, most] of numbers from 0 on. Infinity, which JSON lacks, is written as a bare word, as a string,
     * or as transformers writes it: {"__float__": "Infinity"}.
     */
    static Optional<Range> range(Scope scope) {
        List<Double> ends =
                scope.value().elements().stream().map(Mamba2::extended).toList();
        if (ends.size() == 2 && ends.get(0) >= 0 && Double.isFinite(ends.get(0)) && ends.get(0) <= ends.get(1)) {
            return Optional.of(new Range(ends.get(0), ends.get(1)));
        }
        scope.unexpected("two numbers, the first at least 0 and at most the second");
        return Optional.empty();
    }

    /** A random model's heads, where they are given, share its inner width. */
    static Map<String, Integer> random(JsonNode config) {
        int inner = config.path("expand").asInt(2) * config.path("hidden_size").asInt();
        return config.path("num_heads").asInt() > 0
                ? Map.of("head_dim", inner / config.path("num_heads").asInt())
                : Map.of();
    }

    /** A number, perhaps infinite; NaN where there is none. */
    private static double extended(Located value) {
        if (value.content() instanceof Number number) {
            return number.doubleValue();
        }
        Object named = value.plainBlock().getOrDefault("__float__", String.valueOf(value.content()));
        return named.equals("Infinity") || named.equals("inf") ? Double.POSITIVE_INFINITY : Double.NaN;
    }
}
