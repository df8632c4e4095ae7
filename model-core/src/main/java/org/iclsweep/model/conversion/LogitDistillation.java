package org.iclsweep.model.conversion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.tensor.AdamMoments;
import org.iclsweep.model.tensor.Doubles;
import org.iclsweep.model.tensor.GradientRecording;
import org.iclsweep.model.tensor.OwnedArrays;

/**
 * States of R contexts, fitted by gradient descent to the prompted logits. For context r, with z_i the logits at its
 * calibration positions and z*_i the prompted ones,
 *
 * <pre>
 *   L_r = Σ_i |z_i − z*_i|² / Σ_i |z*_i|²
 * </pre>
 *
 * is the loss of its own rows of the tensors; the gradient is taken of the sum over contexts, whose terms are
 * independent. The state of the smallest L_r of all steps is kept, the start included, so that no number of steps makes
 * a context worse.
 */
final class LogitDistillation {
    private static final double BETA1 = 0.9;
    private static final double BETA2 = 0.999;

    /**
     * ε, smaller than usual: a relative loss near 0 has small gradients. It is still above the rounding error of a
     * gradient.
     */
    private static final double EPSILON = 1e-12;

    private final LanguageModel model;
    private final CalibrationTokens references;
    private final Padding padding;
    private final int[] contexts;
    private final NDArray prompted;
    private final NDArray weights;
    private final double[] inverse;

    /** @param scope the owner of the arrays that live as long as the fit */
    LogitDistillation(LanguageModel model, NDManager scope, CalibrationTokens references, Padding padding) {
        this.model = model;
        this.references = references;
        this.padding = padding;
        this.contexts = references.contextOfPosition();
        try (NDManager pass = scope.newSubManager()) {
            this.prompted = model.logits(model.prompted(pass, references.prompts(), padding, RunObserver.NONE));
            prompted.attach(scope);
            double[] sums = sums(prompted.mul(prompted).sum(new int[] {1}));
            this.inverse = Arrays.stream(sums).map(sum -> 1 / sum).toArray();
        }
        double[] ofPosition =
                Arrays.stream(contexts).mapToDouble(context -> inverse[context]).toArray();
        this.weights = OwnedArrays.of(scope, ofPosition, new Shape(contexts.length), model.type());
    }

    /**
     * The state after {@code steps} steps from {@code start}.
     *
     * @param trained the tensors that change
     * @param rate η of {@link AdamMoments}
     */
    ContextState fitted(ContextState start, Set<String> trained, int steps, double rate, NDManager batch) {
        try (NDManager scope = batch.newSubManager()) {
            Map<String, NDArray> current = copies(start, trained, scope);
            Map<String, NDArray> best = copies(start, trained, scope);
            double[] least = new double[start.rows()];
            Arrays.fill(least, Double.POSITIVE_INFINITY);
            AdamMoments adam = new AdamMoments(BETA1, BETA2, EPSILON, current, scope);
            for (int step = 0; step < steps; step++) {
                try (NDManager pass = scope.newSubManager()) {
                    Gradients found = gradients(start, current, pass);
                    keep(best, current, least, found.losses(), scope);
                    long number = step + 1L;
                    current.forEach((name, tensor) -> adam.update(
                            name,
                            tensor,
                            Objects.requireNonNull(found.gradients().get(name), name),
                            number,
                            rate,
                            0));
                }
            }
            keep(best, current, least, losses(start.with(current), scope), scope);
            return start.with(best).attachedTo(batch);
        }
    }

    /**
     * L of each context, and its gradient.
     *
     * @param losses of the contexts [R]
     * @param gradients of the sum of the losses by the trained tensors, each [R, ...]
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Gradients(double[] losses, Map<String, NDArray> gradients) {}

    /** The losses of {@code start} with {@code current} in place of the tensors of these names, and their gradients. */
    Gradients gradients(ContextState start, Map<String, NDArray> current, NDManager pass) {
        Map<String, NDArray> leaves = GradientRecording.leaves(current, pass, name -> true);
        double[] losses;
        try (GradientRecording recording = GradientRecording.begin()) {
            NDArray squares = squares(start.with(leaves), pass);
            recording.backward(squares.mul(weights).sum());
            losses = losses(squares.stopGradient());
        }
        Map<String, NDArray> gradients = new LinkedHashMap<>();
        leaves.forEach((name, leaf) -> gradients.put(name, leaf.getGradient()));
        return new Gradients(losses, gradients);
    }

    /** L of each context. */
    double[] losses(ContextState state, NDManager scope) {
        try (NDManager pass = scope.newSubManager()) {
            return losses(squares(state, pass));
        }
    }

    private double[] losses(NDArray squares) {
        double[] losses = sums(squares);
        Arrays.setAll(losses, row -> losses[row] * inverse[row]);
        return losses;
    }

    /** |z_i − z*_i|² [N]. */
    private NDArray squares(ContextState state, NDManager pass) {
        ContextState before = state.select(pass.create(references.contextOfPiece()));
        NDArray hidden = model.continued(pass, references.all(), before, padding, RunObserver.NONE);
        NDArray difference = model.logits(hidden).sub(prompted);
        return difference.mul(difference).sum(new int[] {1});
    }

    /** The sums of {@code perPosition} [N], context by context; 0 for one without calibration positions. */
    private double[] sums(NDArray perPosition) {
        double[] sums = new double[references.contexts().size()];
        double[] values = Doubles.of(perPosition);
        for (int i = 0; i < values.length; i++) {
            sums[contexts[i]] += values[i];
        }
        return sums;
    }

    private static Map<String, NDArray> copies(ContextState state, Set<String> names, NDManager scope) {
        Map<String, NDArray> copies = new LinkedHashMap<>();
        state.tensors().forEach((name, tensor) -> {
            if (names.contains(name)) {
                NDArray copy = tensor.duplicate();
                copy.attach(scope);
                copies.put(name, copy);
            }
        });
        return copies;
    }

    /** Takes over the rows of {@code current} whose loss is below {@code least}; one that is no number never is. */
    private static void keep(
            Map<String, NDArray> best, Map<String, NDArray> current, double[] least, double[] losses, NDManager scope) {
        boolean[] better = new boolean[least.length];
        for (int row = 0; row < least.length; row++) {
            better[row] = losses[row] < least[row];
            least[row] = better[row] ? losses[row] : least[row];
        }
        best.replaceAll((name, old) -> {
            NDArray now = current.get(name);
            long[] ones = new long[old.getShape().dimension()];
            Arrays.fill(ones, 1);
            ones[0] = better.length;
            try (NDManager pass = scope.newSubManager()) {
                NDArray rows = pass.create(better, new Shape(ones)).broadcast(old.getShape());
                NDArray kept = NDArrays.where(rows, now, old);
                kept.attach(scope);
                old.attach(pass);
                return kept;
            }
        });
    }
}
