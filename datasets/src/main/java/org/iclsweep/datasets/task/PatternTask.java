package org.iclsweep.datasets.task;

import java.util.List;
import org.iclsweep.datasets.demonstration.Answer;
import org.iclsweep.datasets.demonstration.Demonstration;
import org.iclsweep.datasets.demonstration.Input;
import org.iclsweep.datasets.demonstration.SamplingPlan.Sampling;
import org.iclsweep.datasets.fault.Checked;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.datasets.reproducible.RandomStream;
import org.iclsweep.datasets.task.Task.Draw;
import org.iclsweep.datasets.task.Task.Kind;

/**
 * Binary classification of patterns, the data model of arXiv:2402.15607: x = μ_j + κ ν_k of [dimension], with relevant
 * patterns μ and irrelevant patterns ν mutually orthogonal and κ ~ U(−K, K).
 *
 * <p>A draw picks an ordered pair (a, b) of relevant patterns: inputs with μ_a have the label +1, those with μ_b −1,
 * all others +1 or −1 at random. A demonstration has μ_a or μ_b with probability α, either with α / 2, else one of the
 * other patterns; a query has μ_a or μ_b. Out of the domain the relevant patterns are combinations μ'_j = Σ_i c_i
 * μ_{jm+i} of m = |c| patterns each, and the irrelevant ones an orthogonal mix of the ν. The defaults are the setting
 * of the paper's experiments.
 */
record PatternTask(
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

        @Key(doc = "Seed of the patterns' orthogonal basis; tasks that share it share their patterns.", otherwise = "0")
        long basisSeed,

        @Key(
                doc = "Pairs (a, a + s modulo the number of patterns) for these s; none: all pairs. Shifts other than"
                        + " those of a training give tasks that were not seen there.",
                from = 1,
                otherwise = "[]")
        List<Integer> shifts,

        @Key(
                doc =
                        "Coefficients c of patterns out of the domain, in order; their sum is the paper's S₁. None: in the"
                                + " domain.",
                otherwise = "[]")
        List<Double> coefficients)
        implements Generator, Checked {
    private static final List<String> LABELS = List.of("-1", "+1");
    private static final int POSITIVE = 1;

    PatternTask {
        shifts = List.copyOf(shifts);
        coefficients = List.copyOf(coefficients);
    }

    @Override
    public void check(Scope scope) {
        if (dimension < relevant + irrelevant) {
            scope.fault(
                    "dimension",
                    "expected at least relevant + irrelevant = %s for orthogonal patterns, found %s; take a larger one"
                            .formatted(relevant + irrelevant, dimension));
        }
        int patterns = coefficients.isEmpty() ? relevant : relevant / coefficients.size();
        if (patterns < 2) {
            scope.fault(
                    "coefficients",
                    "expected so few that relevant = %s leaves 2 patterns, found %s; take fewer"
                            .formatted(relevant, coefficients.size()));
            return;
        }
        if (shifts.stream().anyMatch(shift -> shift >= patterns)) {
            scope.fault(
                    "shifts",
                    "expected numbers from 1 to %s, found %s; take smaller ones".formatted(patterns - 1, shifts));
        }
        if (patterns == 2 && alpha < 1) {
            scope.fault(
                    "alpha", "expected 1 with 2 patterns, as there are no others, found " + alpha + "; set it to 1");
        }
    }

    @Override
    public Kind kind() {
        return Kind.CLASSIFICATION;
    }

    @Override
    public List<String> labels() {
        return LABELS;
    }

    /** The patterns of all draws. */
    Patterns patterns() {
        Patterns inside = Patterns.inDomain(dimension, relevant, irrelevant, relevantNorm, irrelevantNorm, basisSeed);
        return coefficients.isEmpty() ? inside : inside.combined(coefficients);
    }

    @Override
    public Draw draw(long seed, int demonstrations, Sampling sampling, int queries) {
        return drawing().draw(seed, demonstrations, sampling, queries);
    }

    @Override
    public Drawing drawing() {
        Patterns patterns = patterns();
        return (seed, demonstrations, sampling, queries) -> draw(patterns, seed, demonstrations, sampling, queries);
    }

    private Draw draw(Patterns patterns, long seed, int demonstrations, Sampling sampling, int queries) {
        DrawStreams streams = DrawStreams.of(seed);
        PatternPrompts.Pair pair = pair(patterns.relevantCount(), streams.latent());
        return Generator.draw(
                LABELS.size(),
                streams,
                demonstrations,
                sampling,
                queries,
                (id, label, random) -> {
                    // +1 and −1 are equally likely whatever the pattern, so a label may be chosen first.
                    boolean ofPair = random.nextDouble() < alpha;
                    int pattern =
                            ofPair ? pair.pattern(label == POSITIVE) : pair.other(patterns.relevantCount(), random);
                    return example(id, patterns, pattern, label, random);
                },
                (id, label, random) -> example(id, patterns, pair.pattern(label == POSITIVE), label, random));
    }

    private PatternPrompts.Pair pair(int count, RandomStream random) {
        int positive = random.nextInt(count);
        int shift = shifts.isEmpty() ? 1 + random.nextInt(count - 1) : shifts.get(random.nextInt(shifts.size()));
        return new PatternPrompts.Pair(positive, (positive + shift) % count);
    }

    private Demonstration example(int id, Patterns patterns, int pattern, int label, RandomStream random) {
        int distractor = random.nextInt(patterns.irrelevantCount());
        double coefficient = kappa * (2 * random.nextDouble() - 1);
        double[] point = patterns.input(pattern, coefficient, distractor);
        return new Demonstration(id, new Input.Vector(point), new Answer.Label(label));
    }
}
