package org.iclsweep.model.decoder;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.iclsweep.model.checkpoint.Checkpoint;
import org.iclsweep.model.checkpoint.Weights;
import org.iclsweep.model.family.Architecture;
import org.iclsweep.model.family.CheckpointTensors;
import org.iclsweep.model.family.Dimensions;
import org.iclsweep.model.family.FeedForward;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.kernel.StateTensor;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.mixer.StateLayout;
import org.iclsweep.model.prompt.Continuation;
import org.iclsweep.model.prompt.PromptTree;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.model.tensor.Doubles;
import org.iclsweep.model.tensor.GradientRecording;
import org.iclsweep.model.tensor.NativeLibrary;
import org.iclsweep.model.tensor.Parameters;

/**
 * A model that is loaded: a decoder and the tensors that it owns. Two ways lead to logits: {@link #prompted}, one
 * uninterrupted run over context and query, and {@link #contextStates} followed by {@link #continued}, which hold the
 * context as a state. Results belong to the manager that each call is given.
 */
public final class LanguageModel implements AutoCloseable {
    private final NDManager manager;
    private final Decoder decoder;
    private final StateLayout state;

    private LanguageModel(NDManager manager, Decoder decoder) {
        this.manager = manager;
        this.decoder = decoder;
        this.state = stateLayout(decoder.layout());
    }

    /** The model of {@code config} with {@code stored} tensors; a {@code ModelException} where they do not fit. */
    public static LanguageModel load(JsonNode config, Weights stored, DataType type, Device device) {
        return load(Architecture.of(config).named(stored), stored, type, device);
    }

    /** The same of a checkpoint; faults have the lines of its config.json. */
    public static LanguageModel load(Checkpoint checkpoint, DataType type, Device device) {
        return load(Architecture.of(checkpoint), checkpoint, type, device);
    }

    private static LanguageModel load(Architecture layout, Weights stored, DataType type, Device device) {
        NDManager manager = NativeLibrary.newManager(device);
        try {
            Map<String, NDArray> tensors = CheckpointTensors.read(layout, stored, manager, type);
            return new LanguageModel(manager, new Decoder(layout, tensors, type));
        } catch (RuntimeException | Error e) {
            manager.close();
            throw e;
        }
    }

    /** The declared state tensors of {@code layout}, and those of patched feed-forward parts. */
    private static StateLayout stateLayout(Architecture layout) {
        List<StateTensor> patch =
                FeedForwardPatch.stateTensors(layout.dimensions().hiddenSize());
        Map<String, List<StateTensor>> patches = new LinkedHashMap<>();
        layout.branches()
                .filter(branch -> branch.function() instanceof FeedForward)
                .forEach(branch -> patches.put(branch.module(), patch));
        return layout.state().with(patches);
    }

    /** The layout, with the model's dimensions. */
    public Architecture layout() {
        return decoder.layout();
    }

    /** The type that everything is computed in. */
    public DataType type() {
        return decoder.type();
    }

    /** The model's tensors by name, for training; they belong to the model. */
    public Map<String, NDArray> tensors() {
        return decoder.tensors();
    }

    /** A scope for one batch on this model's device, to be closed by the caller. */
    public NDManager newBatch() {
        return manager.newSubManager();
    }

    /** Size of a row of logits (of the read-out, for regression). */
    public int outputs() {
        Dimensions d = layout().dimensions();
        return d.outputSize() > 0 ? d.outputSize() : d.vocabulary();
    }

    /**
     * The last hidden states at every scored position of every branch [N, D], tree by tree, branch by branch, position
     * by position, in one uninterrupted run from the zero state ({@link PromptedRun}).
     */
    public NDArray prompted(NDManager batch, List<PromptTree> trees, Padding padding, RunObserver observer) {
        return new PromptedRun(decoder).hidden(batch, trees, padding, observer);
    }

    /**
     * The states at the end of every segment of {@code contexts}, each with one row per context. Contexts without a
     * token leave {@code initial} as it is, to the last bit.
     *
     * @param contexts the segments of each context, the same number for all; they are read one after another
     * @param initial the states that the contexts follow, one row each or one row for all
     */
    public List<ContextState> contextStates(
            NDManager batch, List<List<TokenSequence>> contexts, ContextState initial, Padding padding) {
        return new StateRun(decoder).states(batch, contexts, initial, padding);
    }

