package org.iclsweep.model.metaoptimizer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.family.ModelException;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.model.tensor.Parameters;

/**
 * The effect of fine-tuning on a query as the learning rate goes to 0. The steps then all start from the initial
 * weights θ₀, their order no longer matters, and a recording h moves along its derivative:
 *
 * <pre>
 *   lim (h(θ_FT) − h(θ₀)) / η = ∂h(θ₀ + ε δ) / ∂ε |₀,   δ = −Σ_i ∇L_i(θ₀)
 *                              ≈ (h(θ₀ + ε δ) − h(θ₀ − ε δ)) / 2ε
 * </pre>
 *
 * The engine has no gradient of a gradient, hence the central difference, in float64. Its error is O(ε²), and that of
 * rounding over ε.
 *
 * @param trained the weights that change
 * @param descent the loss and its descent
 * @param relativeStep ε ‖δ‖ / ‖θ₀‖ over the trained weights
 */
public record SmallRateLimit(TrainedWeights trained, Descent descent, double relativeStep) {
    /** Where the errors of a central difference in float64 are about the same: the third root of the rounding. */
    public static final double DEFAULT_STEP = 6e-6;

    public SmallRateLimit {
        if (!(relativeStep > 0) || Double.isInfinite(relativeStep)) {
            throw new IllegalArgumentException("A relative step of " + relativeStep + "; expected more than 0");
        }
    }

    /**
     * The derivatives of the recordings of {@code queries}, in their form. Empty where nothing moves: there are no
     * demonstrations, or their gradient is 0.
     *
     * @throws ModelException if {@code model} is not computed in float64
     */
    public Optional<List<QueryRecording>> derivatives(
            LanguageModel model, List<TokenSequence> demonstrations, List<TokenSequence> queries) {
        if (model.type() != DataType.FLOAT64) {
            throw new ModelException(
                    "A derivative by differences needs a model in float64; this one is computed in " + model.type());
        }
        List<TrainedBlock> blocks = trained.in(model);
        try (NDManager scope = model.newBatch()) {
            Map<String, NDArray> direction = direction(model, blocks, demonstrations, scope);
            double length = length(blocks, direction);
            if (length == 0) {
                return Optional.empty();
            }
            double epsilon = relativeStep * length(blocks, model.tensors()) / length;
            List<QueryRecording> ahead = moved(model, direction, epsilon, queries);
            List<QueryRecording> behind = moved(model, direction, -epsilon, queries);
            return Optional.of(IntStream.range(0, queries.size())
                    .mapToObj(n -> ahead.get(n).combined(behind.get(n), (a, b) -> (a - b) / (2 * epsilon)))
                    .toList());
        }
    }

    /** δ by the names of the tensors, owned by {@code scope}. */
    private Map<String, NDArray> direction(
            LanguageModel model, List<TrainedBlock> blocks, List<TokenSequence> demonstrations, NDManager scope) {
        Map<String, List<TrainedBlock>> byTensor = DemonstrationGradient.byTensor(blocks);
        Map<String, NDArray> direction = new LinkedHashMap<>();
        byTensor.keySet().forEach(name -> {
            NDArray tensor = Parameters.of(model.tensors()).get(name);
            direction.put(name, scope.zeros(tensor.getShape(), tensor.getDataType()));
        });
        for (TokenSequence demonstration : demonstrations) {
            try (NDManager pass = scope.newSubManager()) {
                DemonstrationGradient.of(model, byTensor, descent, demonstration, pass)
                        .gradients()
                        .forEach((name, gradient) ->
                                Parameters.of(direction).get(name).subi(gradient));
            }
        }
        return direction;
    }

    private static double length(List<TrainedBlock> blocks, Map<String, NDArray> tensors) {
        double squares = 0;
        for (TrainedBlock block : blocks) {
            double norm = block.norm(Parameters.of(tensors).get(block.tensor()));
            squares += norm * norm;
        }
        return Math.sqrt(squares);
    }

    private static List<QueryRecording> moved(
            LanguageModel model, Map<String, NDArray> direction, double by, List<TokenSequence> queries) {
        try (LanguageModel moved = model.trainable(direction::containsKey);
                NDManager scope = moved.newBatch()) {
            direction.forEach((name, change) -> {
                NDArray step = change.mul(by);
                step.attach(scope);
                Parameters.of(moved.tensors()).get(name).addi(step);
            });
            return QueryRecording.of(moved, TokenSequence.EMPTY, queries);
        }
    }
}
