package org.iclsweep.model.exactness;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.iclsweep.model.conversion.ConversionMethod;
import org.iclsweep.model.conversion.ConvertedModels;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.exactness.Measurement.LayerError;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.prompt.Continuation;
import org.iclsweep.model.prompt.PromptTree;
import org.iclsweep.model.prompt.TokenSequence;

/**
 * Runs a batch of prompt sets prompted, converted and without context, and measures how far they are apart. Everything
 * native lives in one scope per batch and is gone when this returns.
 *
 * @param layers whether errors are wanted layer by layer
 * @param stateBytes every query has a copy of its state: what the copies that are there at once may take
 */
public record Evaluation(
        LanguageModel model, ConversionMethod method, Padding padding, boolean layers, long stateBytes) {
    private static final long STATE_BYTES = 256L << 20;

    /** With the usual room for states. */
    public Evaluation(LanguageModel model, ConversionMethod method, Padding padding, boolean layers) {
        this(model, method, padding, layers, STATE_BYTES);
    }

    /** The measurements of each set at the end of each of its segments, and the seconds that the batch took. */
    public record Outcome(
            List<List<Measurement>> measurements,
            double convertSeconds,
            double promptedSeconds,
            double convertedSeconds) {}

    /** Measures {@code sets}, which all have the same number of segments. */
    public Outcome evaluate(List<PromptSet> sets) {
        try (NDManager batch = model.newBatch()) {
            LayerErrors streams = new LayerErrors(batch);
            ConditioningProbe conditioning = streams.ofPrompted(layers);
            long start = System.nanoTime();
            NDArray prompted =
                    model.prompted(batch, sets.stream().map(PromptSet::tree).toList(), padding, conditioning);
            awaitAll(prompted);
            long afterPrompted = System.nanoTime();
            List<List<TokenSequence>> contexts =
                    sets.stream().map(PromptSet::segments).toList();
            List<ConvertedModels> converted = method.convert(model, batch, contexts, padding);
            awaitAll(prompted);
            long afterConversion = System.nanoTime();
            NDArray continued = continued(batch, sets, converted, streams);
            awaitAll(prompted);
            long afterConverted = System.nanoTime();
            List<List<Measurement>> measured =
                    measure(batch, sets, prompted, continued, converted, conditioning, streams);
            return new Outcome(
                    measured,
                    seconds(afterPrompted, afterConversion),
                    seconds(start, afterPrompted),
                    seconds(afterConversion, afterConverted));
        }
    }

    /**
     * A GPU computes while this thread goes on; what reads a number of it waits for all that was asked of it before.
     */
    private static void awaitAll(NDArray any) {
        any.flatten().get(0).toArray();
    }

    private static double seconds(long from, long to) {
        return (to - from) / 1e9;
    }

    /**
     * The converted run: set by set, segment by segment, each continuation alone on its converted model [N, D]. As many
     * sets at once as the states of their queries may take.
     */
    private NDArray continued(
            NDManager batch, List<PromptSet> sets, List<ConvertedModels> converted, LayerErrors streams) {
        ContextState states = ContextState.joined(
                converted.stream().map(ConvertedModels::state).toList());
        int perSet = IntStream.range(0, converted.size())
                .map(segment -> sets.get(0).continuations(segment).size())
                .sum();
        long bytes = states.scalarsInMemory() * model.type().getNumOfBytes() * perSet;
        int height = (int) Math.max(1, Math.min(sets.size(), stateBytes / Math.max(1, bytes)));
        NDList hidden = new NDList();
        for (int from = 0; from < sets.size(); from += height) {
            List<Continuation> queries = new ArrayList<>();
            List<Long> rows = new ArrayList<>();
            for (int set = from; set < Math.min(sets.size(), from + height); set++) {
                for (int segment = 0; segment < converted.size(); segment++) {
                    List<Continuation> continuations = sets.get(set).continuations(segment);
                    queries.addAll(continuations);
                    long row = (long) segment * sets.size() + set;
                    rows.addAll(Collections.nCopies(continuations.size(), row));
                }
            }
            try (NDManager block = batch.newSubManager()) {
                long[] ofQueries = rows.stream().mapToLong(Long::longValue).toArray();
                NDArray of = model.continued(
                        block, queries, states.select(block.create(ofQueries)), padding, streams.ofConverted(layers));
                of.attach(batch);
                hidden.add(of);
            }
        }
        return hidden.size() == 1 ? hidden.get(0) : NDArrays.concat(hidden, 0);
    }

    private List<List<Measurement>> measure(
            NDManager batch,
            List<PromptSet> sets,
            NDArray prompted,
            NDArray continued,
            List<ConvertedModels> converted,
            ConditioningProbe conditioning,
            LayerErrors streams) {
        ScoredPositions positions = new ScoredPositions(sets.get(0).everyPosition());
        List<List<Integer>> starts = sets.stream()
                .map(set -> set.queries().stream().map(positions::addAll).toList())
                .toList();
        PositionScores.Compared compared = PositionScores.compare(model, prompted, continued, positions.requests());
        List<List<Answered>> zeroShot = zeroShot(batch, sets);
        List<List<Measurement>> measurements = new ArrayList<>();
        for (int row = 0; row < sets.size(); row++) {
            PromptSet set = sets.get(row);
            List<Measurement> ofSet = new ArrayList<>();
            for (int segment = 0; segment < set.segments().size(); segment++) {
                int from = starts.get(row).get(segment);
                int to = from + set.queries().get(segment).size();
                ofSet.add(new Measurement(
                        positions.errors(from, to, compared),
                        zeroShot.get(row),
                        positions.answered(from, to, compared.prompted()),
                        positions.answered(from, to, compared.converted()),
                        conditioning.least(row, set.slotsOf(segment)),
                        layerErrors(streams, positions.start(from), positions.end(to - 1), converted.get(segment), row),
                        converted.get(segment).sizes().get(row)));
            }
            measurements.add(ofSet);
        }
        return measurements;
    }

    private List<List<Answered>> zeroShot(NDManager batch, List<PromptSet> sets) {
        ScoredPositions positions = new ScoredPositions(false);
        List<PromptSet.ZeroShot> alone = sets.stream().map(PromptSet::zeroShot).toList();
        List<Integer> starts =
                alone.stream().map(one -> positions.addAll(one.queries())).toList();
        PositionScores scores = PositionScores.of(model, zeroShotRun(batch, alone), positions.requests());
        return IntStream.range(0, alone.size())
                .mapToObj(set -> positions.answered(
                        starts.get(set),
                        starts.get(set) + alone.get(set).queries().size(),
                        scores))
                .toList();
    }

    /**
     * The last hidden states of the queries without demonstrations [N, D]; rows of their own where nothing precedes.
     */
    private NDArray zeroShotRun(NDManager batch, List<PromptSet.ZeroShot> alone) {
        List<PromptTree> trees = alone.stream().map(PromptSet.ZeroShot::tree).toList();
        if (alone.stream().anyMatch(one -> one.context().length() > 0)) {
            return model.prompted(batch, trees, padding, RunObserver.NONE);
        }
        List<Continuation> queries = trees.stream()
                .flatMap(tree -> tree.branches().stream())
                .map(PromptTree.Branch::continuation)
                .toList();
        ContextState nothing = model.initialState(batch).select(batch.create(new long[queries.size()]));
        return model.continued(batch, queries, nothing, padding, RunObserver.NONE);
    }

    /** The errors of the scored positions [from, to). */
    private List<LayerError> layerErrors(LayerErrors streams, int from, int to, ConvertedModels converted, int row) {
        if (!layers) {
            return List.of();
        }
        double[] errors = streams.largest(from, to);
        double[] squares = new double[errors.length];
        converted.state().tensorsOf(row).forEach((name, tensor) -> {
            NDArray one = tensor.toType(DataType.FLOAT64, false);
            squares[model.layout().layerOf(name).orElse(0)] +=
                    one.mul(one).sum().getDouble();
        });
        List<LayerError> perLayer = new ArrayList<>();
        for (int layer = 0; layer < errors.length; layer++) {
            perLayer.add(new LayerError(layer, Math.sqrt(squares[layer]), errors[layer]));
        }
        return perLayer;
    }
}
