package org.iclsweep.model.generalization;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.iclsweep.datasets.reproducible.RandomStream;
import org.iclsweep.datasets.task.PatternPrompts;
import org.iclsweep.datasets.task.PatternPrompts.Drawn;
import org.iclsweep.datasets.task.Patterns;
import org.iclsweep.model.generalization.PromptArrays.Tokens;
import org.iclsweep.model.generalization.RunOutcome.Converted;
import org.iclsweep.model.generalization.RunOutcome.Pruned;
import org.iclsweep.model.tensor.Doubles;
import org.jspecify.annotations.Nullable;

/** One evaluation of R runs, in chunks of prompts. A run's prompts follow from its seed and the evaluation's place. */
final class EvaluationRun {
    private static final long EVALUATION = 4;
    /** Numbers of a chunk's prompts; what is made of them takes several times that. */
    private static final int CHUNK_SIZE = 2_000_000;

    private final List<RunSettings> settings;
    private final long[] seeds;
    private final EvaluationSettings evaluation;
    private final int index;
    private final DataType type;
    private final List<Patterns> domains = new ArrayList<>();
    private final List<Tokens> tokens = new ArrayList<>();
    private final List<PatternPrompts> sources = new ArrayList<>();
    private final List<RandomStream> random = new ArrayList<>();
    private final List<Tally> tallies = new ArrayList<>();

    EvaluationRun(List<RunSettings> settings, long[] seeds, EvaluationSettings evaluation, int index) {
        this.settings = settings;
        this.seeds = seeds;
        this.evaluation = evaluation;
        this.index = index;
        this.type = settings.get(0).precision().type();
        for (int run = 0; run < seeds.length; run++) {
            RunSettings own = settings.get(run);
            Patterns domain = own.data().patterns(seeds[run]);
            Patterns tested = evaluation.patterns(domain);
            domains.add(domain);
            tokens.add(new Tokens(tested, own.data()));
            sources.add(evaluation.source(own, tested));
            random.add(RandomStream.of(seeds[run], EVALUATION, index));
            tallies.add(new Tally());
        }
    }

    /** A learner's error on the prompts. */
    record ErrorOf(
            String learner,
            int prompts,
            double error,
            @Nullable Double hinge,
            @Nullable Converted converted) {}

    /**
     * What came out for one run.
     *
     * @param mass share of the attention on contexts with the query's pattern, of each layer
     */
    @SuppressWarnings("ArrayRecordComponent") // made once, read by the one who asked for it
    record Result(
            List<ErrorOf> errors,
            double absent,
            double ofContexts,
            double[] mass,
            @Nullable Components components,
            List<Pruned> pruned) {}

    /** Sums over a run's prompts. */
    private static final class Tally {
        private int prompts;
        private int present;
        private double errors;
        private double hinge;
        private double shared;
        private double[] mass = {};
        private double[] prunedErrors = {};
        private double[] prunedHinge = {};
        private final double[] classicalErrors = new double[ClassicalLearner.values().length];
        private int classical;
        private final ConversionTally converted = new ConversionTally();
    }

    /**
     * The results of all runs.
     *
     * @param end whether the training is over: pruning, classical learners and conversion belong there
     */
    List<Result> results(Learner learner, boolean end) {
        OneLayerModels oneLayer = learner instanceof OneLayerModels models ? models : null;
        List<Double> fractions = end && oneLayer != null ? evaluation.pruning() : List.of();
        double[][] lengths = oneLayer == null ? new double[0][] : lengths(oneLayer);
        int slots = evaluation.length() + (learner.readsQueryInContext() ? 1 : 0);
        int perPrompt = seeds.length * slots * settings.get(0).data().tokenDimension();
        int most = Math.max(8, CHUNK_SIZE / perPrompt);
        for (int first = 0; first < evaluation.prompts(); first += most) {
            int count = Math.min(most, evaluation.prompts() - first);
            chunk(learner, count, fractions, lengths, end);
        }
        Components[] components = oneLayer == null ? new Components[seeds.length] : components(oneLayer);
        List<Result> results = new ArrayList<>();
        for (int run = 0; run < seeds.length; run++) {
            double[] own = oneLayer == null ? new double[0] : lengths[run];
            results.add(result(tallies.get(run), components[run], fractions, own, seeds[run], end));
        }
        return results;
    }

