package org.iclsweep.model.tensor;

import ai.djl.ndarray.types.Shape;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.iclsweep.model.tensor.Initializer.Start;

/**
 * The declaration of a checkpoint's parameter.
 *
 * @param module name of the module that it belongs to; empty at the top
 * @param name its name below the module
 * @param shape its shape, as it is stored
 * @param role the part that it plays
 * @param initializer its values where no checkpoint has them
 * @param optional true if a checkpoint may lack it; it is then left out of random and initial weights
 * @param otherNames further names below the module that a checkpoint may have in place of {@code name}
 */
public record ParameterSpec(
        String module,
        String name,
        Shape shape,
        Role role,
        Initializer initializer,
        boolean optional,
        List<String> otherNames) {
    /** The part that a parameter plays. */
    public enum Role {
        /** Taps of a short convolution over time. */
        TAPS,
        /** The projection to keys, or its bias. */
        KEYS,
        /** The projection to values, or its bias. */
        VALUES,
        /** Queries, keys and values side by side, equally wide, along the last axis. */
        QKV,
        /** Any other. */
        WEIGHT
    }

    public ParameterSpec {
        otherNames = List.copyOf(otherNames);
    }

    private static ParameterSpec of(String name, Shape shape, Start start, Initializer.Distribution random) {
        return new ParameterSpec("", name, shape, Role.WEIGHT, new Initializer(start, random), false, List.of());
    }

    /** Values N(0, 1 / {@code fan}) at the start of a training. */
    private static ParameterSpec spread(String name, long fan, Initializer.Distribution random, long... shape) {
        return of(name, new Shape(shape), Initializer.normal(Math.sqrt(1.0 / fan)), random);
    }

    /** A matrix [outputs, inputs] with entries N(0, 1 / inputs). */
    public static ParameterSpec matrix(String name, long outputs, long inputs) {
        return spread(name, inputs, Initializer.fanIn(inputs), outputs, inputs);
    }

    /** A matrix [inputs, outputs], as GPT-2 stores them. */
    public static ParameterSpec inputMajorMatrix(String name, long inputs, long outputs) {
        return spread(name, outputs, Initializer.fanIn(inputs), inputs, outputs);
    }

    /** {@code count} such matrices in one tensor [count, inputs, outputs], with entries N(0, 1 / inputs). */
    public static ParameterSpec inputMajorMatrices(String name, long count, long inputs, long outputs) {
        return spread(name, inputs, Initializer.fanIn(inputs), count, inputs, outputs);
    }

    /**
     * {@code count} matrices [outputs, inputs] in one tensor [count, outputs, inputs], with entries N(0, 1 / inputs).
     */
    public static ParameterSpec matrices(String name, long count, long outputs, long inputs) {
        return spread(name, inputs, Initializer.fanIn(inputs), count, outputs, inputs);
    }

    /** {@code count} biases in one tensor [count, size]: 0. */
    public static ParameterSpec biases(String name, long count, long size) {
        return of(name, new Shape(count, size), Initializer.filled(0), random -> 0);
    }

    /** A projection back to the residual stream [outputs, inputs], which starts small. */
    public static ParameterSpec backProjection(String name, long outputs, long inputs) {
        return matrix(name, outputs, inputs).startingAs(Initializer.normal(Initializer.BACK * Math.sqrt(1.0 / inputs)));
    }

    /** A projection [outputs, inputs] to the few numbers that steer a recurrence; nearly constant at the start. */
    public static ParameterSpec steering(String name, long outputs, long inputs) {
        return matrix(name, outputs, inputs).startingAs(Initializer.normal(0.02));
    }

    /** The matrix [d, d] of a learnt feature map, which starts as the identity. */
    public static ParameterSpec identity(String name, long d) {
        return matrix(name, d, d).startingAs(Initializer::identity);
    }

    /** Embeddings [V, D], whose random entries are N(0, 1). */
    public static ParameterSpec embedding(String name, long vocabulary, long hiddenSize) {
        return spread(name, hiddenSize, SplittableRandom::nextGaussian, vocabulary, hiddenSize);
    }

    /** Factors of a norm or of a skip connection [size]: 1. */
    public static ParameterSpec scale(String name, long size) {
        return of(name, new Shape(size), Initializer.filled(1), random -> 1);
    }

    /** A bias [size]: 0. */
    public static ParameterSpec bias(String name, long size) {
        return of(name, new Shape(size), Initializer.filled(0), random -> 0);
    }

    /** Taps [channels, 1, taps] of a convolution over time: U(±taps^−½) in random models. */
    public static ParameterSpec taps(String name, long channels, long taps) {
        double bound = 1 / Math.sqrt(taps);
        Initializer values = new Initializer(Initializer.normal(Math.sqrt(1.0 / taps)), Initializer.uniform(bound));
        return new ParameterSpec("", name, new Shape(channels, 1, taps), Role.TAPS, values, false, List.of());
    }

    /** The bias [channels] of a convolution over time: U(±½) in random models, as for four taps. */
    public static ParameterSpec tapsBias(String name, long channels) {
        return of(name, new Shape(channels), Initializer.filled(0), Initializer.uniform(1 / Math.sqrt(4)));
    }

    /** Shares of the token before: half at the start of a training, U(0, 1) in random models. */
    public static ParameterSpec tokenShift(String name, Shape shape) {
        return of(name, shape, Initializer.filled(0.5), SplittableRandom::nextDouble);
    }

    /**
     * Biases of log decays [size], from −6 to −1 at the start of a training and U(−6, 1) in random models: channels
     * keep from nearly all to nearly nothing.
     */
    public static ParameterSpec logDecay(String name, long size) {
        return of(name, new Shape(size), Initializer.spaced(-6, -1), random -> random.nextDouble(-6, 1));
    }

    /** Logarithms of the rates of decay [heads], log U(1, 16) in random models (arXiv:2405.21060). */
    public static ParameterSpec logRate(String name, long heads) {
        return of(name, new Shape(heads), Initializer.filled(0), random -> Math.log(random.nextDouble(1, 16)));
    }

    /** Logarithms of the rates of decay of every entry of a state [channels, n], log U(1, n + 1) in random models. */
    public static ParameterSpec logRates(String name, long channels, long n) {
        return of(name, new Shape(channels, n), Initializer.filled(0), random -> Math.log(random.nextDouble(1, n + 1)));
    }

    /** Biases of step sizes before the softplus [heads]; the steps are log-uniform in [10⁻³, 0.1] in random models. */
    public static ParameterSpec stepBias(String name, long heads) {
        return of(name, new Shape(heads), Initializer.spaced(-7, -1.5), random -> {
            double step = Math.exp(random.nextDouble(Math.log(1e-3), Math.log(0.1)));
            return step + Math.log(-Math.expm1(-step));
        });
    }

    /** The same with other values at the start of a training. */
    public ParameterSpec startingAs(Start start) {
        return new ParameterSpec(
                module, name, shape, role, new Initializer(start, initializer.random()), optional, otherNames);
    }

    /** The same in this role. */
    public ParameterSpec as(Role other) {
        return new ParameterSpec(module, name, shape, other, initializer, optional, otherNames);
    }

    /** The same, which a checkpoint may lack. */
    public ParameterSpec asOptional() {
        return new ParameterSpec(module, name, shape, role, initializer, true, otherNames);
    }

    /** The same, which a checkpoint may have as {@code other} of the same module. */
    public ParameterSpec orNamed(String other) {
        return new ParameterSpec(module, name, shape, role, initializer, optional, List.of(other));
    }

    /** The same as {@code other} of its module. */
    public ParameterSpec renamed(String other) {
        return new ParameterSpec(module, other, shape, role, initializer, optional, otherNames);
    }

    /** The same, stored in another shape of as many numbers. */
    public ParameterSpec shaped(long... other) {
        return new ParameterSpec(module, name, new Shape(other), role, initializer, optional, otherNames);
    }

    /** The same in {@code module}. */
    public ParameterSpec in(String module) {
        return new ParameterSpec(module, name, shape, role, initializer, optional, otherNames);
    }

    /** The same in a part of its module. */
    public ParameterSpec inPart(String part) {
        return new ParameterSpec(module, part + "." + name, shape, role, initializer, optional, otherNames);
    }

    /** True for tensors of two and more axes that are not convolutions: those that weight decay acts on. */
    public boolean decays() {
        return role != Role.TAPS && shape.dimension() >= 2;
    }

    /** Its name in a checkpoint. */
    public String fullName() {
        return sibling(name);
    }

    /** Its name among those that a checkpoint {@code has}, where it has one. */
    public Optional<String> storedIn(Predicate<String> has) {
        return Stream.concat(Stream.of(name), otherNames.stream())
                .map(this::sibling)
                .filter(has)
                .findFirst();
    }

    /** The full name of the tensor {@code name} of the same module. */
    public String sibling(String name) {
        return module.isEmpty() ? name : module + "." + name;
    }
}
