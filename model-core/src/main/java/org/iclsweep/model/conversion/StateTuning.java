package org.iclsweep.model.conversion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.iclsweep.datasets.reproducible.Digest;
import org.iclsweep.datasets.reproducible.RandomStream;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.prompt.Continuation;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.model.tensor.AdamMoments;
import org.iclsweep.model.tensor.Doubles;
import org.iclsweep.model.tensor.GradientRecording;
import org.iclsweep.model.tensor.OwnedArrays;

/**
 * State tuning (arXiv:2504.05097, arXiv:2604.01168): the biases b of a model, fitted by gradient descent to labelled
 * queries while every weight stays as it is. With z(x; b) the logits behind the last token of query x and y its answer,
 *
 * <pre>
 *   L(b) = −(1/B) Σ_i log softmax(z(x_i; b))[y_i]
 * </pre>
 *
 * over B examples, drawn anew by the seed for each step, and steps of Adam. A state after a context is a start like any
 * other, so what it is worth shows beside no state and beside a random one of its size.
 *
 * @param learningRate η of Adam, about as much as an entry changes in a step
 * @param batch B, or all examples where there are no more
 * @param seed of the draws of examples and of random starts
 */
public record StateTuning(double learningRate, int batch, long seed) {
    private static final double BETA1 = 0.9;
    private static final double BETA2 = 0.999;
    private static final double EPSILON = 1e-8;
    private static final long EXAMPLES = 1;
    private static final long START = 2;

    /** The state before the first step. */
    public enum Start {
        /** That before any token. */
        ZERO,
        /** That after a context. */
        CONVERTED,
        /** Gaussian numbers, every tensor as long as that after the context: |b| is equal, tensor by tensor. */
        RANDOM
    }

    /** A query and the token that answers it. */
    public record Example(TokenSequence query, int answer) {}

    /**
     * A tuned state.
     *
     * @param state [1, ...]
     * @param losses of each step before its update
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record Tuned(ContextState state, double[] losses) {}

    /** The answers of a state. */
    public record Score(double loss, double accuracy) {}

    /**
     * The state of {@code start}, owned by {@code scope}.
     *
     * @param converted the state after the context [1, ...]
     */
    public ContextState start(LanguageModel model, Start start, ContextState converted, NDManager scope) {
        return switch (start) {
            case ZERO -> model.initialState(scope);
            case CONVERTED -> converted.copied(scope);
            case RANDOM -> converted.with(random(model, converted, scope)).copied(scope);
        };
    }

    private Map<String, NDArray> random(LanguageModel model, ContextState converted, NDManager scope) {
        Map<String, NDArray> random = new LinkedHashMap<>();
        for (String name : ContextDistillation.trained(model, converted)) {
            NDArray tensor = Objects.requireNonNull(converted.tensors().get(name), name);
            double[] drawn =
                    RandomStream.of(seed, START, Digest.key(Digest.of(name))).nextGaussians((int) tensor.size());
            double factor = length(Doubles.of(tensor)) / length(drawn);
            double[] scaled = Arrays.stream(drawn).map(x -> x * factor).toArray();
            random.put(name, OwnedArrays.of(scope, scaled, tensor.getShape(), model.type()));
        }
        return random;
    }

    private static double length(double[] values) {
        return Math.sqrt(Arrays.stream(values).map(x -> x * x).sum());
    }

    /** The state after {@code steps} steps from {@code start} [1, ...], owned by {@code owner}. */
    public Tuned tune(LanguageModel model, ContextState start, List<Example> examples, int steps, NDManager owner) {
        Set<String> tuned = ContextDistillation.trained(model, start);
        ContextState state = start.copied(owner);
        Map<String, NDArray> current = new LinkedHashMap<>();
        tuned.forEach(
                name -> current.put(name, Objects.requireNonNull(state.tensors().get(name), name)));
        double[] losses = new double[steps];
        try (NDManager scope = owner.newSubManager()) {
            AdamMoments adam = new AdamMoments(BETA1, BETA2, EPSILON, current, scope);
            for (int step = 0; step < steps; step++) {
                losses[step] = step(model, state, current, drawn(examples, step), adam, step + 1L);
            }
        }
        return new Tuned(state, losses);
    }

    /** One update of {@code current}; the loss before it. */
    private double step(
            LanguageModel model,
            ContextState state,
            Map<String, NDArray> current,
            List<Example> examples,
            AdamMoments adam,
            long number) {
        try (NDManager pass = model.newBatch()) {
            Map<String, NDArray> leaves = GradientRecording.leaves(current, pass, name -> true);
            double loss;
            try (GradientRecording recording = GradientRecording.begin()) {
                NDArray mean = loss(logits(model, state.with(leaves), examples, pass), examples);
                loss = Doubles.scalar(mean);
                recording.backward(mean);
            }
            current.forEach((name, tensor) -> adam.update(
                    name,
                    tensor,
                    Objects.requireNonNull(leaves.get(name), name).getGradient(),
                    number,
                    learningRate,
                    0));
            return loss;
        }
    }

    /** The examples of one step. */
    private List<Example> drawn(List<Example> examples, int step) {
        if (examples.size() <= batch) {
            return examples;
        }
        int[] order = RandomStream.of(seed, EXAMPLES, step).nextPermutation(examples.size());
        return Arrays.stream(order).limit(batch).mapToObj(examples::get).toList();
    }

    /** Loss and accuracy of {@code state} [1, ...] on {@code examples}. */
    public static Score score(LanguageModel model, ContextState state, List<Example> examples) {
        try (NDManager pass = model.newBatch()) {
            NDArray logits = logits(model, state, examples, pass);
            NDArray right = logits.argMax(1).eq(answers(logits, examples));
            return new Score(
                    Doubles.scalar(loss(logits, examples)),
                    Arrays.stream(Doubles.of(right)).average().orElseThrow());
        }
    }

    /** The logits behind the last token of each query [B, V]. */
    private static NDArray logits(LanguageModel model, ContextState state, List<Example> examples, NDManager pass) {
        List<Continuation> queries = examples.stream()
                .map(example ->
                        new Continuation(example.query(), example.query().length() - 1))
                .toList();
        return model.logits(model.continued(pass, queries, state, Padding.LONGEST, RunObserver.NONE));
    }

    private static NDArray answers(NDArray logits, List<Example> examples) {
        return logits.getManager()
                .create(examples.stream().mapToLong(Example::answer).toArray());
    }

    private static NDArray loss(NDArray logits, List<Example> examples) {
        NDArray column = answers(logits, examples).reshape(new Shape(-1, 1));
        return logits.logSoftmax(1).gather(column, 1).mean().neg();
    }
}