    private void chunk(Learner learner, int count, List<Double> fractions, double[][] lengths, boolean end) {
        List<Drawn> drawn = new ArrayList<>();
        for (int run = 0; run < seeds.length; run++) {
            drawn.add(sources.get(run).draw(random.get(run), count, evaluation.length()));
        }
        try (NDManager batch = learner.newBatch()) {
            PromptArrays prompts = PromptArrays.of(batch, type, tokens, drawn, learner.readsQueryInContext());
            Learner.Forward answered = learner.forward(prompts);
            outputs(answered.output(), drawn);
            attention(answered.attention(), prompts);
            if (!fractions.isEmpty()) {
                prune((OneLayerModels) learner, prompts, fractions, lengths);
            }
            if (end && evaluation.conversion() && learner instanceof OneLayerModels models && models.isLinear()) {
                convert(models, prompts);
            }
        }
        if (end) {
            classical(drawn);
        }
    }

    private void outputs(NDArray output, List<Drawn> drawn) {
        double[] all = Doubles.of(output);
        for (int run = 0; run < seeds.length; run++) {
            Drawn own = drawn.get(run);
            Tally tally = tallies.get(run);
            for (int prompt = 0; prompt < own.prompts(); prompt++) {
                double margin = all[run * own.prompts() + prompt] * own.label()[own.query(prompt)];
                int shared = own.shared(prompt);
                tally.prompts++;
                tally.errors += margin > 0 ? 0 : 1;
                tally.hinge += Math.max(0, 1 - margin);
                tally.present += shared > 0 ? 1 : 0;
                tally.shared += shared / (double) own.length();
            }
        }
    }

    /** Attention mass on the query's pattern, summed over the prompts that have it. */
    private void attention(List<NDArray> attention, PromptArrays prompts) {
        int layers = attention.size();
        for (int layer = 0; layer < layers; layer++) {
            NDArray weights = attention.get(layer).abs(); // linear attention has signs
            NDArray share = weights.mul(prompts.shared()).sum(new int[] {2}).div(weights.sum(new int[] {2}));
            double[] sums = Doubles.of(share.sum(new int[] {1}));
            for (int run = 0; run < seeds.length; run++) {
                Tally tally = tallies.get(run);
                tally.mass = tally.mass.length == 0 ? new double[layers] : tally.mass;
                tally.mass[layer] += sums[run];
            }
        }
    }

    private void prune(OneLayerModels models, PromptArrays prompts, List<Double> fractions, double[][] lengths) {
        NDManager batch = prompts.query().getManager();
        NDArray kept = Pruning.kept(batch, lengths, seeds, fractions).toType(type, false);
        NDArray output = models.contributions(prompts).matMul(kept); // [R, N, K]
        NDArray margin = output.mul(prompts.label().expandDims(2));
        NDArray wrong = margin.lte(0).toType(type, false).sum(new int[] {1});
        NDArray hinge = margin.neg().add(1).maximum(0).sum(new int[] {1});
        double[] errors = Doubles.of(wrong);
        double[] losses = Doubles.of(hinge);
        int ways = errors.length / seeds.length;
        for (int run = 0; run < seeds.length; run++) {
            Tally tally = tallies.get(run);
            tally.prunedErrors = plus(tally.prunedErrors, errors, run * ways, ways);
            tally.prunedHinge = plus(tally.prunedHinge, losses, run * ways, ways);
        }
    }

    private static double[] plus(double[] sums, double[] values, int from, int count) {
        double[] added = sums.length == 0 ? new double[count] : sums;
        for (int i = 0; i < count; i++) {
            added[i] += values[from + i];
        }
        return added;
    }

