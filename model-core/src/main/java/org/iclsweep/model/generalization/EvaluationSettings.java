package org.iclsweep.model.generalization;

import java.io.Serializable;
import java.util.List;
import org.iclsweep.datasets.fault.Checked;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.datasets.fault.Spelling;
import org.iclsweep.datasets.task.PatternPrompts;
import org.iclsweep.datasets.task.PatternPrompts.Pair;
import org.iclsweep.datasets.task.Patterns;

/** An evaluation: the prompts that a run is tested on. */
public record EvaluationSettings(
        @Key(doc = "The evaluation's name in the tables.") String name,

        @Key(
                doc =
                        "Tasks that are asked: those of the training, those that are left, or all. Out of the domain all are"
                                + " new.",
                otherwise = "unseen")
        Tasks tasks,

        @Key(
                doc = "α′ of the test prompts: a context slot has the query's pattern with probability α′ / 2.",
                from = 0,
                to = 1,
                otherwise = "0.8")
        double alpha,

        @Key(doc = "l_ts, context slots of a test prompt.", from = 1, otherwise = "20")
        int length,

        @Key(doc = "Prompts for each training.", from = 1, otherwise = "1000")
        int prompts,

        @Key(
                doc =
                        "`true`: every context has the query's pattern α′ / 2 of the time at least, the theorems' condition;"
                                + " `false`: that is its expectation.",
                otherwise = "false")
        boolean atLeast,

        @Key(
                doc =
                        "`in-domain`: the patterns of the training. `combined`: sums c₁ μ + c₂ μ of two of them. `outside`:"
                                + " half as many, orthogonal to all of them.",
                otherwise = "in-domain")
        Relevant relevant,

        @Key(
                doc =
                        "Span of the irrelevant patterns: that of the training's irrelevant ones, or of its relevant ones.",
                otherwise = "in-span")
        Irrelevant irrelevant,

        @Key(doc = "S₁ = c₁ + c₂ of combined patterns; at most √2 with `unit-norm`.", otherwise = "1.1")
        double sum,

        @Key(
                doc = "`true`: combined patterns keep their norm (c₁² + c₂² = 1); `false`: c₁ = c₂ = S₁ / 2.",
                otherwise = "true")
        boolean unitNorm,

        @Key(doc = "Factor by which κ is larger than in training.", from = 0, otherwise = "1")
        double kappaFactor,

        @Key(doc = "`true`: made along the training too, every `measure-every` steps.", otherwise = "false")
        boolean along,

        @Key(
                doc = "Fractions of neurons that are cut, small ones first, large ones first, and at random.",
                from = 0,
                to = 1,
                distinct = true,
                otherwise = "[]")
        List<Double> pruning,

        @Key(
                doc = "Number of the prompts that are given to logistic regression, support vector machines and nearest"
                        + " neighbours too.",
                from = 0,
                otherwise = "0")
        int classical,

        @Key(doc = "`true`: the prompts of `linear` models are converted to weights as well.", otherwise = "false")
        boolean conversion)
        implements Checked, Serializable {

    /** Which tasks are asked. */
    public enum Tasks {
        /** Those of the training. */
        SEEN,
        /** Those that are left, T \ T_tr. */
        UNSEEN,
        ALL
    }

    /** Where relevant patterns are from. */
    public enum Relevant {
        /** Those of the training, μ. */
        IN_DOMAIN,
        /** μ′_j = c₁ μ_{2j} + c₂ μ_{2j+1}. */
        COMBINED,
        /** Half as many, orthogonal to all μ. */
        OUTSIDE
    }

    /** Where irrelevant patterns are from. */
    public enum Irrelevant {
        /** In the span of the ν. */
        IN_SPAN,
        /** In the span of the relevant patterns μ, against the theorem's condition. */
        IN_RELEVANT_SPAN
    }

    public EvaluationSettings {
        pruning = List.copyOf(pruning);
    }

    @Override
    public void check(Scope scope) {
        if (unitNorm && Math.abs(sum) > Math.sqrt(2)) {
            scope.fault("sum", "expected a sum of two coefficients with c₁² + c₂² = 1, from −√2 to √2, found " + sum);
        }
    }

    /** Notes what a training of this name cannot be asked. */
    public void requirePossible(RunSettings run, String training, Scope scope) {
        int patterns = run.data().relevant();
        boolean inDomain = relevant == Relevant.IN_DOMAIN;
        if (!inDomain && patterns / 2 < 2) {
            scope.fault(
                    "relevant",
                    "expected in-domain for the training %s, whose relevant = %s leaves fewer than 2 patterns out of the domain, found %s"
                            .formatted(training, patterns, Spelling.KEBAB.of(relevant)));
        } else if (pairs(run).isEmpty()) {
            scope.fault(
                    "tasks",
                    "expected seen or all for the training %s, which leaves no task unseen, found unseen"
                            .formatted(training));
        }
        if ((inDomain ? patterns : patterns / 2) == 2 && alpha < 1) {
            scope.fault(
                    "alpha",
                    "expected 1 for the training %s, which has 2 patterns and no others, found %s"
                            .formatted(training, alpha));
        }
        int irrelevantPatterns = run.data().irrelevant();
        if (relevant == Relevant.OUTSIDE && irrelevantPatterns <= patterns / 2) {
            scope.fault(
                    "relevant",
                    "expected fewer patterns outside of the span than the training %s has irrelevant ones, %s, found %s"
                            .formatted(training, irrelevantPatterns, patterns / 2));
        }
    }

    /** The probability that the query's pattern is absent from a context, where attention has nothing to copy from. */
    public double absent() {
        return atLeast && alpha > 0 ? 0 : Math.pow(1 - alpha / 2, length);
    }

    /** c₁ and c₂ of a sum S₁, the greater one first. */
    public List<Double> coefficients() {
        if (!unitNorm) {
            return List.of(sum / 2, sum / 2);
        }
        double half = Math.sqrt(Math.max(0, 2 - sum * sum)) / 2;
        return List.of(sum / 2 + half, sum / 2 - half);
    }

    /** The patterns of the test prompts of a run with the patterns {@code domain}. */
    Patterns patterns(Patterns domain) {
        Patterns patterns = switch (relevant) {
            case IN_DOMAIN -> domain;
            case COMBINED -> domain.combined(coefficients());
            case OUTSIDE -> domain.outsideOfSpan(domain.relevantCount() / 2);
        };
        return irrelevant == Irrelevant.IN_SPAN ? patterns : patterns.irrelevantWithin(domain);
    }

    /** The tasks that a run is asked; none if nothing is left unseen. */
    public List<Pair> pairs(RunSettings run) {
        int patterns = run.data().relevant();
        if (relevant != Relevant.IN_DOMAIN) {
            return PatternPrompts.allPairs(patterns / 2);
        }
        return switch (tasks) {
            case SEEN -> run.tasks().pairs(patterns);
            case UNSEEN -> run.tasks().unseen(patterns);
            case ALL -> PatternPrompts.allPairs(patterns);
        };
    }

    /** Where the test prompts come from. */
    PatternPrompts source(RunSettings run, Patterns patterns) {
        return new PatternPrompts(
                patterns.relevantCount(),
                patterns.irrelevantCount(),
                pairs(run),
                alpha,
                run.data().kappa() * kappaFactor,
                atLeast);
    }
}
