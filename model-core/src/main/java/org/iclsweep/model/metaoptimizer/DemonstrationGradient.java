package org.iclsweep.model.metaoptimizer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.model.tensor.Doubles;
import org.iclsweep.model.tensor.GradientRecording;
import org.iclsweep.model.tensor.Parameters;

/**
 * The loss of one demonstration, and its gradient.
 *
 * @param loss mean over its tokens but the first, in nats; with {@link Descent#LAYER_CAUSAL} the sum over layers
 * @param gradients of the trained tensors by name, 0 outside of the trained columns, as the descent shares them among
 *     layers
 */
record DemonstrationGradient(double loss, Map<String, NDArray> gradients) {

    /** The blocks by the names of their tensors. */
    static Map<String, List<TrainedBlock>> byTensor(List<TrainedBlock> blocks) {
        return blocks.stream()
                .collect(Collectors.groupingBy(TrainedBlock::tensor, LinkedHashMap::new, Collectors.toList()));
    }

    /** At the weights that {@code model} has now; owned by {@code pass}. */
    static DemonstrationGradient of(
            LanguageModel model,
            Map<String, List<TrainedBlock>> trained,
            Descent descent,
            TokenSequence demonstration,
            NDManager pass) {
        int[] ids = tokens(demonstration);
        LanguageModel leaves = model.differentiable(pass, trained::containsKey);
        int[][] positions = {IntStream.range(0, ids.length - 1).toArray()};
        double value;
        try (GradientRecording recording = GradientRecording.begin()) {
            NDArray next =
                    pass.create(Arrays.stream(ids, 1, ids.length).asLongStream().toArray());
            NDArray loss = descent.loss.of(leaves, pass, List.of(demonstration), positions, next);
            value = Doubles.scalar(loss);
            recording.backward(loss);
        }
        Map<String, NDArray> gradients = new LinkedHashMap<>();
        trained.forEach((name, blocks) -> gradients.put(
                name,
                TrainedBlock.masked(Parameters.of(leaves.tensors()).get(name).getGradient(), blocks, pass)));
        return new DemonstrationGradient(value, descent.steepest(gradients, model.layout(), pass));
    }

    private static int[] tokens(TokenSequence demonstration) {
        int[] ids = demonstration.ids();
        if (ids.length < 2) {
            throw new IllegalArgumentException(
                    "A demonstration needs at least 2 tokens for a loss of the next one, found " + ids.length);
        }
        if (Arrays.stream(ids).anyMatch(id -> id < 0)) {
            throw new IllegalArgumentException("A demonstration of vectors has no next tokens to learn");
        }
        return ids;
    }

    /** True if loss and gradients are finite. */
    boolean isFinite() {
        return Double.isFinite(loss)
                && gradients.values().stream().allMatch(gradient -> {
                    try (NDArray sum = gradient.sum()) {
                        return Double.isFinite(Doubles.scalar(sum));
                    }
                });
    }
}
