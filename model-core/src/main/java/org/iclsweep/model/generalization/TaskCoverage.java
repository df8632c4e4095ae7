package org.iclsweep.model.generalization;

import java.io.Serializable;
import java.util.List;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.task.PatternPrompts;
import org.iclsweep.datasets.task.PatternPrompts.Pair;

/**
 * Which tasks are trained on: ordered pairs (a, b) of the M₁ relevant patterns. The condition of theorem 3.3 is that
 * every pattern is mapped to +1 in as many of them as to −1, and all patterns equally often: {@link Kind#CYCLIC} keeps
 * it, the others break it in three ways.
 */
public record TaskCoverage(
        @Key(
                name = "coverage",
                doc =
                        "Tasks, ordered pairs (a, b) of patterns, that are trained on. `cyclic`: (a, a + s modulo M₁) for all"
                                + " `shifts` s, the condition of theorem 3.3. `ascending`: a < b. `disjoint`: (0, 1), (2, 3), …"
                                + " `single`: (0, 1). `all`.",
                otherwise = "cyclic")
        Kind kind,

        @Key(doc = "The s of cyclic tasks.", from = 1, nonEmpty = true, distinct = true, otherwise = "[1, 2]")
        List<Integer> shifts)
        implements Serializable {
    /** The sets of tasks. */
    public enum Kind {
        /** (a, a + s modulo M₁) for each of the shifts s: every pattern as often +1 as −1. */
        CYCLIC,
        /** All (a, b) with a &lt; b: half of all tasks, and low patterns are mostly +1, high ones mostly −1. */
        ASCENDING,
        /** (0, 1), (2, 3), …: every pattern is there, with one label only. */
        DISJOINT,
        /** (0, 1) alone. */
        SINGLE,
        /** Every ordered pair: nothing is left unseen. */
        ALL
    }

    public TaskCoverage {
        shifts = List.copyOf(shifts);
    }

    /** The tasks. */
    public List<Pair> pairs(int patterns) {
        return PatternPrompts.allPairs(patterns).stream()
                .filter(pair -> has(pair, patterns))
                .toList();
    }

    private boolean has(Pair pair, int patterns) {
        int shift = Math.floorMod(pair.negative() - pair.positive(), patterns);
        return switch (kind) {
            case CYCLIC -> shifts.contains(shift);
            case ASCENDING -> pair.positive() < pair.negative();
            case DISJOINT -> pair.positive() % 2 == 0 && pair.negative() == pair.positive() + 1;
            case SINGLE -> pair.positive() == 0 && pair.negative() == 1;
            case ALL -> true;
        };
    }

    /** The tasks that are not trained on. */
    public List<Pair> unseen(int patterns) {
        return PatternPrompts.allPairs(patterns).stream()
                .filter(pair -> !has(pair, patterns))
                .toList();
    }
}
