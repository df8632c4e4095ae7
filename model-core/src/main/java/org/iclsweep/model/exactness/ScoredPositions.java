package org.iclsweep.model.exactness;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.iclsweep.datasets.reproducible.Vectors;
import org.iclsweep.model.exactness.PositionScores.Request;
import org.iclsweep.model.prompt.Continuation;
import org.iclsweep.model.prompt.EncodedQuery;
import org.jspecify.annotations.Nullable;

/**
 * Where the answers of a list of queries are read in a run over their continuations: the book-keeping between queries
 * and the N scored positions, in the order of the continuations.
 */
final class ScoredPositions {
    private final boolean everyPosition;
    private final List<EncodedQuery> queries = new ArrayList<>();
    private final List<Integer> starts = new ArrayList<>();
    private final List<Integer> ends = new ArrayList<>();
    private final List<Integer> firstRequests = new ArrayList<>();
    private final List<Request> requests = new ArrayList<>();
    private final Map<Integer, Integer> contentFree = new HashMap<>();
    private int positions;

    ScoredPositions(boolean everyPosition) {
        this.everyPosition = everyPosition;
    }

    /** Appends the continuations of queries, and behind them of those without content; the index of the first. */
    int addAll(List<EncodedQuery> asked) {
        int first = queries.size();
        EncodedQuery.withContentFree(asked).forEach(this::add);
        for (int index = first; index < first + asked.size(); index++) {
            for (int twin = first + asked.size(); twin < queries.size(); twin++) {
                if (queries.get(twin) == queries.get(index).contentFree()) {
                    contentFree.put(index, twin);
                }
            }
        }
        return first;
    }

    /** Appends a query's continuations. */
    void add(EncodedQuery query) {
        List<Continuation> continuations = query.continuations(everyPosition);
        int[] offsets = new int[continuations.size()];
        starts.add(positions);
        for (int i = 0; i < offsets.length; i++) {
            offsets[i] = positions - continuations.get(i).scoredFrom();
            positions += continuations.get(i).scored();
        }
        ends.add(positions);
        firstRequests.add(requests.size());
        queries.add(query);
        for (int answer = 0; answer < query.answers().size(); answer++) {
            List<int[]> at = query.readAt(answer);
            int[] tokens = query.answers().get(answer).tokens();
            for (int i = 0; i < tokens.length; i++) {
                requests.add(new Request(offsets[at.get(i)[0]] + at.get(i)[1], tokens[i]));
            }
        }
    }

    List<Request> requests() {
        return requests;
    }

    /** The first scored position of query {@code index}. */
    int start(int index) {
        return starts.get(index);
    }

    /** The position after the last scored one of query {@code index}. */
    int end(int index) {
        return ends.get(index);
    }

    /** The answers to the queries [from, to). */
    List<Answered> answered(int from, int to, PositionScores scores) {
        return IntStream.range(from, to)
                .mapToObj(index -> answered(index, scores))
                .toList();
    }

    /** True if every logit of the queries [from, to) is finite. */
    boolean finite(int from, int to, PositionScores scores) {
        return Double.isFinite(sum(scores.squares(), starts.get(from), ends.get(to - 1)));
    }

    /** The errors of the queries [from, to). */
    List<QueryErrors> errors(int from, int to, PositionScores.Compared compared) {
        return IntStream.range(from, to)
                .mapToObj(index -> errors(index, compared))
                .toList();
    }

    /** The answer to query {@code index}. */
    Answered answered(int index, PositionScores scores) {
        EncodedQuery query = queries.get(index);
        if (query.judgement() instanceof EncodedQuery.Choice choice) {
            Integer twin = contentFree.get(index);
            return chosen(choice, sums(index, scores), twin == null ? null : sums(twin, scores));
        } else if (query.judgement() instanceof EncodedQuery.Following) {
            return followed(index, scores);
        } else if (query.judgement() instanceof EncodedQuery.Numbers numbers && scores.outputs() != null) {
            return regressed(numbers.target(), scores.outputs()[ends.get(index) - 1]);
        }
        return Answered.UNJUDGED;
    }

    /** The summed log-likelihoods of each label of a query. */
    private double[] sums(int index, PositionScores scores) {
        List<EncodedQuery.Option> answers = queries.get(index).answers();
        double[] sums = new double[answers.size()];
        int request = firstRequests.get(index);
        for (int answer = 0; answer < sums.length; answer++) {
            for (int i = 0; i < answers.get(answer).tokens().length; i++) {
                sums[answer] += scores.logLikelihoods()[request++];
            }
        }
        return sums;
    }

    private static Answered chosen(EncodedQuery.Choice choice, double[] scores, double @Nullable [] withoutContent) {
        int best = Vectors.argmax(scores);
        double second = Double.NEGATIVE_INFINITY;
        for (int label = 0; label < scores.length; label++) {
            second = label == best ? second : Math.max(second, scores[label]);
        }
        Double margin = scores.length > 1 ? scores[best] - second : null;
        return new Answered(
                best,
                best == choice.gold(),
                -scores[choice.gold()],
                null,
                margin,
                Answered.Rescored.of(choice, scores, withoutContent));
    }

    private Answered followed(int index, PositionScores scores) {
        int request = firstRequests.get(index);
        int[] tokens = queries.get(index).answers().get(0).tokens();
        boolean right = true;
        double likelihood = 0;
        for (int i = 0; i < tokens.length; i++) {
            right &= scores.top()[requests.get(request + i).position()] == tokens[i];
            likelihood += scores.logLikelihoods()[request + i];
        }
        int first = scores.top()[requests.get(request).position()];
        return new Answered(first, right, -likelihood, null, null, null);
    }

    private static Answered regressed(double[] target, double[] output) {
        double sum = 0;
        for (int i = 0; i < target.length; i++) {
            sum += (output[i] - target[i]) * (output[i] - target[i]);
        }
        return new Answered(null, null, null, sum / target.length, null, null);
    }

    /** The errors of a query over all its scored positions. */
    QueryErrors errors(int index, PositionScores.Compared compared) {
        int from = starts.get(index);
        int to = ends.get(index);
        double maxAbsolute = max(compared.maxAbsolute(), from, to);
        double difference = sum(compared.squaredDifference(), from, to);
        double prompted = sum(compared.prompted().squares(), from, to);
        int agreed = 0;
        for (int i = from; i < to; i++) {
            agreed += compared.prompted().top()[i] == compared.converted().top()[i] ? 1 : 0;
        }
        // KL is not negative; rounding makes it so where both runs agree to the last bits.
        double meanKl = Math.max(0, sum(compared.kl(), from, to) / (to - from));
        double maxKl = Math.max(0, max(compared.kl(), from, to));
        return new QueryErrors(
                maxAbsolute,
                Math.sqrt(difference / prompted),
                meanKl,
                maxKl,
                agreed / (double) (to - from),
                Double.isFinite(difference) && Double.isFinite(prompted));
    }

    private static double sum(double[] values, int from, int to) {
        return Arrays.stream(values, from, to).sum();
    }

    private static double max(double[] values, int from, int to) {
        return Arrays.stream(values, from, to).max().orElse(0);
    }
}
