package org.iclsweep.model.metaoptimizer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.List;
import java.util.Map;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.model.tensor.Parameters;
import org.iclsweep.model.training.DivergenceException;

/**
 * Fine-tuning as close to in-context learning as it can be (arXiv:2212.10559, sections 3.2 and 4.1): plain gradient
 * descent, θ ← θ − η ∇L_i(θ), one demonstration a step, each once, in the order of the context, on the mean-token loss
 * of the demonstration as the context has it.
 *
 * @param trained the weights that change
 * @param descent the loss that it follows
 * @param learningRate η; below 0 it climbs instead, the control for the sign
 */
public record FineTuning(TrainedWeights trained, Descent descent, double learningRate) {
    public FineTuning {
        if (!Double.isFinite(learningRate)) {
            throw new IllegalArgumentException("A learning rate of " + learningRate + "; expected a number");
        }
    }

    /** An observer of the model before each step. */
    @FunctionalInterface
    public interface BeforeStep {
        /** The observer that does nothing. */
        BeforeStep NONE = (step, current) -> {};

        /** Called with the model {@code current} before step {@code step}, from 0; the step changes it in place. */
        void at(int step, LanguageModel current);
    }

    /**
     * {@code model} after a step on each of {@code demonstrations}; {@code model} is not changed and has to outlive the
     * result.
     */
    public TunedModel tuned(LanguageModel model, List<TokenSequence> demonstrations, BeforeStep before) {
        List<TrainedBlock> blocks = trained.in(model);
        Map<String, List<TrainedBlock>> byTensor = DemonstrationGradient.byTensor(blocks);
        LanguageModel current = model.trainable(byTensor::containsKey);
        try {
            double[] losses = new double[demonstrations.size()];
            for (int step = 0; step < losses.length; step++) {
                before.at(step, current);
                losses[step] = step(current, byTensor, demonstrations.get(step), step);
            }
            return new TunedModel(model, current, blocks, losses);
        } catch (RuntimeException | Error e) {
            current.close();
            throw e;
        }
    }

    /** One step; the loss before it. */
    private double step(
            LanguageModel current, Map<String, List<TrainedBlock>> trained, TokenSequence demonstration, int step) {
        try (NDManager pass = current.newBatch()) {
            DemonstrationGradient found = DemonstrationGradient.of(current, trained, descent, demonstration, pass);
            if (!found.isFinite()) {
                throw new DivergenceException(
                        step + 1L,
                        "the loss is " + found.loss() + ", or its gradient is not finite, at the learning rate "
                                + learningRate + "; lower it");
            }
            found.gradients().forEach((name, gradient) -> {
                NDArray tensor = Parameters.of(current.tensors()).get(name);
                tensor.subi(gradient.mul(learningRate));
            });
            return found.loss();
        }
    }
}
