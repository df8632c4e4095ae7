package org.iclsweep.sweep.experiment.grid;

import java.util.List;
import org.iclsweep.datasets.demonstration.Episode;
import org.iclsweep.datasets.demonstration.EpisodeSampler;
import org.iclsweep.datasets.demonstration.SamplingPlan;
import org.iclsweep.datasets.task.Task;
import org.iclsweep.model.family.Architecture;
import org.iclsweep.model.prompt.EncodedQuery;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.model.prompt.Tokenizer;
import org.iclsweep.sweep.run.ModelSource;

/**
 * The cost of the trials of one model and task, from a sample of their demonstration sets; no model is run.
 *
 * @param parameters the model's numbers
 * @param contextTokens the mean context
 * @param queryTokens the mean of all queries of a set together
 * @param longestTokens the longest tree of a set: its largest context, and its queries once for each shot count
 * @param heads the model's attention heads
 * @param tooLong the part of the trials whose context is longer than allowed
 */
public record PlanEstimate(
        long parameters, double contextTokens, double queryTokens, long longestTokens, int heads, double tooLong) {
    private static final int SETS = 16;
    /** Matrices of scores that are there at once: scores, mask, weights, their product with one another. */
    private static final int SCORES = 4;

    /**
     * Floating-point operations of a trial: two for each parameter and token; the context goes through once prompted
     * and once to be converted, the queries prompted, converted and bare. Sharing among nested sets is left out, so is
     * what attention itself costs.
     */
    public double flopsPerTrial() {
        return 2.0 * parameters * (2 * contextTokens + 3 * queryTokens);
    }

    /** Bytes of the weights, outside the Java heap; the slots of an executor share them. */
    public double weightBytes(int bytes) {
        return (double) bytes * parameters;
    }

    /**
     * Bytes of one slot's batch, outside the Java heap: the scores of every pair of positions of the prompted run
     * outweigh all else.
     *
     * @param bytes of a number: 4 in float32, 8 in float64
     */
    public double batchBytes(int batchTokens, int bytes) {
        double tokens = Math.max(batchTokens, longestTokens);
        return SCORES * (double) bytes * heads * tokens * longestTokens;
    }

    /** Draws and encodes some sets of every shot count. */
    public static PlanEstimate of(GridSpecification sweep, ModelSpec model, TaskSpec spec) {
        ModelSource source = model.source();
        try (Tokenizer tokenizer = source.tokenizer()) {
            TaskEncoder encoder = TaskEncoder.of(
                    spec.load(),
                    spec,
                    source.config(),
                    tokenizer,
                    source.layout().dimensions().inputSize());
            return sampled(sweep, spec, encoder, source);
        }
    }

    private static PlanEstimate sampled(
            GridSpecification sweep, TaskSpec spec, TaskEncoder encoder, ModelSource source) {
        Task task = spec.load();
        Architecture layout = source.layout();
        SamplingPlan plan = sweep.samplingPlan();
        int sets = Math.min(SETS, sweep.demonstrations().setsPerTask());
        int allowed = Math.min(
                sweep.evaluation().maxContextTokens(),
                layout.dimensions().positions().orElse(Integer.MAX_VALUE));
        long trials = 0;
        long context = 0;
        long query = 0;
        long tooLong = 0;
        long longestContext = 0;
        long longestQueries = 0;
        List<Integer> shotCounts = spec.shots(sweep.demonstrations());
        for (int shots : shotCounts) {
            for (int set = 0; set < sets; set++) {
                Episode episode = EpisodeSampler.episode(task, plan, set, shots);
                int tokens = encoder.demonstrations(episode.demonstrations()).stream()
                        .mapToInt(TokenSequence::length)
                        .sum();
                List<EncodedQuery> queries = encoder.queries(episode.demonstrations(), episode.queries());
                trials++;
                context += tokens;
                int asked =
                        queries.stream().mapToInt(one -> one.tokens().length()).sum();
                query += asked;
                tooLong += tokens > allowed ? 1 : 0;
                longestContext = Math.max(longestContext, tokens > allowed ? 0 : tokens);
                longestQueries = Math.max(longestQueries, asked);
            }
        }
        return new PlanEstimate(
                source.parameters(),
                context / (double) trials,
                query / (double) trials,
                longestContext + longestQueries * (sweep.demonstrations().nested() ? shotCounts.size() : 1L),
                layout.heads(),
                tooLong / (double) trials);
    }
}
