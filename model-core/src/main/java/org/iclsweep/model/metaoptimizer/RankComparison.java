package org.iclsweep.model.metaoptimizer;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.iclsweep.model.prompt.TokenSequence;

/**
 * Kendall's τ-b at one mixer, between the attention that the queries of a set pay to the tokens of the demonstrations
 * and that of fine-tuning ({@link AttentionRanks}): means over the queries.
 *
 * @param byToken over tokens
 * @param byExample over demonstrations
 * @param uniform over tokens, with a number of chance for each, as the paper has it
 * @param nullByToken the null of {@code byToken}, over permutations of whole demonstrations
 * @param nullByExample the null of {@code byExample}
 * @param predictors τ-b with predictors that do not depend on fine-tuning
 */
public record RankComparison(
        OptionalDouble byToken,
        OptionalDouble byExample,
        OptionalDouble uniform,
        AttentionRanks.Null nullByToken,
        AttentionRanks.Null nullByExample,
        Predictors predictors) {

    /**
     * τ-b of the attention of the context with predictors that need no model. An agreement with fine-tuning may be
     * explained by both of them following these.
     *
     * @param byPosition a token's distance from the context's beginning
     * @param byExamplePosition the same of demonstrations
     * @param bySameToken 1 if a token equals the query's last one, else 0
     */
    public record Predictors(OptionalDouble byPosition, OptionalDouble byExamplePosition, OptionalDouble bySameToken) {}

    /**
     * At every mixer, first layer first; empty where a mixer has no scores, and without demonstrations.
     *
     * @param context the queries after the demonstrations
     * @param tuned the queries alone, read by the fine-tuned model
     * @param training recordings of fine-tuning on the same demonstrations in the same order
     * @param queries of both recordings
     */
    public static List<Optional<RankComparison>> of(
            List<QueryRecording> context,
            List<QueryRecording> tuned,
            TrainingQueries training,
            List<TokenSequence> queries,
            int permutations,
            long seed) {
        return IntStream.range(0, context.get(0).mixers().size())
                .mapToObj(mixer -> at(mixer, context, tuned, training, queries, permutations, seed))
                .toList();
    }

    private static Optional<RankComparison> at(
            int mixer,
            List<QueryRecording> context,
            List<QueryRecording> tuned,
            TrainingQueries training,
            List<TokenSequence> queries,
            int permutations,
            long seed) {
        int[] lengths = training.lengths();
        if (lengths.length == 0 || !context.get(0).mixers().get(mixer).isScored()) {
            return Optional.empty();
        }
        double[][] trained = training.at(mixer);
        SplittableRandom random = new SplittableRandom(seed);
        List<AttentionRanks> observed = new ArrayList<>();
        List<AttentionRanks.Nulls> nulls = new ArrayList<>();
        List<OptionalDouble> uniform = new ArrayList<>();
        List<Predictors> predictors = new ArrayList<>();
        for (int q = 0; q < context.size(); q++) {
            double[] attended = context.get(q).mixers().get(mixer).toContextOverHeads();
            double[] agreed = AttentionRanks.agreement(
                    trained, tuned.get(q).mixers().get(mixer).query());
            observed.add(AttentionRanks.of(attended, agreed, lengths));
            nulls.add(AttentionRanks.nulls(attended, agreed, lengths, permutations, random.nextLong()));
            double[] chance = random.doubles(attended.length).toArray();
            uniform.add(AttentionRanks.tau(attended, chance));
            predictors.add(predictors(attended, training.demonstrations(), queries.get(q)));
        }
        return Optional.of(new RankComparison(
                MeanOfDefined.of(observed, AttentionRanks::byToken),
                MeanOfDefined.of(observed, AttentionRanks::byExample),
                MeanOfDefined.of(uniform, one -> one),
                AttentionRanks.Null.mean(
                        nulls.stream().map(AttentionRanks.Nulls::byToken).toList()),
                AttentionRanks.Null.mean(
                        nulls.stream().map(AttentionRanks.Nulls::byExample).toList()),
                new Predictors(
                        MeanOfDefined.of(predictors, Predictors::byPosition),
                        MeanOfDefined.of(predictors, Predictors::byExamplePosition),
                        MeanOfDefined.of(predictors, Predictors::bySameToken))));
    }

    /** Of one query, which pays {@code attended} to the tokens of {@code demonstrations}. */
    static Predictors predictors(double[] attended, List<TokenSequence> demonstrations, TokenSequence query) {
        int[] read = query.ids();
        int last = read[read.length - 1];
        double[] same = IntStream.of(TokenSequence.concat(demonstrations).ids())
                .mapToDouble(id -> id == last ? 1 : 0)
                .toArray();
        int[] lengths = demonstrations.stream().mapToInt(TokenSequence::length).toArray();
        return new Predictors(
                AttentionRanks.tau(attended, counted(attended.length)),
                AttentionRanks.ofExamples(attended, counted(lengths.length), lengths),
                AttentionRanks.tau(attended, same));
    }

    /** 0, 1, … */
    private static double[] counted(int count) {
        return IntStream.range(0, count).asDoubleStream().toArray();
    }
}
