package org.iclsweep.sweep.trial;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.iclsweep.datasets.demonstration.Episode;
import org.iclsweep.datasets.demonstration.EpisodeSampler;
import org.iclsweep.datasets.demonstration.SamplingPlan;
import org.iclsweep.datasets.task.Task;
import org.iclsweep.model.checkpoint.Checkpoint;
import org.iclsweep.model.checkpoint.Weights;
import org.iclsweep.model.prompt.EncodedQuery;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.model.prompt.Tokenizer;
import org.iclsweep.model.prompt.Tokenizers;
import org.iclsweep.model.transformer.CheckpointLayout;
import org.iclsweep.sweep.config.ModelSpec;
import org.iclsweep.sweep.config.SweepConfiguration;
import org.iclsweep.sweep.config.TaskSpec;
import org.jspecify.annotations.Nullable;

/**
 * What the trials of one model and task take, from a sample of their demonstration sets; no model is run.
 *
 * @param parameters the model's numbers
 * @param contextTokens the mean context
 * @param queryTokens the mean of all queries of a set together
 * @param tooLong the part of the trials whose context is longer than allowed
 */
public record PlanEstimate(long parameters, double contextTokens, double queryTokens, double tooLong) {
    private static final int SETS = 16;

    /**
     * Floating-point operations of a trial: two for each parameter and token; the context goes through once prompted
     * and once to be converted, the queries prompted, converted and bare. Sharing among nested sets is left out, so is
     * what attention itself costs.
     */
    public double flopsPerTrial() {
        return 2.0 * parameters * (2 * contextTokens + 3 * queryTokens);
    }

    /** Draws and encodes some sets of every shot count. */
    public static PlanEstimate of(SweepConfiguration sweep, ModelSpec model, TaskSpec spec) {
        Source source = Source.of(model);
        try {
            TaskEncoder encoder =
                    TaskEncoder.of(spec.load(), spec, source.config(), source.tokenizer(), source.inputSize());
            return sampled(sweep, spec, encoder, source);
        } finally {
            source.close();
        }
    }

    private static PlanEstimate sampled(SweepConfiguration sweep, TaskSpec spec, TaskEncoder encoder, Source source) {
        Task task = spec.load();
        SamplingPlan plan =
                sweep.demonstrations().samplingPlan(sweep.evaluation().queriesPerSet());
        int sets = Math.min(SETS, sweep.demonstrations().setsPerTask());
        int allowed = Math.min(
                sweep.evaluation().maxContextTokens(),
                source.config().path("max_position_embeddings").asInt(Integer.MAX_VALUE));
        long trials = 0;
        long context = 0;
        long query = 0;
        long tooLong = 0;
        for (int shots : spec.shots(sweep.demonstrations())) {
            for (int set = 0; set < sets; set++) {
                Episode episode = EpisodeSampler.episode(task, plan, set, shots);
                int tokens = encoder.demonstrations(episode.demonstrations()).stream()
                        .mapToInt(TokenSequence::length)
                        .sum();
                List<EncodedQuery> queries = encoder.queries(episode.demonstrations(), episode.queries());
                trials++;
                context += tokens;
                query += queries.stream().mapToInt(one -> one.tokens().length()).sum();
                tooLong += tokens > allowed ? 1 : 0;
            }
        }
        return new PlanEstimate(
                source.parameters(), context / (double) trials, query / (double) trials, tooLong / (double) trials);
    }

    /** What is known of a model without loading it. */
    private record Source(
            JsonNode config, Weights weights, @Nullable Tokenizer tokenizer) {
        static Source of(ModelSpec model) {
            if (model.isRandom()) {
                return new Source(RandomModels.config(model.random()), RandomModels.weights(model.random()), null);
            }
            Checkpoint checkpoint = Checkpoint.open(model.directory());
            return new Source(
                    checkpoint.config(), checkpoint, Tokenizers.has(checkpoint) ? Tokenizers.of(checkpoint) : null);
        }

        int inputSize() {
            return CheckpointLayout.of(config).dimensions().inputSize();
        }

        long parameters() {
            long sum = 0;
            for (String name : weights.names()) {
                long size = 1;
                for (long dimension : weights.shape(name)) {
                    size *= dimension;
                }
                sum += size;
            }
            return sum;
        }

        void close() {
            if (tokenizer != null) {
                tokenizer.close();
            }
        }
    }
}
