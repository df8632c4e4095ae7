package org.iclsweep.model.prompt;

import java.util.List;

/**
 * A context and the queries that follow it: a trunk, and branches each of which has read the first {@code depth}
 * positions of the trunk and nothing of the other branches. Queries after k and after K demonstrations hang on the same
 * trunk when the first context is a prefix of the second.
 */
public record PromptTree(TokenSequence trunk, List<Branch> branches) {
    /** A continuation after the first {@code depth} positions of the trunk. */
    public record Branch(int depth, Continuation continuation) {
        /** Number of positions. */
        public int length() {
            return continuation.tokens().length();
        }
    }

    public PromptTree {
        branches = List.copyOf(branches);
        for (Branch branch : branches) {
            if (branch.depth() < 0 || branch.depth() > trunk.length()) {
                throw new IllegalArgumentException(
                        "A branch leaves the trunk at " + branch.depth() + ", which has " + trunk.length());
            }
        }
    }

    /** A single context and its query, scored at every position. */
    public static PromptTree of(TokenSequence context, TokenSequence query) {
        return of(context, List.of(new Continuation(query, 0)));
    }

    /** Continuations of one context. */
    public static PromptTree of(TokenSequence context, List<Continuation> continuations) {
        return new PromptTree(
                context,
                continuations.stream()
                        .map(continuation -> new Branch(context.length(), continuation))
                        .toList());
    }

    /** Number of positions in all. */
    public int size() {
        return trunk.length() + branches.stream().mapToInt(Branch::length).sum();
    }
}
