package org.iclsweep.model.generalization;

import java.io.Serializable;
import java.util.List;
import org.iclsweep.datasets.task.PatternPrompts;
import org.iclsweep.datasets.task.PatternPrompts.Pair;
import org.iclsweep.datasets.task.Patterns;

/**
 * What a run is tested on.
 *
 * @param name of the evaluation, in the tables
 * @param tasks which tasks; out of the domain all of them are new
 * @param alpha α′: a context slot has the query's pattern with probability α′ / 2
 * @param length l_ts
 * @param prompts how many
 * @param atLeast whether α′ / 2 of every context have the query's pattern for sure
 * @param relevant where the relevant patterns are from
 * @param irrelevant where the irrelevant ones are from
 * @param sum S₁ of the patterns out of the domain
 * @param unitNorm whether their coefficients c₁, c₂ keep the patterns' norm (c₁² + c₂² = 1), or are S₁ / 2 both
 * @param kappaFactor by which κ is larger than in training
 * @param along whether it is made along the training too, and not at its end only
 * @param pruning the fractions of neurons that are cut; empty for none
 * @param classical how many of the prompts are given to classical learners too
 * @param conversion whether prompts are converted to weights as well (linear attention)
 */
public record EvaluationSettings(
        String name,
        Tasks tasks,
        double alpha,
        int length,
        int prompts,
        boolean atLeast,
        Relevant relevant,
        Irrelevant irrelevant,
        double sum,
        boolean unitNorm,
        double kappaFactor,
        boolean along,
        List<Double> pruning,
        int classical,
        boolean conversion)
        implements Serializable {

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
