package org.iclsweep.sweep.experiment.metaoptimizer;

import ai.djl.ndarray.types.DataType;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.metaoptimizer.FineTuning;
import org.iclsweep.model.metaoptimizer.LayerComparison;
import org.iclsweep.model.metaoptimizer.MixerRecording;
import org.iclsweep.model.metaoptimizer.QueryReading;
import org.iclsweep.model.metaoptimizer.QueryRecording;
import org.iclsweep.model.metaoptimizer.RankComparison;
import org.iclsweep.model.metaoptimizer.Recovery;
import org.iclsweep.model.metaoptimizer.SmallRateLimit;
import org.iclsweep.model.metaoptimizer.TrainedBlock;
import org.iclsweep.model.metaoptimizer.TrainedBlock.Part;
import org.iclsweep.model.metaoptimizer.TrainingQueries;
import org.iclsweep.model.metaoptimizer.TunedModel;
import org.iclsweep.model.prompt.EncodedQuery;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.model.training.DivergenceException;
import org.iclsweep.sweep.experiment.grid.EncodedTrial;
import org.iclsweep.sweep.experiment.grid.Score;
import org.iclsweep.sweep.experiment.metaoptimizer.FineTuningSpec.Variant;
import org.iclsweep.sweep.experiment.metaoptimizer.MetaOptimizerResult.Answers;
import org.iclsweep.sweep.experiment.metaoptimizer.MetaOptimizerResult.Comparison;
import org.iclsweep.sweep.experiment.metaoptimizer.MetaOptimizerResult.Layer;
import org.iclsweep.sweep.experiment.metaoptimizer.MetaOptimizerResult.Tuning;
import org.jspecify.annotations.Nullable;

/**
 * The comparisons of learning in context, for one set of demonstrations: every variant of fine-tuning at every learning
 * rate, its limit, and the controls of the first variant at the learning rate that was chosen for it.
 */
public final class SetComparisons {
    private static final String ICL = "icl";
    private static final String ICL_SHUFFLED = "icl-shuffled-labels";

    private final LanguageModel model;
    private final FineTuningSpec spec;
    private final TokenSequence leading;
    private final List<TokenSequence> shown;
    private final List<TokenSequence> demonstrations;
    private final List<EncodedQuery> queries;
    private final List<EncodedQuery> test;
    private final long seed;
    private final QueryReading zeroShot;
    private final QueryReading context;
    private final boolean scored;
    private final List<Comparison> comparisons = new ArrayList<>();

    /** Reads the queries of {@code member} with and without its demonstrations; nothing is compared yet. */
    SetComparisons(LanguageModel model, FineTuningSpec spec, EncodedTrial member) {
        this.model = model;
        this.spec = spec;
        this.leading = member.prompt().leading();
        this.shown = member.demonstrations();
        this.demonstrations = behindLeading(shown);
        this.queries = member.queries();
        this.test = member.test();
        this.seed = member.set().seed();
        this.zeroShot = read(List.of());
        this.context = read(demonstrations);
        this.scored = zeroShot.recordings().stream()
                .flatMap(query -> query.mixers().stream())
                .anyMatch(MixerRecording::isScored);
    }

    Answers zeroShot() {
        return answers(zeroShot);
    }

    /** After the demonstrations. */
    Answers context() {
        return answers(context);
    }

    /** Of the test queries, as {@code reading} has them. */
    private Answers answers(QueryReading reading) {
        boolean[] right = right(reading);
        List<Long> ids = IntStream.range(0, right.length)
                .filter(q -> right[q])
                .mapToObj(q -> test.get(q).id())
                .toList();
        return new Answers(Score.of(reading.answers()), ids);
    }

    /** Those that judge. */
    List<EncodedQuery> queries() {
        return test;
    }

