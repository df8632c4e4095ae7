package org.iclsweep.model.metaoptimizer;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Kendall's τ-b at one mixer, between the attention that the queries of a set pay to the tokens of the demonstrations
 * and that of fine-tuning ({@link AttentionRanks}): means over the queries.
 *
 * @param byToken over tokens
 * @param byExample over demonstrations
 * @param uniform over tokens, with a number of chance for each, as the paper has it
 * @param nullByToken what {@code byToken} is when whole demonstrations change places
 * @param nullByExample what {@code byExample} is then
 */
public record RankComparison(
        OptionalDouble byToken,
        OptionalDouble byExample,
        OptionalDouble uniform,
        Null nullByToken,
        Null nullByExample) {

    /**
     * By chance.
     *
     * @param mean the mean over permutations and queries
     * @param deviation the mean over queries of the standard deviation over permutations
     */
    public record Null(OptionalDouble mean, OptionalDouble deviation) {}

    /**
     * At every mixer, first layer first; empty where a mixer has no scores, and without demonstrations.
     *
     * @param context the queries after the demonstrations
     * @param tuned the queries alone, read by the fine-tuned model
     * @param training what fine-tuning recorded, of the same demonstrations in the same order
     */
    public static List<Optional<RankComparison>> of(
            List<QueryRecording> context,
            List<QueryRecording> tuned,
            TrainingQueries training,
            int permutations,
            long seed) {
        return IntStream.range(0, context.get(0).mixers().size())
                .mapToObj(mixer -> at(mixer, context, tuned, training, permutations, seed))
                .toList();
    }

    private static Optional<RankComparison> at(
            int mixer,
            List<QueryRecording> context,
            List<QueryRecording> tuned,
            TrainingQueries training,
            int permutations,
            long seed) {
        int[] lengths = training.lengths();
        if (lengths.length == 0 || !context.get(0).mixers().get(mixer).isScored()) {
            return Optional.empty();
        }
        double[][] queries = training.at(mixer);
        SplittableRandom random = new SplittableRandom(seed);
        List<AttentionRanks> observed = new ArrayList<>();
        List<AttentionRanks.Nulls> nulls = new ArrayList<>();
        List<OptionalDouble> uniform = new ArrayList<>();
        for (int q = 0; q < context.size(); q++) {
            double[] attended = context.get(q).mixers().get(mixer).toContextOverHeads();
            double[] agreed = AttentionRanks.agreement(
                    queries, tuned.get(q).mixers().get(mixer).query());
            observed.add(AttentionRanks.of(attended, agreed, lengths));
            nulls.add(AttentionRanks.nulls(attended, agreed, lengths, permutations, random.nextLong()));
            double[] chance = random.doubles(attended.length).toArray();
            uniform.add(AttentionRanks.tau(attended, chance));
        }
        return Optional.of(new RankComparison(
                MeanOfDefined.of(observed, AttentionRanks::byToken),
                MeanOfDefined.of(observed, AttentionRanks::byExample),
                MeanOfDefined.of(uniform, one -> one),
                mean(nulls.stream().map(AttentionRanks.Nulls::byToken).toList()),
                mean(nulls.stream().map(AttentionRanks.Nulls::byExample).toList())));
    }

    private static Null mean(List<AttentionRanks.Null> nulls) {
        return new Null(
                MeanOfDefined.of(nulls, AttentionRanks.Null::mean),
                MeanOfDefined.of(nulls, AttentionRanks.Null::deviation));
    }
}
