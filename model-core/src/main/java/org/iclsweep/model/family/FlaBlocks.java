package org.iclsweep.model.family;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.iclsweep.datasets.fault.Inline;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.model.kernel.HeadSizes;
import org.iclsweep.model.mixer.DeltaHeads;
import org.iclsweep.model.mixer.GatedOutput;
import org.iclsweep.model.mixer.TokenMixer;
import org.iclsweep.model.tensor.Nonlinearity;
import org.iclsweep.model.tensor.ProjectionStart;

/** Blocks of a mixer and a gated feed-forward, each after an RMS norm; some layers may have softmax attention. */
record FlaBlocks(
        @Inline Dimensions.OfTokens sizes,
        @Key(doc = "ε of all norms.", otherwise = "1e-6") double normEps,

        @Key(doc = "Inner units per width, before they are rounded.")
        OptionalDouble hiddenRatio,

        @Key(doc = "Inner units of the feed-forward part.", from = 1)
        OptionalInt intermediateSize,

        @Key(doc = "Layers with softmax attention, of one kind or several.", otherwise = "[]", oneOrMore = true)
        List<FlaHybrid> attn) {
    /** The architecture around {@code mixer}; {@code absentRatio} where no ratio of inner units is given. */
    Architecture around(TokenMixer mixer, ProjectionStart start, double absentRatio, Scope scope) {
        return around(layer -> mixer, start, absentRatio, scope);
    }

    /** The architecture around a mixer of each layer's own. */
    Architecture around(IntFunction<TokenMixer> mixer, ProjectionStart start, double absentRatio, Scope scope) {
        Dimensions dimensions = sizes.dimensions();
        List<TokenMixer> own =
                IntStream.range(0, dimensions.layers()).mapToObj(mixer).toList();
        List<TokenMixer> mixers = FlaHybrid.mixers(attn, dimensions, own, scope);
        GatedFeedForward feedForward = new GatedFeedForward(gatedSize(absentRatio));
        return architecture(
                dimensions, mixers, start, "mlp", feedForward, module -> Norm.rms(module, normEps), Optional.empty());
    }

    /** Blocks of a mixer and of {@code second}, each after a norm, with flash-linear-attention's names. */
    static Architecture architecture(
            Dimensions dimensions,
            List<TokenMixer> mixers,
            ProjectionStart start,
            String second,
            BlockFunction function,
            Function<String, Norm> norm,
            Optional<Norm> embeddingNorm) {
        List<List<ResidualBranch>> blocks = IntStream.range(0, dimensions.layers())
                .mapToObj(layer -> {
                    String name = "model.layers." + layer + ".";
                    Mixing mixing = new Mixing(mixers.get(layer), start);
                    return List.of(
                            new ResidualBranch(norm.apply(name + "attn_norm"), name + "attn", mixing),
                            new ResidualBranch(norm.apply(name + second + "_norm"), name + second, function));
                })
                .toList();
        return new Architecture(
                dimensions,
                "model.embeddings.weight",
                Optional.empty(),
                1,
                embeddingNorm,
                blocks,
                norm.apply("model.norm"),
                1,
                OptionalDouble.empty(),
                Set.of(),
                Optional.empty(),
                Set.of(),
                List.of());
    }

    /** The output norm of the delta rules, with a gate silu(g_proj x) where there is one. */
    GatedOutput gatedOutput(boolean gated) {
        return new GatedOutput(
                gated ? Optional.of(Nonlinearity.SILU) : Optional.empty(), Optional.of("o_norm.weight"), normEps);
    }

    /** Inner units: as given, or as flash-linear-attention derives them from a ratio. */
    private int gatedSize(double absentRatio) {
        double ratio = hiddenRatio.orElse(absentRatio);
        int derived = 256 * (int) Math.ceil((int) (sizes.hiddenSize() * ratio * 2 / 3) / 256.0);
        return intermediateSize.orElse(Math.max(1, derived));
    }

    /** The output norm and gate of a mixer. */
    record OutputGate(
            @Key(
                    doc = "Function of the gate.",
                    choices = {"elu", "identity", "relu", "sigmoid", "silu", "sqrelu", "swish"},
                    otherwise = "swish")
            String hiddenAct,

            @Key(doc = "Gated outputs.", otherwise = "true") boolean useOutputGate,

            @Key(doc = "Norm and gate are one module.", otherwise = "true")
            boolean fuseNorm,

            @Key(doc = "Norm weights.", otherwise = "true") boolean elementwiseAffine) {
        /** Both, with a norm of {@code epsilon}; where they are one operation, the norm's module has another name. */
        GatedOutput of(double epsilon) {
            boolean fused = fuseNorm && useOutputGate && hiddenAct.equals("swish");
            String norm = fused ? "g_norm_swish_gate.weight" : "g_norm.weight";
            return new GatedOutput(
                    useOutputGate ? Optional.of(Nonlinearity.named(hiddenAct)) : Optional.empty(),
                    elementwiseAffine ? Optional.of(norm) : Optional.empty(),
                    epsilon);
        }
    }

    /** The fields of mixers that read through short convolutions, and of the function in the feed-forward part. */
    record Convolved(
            @Key(
                    doc = "Function of the SwiGLU.",
                    choices = {"swish", "silu"},
                    otherwise = "swish")
            String hiddenAct,

            @Key(doc = "Taps.", from = 1, otherwise = "4") int convSize,

            @Key(doc = "Short convolutions on queries, keys and values.", otherwise = "true")
            boolean useShortConv) {
        int taps() {
            return useShortConv ? convSize : 0;
        }
    }

    /** The fields that the delta rules share. */
    record DeltaRules(
            @Inline Convolved convolved,
            @Key(doc = "β up to 2.", otherwise = "false") boolean allowNegEigval) {
        int taps() {
            return convolved.taps();
        }
    }

    /** The heads of a delta rule. */
    record KeyHeads(
            @Key(doc = "Heads of queries and keys; absent: as of the model type.", from = 1)
            OptionalInt numHeads,

            @Key(doc = "dk; absent: as of the model type.", from = 1)
            OptionalInt headDim,

            @Key(doc = "dv / dk; absent: as of the model type.", above = 0)
            OptionalDouble expandV) {
        /** The sizes for these numbers where none are given, with as many heads of values as of keys. */
        DeltaHeads sizes(int hiddenSize, int absentHeads, int absentKey, double absentExpandV, Scope scope) {
            int heads = numHeads.orElse(absentHeads);
            int key = headDim.orElse(absentKey);
            double value = key * expandV.orElse(absentExpandV);
            if (value < 1 || Math.abs(value - Math.rint(value)) > 1e-5 * value) {
                scope.fault(
                        "expand_v",
                        "expected a ratio whose product with head_dim = %s is a whole number, found %s"
                                .formatted(key, expandV.orElse(absentExpandV)));
            }
            return new DeltaHeads(hiddenSize, heads, heads, key, Math.max(1, (int) value));
        }
    }

    /** The same where values may have more heads than keys. */
    record ValueHeads(
            @Inline KeyHeads keys,

            @Key(doc = "Heads of values; absent: as many as of queries.", from = 1)
            OptionalInt numVHeads) {
        /** The sizes for these numbers where none are given. */
        DeltaHeads sizes(int hiddenSize, int absentHeads, int absentKey, double absentExpandV, Scope scope) {
            DeltaHeads sizes = keys.sizes(hiddenSize, absentHeads, absentKey, absentExpandV, scope);
            int valueHeads = numVHeads.orElse(sizes.heads());
            if (valueHeads % sizes.heads() != 0) {
                scope.fault(
                        "num_v_heads",
                        "expected a multiple of num_heads = %s, found %s".formatted(sizes.heads(), valueHeads));
            }
            return new DeltaHeads(hiddenSize, sizes.heads(), valueHeads, sizes.key(), sizes.value());
        }
    }

    /** Heads that share the width D · expand. */
    record Heads(
            @Key(doc = "Heads of queries.", from = 1) OptionalInt numHeads,

            @Key(doc = "Heads of keys and values; absent: as many as of queries.", from = 1)
            OptionalInt numKvHeads,

            @Key(doc = "Width of all keys as a multiple of D.")
            OptionalDouble expandK,

            @Key(doc = "Width of all values as a multiple of D.")
            OptionalDouble expandV) {
        /** The sizes for these numbers where none are given. */
        HeadSizes sizes(int hiddenSize, int absentHeads, double absentExpandK, double absentExpandV, Scope scope) {
            int heads = numHeads.orElse(absentHeads);
            return new HeadSizes(
                    hiddenSize,
                    heads,
                    FamilyFields.divisor(scope, "num_kv_heads", numKvHeads.orElse(heads), "num_heads", heads),
                    perHead(scope, "expand_k", expandK.orElse(absentExpandK), hiddenSize, heads),
                    perHead(scope, "expand_v", expandV.orElse(absentExpandV), hiddenSize, heads));
        }
    }

    /** The size of each of {@code heads} that share the width {@code hiddenSize} times the ratio of {@code field}. */
    static int perHead(Scope scope, String field, double ratio, int hiddenSize, int heads) {
        int all = (int) (hiddenSize * ratio);
        if (all <= 0 || all % heads != 0) {
            scope.fault(
                    field,
                    "expected a ratio whose product with hidden_size = %s is a multiple of the %s heads, found %s, whose product is %s"
                            .formatted(hiddenSize, heads, ratio, all));
        }
        return Math.max(1, all / heads);
    }
}
