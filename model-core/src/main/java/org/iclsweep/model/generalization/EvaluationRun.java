package org.iclsweep.model.generalization;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.iclsweep.datasets.reproducible.RandomStream;
import org.iclsweep.datasets.task.PatternPrompts;
import org.iclsweep.datasets.task.PatternPrompts.Drawn;
import org.iclsweep.datasets.task.Patterns;
import org.iclsweep.model.generalization.PromptArrays.Tokens;
import org.iclsweep.model.generalization.RunOutcome.Pruned;
import org.iclsweep.model.tensor.Doubles;
import org.jspecify.annotations.Nullable;

/** One evaluation of R runs, in chunks of prompts. A run's prompts follow from its seed and the evaluation's index. */
final class EvaluationRun {
    private static final long EVALUATION = 4;
    /** Numbers in a chunk's prompts; the arrays of a forward pass take several times that. */
    private static final int CHUNK_SIZE = 2_000_000;

    private final long[] seeds;
    private final EvaluationSettings evaluation;
    private final int width;
    private final DataType type;
    private final List<Patterns> domains = new ArrayList<>();
    private final List<Tokens> tokens = new ArrayList<>();
    private final List<PatternPrompts> sources = new ArrayList<>();
    private final List<RandomStream> random = new ArrayList<>();
    private final List<EvaluationTally> tallies = new ArrayList<>();

    EvaluationRun(List<RunSettings> settings, long[] seeds, EvaluationSettings evaluation, int index) {
        this.seeds = seeds;
        this.evaluation = evaluation;
        this.width = settings.get(0).data().tokenDimension();
        this.type = settings.get(0).precision().type();
        for (int run = 0; run < seeds.length; run++) {
            RunSettings own = settings.get(run);
            Patterns domain = own.data().patterns(seeds[run]);
            Patterns tested = evaluation.patterns(domain);
            domains.add(domain);
            tokens.add(new Tokens(tested, own.data()));
            sources.add(evaluation.source(own, tested));
            random.add(RandomStream.of(seeds[run], EVALUATION, index));
            tallies.add(new EvaluationTally(index));
        }
    }

    /** The measures of one run. */
    record Result(EvaluationTally tally, @Nullable Components components, List<Pruned> pruned) {}

    /**
     * The results of all runs.
     *
     * @param end true after the last step, where pruning, classical learners and conversion belong
     */
    List<Result> results(Learner learner, boolean end) {
        @Nullable OneLayerModels oneLayer = learner instanceof OneLayerModels models ? models : null;
        List<Double> fractions = end && oneLayer != null ? evaluation.pruning() : List.of();
        double[][] lengths = oneLayer == null ? new double[seeds.length][0] : lengths(oneLayer);
        int slots = evaluation.length() + (learner.readsQueryInContext() ? 1 : 0);
        int most = Math.max(8, CHUNK_SIZE / (seeds.length * slots * width));
        for (int first = 0; first < evaluation.prompts(); first += most) {
            chunk(learner, Math.min(most, evaluation.prompts() - first), fractions, lengths, end);
        }
        @Nullable Components[] components = oneLayer == null ? new Components[seeds.length] : components(oneLayer);
        return IntStream.range(0, seeds.length)
                .mapToObj(run -> new Result(
                        tallies.get(run),
                        components[run],
                        tallies.get(run).pruned(fractions, lengths[run], seeds[run])))
                .toList();
    }

    private void chunk(Learner learner, int count, List<Double> fractions, double[][] lengths, boolean end) {
        List<Drawn> drawn = new ArrayList<>();
        for (int run = 0; run < seeds.length; run++) {
            drawn.add(sources.get(run).draw(random.get(run), count, evaluation.length()));
        }
        try (NDManager batch = learner.newBatch()) {
            PromptArrays prompts = PromptArrays.of(batch, type, tokens, drawn, learner.readsQueryInContext());
            Learner.Forward forward = learner.forward(prompts);
            double[][] outputs = perRun(forward.output());
            double[][] masses = masses(forward.attention(), prompts);
            for (int run = 0; run < seeds.length; run++) {
                tallies.get(run).add(drawn.get(run), outputs[run]);
                tallies.get(run).addMass(masses[run]);
            }
            if (!fractions.isEmpty()) {
                prune((OneLayerModels) learner, prompts, fractions, lengths);
            }
            if (end && evaluation.conversion() && learner instanceof OneLayerModels models && models.isLinear()) {
                convert(models, prompts);
            }
        }
        for (int run = 0; end && run < seeds.length; run++) {
            tallies.get(run).addClassical(drawn.get(run), tokens.get(run), evaluation.classical());
        }
    }

