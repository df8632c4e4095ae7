package org.iclsweep.sweep.experiment.grid;

import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.stream.IntStream;
import org.iclsweep.datasets.demonstration.Episode;
import org.iclsweep.datasets.demonstration.EpisodeSampler;
import org.iclsweep.datasets.task.Task;
import org.iclsweep.model.family.Architecture;
import org.iclsweep.model.prompt.EncodedPrompt;
import org.iclsweep.model.prompt.Tokenizer;
import org.iclsweep.sweep.run.ModelSource;

/**
 * The cost of the trials of one model and task, from a sample of their demonstration sets; no model is run.
 *
 * @param parameters the model's numbers
 * @param idleParameters those that a token is not multiplied with
 * @param contextTokens the mean context
 * @param queryTokens the mean of all queries of a set together
 * @param tooLong the part of the trials whose context is longer than allowed
 */
record PlanEstimate(long parameters, long idleParameters, double contextTokens, double queryTokens, double tooLong) {
    private static final int SETS = 16;

    /**
     * Floating-point operations of a trial: two for each parameter that a token is multiplied with; the context goes
     * through once prompted and once to be converted, the queries prompted, converted and bare. Sharing among nested
     * sets is left out, so is what attention itself costs.
     */
    double flopsPerTrial() {
        return 2.0 * (parameters - idleParameters) * (2 * contextTokens + 3 * queryTokens);
    }

    /** Tokens of a trial's context and of its queries, at least one. */
    double tokensPerTrial() {
        return Math.max(1, contextTokens + queryTokens);
    }

    /** The tokens of one demonstration set and of its queries together. */
    private record Sample(long context, long queries) {
        static Sample of(TaskEncoder encoder, Episode episode) {
            EncodedPrompt prompt = encoder.encode(episode.demonstrations(), episode.queries());
            return new Sample(
                    prompt.context().length(),
                    prompt.queries().stream()
                            .mapToLong(query -> query.tokens().length())
                            .sum());
        }
    }

    /** Draws and encodes some sets of every shot count. */
    static PlanEstimate of(GridSpecification grid, ModelSpec model, TaskSpec spec) {
        ModelSource source = model.source();
        Architecture layout = source.layout();
        Task task = spec.load();
        List<Integer> shotCounts = spec.shots(grid.demonstrations());
        int sets = Math.min(SETS, grid.demonstrations().setsPerTask());
        List<Sample> samples;
        try (Tokenizer tokenizer = source.tokenizer()) {
            TaskEncoder encoder = TaskEncoder.of(task, spec, TaskEncoder.TextModel.of(source, tokenizer));
            samples = shotCounts.stream()
                    .flatMap(shots -> IntStream.range(0, sets)
                            .mapToObj(set -> EpisodeSampler.episode(task, grid.samplingPlan(), set, shots)))
                    .map(episode -> Sample.of(encoder, episode))
                    .toList();
        }
        int allowed = Math.min(
                grid.evaluation().maxContextTokens(),
                layout.dimensions().positions().orElse(Integer.MAX_VALUE));
        LongSummaryStatistics fitting = samples.stream()
                .mapToLong(Sample::context)
                .filter(tokens -> tokens <= allowed)
                .summaryStatistics();
        LongSummaryStatistics queries =
                samples.stream().mapToLong(Sample::queries).summaryStatistics();
        return new PlanEstimate(
                source.parameters(),
                layout.idleParameters(),
                samples.stream().mapToLong(Sample::context).average().orElse(0),
                queries.getAverage(),
                1 - fitting.getCount() / (double) samples.size());
    }
}
