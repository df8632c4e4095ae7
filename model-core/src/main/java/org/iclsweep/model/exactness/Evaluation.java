package org.iclsweep.model.exactness;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.iclsweep.model.conversion.ContextBatch;
import org.iclsweep.model.conversion.ConversionMethod;
import org.iclsweep.model.conversion.ConvertedModels;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.exactness.Measurement.Comparison;
import org.iclsweep.model.exactness.Measurement.LayerError;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.prompt.PromptTree;
import org.jspecify.annotations.Nullable;

/**
 * Runs a batch of prompt sets prompted, converted and without context, and measures how far they are apart. Everything
 * native lives in one scope per batch and is gone when this returns.
 *
 * @param layers whether errors are wanted layer by layer
 * @param zeroShot the model's answers to queries without demonstrations
 * @param stateBytes what the copies of states that are there at once may take
 */
public record Evaluation(
        LanguageModel model,
        ConversionMethod method,
        Padding padding,
        boolean layers,
        ZeroShotScores zeroShot,
        long stateBytes) {
    private static final long STATE_BYTES = 256L << 20;

    /** With the usual room for states. */
    public Evaluation(
            LanguageModel model, ConversionMethod method, Padding padding, boolean layers, ZeroShotScores zeroShot) {
        this(model, method, padding, layers, zeroShot, STATE_BYTES);
    }

    /** The same, where nothing is known of queries without demonstrations. */
    public Evaluation(LanguageModel model, ConversionMethod method, Padding padding, boolean layers) {
        this(model, method, padding, layers, new ZeroShotScores(model));
    }

    /**
     * The measurements of each set at the end of each of its segments, and the seconds that the batch took.
     *
     * @param promptedSeconds null where nothing was run prompted
     */
    public record Outcome(
            List<List<Measurement>> measurements,
            double convertSeconds,
            @Nullable Double promptedSeconds,
            double convertedSeconds) {}

    /** Measures {@code sets}, which all have the same number of segments. */
    public Outcome evaluate(List<PromptSet> sets) {
        try (NDManager batch = model.newBatch()) {
            LayerErrors streams = new LayerErrors(batch);
            ConditioningProbe conditioning = streams.ofPrompted(layers);
            long start = System.nanoTime();
            List<PromptTree> trees = sets.stream().map(PromptSet::tree).toList();
            NDArray hidden = model.prompted(batch, trees, padding, conditioning);
            awaitAll(hidden);
            double seconds = secondsSince(start);
            return converted(batch, sets, streams, new Prompted(hidden, conditioning, seconds));
        }
    }

    /**
     * The same by the converted model alone: without a prompted run, and without what is compared with it. In one
     * padded shape the numbers of the converted model are those of {@link #evaluate}, bit for bit.
     */
    public Outcome evaluateConverted(List<PromptSet> sets) {
        try (NDManager batch = model.newBatch()) {
            return converted(batch, sets, new LayerErrors(batch), null);
        }
    }

    /** The prompted run: its last hidden states at the scored positions [N, D], and what was observed on the way. */
    private record Prompted(NDArray hidden, ConditioningProbe conditioning, double seconds) {}

    private Outcome converted(NDManager batch, List<PromptSet> sets, LayerErrors streams, @Nullable Prompted prompted) {
        long start = System.nanoTime();
        ContextBatch contexts = new ContextBatch(
                sets.stream().map(PromptSet::segments).toList(),
                sets.stream().map(PromptSet::examples).toList());
        List<ConvertedModels> models = method.convert(model, batch, contexts, padding);
        models.forEach(one -> awaitAll(one.state().tensors().values().iterator().next()));
        double convertSeconds = secondsSince(start);
        long converting = System.nanoTime();
        NDArray hidden = new ConvertedRun(model, padding, stateBytes)
                .hidden(batch, sets, models, streams.ofConverted(layers && prompted != null));
        awaitAll(hidden);
        double convertedSeconds = secondsSince(converting);
        List<List<Measurement>> measured = measure(sets, hidden, models, streams, prompted);
        return new Outcome(
                measured, convertSeconds, prompted == null ? null : (Double) prompted.seconds(), convertedSeconds);
    }

    /**
     * A GPU computes while this thread goes on; what reads a number of it waits for all that was asked of it before.
     */
    private static void awaitAll(NDArray any) {
        any.flatten().get(0).toArray();
    }

    private static double secondsSince(long start) {
        return (System.nanoTime() - start) / 1e9;
    }

    private List<List<Measurement>> measure(
            List<PromptSet> sets,
            NDArray converted,
            List<ConvertedModels> models,
            LayerErrors streams,
            @Nullable Prompted prompted) {
        ScoredPositions positions = new ScoredPositions(sets.get(0).everyPosition());
        List<List<Integer>> starts = sets.stream()
                .map(set -> set.queries().stream().map(positions::addAll).toList())
                .toList();
        PositionScores.Compared compared = prompted == null
                ? null
                : PositionScores.compare(model, prompted.hidden(), converted, positions.requests());
        PositionScores scores =
                compared == null ? PositionScores.of(model, converted, positions.requests()) : compared.converted();
        List<List<Measurement>> measurements = new ArrayList<>();
        for (int row = 0; row < sets.size(); row++) {
            PromptSet set = sets.get(row);
            List<Answered> answeredAlone = zeroShot.answers(set.zeroShot());
            List<Measurement> ofSet = new ArrayList<>();
            for (int segment = 0; segment < set.segments().size(); segment++) {
                int from = starts.get(row).get(segment);
                int to = from + set.queries().get(segment).size();
                Comparison comparison = prompted == null || compared == null
                        ? null
                        : new Comparison(
                                positions.answered(from, to, compared.prompted()),
                                positions.errors(from, to, compared),
                                prompted.conditioning().least(row, set.slotsOf(segment)),
                                streams.routed().agreement(positions.start(from), positions.end(to - 1)));
                ofSet.add(new Measurement(
                        answeredAlone,
                        positions.answered(from, to, scores),
                        comparison,
                        layerErrors(streams, positions.start(from), positions.end(to - 1), models.get(segment), row),
                        models.get(segment).sizes().get(row),
                        comparison == null ? positions.finite(from, to, scores) : comparison.isFinite()));
            }
            measurements.add(ofSet);
        }
        return measurements;
    }

    /** The errors of the scored positions [from, to). */
    private List<LayerError> layerErrors(LayerErrors streams, int from, int to, ConvertedModels converted, int row) {
        if (!layers) {
            return List.of();
        }
        Optional<double[]> errors = streams.largest(from, to);
        double[] squares = new double[model.layout().dimensions().layers()];
        converted.state().tensorsOf(row).forEach((name, tensor) -> {
            NDArray one = tensor.toType(DataType.FLOAT64, false);
            squares[model.layout().layerOf(name).orElse(0)] +=
                    one.mul(one).sum().getDouble();
        });
        return IntStream.range(0, squares.length)
                .mapToObj(layer -> new LayerError(
                        layer,
                        Math.sqrt(squares[layer]),
                        errors.map(largest -> largest[layer]).orElse(null)))
                .toList();
    }
}
