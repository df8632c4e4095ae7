package org.iclsweep.model.exactness;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
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
 * @param queries those asked after each segment, equally many: the same ones, whose tokens may differ
 * @param zeroShot the same without demonstrations
 * @param examples queries that a conversion may be fitted to, after each segment: in no demonstration, never evaluated
 * @param everyPosition whether logits are compared at every position of the queries, and not only where answers are
 *     read
 */
public record PromptSet(
        List<TokenSequence> segments,
        List<List<EncodedQuery>> queries,
        ZeroShot zeroShot,
        List<List<TokenSequence>> examples,
        boolean everyPosition) {
    /** The queries without demonstrations, after what every prompt begins with. */
    public record ZeroShot(TokenSequence context, List<EncodedQuery> queries) {
        public ZeroShot {
            queries = List.copyOf(queries);
        }

        /** The continuations to run, query by query, those without content last. */
        List<Continuation> continuations() {
            return PromptSet.continuations(queries, false);
        }
    }

    public PromptSet {
        segments = List.copyOf(segments);
        queries = queries.stream().map(List::copyOf).toList();
        examples = examples.stream().map(List::copyOf).toList();
        if (segments.isEmpty()
                || queries.size() != segments.size()
                || examples.size() != segments.size()
                || queries.get(0).isEmpty()) {
            throw new IllegalArgumentException("A prompt set needs a segment and a query");
        }
    }

    /** Queries with the same tokens after every segment and alone. */
    public PromptSet(List<TokenSequence> segments, List<EncodedQuery> queries, boolean everyPosition) {
        this(
                segments,
                Collections.nCopies(segments.size(), queries),
                new ZeroShot(TokenSequence.EMPTY, queries),
                Collections.nCopies(segments.size(), List.<TokenSequence>of()),
                everyPosition);
    }

    /** The continuations to run after {@code segment}, query by query, those without content last. */
    List<Continuation> continuations(int segment) {
        return continuations(queries.get(segment), everyPosition);
    }

    private static List<Continuation> continuations(List<EncodedQuery> queries, boolean everyPosition) {
        return EncodedQuery.withContentFree(queries).stream()
                .flatMap(query -> query.continuations(everyPosition).stream())
                .toList();
    }

    /** All of it in one tree: segment by segment, each with its continuations. */
    public PromptTree tree() {
        List<PromptTree.Branch> branches = new ArrayList<>();
        int[] depths = contextLengths();
        for (int segment = 0; segment < depths.length; segment++) {
            for (Continuation continuation : continuations(segment)) {
                branches.add(new PromptTree.Branch(depths[segment], continuation));
            }
        }
        return new PromptTree(TokenSequence.concat(segments), branches);
    }

    /** The slots of the context up to the end of {@code segment} and of its queries in the tree, ascending. */
    int[] slotsOf(int segment) {
        int[] ends = contextLengths();
        int first = ends[ends.length - 1];
        for (int before = 0; before < segment; before++) {
            first += tokens(before);
        }
        IntStream context = IntStream.range(0, ends[segment]);
        return IntStream.concat(context, IntStream.range(first, first + tokens(segment)))
                .toArray();
    }

    /** Number of tokens of the continuations after {@code segment}. */
    private int tokens(int segment) {
        return continuations(segment).stream()
                .mapToInt(continuation -> continuation.tokens().length())
                .sum();
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
