package org.iclsweep.model.conversion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.tensor.AdamMoments;
import org.iclsweep.model.tensor.Doubles;
import org.iclsweep.model.tensor.GradientRecording;

/**
 * State tuning (arXiv:2504.05097, arXiv:2604.01168): the biases b of a model, fitted by gradient descent to labelled
 * queries while every weight stays as it is. With y_i the tokens that answer query x_i, which p reads after b,
 *
 * <pre>
 *   L(b) = −(1/B) Σ_i log p(y_i | x_i; b)
 * </pre>
 *
 * over B examples, drawn anew by the seed for each step, and steps of Adam. R states descend in one pass, each for
 * itself: the gradient is taken of the sum of their losses, whose terms are independent. A state after a context is a
 * start like any other ({@link TuningStart}).
 *
 * @param learningRate η of Adam, about as much as an entry changes in a step
 * @param batch B, or all examples where there are no more
 */
public record StateTuning(double learningRate, int batch) {
    private static final double BETA1 = 0.9;
    private static final double BETA2 = 0.999;
    private static final double EPSILON = 1e-8;

    /** A measurement of the states after a step. */
    public interface Measurement {
        /**
         * @param step number of steps behind the states; 0 for the starts
         * @param states [R, ...], which the next step changes
         * @param losses L of each state on the examples of the next step [R]
         */
        void at(int step, ContextState states, double[] losses);
    }

    /**
     * Tunes each state of {@code starts} [R, ...] to the examples of its own, and has it measured after each of
     * {@code steps}, of which the largest is the last. The starts stay as they are.
     *
     * @param examples of each state
     */
    public void tune(
            LanguageModel model,
            ContextState starts,
            List<TuningExamples> examples,
            Collection<Integer> steps,
            Padding padding,
            Measurement measurement) {
        try (NDManager scope = model.newBatch()) {
            ContextState states = starts.copied(scope);
            Map<String, NDArray> tuned = ContextDistillation.trained(model, states);
            AdamMoments adam = new AdamMoments(BETA1, BETA2, EPSILON, tuned, scope);
            int last = Collections.max(steps);
            for (int step = 0; step <= last; step++) {
                TuningExamples.Drawn drawn = TuningExamples.drawn(examples, batch, step);
                if (steps.contains(step)) {
                    measurement.at(step, states, losses(model, states, drawn, padding));
                }
                if (step < last) {
                    update(model, states, tuned, drawn, padding, adam, step + 1L);
                }
            }
        }
    }

    /** Number of scalars of one state that are tuned. */
    public static long parameters(LanguageModel model, ContextState states) {
        return ContextDistillation.trained(model, states).values().stream()
                        .mapToLong(NDArray::size)
                        .sum()
                / states.rows();
    }

    private static double[] losses(
            LanguageModel model, ContextState states, TuningExamples.Drawn drawn, Padding padding) {
        try (NDManager pass = model.newBatch()) {
            return drawn.losses(Doubles.of(likelihoods(model, states, drawn, padding, pass)));
        }
    }

    /** One step of {@code tuned}, the tensors of {@code states} that change, in place. */
    private void update(
            LanguageModel model,
            ContextState states,
            Map<String, NDArray> tuned,
            TuningExamples.Drawn drawn,
            Padding padding,
            AdamMoments adam,
            long number) {
        try (NDManager pass = model.newBatch()) {
            Map<String, NDArray> leaves = GradientRecording.leaves(tuned, pass, name -> true);
            try (GradientRecording recording = GradientRecording.begin()) {
                NDArray likelihoods = likelihoods(model, states.with(leaves), drawn, padding, pass);
                recording.backward(
                        likelihoods.mul(drawn.weights(pass, model.type())).sum().neg());
            }
            tuned.forEach((name, tensor) -> adam.update(
                    name,
                    tensor,
                    Objects.requireNonNull(leaves.get(name), name).getGradient(),
                    number,
                    learningRate,
                    0));
        }
    }

    /** log p of each token of the answers, state by state, example by example [N, 1]. */
    private static NDArray likelihoods(
            LanguageModel model, ContextState states, TuningExamples.Drawn drawn, Padding padding, NDManager pass) {
        ContextState ofExample = states.select(pass.create(drawn.states()));
        NDArray hidden = model.continued(pass, drawn.continuations(), ofExample, padding, RunObserver.NONE);
        return model.logits(hidden).logSoftmax(1).gather(drawn.answers(pass), 1);
    }
}
