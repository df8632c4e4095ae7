package org.iclsweep.model.conversion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.iclsweep.model.conversion.ContextDistillation.Loss;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.tensor.AdamMoments;
import org.iclsweep.model.tensor.Doubles;
import org.iclsweep.model.tensor.GradientRecording;
import org.iclsweep.model.tensor.OwnedArrays;
import org.jspecify.annotations.Nullable;

/**
 * States of R contexts, fitted by gradient descent to the prompted logits. For context r, with z_i the logits at its
 * calibration positions, z*_i the prompted ones and p_i, p*_i their softmax,
 *
 * <pre>
 *   L_r = Σ_i |z_i − z*_i|² / Σ_i |z*_i|²      or      L_r = (1/N_r) Σ_i KL(p*_i ‖ p_i)
 * </pre>
 *
 * is the loss of its own rows of the tensors; the gradient is taken of the sum over contexts, whose terms are
 * independent. The state of the smallest L_r of all steps is kept, the start included: of the calibration positions
 * themselves, so that no number of steps makes a context worse there, or of others that are held back.
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
    private final Loss loss;
    private final Padding padding;
    private final int[] contexts;
    private final NDArray prompted;
    private final NDArray weights;
    private final double[] inverse;

    /** @param scope the owner of the arrays that live as long as the fit */
    LogitDistillation(LanguageModel model, NDManager scope, CalibrationTokens references, Padding padding, Loss loss) {
        this.model = model;
        this.loss = loss;
        this.references = references;
        this.padding = padding;
        this.contexts = references.contextOfPosition();
        try (NDManager pass = scope.newSubManager()) {
            NDArray logits = model.logits(model.prompted(pass, references.prompts(), padding, RunObserver.NONE));
            this.prompted = loss == Loss.KL ? logits.logSoftmax(1) : logits;
            prompted.attach(scope);
            double[] sums = sums(
                    loss == Loss.KL
                            ? prompted.get(":, 0").onesLike()
                            : prompted.mul(prompted).sum(new int[] {1}));
            this.inverse = Arrays.stream(sums).map(sum -> 1 / sum).toArray();
        }
        double[] ofPosition =
                Arrays.stream(contexts).mapToDouble(context -> inverse[context]).toArray();
        this.weights = OwnedArrays.of(scope, ofPosition, new Shape(contexts.length), model.type());
    }

    /**
     * The state after {@code steps} steps from {@code start}.
     *
     * @param trained the tensors of {@code start} that change
     * @param rate η of {@link AdamMoments}
     * @param judge chooses among the steps by its own positions; null for those of this fit
     */
    ContextState fitted(
            ContextState start,
            Map<String, NDArray> trained,
            int steps,
            double rate,
            @Nullable LogitDistillation judge,
            NDManager batch) {
        try (NDManager scope = batch.newSubManager()) {
            Map<String, NDArray> current = copies(trained, scope);
            Map<String, NDArray> best = copies(trained, scope);
            double[] least = new double[start.rows()];
            Arrays.fill(least, Double.POSITIVE_INFINITY);
            AdamMoments adam = new AdamMoments(BETA1, BETA2, EPSILON, current, scope);
            for (int step = 0; step < steps; step++) {
                try (NDManager pass = scope.newSubManager()) {
                    Gradients found = gradients(start, current, pass);
                    double[] losses = judge == null ? found.losses() : judge.losses(start.with(current), scope);
                    keep(best, current, least, losses, scope);
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
            LogitDistillation last = judge == null ? this : judge;
            keep(best, current, least, last.losses(start.with(current), scope), scope);
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
            NDArray distances = distances(start.with(leaves), pass);
            recording.backward(distances.mul(weights).sum());
            losses = losses(distances.stopGradient());
        }
        Map<String, NDArray> gradients = new LinkedHashMap<>();
        leaves.forEach((name, leaf) -> gradients.put(name, leaf.getGradient()));
        return new Gradients(losses, gradients);
    }

    /** L of each context. */
    double[] losses(ContextState state, NDManager scope) {
        try (NDManager pass = scope.newSubManager()) {
            return losses(distances(state, pass));
        }
    }

    private double[] losses(NDArray distances) {
        double[] losses = sums(distances);
        Arrays.setAll(losses, row -> losses[row] * inverse[row]);
        return losses;
    }

    /** |z_i − z*_i|² or KL(p*_i ‖ p_i) [N]. */
    private NDArray distances(ContextState state, NDManager pass) {
        ContextState before = state.select(pass.create(references.contextOfPiece()));
        NDArray hidden = model.continued(pass, references.all(), before, padding, RunObserver.NONE);
        NDArray logits = model.logits(hidden);
        if (loss == Loss.KL) {
            return prompted.exp().mul(prompted.sub(logits.logSoftmax(1))).sum(new int[] {1});
        }
        NDArray difference = logits.sub(prompted);
        return difference.mul(difference).sum(new int[] {1});
    }

    /**
     * The rows of {@code fitted}, but those of {@code start} for contexts where they are nearer to the prompted run at
     * {@code held}, and for contexts without a position there those of {@code fitted}. Nearer is less of a divergence,
     * or of a squared error where a model has numbers for its output.
     */
    static ContextState better(
            LanguageModel model,
            NDManager batch,
            CalibrationTokens held,
            ContextState start,
            ContextState fitted,
            Padding padding) {
        if (held.isEmpty()) {
            return fitted;
        }
        long[] rows = new long[fitted.rows()];
        try (NDManager scope = batch.newSubManager()) {
            LogitDistillation judge = new LogitDistillation(model, scope, held, padding, judging(model));
            double[] before = judge.losses(start, scope);
            double[] after = judge.losses(fitted, scope);
            for (int row = 0; row < rows.length; row++) {
                rows[row] = before[row] < after[row] || Double.isNaN(after[row]) ? row : rows.length + row;
            }
        }
        return ContextState.joined(List.of(start, fitted)).select(batch.create(rows));
    }

    /** The loss by which fits of a model are judged. */
    private static Loss judging(LanguageModel model) {
        return model.layout().dimensions().outputSize() > 0 ? Loss.LOGITS : Loss.KL;
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

    private static Map<String, NDArray> copies(Map<String, NDArray> tensors, NDManager scope) {
        Map<String, NDArray> copies = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> {
            NDArray copy = tensor.duplicate();
            copy.attach(scope);
            copies.put(name, copy);
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
