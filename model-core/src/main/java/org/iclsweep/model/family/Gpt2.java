package org.iclsweep.model.family;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.iclsweep.datasets.fault.Block;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.datasets.fault.Spelling;
import org.iclsweep.model.kernel.KvHeads;
import org.iclsweep.model.kernel.ValueMomentum;
import org.iclsweep.model.mixer.SoftmaxAttention;
import org.iclsweep.model.mixer.SoftmaxProjections;

/**
 * {@code gpt2}: softmax attention over all earlier tokens, layer norms, learned absolute positions. A context can be
 * kept, but not folded away: its keys were computed at absolute positions, so the query of a converted model goes on at
 * position M, which the state holds ({@code b_pos}), and context and query together are no longer than the table of
 * positions. Names begin with {@code transformer.}, or with nothing in checkpoints of the bare transformer.
 */
@Block(spelling = Spelling.SNAKE)
record Gpt2(
        @Key(doc = "V.", from = 1) int vocabSize,

        @Key(doc = "D.", from = 1, otherwise = "768", alias = "hidden_size")
        int nEmbd,

        @Key(doc = "Blocks.", from = 1, otherwise = "12", alias = "num_hidden_layers")
        int nLayer,

        @Key(doc = "Heads.", from = 1, otherwise = "12", alias = "num_attention_heads")
        int nHead,

        @Key(doc = "Inner units of the feed-forward part; absent: 4 D.", from = 1)
        OptionalInt nInner,

        @Key(doc = "Number of positions.", from = 1, otherwise = "1024", alias = "max_position_embeddings")
        int nPositions,

        @Key(doc = "Tied head.", otherwise = "true") boolean tieWordEmbeddings,

        @Key(
                doc = "Function of the feed-forward part.",
                choices = {"gelu_new", "gelu_pytorch_tanh"},
                otherwise = "gelu_new")
        String activationFunction,

        @Key(doc = "Attention to another sequence.", choices = "false", otherwise = "false")
        boolean addCrossAttention,

        @Key(doc = "Scores / √d.", otherwise = "true") boolean scaleAttnWeights,

        @Key(doc = "Scores / layer.", otherwise = "false") boolean scaleAttnByInverseLayerIdx,

        @Key(doc = "ε of all norms.", otherwise = "1e-5") double layerNormEpsilon,

        @Key(doc = "η of momentum attention; absent: none.", above = 0, below = 1)
        OptionalDouble valueMomentum)
        implements FamilyFields {
    private static final String PREFIX = "transformer.";

    @Override
    public Architecture architecture(Scope scope) {
        FamilyFields.divisor(scope, "n_head", nHead, "n_embd", nEmbd);
        return named("", Optional.of(named(PREFIX, Optional.empty())));
    }

    private Architecture named(String prefix, Optional<Architecture> otherwise) {
        GeluFeedForward feedForward = new GeluFeedForward(nInner.orElse(4 * nEmbd));
        List<List<ResidualBranch>> blocks = IntStream.range(0, nLayer)
                .mapToObj(layer -> block(layer, prefix + "h." + layer + ".", feedForward))
                .toList();
        return new Architecture(
                new Dimensions(vocabSize, nEmbd, nLayer, tieWordEmbeddings, 0, 0, OptionalInt.of(nPositions)),
                prefix + "wte.weight",
                Optional.of(new LearnedPositions(prefix + "wpe.weight", prefix + "b_pos", nPositions)),
                1,
                Optional.empty(),
                blocks,
                norm(prefix + "ln_f"),
                1,
                OptionalDouble.empty(),
                masks(blocks),
                otherwise,
                Set.of(),
                List.of());
    }

    private List<ResidualBranch> block(int layer, String block, GeluFeedForward feedForward) {
        int headDimension = Math.max(1, nEmbd / nHead);
        double scale = scaleAttnWeights ? 1 / Math.sqrt(headDimension) : 1;
        KvHeads heads = new KvHeads(
                nHead, nHead, headDimension, Optional.empty(), scale / (scaleAttnByInverseLayerIdx ? layer + 1 : 1));
        SoftmaxAttention attention = new SoftmaxAttention(nEmbd, heads, OptionalInt.empty(), SoftmaxProjections.FUSED)
                .withMomentum(ValueMomentum.of(valueMomentum));
        return List.of(
                new ResidualBranch(norm(block + "ln_1"), block + "attn", new Mixing(attention)),
                new ResidualBranch(norm(block + "ln_2"), block + "mlp", feedForward));
    }

    private Norm norm(String module) {
        return new Norm(module, Norm.Kind.LAYER, layerNormEpsilon);
    }

    /** The causal masks that earlier versions of transformers stored. */
    private static Set<String> masks(List<List<ResidualBranch>> blocks) {
        return blocks.stream()
                .map(block -> block.get(0).module())
                .flatMap(module -> Stream.of(module + ".bias", module + ".masked_bias"))
                .collect(Collectors.toSet());
    }
}
