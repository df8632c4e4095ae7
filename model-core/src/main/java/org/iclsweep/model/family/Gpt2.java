package org.iclsweep.model.family;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.iclsweep.model.kernel.ValueMomentum;
import org.iclsweep.model.mixer.SoftmaxAttention;
import org.iclsweep.model.mixer.SoftmaxAttention.Projections;

/**
 * {@code gpt2}: softmax attention over all earlier tokens, layer norms, learned absolute positions. A context can be
 * kept, but not folded away: its keys were computed at absolute positions, so the query of a converted model goes on at
 * position M, which the state holds ({@code b_pos}), and context and query together are no longer than the table of
 * positions. Names begin with {@code transformer.}, or with nothing in checkpoints of the bare transformer.
 */
final class Gpt2 implements Family {
    private static final String PREFIX = "transformer.";

    @Override
    public String modelType() {
        return "gpt2";
    }

    /** False: the matrices are [in, out], for which no start is made. */
    @Override
    public boolean isTrained() {
        return false;
    }

    @Override
    public Architecture read(ConfigurationFields fields) {
        int hiddenSize = fields.positive("n_embd", 768);
        int heads = fields.divisor("n_head", 12, "n_embd", hiddenSize);
        fields.only("activation_function", "gelu_new", "gelu_pytorch_tanh");
        fields.only("add_cross_attention", "false");
        Dimensions dimensions = new Dimensions(
                fields.positive("vocab_size"),
                hiddenSize,
                fields.positive("n_layer", 12),
                fields.flag("tie_word_embeddings", true),
                0,
                0);
        int headDimension = Math.max(1, hiddenSize / heads);
        double scale = fields.flag("scale_attn_weights", true) ? 1 / Math.sqrt(headDimension) : 1;
        boolean byLayer = fields.flag("scale_attn_by_inverse_layer_idx", false);
        Optional<ValueMomentum> momentum = fields.valueMomentum();
        double epsilon = fields.number("layer_norm_epsilon", 1e-5);
        GeluFeedForward feedForward = new GeluFeedForward(fields.positive("n_inner", 4 * hiddenSize));
        List<List<ResidualBranch>> blocks = IntStream.range(0, dimensions.layers())
                .mapToObj(layer -> block(
                        layer,
                        new SoftmaxAttention(
                                hiddenSize,
                                heads,
                                heads,
                                headDimension,
                                OptionalDouble.empty(),
                                OptionalInt.empty(),
                                scale / (byLayer ? layer + 1 : 1),
                                Projections.FUSED,
                                OptionalDouble.empty(),
                                momentum),
                        feedForward,
                        epsilon))
                .toList();
        return new Architecture(
                dimensions,
                "wte.weight",
                Optional.of(new LearnedPositions("wpe.weight", "b_pos", fields.positive("n_positions", 1024))),
                Optional.empty(),
                blocks,
                norm("ln_f", epsilon),
                masks(dimensions.layers()),
                List.of(PREFIX));
    }

    private static List<ResidualBranch> block(
            int layer, SoftmaxAttention attention, GeluFeedForward feedForward, double epsilon) {
        String block = "h." + layer + ".";
        return List.of(
                new ResidualBranch(norm(block + "ln_1", epsilon), block + "attn", new Mixing(attention)),
                new ResidualBranch(norm(block + "ln_2", epsilon), block + "mlp", feedForward));
    }

    private static Norm norm(String module, double epsilon) {
        return new Norm(module, Norm.Kind.LAYER, epsilon);
    }

    /** The causal masks that earlier versions of transformers stored. */
    private static Set<String> masks(int layers) {
        return IntStream.range(0, layers)
                .mapToObj(layer -> "h." + layer + ".attn.")
                .flatMap(module -> Stream.of(module + "bias", module + "masked_bias"))
                .collect(Collectors.toSet());
    }
}
