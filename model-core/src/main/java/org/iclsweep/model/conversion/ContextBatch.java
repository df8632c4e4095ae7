package org.iclsweep.model.conversion;

import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.iclsweep.model.prompt.TokenSequence;

/**
 * Contexts that are converted together, in segments, and the queries that each may be fitted to.
 *
 * @param segments of each context, the same number for all [R][S]
 * @param examples queries of the task that are in no demonstration of the context and are never evaluated, or texts of
 *     the model's own, for the context up to the end of each segment [R][S][E]
 */
public record ContextBatch(List<List<TokenSequence>> segments, List<List<List<TokenSequence>>> examples) {
    public ContextBatch {
        segments = segments.stream().map(List::copyOf).toList();
        examples = examples.stream()
                .map(ofContext -> ofContext.stream().map(List::copyOf).toList())
                .toList();
    }

    /** Contexts of which no examples are known. */
    public static ContextBatch of(List<List<TokenSequence>> segments) {
        return new ContextBatch(
                segments,
                segments.stream()
                        .map(context -> Collections.nCopies(context.size(), List.<TokenSequence>of()))
                        .toList());
    }

    /** Number of contexts R. */
    public int size() {
        return segments.size();
    }

    /** Number of segments S of each context. */
    int depth() {
        return segments.get(0).size();
    }

    /** The whole text of each context up to the end of {@code segment} [R]. */
    List<TokenSequence> upTo(int segment) {
        return segments.stream()
                .map(context -> TokenSequence.concat(context.subList(0, segment + 1)))
                .toList();
    }

    /** The examples after {@code segment} of each context, the first {@code count} of them at most [R][E]. */
    List<List<TokenSequence>> examples(int segment, int count) {
        return examples.stream()
                .map(ofContext -> ofContext.get(segment))
                .map(all -> all.subList(0, Math.min(count, all.size())))
                .toList();
    }

    /** These contexts with other examples, segment by segment [S][R][E]. */
    ContextBatch withExamples(List<List<List<TokenSequence>>> ofSegments) {
        return new ContextBatch(
                segments,
                IntStream.range(0, size())
                        .mapToObj(row -> ofSegments.stream()
                                .map(ofContexts -> ofContexts.get(row))
                                .toList())
                        .toList());
    }

    /** True if every context has an example after every segment. */
    boolean hasExamples() {
        return examples.stream().flatMap(List::stream).noneMatch(List::isEmpty);
    }
}
