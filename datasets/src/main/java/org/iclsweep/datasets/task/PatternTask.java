package org.iclsweep.datasets.task;

import static org.iclsweep.datasets.task.GeneratorParameters.atLeast;
import static org.iclsweep.datasets.task.GeneratorParameters.notNegative;

import java.util.ArrayList;
import java.util.List;
import org.iclsweep.datasets.demonstration.Answer;
import org.iclsweep.datasets.demonstration.Demonstration;
import org.iclsweep.datasets.demonstration.Input;
import org.iclsweep.datasets.demonstration.SamplingPlan.Sampling;
import org.iclsweep.datasets.reproducible.Digest;
import org.iclsweep.datasets.reproducible.RandomStream;

/**
 * Binary classification of patterns, the data model of arXiv:2402.15607: x = μ_j + κ ν_k of [dimension], with relevant
 * patterns μ and irrelevant patterns ν mutually orthogonal and κ ~ U(−K, K).
 *
 * <p>A draw picks an ordered pair (a, b) of relevant patterns: inputs with μ_a have the label +1, those with μ_b −1,
 * all others +1 or −1 at random. A demonstration has μ_a or μ_b with probability α, either with α / 2, else one of the
 * other patterns; a query has μ_a or μ_b. Out of the domain the relevant patterns are combinations μ'_j = Σ_i c_i
 * μ_{jm+i} of m = |c| patterns each, and the irrelevant ones an orthogonal mix of the ν.
 */
public final class PatternTask implements Task {
    private static final List<String> LABELS = List.of("-1", "+1");
    private static final int POSITIVE = 1;

    private final String name;
    private final Parameters parameters;
    private final Patterns patterns;

    /**
     * The parameters of the patterns.
     *
     * @param dimension the length of the inputs, at least relevant + irrelevant
     * @param relevant number of patterns that decide the label (M₁)
     * @param irrelevant number of patterns that do not (M₂)
     * @param relevantNorm ‖μ‖
     * @param irrelevantNorm ‖ν‖
     * @param kappa K, the largest coefficient of an irrelevant pattern
     * @param alpha the fraction of demonstrations with one of the two patterns of the draw's pair
     * @param shifts the pairs: (a, a + s modulo the number of patterns) for these s; empty for all pairs. Shifts other
     *     than those of the training give tasks that were not seen there
     * @param coefficients c of the patterns out of the domain, in order; their sum is the paper's S₁. Empty: in the
     *     domain
     * @param basisSeed which orthogonal basis the patterns are taken from; tasks that share it share their patterns
     */
    public record Parameters(
            int dimension,
            int relevant,
            int irrelevant,
            double relevantNorm,
            double irrelevantNorm,
            double kappa,
            double alpha,
            List<Integer> shifts,
            List<Double> coefficients,
            long basisSeed) {
        /** The setting of the paper's experiments: M₁ = 6, M₂ = 24, dimension 30, α = 0.8, K = 1/2, all pairs. */
        public static final Parameters DEFAULTS = new Parameters(30, 6, 24, 2, 1, 0.5, 0.8, List.of(), List.of(), 0);

        public Parameters {
            shifts = List.copyOf(shifts);
            coefficients = List.copyOf(coefficients);
            atLeast(2, "relevant", relevant);
            atLeast(1, "irrelevant", irrelevant);
            atLeast(relevant + irrelevant, "dimension", dimension);
            notNegative("relevant-norm", relevantNorm);
            notNegative("irrelevant-norm", irrelevantNorm);
            notNegative("kappa", kappa);
            if (!(alpha >= 0 && alpha <= 1)) {
                throw new IllegalArgumentException("alpha must be from 0 to 1, found " + alpha);
            }
            int patterns = coefficients.isEmpty() ? relevant : relevant / coefficients.size();
            if (patterns < 2) {
                throw new IllegalArgumentException(
                        "coefficients: %d of them make %d patterns out of relevant = %d, at least 2 are needed"
                                .formatted(coefficients.size(), patterns, relevant));
            }
            for (int shift : shifts) {
                if (shift < 1 || shift >= patterns) {
                    throw new IllegalArgumentException(
                            "shifts must be from 1 to %d, found %d".formatted(patterns - 1, shift));
                }
            }
            if (patterns == 2 && alpha < 1) {
                throw new IllegalArgumentException("alpha must be 1 with 2 patterns: there are no others");
            }
        }

        /** The same, with other pairs. */
        public Parameters withShifts(List<Integer> other) {
            return new Parameters(
                    dimension,
                    relevant,
                    irrelevant,
                    relevantNorm,
                    irrelevantNorm,
                    kappa,
                    alpha,
                    other,
                    coefficients,
                    basisSeed);
        }

        /** The same, out of the domain. */
        public Parameters withCoefficients(List<Double> other) {
            return new Parameters(
                    dimension,
                    relevant,
                    irrelevant,
                    relevantNorm,
                    irrelevantNorm,
                    kappa,
                    alpha,
                    shifts,
                    other,
                    basisSeed);
        }

        /** The same, with another fraction of demonstrations of the pair's patterns. */
        public Parameters withAlpha(double other) {
            return new Parameters(
                    dimension,
                    relevant,
                    irrelevant,
                    relevantNorm,
                    irrelevantNorm,
                    kappa,
                    other,
                    shifts,
                    coefficients,
                    basisSeed);
        }
    }

