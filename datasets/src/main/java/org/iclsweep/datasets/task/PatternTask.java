package org.iclsweep.datasets.task;

import java.util.ArrayList;
import java.util.List;
import org.iclsweep.datasets.demonstration.Answer;
import org.iclsweep.datasets.demonstration.Demonstration;
import org.iclsweep.datasets.demonstration.Input;
import org.iclsweep.datasets.demonstration.SamplingPlan.Sampling;
import org.iclsweep.datasets.fault.Checked;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Scope;
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
public final class PatternTask extends Generator<PatternTask.Parameters> {
    static final TaskKind<Parameters> KIND = new TaskKind<>("patterns", Parameters.class, PatternTask::new);
    private static final List<String> LABELS = List.of("-1", "+1");
    private static final int POSITIVE = 1;

    private final Patterns patterns;

    /** The patterns, and the tasks that are made of them. The defaults are the setting of the paper's experiments. */
    public record Parameters(
            @Key(doc = "Length of the inputs, at least `relevant` + `irrelevant`.", from = 1, otherwise = "30")
            int dimension,

            @Key(doc = "M₁, the number of patterns that decide the label.", from = 2, otherwise = "6")
            int relevant,

            @Key(doc = "M₂, the number of patterns that do not.", from = 1, otherwise = "24")
            int irrelevant,

            @Key(doc = "‖μ‖, the norm of relevant patterns.", from = 0, otherwise = "2")
            double relevantNorm,

            @Key(doc = "‖ν‖, the norm of irrelevant patterns.", from = 0, otherwise = "1")
            double irrelevantNorm,

            @Key(doc = "K, the largest coefficient of an irrelevant pattern.", from = 0, otherwise = "0.5")
            double kappa,

            @Key(
                    doc = "Fraction of demonstrations with one of the two patterns of the draw's pair.",
                    from = 0,
                    to = 1,
                    otherwise = "0.8")
            double alpha,

            @Key(
                    doc =
                            "Pairs (a, a + s modulo the number of patterns) for these s; none: all pairs. Shifts other than"
                                    + " those of a training give tasks that were not seen there.",
                    from = 1,
                    otherwise = "[]")
            List<Integer> shifts,

            @Key(
                    doc =
                            "Coefficients c of patterns out of the domain, in order; their sum is the paper's S₁. None: in the"
                                    + " domain.",
                    otherwise = "[]")
            List<Double> coefficients,

            @Key(
                    doc = "Seed of the patterns' orthogonal basis; tasks that share it share their patterns.",
                    otherwise = "0")
            long basisSeed)
            implements Checked {
        /** The setting of the paper's experiments: M₁ = 6, M₂ = 24, dimension 30, α = 0.8, K = 1/2, all pairs. */
        public static final Parameters DEFAULTS = KIND.defaults();

        public Parameters {
            shifts = List.copyOf(shifts);
            coefficients = List.copyOf(coefficients);
        }

        @Override
        public void check(Scope scope) {
            if (dimension < relevant + irrelevant) {
                scope.fault(
                        "dimension",
                        "expected at least relevant + irrelevant = %d for orthogonal patterns, found %d"
                                .formatted(relevant + irrelevant, dimension));
            }
            int patterns = coefficients.isEmpty() ? relevant : relevant / coefficients.size();
            if (patterns < 2) {
                scope.fault(
                        "coefficients",
                        "expected so few that relevant = %d leaves 2 patterns, found %d"
                                .formatted(relevant, coefficients.size()));
                return;
            }
            if (shifts.stream().anyMatch(shift -> shift >= patterns)) {
                scope.fault("shifts", "expected numbers from 1 to %d, found %s".formatted(patterns - 1, shifts));
            }
            if (patterns == 2 && alpha < 1) {
                scope.fault("alpha", "expected 1 with 2 patterns, as there are no others, found " + alpha);
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
        this(KIND.name(), parameters);
    }

    PatternTask(String name, Parameters parameters) {
        super(name, KIND, parameters);
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
    public String digest() {
        Parameters of = parameters();
        return new Digest()
                .add(KIND.name())
                .add(of.dimension())
                .add(of.relevant())
                .add(of.irrelevant())
                .add(of.relevantNorm())
                .add(of.irrelevantNorm())
                .add(of.kappa())
                .add(of.alpha())
                .add(of.basisSeed())
                .add(of.shifts().stream().mapToInt(Integer::intValue).toArray())
                .add(of.coefficients().stream().mapToDouble(Double::doubleValue).toArray())
                .hex();
    }

    @Override
    public Kind kind() {
        return Kind.CLASSIFICATION;
    }

    @Override
    public List<String> labels() {
        return LABELS;
    }

    /** The length of the inputs. */
    public int dimension() {
        return parameters().dimension();
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
            boolean ofPair =
                    streams.demonstrations().nextDouble() < parameters().alpha();
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
        int shift = parameters().shifts().isEmpty()
                ? 1 + random.nextInt(patterns.relevantCount() - 1)
                : parameters().shifts().get(random.nextInt(parameters().shifts().size()));
        return new Pair(positive, (positive + shift) % patterns.relevantCount());
    }

    private Demonstration example(int id, int pattern, int label, RandomStream random) {
        int distractor = random.nextInt(patterns.irrelevantCount());
        double coefficient = parameters().kappa() * (2 * random.nextDouble() - 1);
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