    /**
     * All queries alone, those that choose first. The bare model reads them in the same rows as every fine-tuned one:
     * in others, with other padding, sums would be rounded otherwise, and a fine-tuning that moves nothing would have a
     * direction.
     */
    private QueryReading alone(LanguageModel reader) {
        return QueryReading.of(reader, leading, queries);
    }

    /** Demonstrations, the first of them with the tokens that every prompt begins with. */
    private List<TokenSequence> behindLeading(List<TokenSequence> others) {
        if (leading.length() == 0 || others.isEmpty()) {
            return others;
        }
        List<TokenSequence> all = new ArrayList<>(others);
        all.set(0, leading.then(others.get(0)));
        return all;
    }

    private QueryReading judging(QueryReading all) {
        return all.some(spec.validationQueries(), queries.size());
    }

    /** The test queries after {@code before}, in one uninterrupted run. */
    private QueryReading read(List<TokenSequence> before) {
        return before.isEmpty() ? judging(alone(model)) : QueryReading.of(model, TokenSequence.concat(before), test);
    }

    // ---- fine-tuning

    /**
     * The outcome of a fine-tuning.
     *
     * @param changes ‖Δθ‖ of every block
     */
    private record Tuned(
            double learningRate,
            QueryReading reading,
            Score validation,
            Optional<TrainingQueries> training,
            double trainingLoss,
            Map<TrainedBlock, Double> changes) {}

    /** Fine-tunes at every learning rate of {@code variant}; the one that was chosen, if any did not diverge. */
    private Optional<Tuned> tune(Variant variant) {
        List<Optional<Tuned>> curve = variant.learningRates().stream()
                .map(rate -> tuned(variant, rate, demonstrations))
                .toList();
        Optional<Tuned> best = curve.stream()
                .flatMap(Optional::stream)
                .min(Comparator.comparing(Tuned::validation, spec.choice().bestFirst()));
        for (int i = 0; i < curve.size(); i++) {
            double rate = variant.learningRates().get(i);
            comparisons.add(curve.get(i)
                    .map(tuned -> compared(ICL, context, variant.name(), tuned, best.orElseThrow() == tuned))
                    .orElseGet(() -> diverged(ICL, variant.name(), rate)));
        }
        return best;
    }

    private Optional<Tuned> tuned(Variant variant, double rate, List<TokenSequence> on) {
        FineTuning how = new FineTuning(variant.weights(), variant.descent(), rate);
        TrainingQueries training = new TrainingQueries(on);
        boolean ranks = scored && on.equals(demonstrations); // ranks are over the tokens of the context
        try (TunedModel tuned = how.tuned(model, on, ranks ? training : FineTuning.BeforeStep.NONE)) {
            return measured(tuned, rate, ranks ? Optional.of(training) : Optional.empty());
        } catch (DivergenceException e) {
            return Optional.empty();
        }
    }

    private Optional<Tuned> measured(TunedModel tuned, double rate, Optional<TrainingQueries> training) {
        QueryReading all = alone(tuned.model());
        QueryReading judging = judging(all);
        Score choosing = Score.of(all.some(0, spec.validationQueries()).answers());
        return Score.of(judging.answers()).isFinite() && choosing.isFinite()
                ? Optional.of(new Tuned(
                        rate,
                        judging,
                        choosing,
                        training,
                        DoubleStream.of(tuned.losses()).average().orElse(Double.NaN),
                        tuned.changes()))
                : Optional.empty();
    }

    /** All variants, the limit of the first, and, where they are given, its controls. */
    List<Comparison> all(Optional<Controls> controls) {
        List<Optional<Tuned>> chosen = spec.variants().stream().map(this::tune).toList();
        Variant first = spec.variants().get(0);
        limit(first);
        controls.ifPresent(with -> {
            chosen.get(0).ifPresent(tuned -> tunedControls(first, tuned, with));
            contextControls(with.demonstrations());
        });
        return List.copyOf(comparisons);
    }