    /** Attention mass on the query's pattern, summed over the prompts that have it [R][layers]. */
    private double[][] masses(List<NDArray> attention, PromptArrays prompts) {
        double[][] masses = new double[seeds.length][attention.size()];
        for (int layer = 0; layer < attention.size(); layer++) {
            NDArray weights = attention.get(layer).abs(); // linear attention has signs
            NDArray share = weights.mul(prompts.shared()).sum(new int[] {2}).div(weights.sum(new int[] {2}));
            double[] sums = Doubles.of(share.sum(new int[] {1}));
            for (int run = 0; run < seeds.length; run++) {
                masses[run][layer] = sums[run];
            }
        }
        return masses;
    }

    private void prune(OneLayerModels models, PromptArrays prompts, List<Double> fractions, double[][] lengths) {
        NDManager batch = prompts.query().getManager();
        NDArray kept = Pruning.kept(batch, lengths, seeds, fractions).toType(type, false);
        NDArray output = models.contributions(prompts).matMul(kept); // [R, N, K]
        NDArray margin = output.mul(prompts.label().expandDims(2));
        double[][] errors = perRun(margin.lte(0).toType(type, false).sum(new int[] {1}));
        double[][] losses = perRun(margin.neg().add(1).maximum(0).sum(new int[] {1}));
        for (int run = 0; run < seeds.length; run++) {
            tallies.get(run).addPruned(errors[run], losses[run]);
        }
    }

    /** Adds conversions in the precision of the run, audited in float64. */
    private void convert(OneLayerModels models, PromptArrays prompts) {
        NDManager batch = prompts.query().getManager();
        double[][] labels = perRun(prompts.label());
        for (int run = 0; run < seeds.length; run++) {
            try (NDManager scope = batch.newSubManager()) {
                LinearConversion.Outputs outputs = converted(models, prompts, run, scope, type);
                LinearConversion.Outputs audited = converted(models, prompts, run, scope, DataType.FLOAT64);
                tallies.get(run).addConverted(outputs, audited, labels[run]);
            }
        }
    }

    private static LinearConversion.Outputs converted(
            OneLayerModels models, PromptArrays prompts, int run, NDManager scope, DataType type) {
        List<NDArray> weights = models.weights(scope).stream()
                .map(weight -> weight.get(run).toType(type, false))
                .toList();
        NDArray contexts = prompts.context().get(run).toType(type, false);
        contexts.attach(scope);
        return new LinearConversion(weights).outputs(contexts);
    }

    /** ‖r_i‖ of each run's neurons [R][m]. */
    private double[][] lengths(OneLayerModels models) {
        try (NDManager scope = models.newBatch()) {
            NDArray rows = models.rows(scope);
            int neurons = (int) rows.getShape().get(1);
            return Arrays.stream(perRun(rows))
                    .map(own -> Components.lengths(own, neurons, width))
                    .toArray(double[][]::new);
        }
    }

    private Components[] components(OneLayerModels models) {
        try (NDManager scope = models.newBatch()) {
            List<NDArray> weights = models.weights(scope);
            double[][] queries = perRun(weights.get(0));
            double[][] keys = perRun(weights.get(1));
            double[][] signs = perRun(weights.get(4));
            double[][] rows = perRun(models.rows(scope));
            return IntStream.range(0, seeds.length)
                    .mapToObj(run -> Components.of(
                            queries[run],
                            keys[run],
                            rows[run],
                            signs[run],
                            domains.get(run).relevant(),
                            width))
                    .toArray(Components[]::new);
        }
    }

    /** The numbers of {@code array} [R, ...], run by run. */
    private double[][] perRun(NDArray array) {
        return Doubles.rows(array.reshape(seeds.length, -1));
    }
}
