package org.iclsweep.model.exactness;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.iclsweep.model.prompt.Continuation;
import org.iclsweep.model.prompt.EncodedQuery;
import org.iclsweep.model.prompt.PromptTree;
import org.iclsweep.model.prompt.TokenSequence;

/**
 * A context in segments and the queries that are asked at the end of every segment: nested shot counts of one
 * demonstration set, or a single context in one segment.
 *
 * @param segments the tokens that each further shot count adds to the context; may be empty
 * @param everyPosition whether logits are compared at every position of the queries, and not only where answers are
 *     read
 */
public record PromptSet(List<TokenSequence> segments, List<EncodedQuery> queries, boolean everyPosition) {
    public PromptSet {
        segments = List.copyOf(segments);
        queries = List.copyOf(queries);
        if (segments.isEmpty() || queries.isEmpty()) {
            throw new IllegalArgumentException("A prompt set needs a segment and a query");
        }
    }

    /** The continuations to run after every segment, query by query. */
    List<Continuation> continuations() {
        return queries.stream()
                .flatMap(query -> query.continuations(everyPosition).stream())
                .toList();
    }

    /** All of it in one tree: segment by segment, each with its continuations. */
    public PromptTree tree() {
        List<PromptTree.Branch> branches = new ArrayList<>();
        List<Continuation> continuations = continuations();
        for (int depth : contextLengths()) {
            for (Continuation continuation : continuations) {
                branches.add(new PromptTree.Branch(depth, continuation));
            }
        }
        return new PromptTree(TokenSequence.concat(segments), branches);
    }

    /** The slots of the context up to the end of {@code segment} and of its queries in the tree, ascending. */
    int[] slotsOf(int segment) {
        int queries = continuations().stream()
                .mapToInt(continuation -> continuation.tokens().length())
                .sum();
        int[] ends = contextLengths();
        int trunk = ends[ends.length - 1];
        IntStream context = IntStream.range(0, ends[segment]);
        int first = trunk + segment * queries;
        return IntStream.concat(context, IntStream.range(first, first + queries))
                .toArray();
    }

    /** Slots that the largest of the runs takes. */
    public int slots() {
        return tree().size();
    }

    /** Number of context tokens at the end of each segment. */
    public int[] contextLengths() {
        int[] lengths = segments.stream().mapToInt(TokenSequence::length).toArray();
        Arrays.parallelPrefix(lengths, Integer::sum);
        return lengths;
    }
}
