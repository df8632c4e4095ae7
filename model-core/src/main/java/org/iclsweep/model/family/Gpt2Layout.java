package org.iclsweep.model.family;

import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.iclsweep.model.checkpoint.Weights;
import org.iclsweep.model.mixer.SoftmaxAttention;
import org.iclsweep.model.mixer.SoftmaxAttention.Projections;
import org.iclsweep.model.mixer.ValueMomentum;

/**
 * {@code gpt2}: softmax attention over all earlier tokens, layer norms, learned absolute positions. A context can be
 * kept, but not folded away: its keys were computed at absolute positions, so the query of a converted model goes on at
 * position M, which the state says ({@code b_pos}), and context and query together are no longer than the table of
 * positions.
 *
 * @param root what stands before every name: {@code transformer.}, or nothing in checkpoints of the bare transformer
 * @param byLayer whether scores are divided by the layer's number, counted from 1, too
 * @param momentum of all layers' attention, empty for none
 */
record Gpt2Layout(
        String root,
        Dimensions dimensions,
        int heads,
        int positions,
        boolean scaled,
        boolean byLayer,
        int innerSize,
        double normEpsilon,
        Optional<ValueMomentum> momentum)
        implements CheckpointLayout {
    static final String MODEL_TYPE = "gpt2";

    private static final String EMBEDDING = "wte.weight";

    static Gpt2Layout of(JsonNode config) {
        ConfigurationFields fields = new ConfigurationFields(config);
        int hiddenSize = fields.positive("n_embd", 768);
        int heads = fields.positive("n_head", 12);
        fields.check(hiddenSize % heads == 0, "n_embd " + hiddenSize + " is not a multiple of n_head " + heads);
        fields.only("activation_function", "gelu_new", "gelu_pytorch_tanh");
        fields.only("add_cross_attention", "false");
        Dimensions dimensions = new Dimensions(
                fields.positive("vocab_size"),
                hiddenSize,
                fields.positive("n_layer", 12),
                fields.flag("tie_word_embeddings", true),
                0,
                0);
        Gpt2Layout layout = new Gpt2Layout(
                "",
                dimensions,
                heads,
                fields.positive("n_positions", 1024),
                fields.flag("scale_attn_weights", true),
                fields.flag("scale_attn_by_inverse_layer_idx", false),
                fields.positive("n_inner", 4 * hiddenSize),
                fields.number("layer_norm_epsilon", 1e-5),
                fields.valueMomentum());
        fields.done(MODEL_TYPE);
        return layout;
    }

    @Override
    public Gpt2Layout named(Weights weights) {
        String prefix = weights.has("transformer." + EMBEDDING) ? "transformer." : "";
        return new Gpt2Layout(prefix, dimensions, heads, positions, scaled, byLayer, innerSize, normEpsilon, momentum);
    }

    @Override
    public String embedding() {
        return root + EMBEDDING;
    }

    @Override
    public Optional<LearnedPositions> learnedPositions() {
        return Optional.of(new LearnedPositions(root + "wpe.weight", root + "b_pos", positions));
    }

    @Override
    public Norm finalNorm() {
        return norm("ln_f");
    }

    private Norm norm(String module) {
        return new Norm(root + module, Norm.Kind.LAYER, normEpsilon);
    }

    @Override
    public List<ResidualBranch> block(int layer) {
        String block = "h." + layer + ".";
        return List.of(
                new ResidualBranch(norm(block + "ln_1"), root + block + "attn", new Mixing(attention(layer))),
                new ResidualBranch(norm(block + "ln_2"), root + block + "mlp", new GeluFeedForward(innerSize)));
    }

    private SoftmaxAttention attention(int layer) {
        int headDimension = dimensions.hiddenSize() / heads;
        double scale = (scaled ? 1 / Math.sqrt(headDimension) : 1) / (byLayer ? layer + 1 : 1);
        return new SoftmaxAttention(
                dimensions.hiddenSize(),
                heads,
                heads,
                headDimension,
                OptionalDouble.empty(),
                OptionalInt.empty(),
                scale,
                Projections.FUSED,
                OptionalDouble.empty(),
                momentum);
    }

    /** None: every bias must be there. */
    @Override
    public Map<String, Shape> optionalShapes() {
        return Map.of();
    }
}
