package org.iclsweep.model.family;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.iclsweep.datasets.fault.Block;
import org.iclsweep.datasets.fault.Inline;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.datasets.fault.Spelling;
import org.iclsweep.model.family.GatedFeedForward.Biases;
import org.iclsweep.model.kernel.KvHeads;
import org.iclsweep.model.kernel.ShortConvQkv.Split;
import org.iclsweep.model.mixer.DeltaRule;
import org.iclsweep.model.mixer.GatedOutput;
import org.iclsweep.model.mixer.QkNorm;
import org.iclsweep.model.mixer.SoftmaxAttention;
import org.iclsweep.model.mixer.SoftmaxProjections;
import org.iclsweep.model.tensor.Nonlinearity;
import org.iclsweep.model.tensor.ProjectionStart;
import org.iclsweep.model.tensor.RmsNorm;

/**
 * {@code olmo_hybrid}: the gated delta rule with negative eigenvalues (arXiv:2411.12537) after norms, and in every
 * fourth layer softmax attention before norms, whose queries and keys are normed over all heads.
 */
@Block(
        spelling = Spelling.SNAKE,
        ignored = {"linear_a_log_max", "linear_a_log_min", "linear_dt_init_floor", "linear_dt_max", "linear_dt_min"})
record OlmoHybrid(
        @Inline Dimensions.OfTokens sizes,

        @Key(doc = "ε of all norms but those of the delta rule's heads.", from = 0, otherwise = "1e-6")
        double rmsNormEps,

        @Key(
                doc = "Function of the gates of feed-forward parts and after the short convolutions.",
                choices = {"silu", "swish", "gelu", "gelu_new", "gelu_pytorch_tanh", "relu"},
                otherwise = "silu")
        String hiddenAct,

        @Key(doc = "Inner units of the feed-forward part.", from = 1, otherwise = "11008")
        int intermediateSize,

        @Key(doc = "Heads of queries of the softmax attention.", from = 1)
        int numAttentionHeads,

        @Key(doc = "Heads of its keys and values; absent: as many as of queries.", from = 1)
        OptionalInt numKeyValueHeads,

        @Key(doc = "d of its heads; absent: D by their number.", from = 1)
        OptionalInt headDim,

        @Key(doc = "Biases of its projections.", otherwise = "false")
        boolean attentionBias,

        @Inline Rope rope,
        @Inline LinearHeads linear,

        @Key(
                doc = "Mixer of each layer; absent: softmax attention in every fourth, or in the last.",
                choices = {"linear_attention", "full_attention"})
        Optional<List<String>> layerTypes,

        @Key(doc = "β up to 2.", otherwise = "true") boolean linearAllowNegEigval)
        implements FamilyFields {
    /** ε of the norm of the delta rule's heads, which no field changes. */
    private static final double OUTPUT_EPSILON = 1e-5;

    private static final String LINEAR = "linear_attention";
    private static final String FULL = "full_attention";
    private static final int INTERVAL = 4;

    /** Names of the norm after the softmax attention: as released, and as transformers writes it. */
    private static final List<String> NORMS = List.of("post_attention_layernorm", "feedforward_layer_norm");

    @Override
    public Architecture architecture(Scope scope) {
        // transformers 5.24 cuts the taps of q | k | v into thirds when it writes them.
        return Architecture.oneOf(NORMS.stream()
                .flatMap(norm -> Stream.of(Split.values()).map(split -> named(norm, split, scope)))
                .toList());
    }

    private Architecture named(String norm, Split split, Scope scope) {
        Mixing delta = new Mixing(rule(split, scope), ProjectionStart.ORTHOGONAL);
        Mixing whole = new Mixing(attention(scope), ProjectionStart.INDEPENDENT);
        FeedForward feedForward = new GatedFeedForward(intermediateSize, Biases.NONE, activation());
        List<String> types = types(scope);
        List<List<ResidualBranch>> blocks = IntStream.range(0, sizes.numHiddenLayers())
                .mapToObj(layer -> types.get(layer).equals(LINEAR)
                        ? linear("model.layers." + layer + ".", delta, feedForward)
                        : full("model.layers." + layer + ".", whole, feedForward, norm))
                .toList();
        return Architecture.of(sizes.dimensions(), "model.embed_tokens.weight", blocks, norm("model.norm"))
                .in(Set.of("mtp."), Optional.empty());
    }

    private List<ResidualBranch> linear(String block, Mixing mixing, FeedForward feedForward) {
        return List.of(
                new ResidualBranch(norm(block + "attention_layer_norm"), block + "linear_attn", mixing),
                new ResidualBranch(norm(block + "feedforward_layer_norm"), block + "mlp", feedForward));
    }

    private List<ResidualBranch> full(String block, Mixing mixing, FeedForward feedForward, String norm) {
        return List.of(
                new ResidualBranch(Optional.empty(), block + "self_attn", mixing, Optional.of(norm(block + norm))),
                new ResidualBranch(
                        Optional.empty(),
                        block + "mlp",
                        feedForward,
                        Optional.of(norm(block + "post_feedforward_layernorm"))));
    }

    private Norm norm(String module) {
        return Norm.rms(module, rmsNormEps);
    }

    private Nonlinearity activation() {
        return Nonlinearity.ofTransformers(hiddenAct);
    }

    private List<String> types(Scope scope) {
        int layers = sizes.numHiddenLayers();
        int first = Math.min(layers, INTERVAL) - 1;
        return FamilyFields.layerTypes(scope, layerTypes, layers, layer -> layer % INTERVAL == first ? FULL : LINEAR);
    }

    private DeltaRule rule(Split split, Scope scope) {
        int keyHeads = linear.keyHeads(numAttentionHeads);
        int keys = linear.linearKeyHeadDim().orElse(Math.max(1, (int) (0.75 * sizes.hiddenSize() / keyHeads)));
        return new DeltaRule(
                sizes.hiddenSize(),
                keyHeads,
                linear.valueHeads(numAttentionHeads, keyHeads, scope),
                keys,
                linear.linearValueHeadDim().orElse(2 * keys),
                linear.linearConvKernelDim(),
                DeltaRule.Steering.STRENGTHS_AND_DECAYS,
                linearAllowNegEigval,
                DeltaRule.KeyNorm.L2,
                activation(),
                activation(),
                new GatedOutput(Optional.of(Nonlinearity.SILU), Optional.of("o_norm.weight"), OUTPUT_EPSILON),
                split);
    }

    private SoftmaxAttention attention(Scope scope) {
        int d = headDim.orElse(Math.max(1, sizes.hiddenSize() / numAttentionHeads));
        int keyHeads = numKeyValueHeads.orElse(numAttentionHeads);
        boolean turns = !scope.in("rope_parameters").isNull("rope_theta");
        KvHeads heads = new KvHeads(
                numAttentionHeads,
                FamilyFields.divisor(scope, "num_key_value_heads", keyHeads, "num_attention_heads", numAttentionHeads),
                d,
                turns ? Optional.of(rope.rotary(d, Rope.THETA, sizes.positions(), scope)) : Optional.empty());
        return new SoftmaxAttention(
                        sizes.hiddenSize(),
                        heads,
                        OptionalInt.empty(),
                        attentionBias ? SoftmaxProjections.BIASED : SoftmaxProjections.SEPARATE)
                .withQkNorm(Optional.of(new QkNorm(RmsNorm.of(rmsNormEps), QkNorm.Extent.ALL_HEADS, "norm")));
    }
}
