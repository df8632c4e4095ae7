package org.iclsweep.model.prompt;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.iclsweep.model.prompt.EncodedQuery.Option;

/**
 * The answers to a query by their tokens. Answers of equal tokens cannot be told apart, and one whose tokens begin with
 * those of another is never likelier than it.
 *
 * @param tokens of each answer, behind the tokens of the query that all of them have in common
 */
public record AnswersByTokens(List<int[]> tokens) {
    public AnswersByTokens {
        tokens = tokens.stream().map(int[]::clone).toList();
    }

    /** The places of two answers. */
    public record Pair(int first, int second) {}

    /** The answers to a query. */
    public static AnswersByTokens of(EncodedQuery query) {
        List<Option> options = query.answers();
        int common = options.stream().mapToInt(Option::from).min().orElse(0);
        List<int[]> tokens = new ArrayList<>();
        for (Option option : options) {
            int[] before = query.tokens().slice(common, option.from()).ids();
            tokens.add(IntStream.concat(IntStream.of(before), IntStream.of(option.tokens()))
                    .toArray());
        }
        return new AnswersByTokens(tokens);
    }

    /** Two answers of equal tokens, if there are any. */
    public Optional<Pair> equal() {
        return neighbours((shorter, longer) -> shorter.length == longer.length);
    }

    /** An answer, and a longer one that begins with its tokens, if there are any. */
    public Optional<Pair> prefix() {
        return neighbours((shorter, longer) -> shorter.length < longer.length);
    }

    /** The first answer that has this token, if one has. */
    public OptionalInt with(int token) {
        return IntStream.range(0, tokens.size())
                .filter(i -> Arrays.stream(tokens.get(i)).anyMatch(one -> one == token))
                .findFirst();
    }

    private interface Lengths {
        boolean accept(int[] shorter, int[] longer);
    }

    /** Sorted by their tokens, a sequence is directly before one of those that begin with it. */
    private Optional<Pair> neighbours(Lengths wanted) {
        List<Integer> sorted = IntStream.range(0, tokens.size())
                .boxed()
                .sorted(Comparator.comparing(tokens::get, Arrays::compare))
                .toList();
        for (int i = 1; i < sorted.size(); i++) {
            int[] before = tokens.get(sorted.get(i - 1));
            int[] next = tokens.get(sorted.get(i));
            boolean begins =
                    before.length <= next.length && Arrays.equals(before, 0, before.length, next, 0, before.length);
            if (begins && wanted.accept(before, next)) {
                return Optional.of(new Pair(sorted.get(i - 1), sorted.get(i)));
            }
        }
        return Optional.empty();
    }
}