    /** The replacements of the demonstrations, and the test queries after those with exchanged labels. */
    record Controls(ControlDemonstrations demonstrations, QueryReading shuffledContext) {}

    Controls controls(ControlDemonstrations with) {
        return new Controls(with, read(behindLeading(with.shuffled())));
    }

    private void limit(Variant variant) {
        if (model.type() == DataType.FLOAT64) {
            List<TokenSequence> tokens = test.stream().map(EncodedQuery::tokens).toList();
            new SmallRateLimit(variant.weights(), variant.descent(), SmallRateLimit.DEFAULT_STEP)
                    .derivatives(model, demonstrations, tokens)
                    .ifPresent(derivatives ->
                            comparisons.add(new Comparison(ICL, "limit", null, null, null, directions(derivatives))));
        }
    }

    private List<Layer> directions(List<QueryRecording> derivatives) {
        List<QueryRecording> moved = IntStream.range(0, derivatives.size())
                .mapToObj(q -> zeroShot.recordings().get(q).along(derivatives.get(q), 1))
                .toList();
        return LayerComparison.of(zeroShot.recordings(), context.recordings(), moved, seed).stream()
                .map(layer -> new Layer(layer.ofDirections(), Optional.empty(), null, null))
                .toList();
    }

    // ---- controls

    private void tunedControls(Variant variant, Tuned tuned, Controls controls) {
        ControlDemonstrations with = controls.demonstrations();
        QueryReading shuffledContext = controls.shuffledContext();
        double rate = tuned.learningRate();
        Optional<Tuned> shuffled = tuned(variant, rate, behindLeading(with.shuffled()));
        add(ICL, context, "shuffled-labels", rate, shuffled);
        add(ICL_SHUFFLED, shuffledContext, variant.name(), rate, Optional.of(tuned));
        add(ICL_SHUFFLED, shuffledContext, "shuffled-labels", rate, shuffled);
        if (with.otherTask() != null) {
            add(ICL, context, "other-task", rate, tuned(variant, rate, behindLeading(with.otherTask())));
        }
        add(ICL, context, "negated", -rate, tuned(variant, -rate, demonstrations));
        add(ICL, context, "random-weights", rate, randomWeights(variant, rate));
        add("fine-tuning", tuned.reading(), "reversed-order", rate, tuned(variant, rate, reversed()));
    }

    private Optional<Tuned> randomWeights(Variant variant, double rate) {
        FineTuning how = new FineTuning(variant.weights(), variant.descent(), rate);
        try (TunedModel tuned = how.tuned(model, demonstrations, FineTuning.BeforeStep.NONE);
                TunedModel twin = tuned.randomTwin(seed)) {
            return measured(twin, rate, Optional.empty());
        }
    }

    private void contextControls(ControlDemonstrations with) {
        if (with.otherSet() != null) {
            add("icl-other-set", behindLeading(with.otherSet()));
        }
        add("icl-reversed-order", reversed());
        // As many tokens as the context has, all of them the one that it begins with.
        int[] first = TokenSequence.concat(demonstrations).ids();
        int[] same = IntStream.of(first).map(id -> first[0]).toArray();
        add("icl-nothing-said", List.of(TokenSequence.of(same)));
    }

    private List<TokenSequence> reversed() {
        List<TokenSequence> reversed = new ArrayList<>(shown);
        Collections.reverse(reversed);
        return behindLeading(reversed);
    }

    // ---- comparing

    private void add(String reference, QueryReading of, String name, double rate, Optional<Tuned> tuned) {
        comparisons.add(tuned.map(one -> compared(reference, of, name, one, true))
                .orElseGet(() -> diverged(reference, name, rate)));
    }

    private void add(String name, List<TokenSequence> before) {
        QueryReading other = read(before);
        List<Layer> layers = similarities(context, other).stream()
                .map(layer -> new Layer(layer, Optional.empty(), null, null))
                .toList();
        comparisons.add(new Comparison(ICL, name, null, answers(other), recovery(context, other), layers));
    }