    /** In the precision of the run, and in float64. */
    private void convert(OneLayerModels models, PromptArrays prompts) {
        NDManager batch = prompts.query().getManager();
        double[] labels = Doubles.of(prompts.label());
        int count = prompts.prompts();
        for (int run = 0; run < seeds.length; run++) {
            try (NDManager scope = batch.newSubManager()) {
                LinearConversion.Outputs outputs = converted(models, prompts, run, scope, type);
                LinearConversion.Outputs audited = converted(models, prompts, run, scope, DataType.FLOAT64);
                double[] own = Arrays.copyOfRange(labels, run * count, (run + 1) * count);
                tallies.get(run).converted.add(outputs, audited, own);
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

    private void classical(List<Drawn> drawn) {
        for (int run = 0; run < seeds.length; run++) {
            Tally tally = tallies.get(run);
            Drawn own = drawn.get(run);
            for (int prompt = 0; prompt < own.prompts() && tally.classical < evaluation.classical(); prompt++) {
                classical(tally, own, prompt, tokens.get(run));
            }
        }
    }

    private static void classical(Tally tally, Drawn drawn, int prompt, Tokens tokens) {
        double[][] points = new double[drawn.length()][];
        int[] labels = new int[drawn.length()];
        for (int i = 0; i < points.length; i++) {
            points[i] = tokens.input(drawn, drawn.first(prompt) + i);
            labels[i] = drawn.label()[drawn.first(prompt) + i];
        }
        int query = drawn.query(prompt);
        tally.classical++;
        for (ClassicalLearner learner : ClassicalLearner.values()) {
            int label = learner.label(points, labels, tokens.input(drawn, query));
            tally.classicalErrors[learner.ordinal()] += label == drawn.label()[query] ? 0 : 1;
        }
    }

    private double[][] lengths(OneLayerModels models) {
        double[][] lengths = new double[seeds.length][];
        try (NDManager scope = models.newBatch()) {
            NDArray rows = models.rows(scope);
            int neurons = (int) rows.getShape().get(1);
            int width = (int) rows.getShape().get(2);
            double[] all = Doubles.of(rows);
            for (int run = 0; run < seeds.length; run++) {
                double[] own = Arrays.copyOfRange(all, run * neurons * width, (run + 1) * neurons * width);
                lengths[run] = Components.lengths(own, neurons, width);
            }
        }
        return lengths;
    }

    private Components[] components(OneLayerModels models) {
        Components[] components = new Components[seeds.length];
        try (NDManager scope = models.newBatch()) {
            List<NDArray> weights = models.weights(scope);
            double[] queries = Doubles.of(weights.get(0));
            double[] keys = Doubles.of(weights.get(1));
            double[] signs = Doubles.of(weights.get(4));
            double[] rows = Doubles.of(models.rows(scope));
            int width = settings.get(0).data().tokenDimension();
            for (int run = 0; run < seeds.length; run++) {
                components[run] = Components.of(
                        part(queries, run),
                        part(keys, run),
                        part(rows, run),
                        part(signs, run),
                        domains.get(run).relevant(),
                        width);
            }
        }
        return components;
    }

    private double[] part(double[] all, int run) {
        int size = all.length / seeds.length;
        return Arrays.copyOfRange(all, run * size, (run + 1) * size);
    }

    private Result result(
            Tally tally,
            @Nullable Components components,
            List<Double> fractions,
            double[] lengths,
            long seed,
            boolean end) {
        List<ErrorOf> errors = new ArrayList<>();
        boolean conversion = end && evaluation.conversion() && tally.converted.prompts() > 0;
        errors.add(new ErrorOf(
                "icl",
                tally.prompts,
                tally.errors / tally.prompts,
                tally.hinge / tally.prompts,
                conversion ? tally.converted.result() : null));
        if (tally.classical > 0) {
            for (ClassicalLearner learner : ClassicalLearner.values()) {
                errors.add(new ErrorOf(
                        learner.name().toLowerCase(Locale.ROOT).replace('_', '-'),
                        tally.classical,
                        tally.classicalErrors[learner.ordinal()] / tally.classical,
                        null,
                        null));
            }
        }
        int present = Math.max(1, tally.present);
        double[] mass = Arrays.stream(tally.mass).map(sum -> sum / present).toArray();
        double absent = 1 - tally.present / (double) tally.prompts;
        return new Result(
                errors, absent, tally.shared / present, mass, components, pruned(tally, fractions, lengths, seed));
    }

    private List<Pruned> pruned(Tally tally, List<Double> fractions, double[] lengths, long seed) {
        List<Pruned> pruned = new ArrayList<>();
        int way = 0;
        for (Pruning.Order order : fractions.isEmpty() ? new Pruning.Order[0] : Pruning.Order.values()) {
            List<Integer> cut = Pruning.order(order, lengths, seed);
            for (double fraction : fractions) {
                double longest = cut.subList(0, (int) Math.round(fraction * lengths.length)).stream()
                        .mapToDouble(neuron -> lengths[neuron])
                        .max()
                        .orElse(0);
                pruned.add(new Pruned(
                        index,
                        order,
                        fraction,
                        tally.prunedErrors[way] / tally.prompts,
                        tally.prunedHinge[way] / tally.prompts,
                        longest));
                way++;
            }
        }
        return pruned;
    }
}
