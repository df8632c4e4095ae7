package org.iclsweep.model.conversion;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;
import java.util.stream.IntStream;
import org.iclsweep.model.prompt.Continuation;
import org.iclsweep.model.prompt.PromptTree;
import org.iclsweep.model.prompt.TokenSequence;

/**
 * The tokens that converted models are fitted to: the last ones of each context, read once more after it, in pieces
 * that each start where a query would. They hold no token of the evaluated queries.
 *
 * @param contexts that are converted [R]
 * @param pieces of each of them [R][]
 */
record CalibrationTokens(List<TokenSequence> contexts, List<List<Continuation>> pieces) {
    /** Number of tokens of a context that are read. */
    private static final int MOST = 256;

    CalibrationTokens {
        contexts = List.copyOf(contexts);
        pieces = pieces.stream().map(List::copyOf).toList();
    }

    /**
     * Those of {@code contexts}.
     *
     * @param length of a piece
     * @param positions that context and piece have room in; a piece is as short as that needs
     */
    static CalibrationTokens of(List<TokenSequence> contexts, int length, int positions) {
        return new CalibrationTokens(
                contexts,
                contexts.stream()
                        .map(context -> pieces(context, Math.min(length, positions - context.length())))
                        .toList());
    }

    /** The tokens of {@code context} that are read. */
    static TokenSequence last(TokenSequence context) {
        return context.slice(Math.max(0, context.length() - MOST), context.length());
    }

    private static List<Continuation> pieces(TokenSequence context, int length) {
        List<Continuation> pieces = new ArrayList<>();
        TokenSequence last = last(context);
        for (int from = 0; length > 0 && from < last.length(); from += length) {
            pieces.add(new Continuation(last.slice(from, Math.min(from + length, last.length())), 0));
        }
        return pieces;
    }

    /** Those of the contexts [from, to). */
    CalibrationTokens part(int from, int to) {
        return new CalibrationTokens(contexts.subList(from, to), pieces.subList(from, to));
    }

    boolean isEmpty() {
        return pieces.stream().allMatch(List::isEmpty);
    }

    /** The largest number of pieces that a context has. */
    int most() {
        return pieces.stream().mapToInt(List::size).max().orElse(0);
    }

    /** All pieces, one context after another. */
    List<Continuation> all() {
        return pieces.stream().flatMap(List::stream).toList();
    }

    /** Contexts, each with its pieces behind it; those without are left out. */
    List<PromptTree> prompts() {
        return IntStream.range(0, contexts.size())
                .filter(i -> !pieces.get(i).isEmpty())
                .mapToObj(i -> PromptTree.of(contexts.get(i), pieces.get(i)))
                .toList();
    }

    /** The context that each piece follows, by its number. */
    long[] contextOfPiece() {
        return numbered(piece -> 1).asLongStream().toArray();
    }

    /** The context of every scored position, in the order of the logits [N]. */
    int[] contextOfPosition() {
        return numbered(Continuation::scored).toArray();
    }

    /** The number of each context, as often as {@code times} adds up to over its pieces. */
    private IntStream numbered(ToIntFunction<Continuation> times) {
        return IntStream.range(0, pieces.size())
                .flatMap(i -> IntStream.generate(() -> i)
                        .limit(pieces.get(i).stream().mapToInt(times).sum()));
    }
}