    private static Comparison diverged(String reference, String name, double rate) {
        return new Comparison(reference, name, new Tuning(rate, false, true, null, null, null), null, null, List.of());
    }

    private Comparison compared(String reference, QueryReading of, String name, Tuned tuned, boolean chosen) {
        Double loss = Double.isNaN(tuned.trainingLoss()) ? null : (Double) tuned.trainingLoss();
        Tuning tuning = new Tuning(
                tuned.learningRate(), chosen, false, loss, norm(tuned.changes().values()), tuned.validation());
        return new Comparison(
                reference,
                name,
                tuning,
                answers(tuned.reading()),
                recovery(of, tuned.reading()),
                layers(of, tuned, chosen));
    }

    private Recovery recovery(QueryReading of, QueryReading other) {
        return Recovery.of(right(zeroShot), right(other), right(of));
    }

    private static boolean[] right(QueryReading reading) {
        boolean[] right = new boolean[reading.answers().size()];
        IntStream.range(0, right.length)
                .forEach(q -> right[q] =
                        Objects.requireNonNull(reading.answers().get(q).right()));
        return right;
    }

    private List<LayerComparison> similarities(QueryReading of, QueryReading other) {
        return LayerComparison.of(zeroShot.recordings(), of.recordings(), other.recordings(), seed);
    }

    private List<Layer> layers(QueryReading of, Tuned tuned, boolean chosen) {
        List<LayerComparison> similarities = similarities(of, tuned.reading());
        // Their permutations cost more than a step of training.
        List<Optional<RankComparison>> ranks =
                of == context && chosen ? ranks(tuned) : Collections.nCopies(similarities.size(), Optional.empty());
        return IntStream.range(0, similarities.size())
                .mapToObj(mixer -> new Layer(
                        similarities.get(mixer),
                        ranks.get(mixer),
                        change(tuned, similarities.get(mixer).module(), Part.KEYS),
                        change(tuned, similarities.get(mixer).module(), Part.VALUES)))
                .toList();
    }

    private List<Optional<RankComparison>> ranks(Tuned tuned) {
        return tuned.training()
                .map(training -> RankComparison.of(
                        context.recordings(),
                        tuned.reading().recordings(),
                        training,
                        test.stream().map(EncodedQuery::tokens).toList(),
                        spec.permutations(),
                        seed))
                .orElseGet(() ->
                        Collections.nCopies(context.recordings().get(0).mixers().size(), Optional.empty()));
    }

    private static @Nullable Double change(Tuned tuned, String module, Part part) {
        List<Double> norms = tuned.changes().entrySet().stream()
                .filter(change -> change.getKey().part() == part
                        && change.getKey().module().equals(module))
                .map(Map.Entry::getValue)
                .toList();
        return norms.isEmpty() ? null : (Double) norm(norms);
    }

    /** The norm of a vector from those of its parts. */
    private static double norm(Collection<Double> parts) {
        return Math.sqrt(parts.stream().mapToDouble(x -> x * x).sum());
    }

    /** At each mixer, for each head, the mean over the queries of the share of attention that falls on the context. */
    List<List<Double>> contextShares() {
        List<QueryRecording> recordings = context.recordings();
        return IntStream.range(0, recordings.get(0).mixers().size())
                .mapToObj(mixer -> IntStream.range(
                                0, recordings.get(0).mixers().get(mixer).toQuery().length)
                        .mapToObj(head -> shares(recordings.stream(), mixer, head)
                                .average()
                                .orElse(0))
                        .toList())
                .toList();
    }

    private static DoubleStream shares(Stream<QueryRecording> recordings, int mixer, int head) {
        return recordings
                .map(one -> one.mixers().get(mixer).contextShare(head))
                .flatMapToDouble(OptionalDouble::stream);
    }
}