    /** The same of {@code queries}, each from position 0 on its row of {@code initial} (or on the only row). */
    public NDArray continued(
            NDManager batch, List<Continuation> queries, ContextState initial, Padding padding, RunObserver observer) {
        return new StateRun(decoder).continued(batch, queries, initial, padding, observer);
    }

    /** The last hidden states at the scored positions [N, D] of what was read, and the states after it. */
    public record Reading(NDArray hidden, ContextState state) {}

    /** {@link #continued} and {@link #contextStates} in one pass over sequences of one segment, for generation. */
    public Reading read(NDManager batch, List<Continuation> next, ContextState initial) {
        return new StateRun(decoder).read(batch, next, initial);
    }

    /** Logits [N, V] (the read-out [N, outputs] of a regression model) of last hidden states [N, D]. */
    public NDArray logits(NDArray hidden) {
        return decoder.logits(hidden);
    }

    /** The input of the head [N, D] of last hidden states [N, D]. */
    public NDArray beforeHead(NDArray hidden) {
        return decoder.beforeHead(hidden);
    }

    /** The logits of the tokens [from, to) alone [N, to − from], of the head's input [N, D]. */
    public NDArray logits(NDArray beforeHead, int from, int to) {
        return decoder.logits(beforeHead, from, to);
    }

    /** The state before anything was read: zeros, or the biases of a converted checkpoint; one row. */
    public ContextState initialState(NDManager batch) {
        return ContextState.initial(state, decoder.tensors(), batch, type());
    }

    /** Number of tokens that can follow context {@code row} of {@code state}; no limit unless positions are learned. */
    public int positionsLeft(ContextState state, int row) {
        return layout().learnedPositions()
                .map(positions -> {
                    NDArray taken = Parameters.of(state.tensors()).get(positions.taken());
                    return positions.count() - (int) Math.round(Doubles.of(taken)[row]);
                })
                .orElse(Integer.MAX_VALUE);
    }

    /**
     * The logits at some positions of sequences that start from the zero state (or from the biases of a converted
     * checkpoint): [N, V], row by row, in the order of {@code positions}.
     */
    public NDArray logitsAt(NDManager batch, List<TokenSequence> sequences, int[][] positions) {
        return TrainingView.of(decoder, batch, sequences, positions, initialState(batch))
                .logits();
    }

    /**
     * The same as if every layer were the last one, first layer first; no gradient passes from a layer to the one
     * before: a layer's logits are a function of its own tensors and the head's alone, the first one's of the
     * embeddings.
     */
    public List<NDArray> layerLogitsAt(NDManager batch, List<TokenSequence> sequences, int[][] positions) {
        return TrainingView.of(decoder, batch, sequences, positions, initialState(batch))
                .layerLogits();
    }

    /** This model with tensors of {@code batch} that share the weights' memory and collect gradients, from nothing. */
    public LanguageModel differentiable(NDManager batch) {
        return differentiable(batch, name -> true);
    }

    /** The same, where only the tensors of the names {@code trained} collect gradients. */
    public LanguageModel differentiable(NDManager batch, Predicate<String> trained) {
        Map<String, NDArray> leaves = GradientRecording.leaves(tensors(), batch, trained);
        return new LanguageModel(batch, new Decoder(layout(), leaves, type()));
    }

    /**
     * This model with copies of the tensors of the names {@code trained}, which may change without a trace in this one.
     * All others are shared, so this model has to outlive it; it is closed by whoever asked for it.
     */
    public LanguageModel trainable(Predicate<String> trained) {
        NDManager own = manager.newSubManager();
        Map<String, NDArray> copies = new LinkedHashMap<>(tensors());
        copies.replaceAll((name, tensor) -> {
            if (!trained.test(name)) {
                return tensor;
            }
            NDArray copy = tensor.duplicate();
            copy.attach(own);
            return copy;
        });
        return new LanguageModel(own, new Decoder(layout(), copies, type()));
    }

    @Override
    public void close() {
        manager.close();
    }
}