    public PatternTask(Parameters parameters) {
        this("patterns", parameters);
    }

    public PatternTask(String name, Parameters parameters) {
        this.name = name;
        this.parameters = parameters;
        Patterns inside = Patterns.inDomain(
                parameters.dimension(),
                parameters.relevant(),
                parameters.irrelevant(),
                parameters.relevantNorm(),
                parameters.irrelevantNorm(),
                parameters.basisSeed());
        patterns = parameters.coefficients().isEmpty() ? inside : inside.combined(parameters.coefficients());
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String digest() {
        Digest digest = new Digest()
                .add("patterns")
                .add(parameters.dimension())
                .add(parameters.relevant())
                .add(parameters.irrelevant())
                .add(parameters.relevantNorm())
                .add(parameters.irrelevantNorm())
                .add(parameters.kappa())
                .add(parameters.alpha())
                .add(parameters.basisSeed());
        digest.add(parameters.shifts().stream().mapToInt(Integer::intValue).toArray());
        digest.add(parameters.coefficients().stream()
                .mapToDouble(Double::doubleValue)
                .toArray());
        return digest.hex();
    }

    @Override
    public Kind kind() {
        return Kind.CLASSIFICATION;
    }

    @Override
    public List<String> labels() {
        return LABELS;
    }

    @Override
    public long available() {
        return Long.MAX_VALUE;
    }

    /** The length of the inputs. */
    public int dimension() {
        return parameters.dimension();
    }

    /** The relevant patterns [patterns, dimension]: μ, or μ' out of the domain. */
    public double[][] relevantPatterns() {
        return patterns.relevant();
    }

    /** The irrelevant patterns [M₂, dimension]: ν, or ν' out of the domain. */
    public double[][] irrelevantPatterns() {
        return patterns.irrelevant();
    }

    @Override
    public Draw draw(long seed, int demonstrations, Sampling sampling, int queries) {
        DrawStreams streams = DrawStreams.of(seed);
        Pair pair = pair(streams.latent());
        ClassSequence labels = new ClassSequence(LABELS.size(), sampling, streams.classes());
        List<Demonstration> drawn = new ArrayList<>(demonstrations);
        for (int i = 0; i < demonstrations; i++) {
            int label = labels.next();
            // +1 and −1 are equally likely whatever the pattern, so a label may be chosen first.
            boolean ofPair = streams.demonstrations().nextDouble() < parameters.alpha();
            int pattern = ofPair ? pair.pattern(label) : pair.other(patterns.relevantCount(), streams.demonstrations());
            drawn.add(example(i, pattern, label, streams.demonstrations()));
        }
        List<Demonstration> asked = new ArrayList<>(queries);
        for (int i = 0; i < queries; i++) {
            int label = streams.queries().nextInt(LABELS.size());
            asked.add(example(i, pair.pattern(label), label, streams.queries()));
        }
        return new Draw(drawn, asked);
    }

    private Pair pair(RandomStream random) {
        int positive = random.nextInt(patterns.relevantCount());
        int shift = parameters.shifts().isEmpty()
                ? 1 + random.nextInt(patterns.relevantCount() - 1)
                : parameters.shifts().get(random.nextInt(parameters.shifts().size()));
        return new Pair(positive, (positive + shift) % patterns.relevantCount());
    }

    private Demonstration example(int id, int pattern, int label, RandomStream random) {
        int distractor = random.nextInt(patterns.irrelevantCount());
        double coefficient = parameters.kappa() * (2 * random.nextDouble() - 1);
        double[] point = patterns.input(pattern, coefficient, distractor);
        return new Demonstration(id, new Input.Vector(point), new Answer.Label(label));
    }

    /** The ordered pair (a, b) of a draw. */
    private record Pair(int positive, int negative) {
        int pattern(int label) {
            return label == POSITIVE ? positive : negative;
        }

        int other(int patterns, RandomStream random) {
            int drawn = random.nextInt(patterns - 2);
            for (int taken : new int[] {Math.min(positive, negative), Math.max(positive, negative)}) {
                drawn += drawn >= taken ? 1 : 0;
            }
            return drawn;
        }
    }
}
