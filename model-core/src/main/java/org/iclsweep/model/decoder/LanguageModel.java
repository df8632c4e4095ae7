package org.iclsweep.model.decoder;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.SparseFormat;
import ai.djl.nn.core.Embedding;
import ai.djl.nn.core.Linear;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.iclsweep.model.checkpoint.Weights;
import org.iclsweep.model.family.CheckpointLayout;
import org.iclsweep.model.family.CheckpointLayout.BlockFunction;
import org.iclsweep.model.family.CheckpointLayout.Dimensions;
import org.iclsweep.model.family.CheckpointLayout.FeedForward;
import org.iclsweep.model.family.CheckpointLayout.Mixing;
import org.iclsweep.model.family.CheckpointLayout.ResidualBranch;
import org.iclsweep.model.family.CheckpointTensors;
import org.iclsweep.model.family.RenamedWeights;
import org.iclsweep.model.kernel.StateTensor;
import org.iclsweep.model.layout.ChunkedLayout;
import org.iclsweep.model.layout.PackedLayout;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.layout.SlotLayout;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.mixer.LayerProbe;
import org.iclsweep.model.mixer.SoftmaxAttention;
import org.iclsweep.model.mixer.StateLayout;
import org.iclsweep.model.mixer.TokenMixer;
import org.iclsweep.model.prompt.Continuation;
import org.iclsweep.model.prompt.PromptTree;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.model.tensor.Parameters;

/**
 * A decoder of residual blocks: embeddings, blocks, final norm, head. It owns its tensors. Two ways lead to logits:
 * {@link #prompted}, one uninterrupted run over context and query, and {@link #contextStates} followed by
 * {@link #continued}, which hold the context as a state. Results belong to the manager that each call is given.
 */
public final class LanguageModel implements AutoCloseable {
    /** Slots that the chunked form computes at once. */
    private static final int CHUNK = 64;

    /** The same in training, where the work within chunks, not the number of steps between them, decides. */
    private static final int TRAINING_CHUNK = 32;

    private final NDManager manager;
    private final CheckpointLayout layout;
    private final DataType type;
    private final Map<String, NDArray> tensors;
    private final StateLayout state;

    private LanguageModel(NDManager manager, CheckpointLayout layout, DataType type, Map<String, NDArray> tensors) {
        this.manager = manager;
        this.layout = layout;
        this.type = type;
        this.tensors = tensors;
        this.state = stateLayout(layout);
    }

    /**
     * A model of {@code config} with the tensors of {@code weights}, computed in {@code type}.
     *
     * @throws ModelException if a tensor is missing or has another shape than the configuration says
     */
    public static LanguageModel load(JsonNode config, Weights stored, DataType type, Device device) {
        CheckpointLayout layout = CheckpointLayout.of(config).named(stored);
        Weights weights = new RenamedWeights(stored, layout.otherNames());
        NDManager manager = NDManager.newBaseManager(device);
        try {
            Map<String, NDArray> tensors = CheckpointTensors.read(layout, weights, manager, type);
            return new LanguageModel(manager, layout, type, tensors);
        } catch (RuntimeException | Error e) {
            manager.close();
            throw e;
        }
    }

    /** The declared state tensors of {@code layout}, and those of patched feed-forward parts. */
    private static StateLayout stateLayout(CheckpointLayout layout) {
        Dimensions d = layout.dimensions();
        Map<String, List<StateTensor>> patches = new LinkedHashMap<>();
        for (int layer = 0; layer < d.layers(); layer++) {
            for (ResidualBranch branch : layout.block(layer)) {
                if (branch.function() instanceof FeedForward) {
                    patches.put(branch.module(), FeedForwardPatch.stateTensors(d.hiddenSize()));
                }
            }
        }
        return layout.state().with(patches);
    }

    /** The layout, with the model's dimensions. */
    public CheckpointLayout layout() {
        return layout;
    }

    /** The type that everything is computed in. */
    public DataType type() {
        return type;
    }

    /** The model's tensors by name, for training; they belong to the model. */
    public Map<String, NDArray> tensors() {
        return tensors;
    }

    /** A scope for one batch on this model's device, to be closed by the caller. */
    public NDManager newBatch() {
        return manager.newSubManager();
    }

    /** Size of a row of logits (of the read-out, for regression). */
    public int outputs() {
        Dimensions d = layout.dimensions();
        return d.outputSize() > 0 ? d.outputSize() : d.vocabulary();
    }

    // ---- the uninterrupted run

    /**
     * The last hidden states at every scored position of every branch [N, D], tree by tree, branch by branch, position
     * by position. One uninterrupted run from the zero state (or from the biases of a converted checkpoint), by the
     * quadratic form, or by the recurrence itself where scores are no matrix product.
     */
    public NDArray prompted(NDManager batch, List<PromptTree> trees, Padding padding, LayerProbe probe) {
        int longest = trees.stream().mapToInt(PromptTree::size).max().orElse(0);
        int length = Math.max(1, padding.of(longest));
        PackedLayout slots = new PackedLayout(
                batch, type, trees.stream().map(LanguageModel::shape).toList(), length);
        TokenSequence[] rows = trees.stream().map(LanguageModel::row).toArray(TokenSequence[]::new);
        NDArray scored = scoredSlots(batch, trees, length);
        NDArray hidden = uninterrupted(batch, rows, slots, probe, probed(probe, scored));
        return rows(hidden, scored);
    }

    /** The residual stream after the last block [B, T, D]. */
    private NDArray uninterrupted(
            NDManager batch, TokenSequence[] rows, PackedLayout slots, LayerProbe probe, AfterLayer after) {
        NDArray hidden = embed(batch, rows, slots, parameters());
        for (int layer = 0; layer < layout.dimensions().layers(); layer++) {
            for (ResidualBranch branch : layout.block(layer)) {
                hidden = residual(hidden, branch, parameters(), (mixer, x, module) -> {
                    NDArray output = mixer.uninterrupted(x, parameters().in(module), slots, probe);
                    after.mixed(module, output);
                    return output;
                });
            }
            after.layer(layer, hidden);
            hidden = after.next(hidden);
        }
        return hidden;
    }

    private static PackedLayout.Tree shape(PromptTree tree) {
        int[] depths =
                tree.branches().stream().mapToInt(PromptTree.Branch::depth).toArray();
        int[] lengths =
                tree.branches().stream().mapToInt(PromptTree.Branch::length).toArray();
        return new PackedLayout.Tree(tree.trunk().length(), depths, lengths);
    }

    private static TokenSequence row(PromptTree tree) {
        List<TokenSequence> parts = new ArrayList<>();
        parts.add(tree.trunk());
        tree.branches().forEach(branch -> parts.add(branch.continuation().tokens()));
        return TokenSequence.concat(parts);
    }

    private static NDArray scoredSlots(NDManager batch, List<PromptTree> trees, int length) {
        List<Long> slots = new ArrayList<>();
        for (int row = 0; row < trees.size(); row++) {
            PromptTree tree = trees.get(row);
            int slot = tree.trunk().length();
            for (PromptTree.Branch branch : tree.branches()) {
                for (int i = branch.continuation().scoredFrom(); i < branch.length(); i++) {
                    slots.add((long) row * length + slot + i);
                }
                slot += branch.length();
            }
        }
        return batch.create(slots.stream().mapToLong(Long::longValue).toArray());
    }

    // ---- the run with states

    /**
     * Reads contexts and returns what the model keeps of them: the states at the end of every segment, each with one
     * row per context. Contexts without a token leave {@code initial} as it is, to the last bit.
     *
     * @param contexts the segments of each context, the same number for all; they are read one after another
     * @param initial the states that the contexts follow, one row each or one row for all
     */
    public List<ContextState> contextStates(
            NDManager batch, List<List<TokenSequence>> contexts, ContextState initial, Padding padding) {
        int[][] segments = contexts.stream()
                .map(context -> context.stream().mapToInt(TokenSequence::length).toArray())
                .toArray(int[][]::new);
        if (Arrays.stream(segments).flatMapToInt(Arrays::stream).allMatch(tokens -> tokens == 0)) {
            return Collections.nCopies(segments[0].length, unread(batch, initial, segments.length));
        }
        ChunkedLayout slots = new ChunkedLayout(batch, type, segments, CHUNK, padding.operator());
        TokenSequence[] rows = contexts.stream().map(TokenSequence::concat).toArray(TokenSequence[]::new);
        List<Map<String, NDArray>> states = emptyStates(slots);
        // The last block's output is read by nobody, its mixer's state is.
        chunked(batch, rows, slots, initial, states, (layer, hidden) -> {}).close();
        return captured(batch, states, slots, initial);
    }

    private static List<Map<String, NDArray>> emptyStates(ChunkedLayout slots) {
        List<Map<String, NDArray>> states = new ArrayList<>();
        for (int s = 0; s < slots.segments(); s++) {
            states.add(new LinkedHashMap<>());
        }
        return states;
    }

    /** What mixers left in {@code states}, with the number of positions that are taken where that counts. */
    private List<ContextState> captured(
            NDManager batch, List<Map<String, NDArray>> states, ChunkedLayout slots, ContextState initial) {
        layout.learnedPositions().ifPresent(positions -> {
            NDArray taken = Parameters.of(initial.tensors()).get(positions.taken());
            for (int s = 0; s < states.size(); s++) {
                states.get(s).put(positions.taken(), slots.tokensRead(s, batch).add(taken));
            }
        });
        return states.stream().map(tensors -> new ContextState(state, tensors)).toList();
    }

    private static ContextState unread(NDManager batch, ContextState initial, int rows) {
        long[] one = new long[rows];
        if (initial.rows() > 1) {
            Arrays.setAll(one, row -> row);
        }
        return initial.select(batch.create(one));
    }

    /**
     * What reading tokens gives.
     *
     * @param hidden the last hidden states at the scored positions [N, D]
     * @param state of everything that was read
     */
    public record Reading(NDArray hidden, ContextState state) {}

    /** {@link #continued} and {@link #contextStates} in one pass over one sequence: what generation goes on from. */
    public Reading read(NDManager batch, Continuation next, ContextState initial) {
        int length = next.tokens().length();
        ChunkedLayout slots = new ChunkedLayout(batch, type, new int[][] {{length}}, CHUNK, Padding.LONGEST.operator());
        List<Map<String, NDArray>> states = emptyStates(slots);
        TokenSequence[] rows = {next.tokens()};
        NDArray hidden = chunked(batch, rows, slots, initial, states, (layer, stream) -> {});
        NDArray scored = batch.create(
                IntStream.range(next.scoredFrom(), length).asLongStream().toArray());
        return new Reading(
                rows(hidden, scored), captured(batch, states, slots, initial).get(0));
    }

    /**
     * The last hidden states at every scored position of {@code queries} [N, D], query by query, each of which starts
     * at position 0 from its row of {@code initial} (or from the only row).
     */
    public NDArray continued(
            NDManager batch, List<Continuation> queries, ContextState initial, Padding padding, LayerProbe probe) {
        int[][] lengths = queries.stream()
                .map(query -> new int[] {query.tokens().length()})
                .toArray(int[][]::new);
        ChunkedLayout slots = new ChunkedLayout(batch, type, lengths, CHUNK, padding.operator());
        TokenSequence[] rows = queries.stream().map(Continuation::tokens).toArray(TokenSequence[]::new);
        List<Long> flat = new ArrayList<>();
        for (int row = 0; row < rows.length; row++) {
            for (int i = queries.get(row).scoredFrom(); i < rows[row].length(); i++) {
                flat.add((long) row * slots.length() + i);
            }
        }
        NDArray scored = batch.create(flat.stream().mapToLong(Long::longValue).toArray());
        NDArray hidden = chunked(batch, rows, slots, initial, List.of(), probed(probe, scored));
        return rows(hidden, scored);
    }

    /**
     * The logits at some positions of sequences that start from the zero state (or from the biases of a converted
     * checkpoint): [N, V], row by row, in the order of {@code positions}. What training uses: the chunked form, or,
     * where every mixer is a softmax over all earlier tokens, the quadratic one, which does nothing twice.
     */
    public NDArray logitsAt(NDManager batch, List<TokenSequence> sequences, int[][] positions) {
        return logits(hiddenAt(batch, sequences, positions, scored -> (layer, stream) -> {}));
    }

    /**
     * The same as if every layer were the last one, first layer first; no gradient passes from a layer to the one
     * before, so that the logits of a layer are a function of its own tensors and of those of the head alone. The first
     * layer's are one of the embeddings too.
     */
    public List<NDArray> layerLogitsAt(NDManager batch, List<TokenSequence> sequences, int[][] positions) {
        List<NDArray> logits = new ArrayList<>();
        hiddenAt(batch, sequences, positions, scored -> new AfterLayer() {
            @Override
            public void layer(int layer, NDArray hidden) {
                logits.add(logits(rows(hidden, scored)));
            }

            @Override
            public NDArray next(NDArray hidden) {
                return hidden.stopGradient();
            }
        });
        return logits;
    }

    /** The last hidden states at {@code positions} [N, D]; {@code after} is given the slots of these positions. */
    private NDArray hiddenAt(
            NDManager batch, List<TokenSequence> sequences, int[][] positions, Function<NDArray, AfterLayer> after) {
        TokenSequence[] rows = sequences.toArray(TokenSequence[]::new);
        int[] lengths = sequences.stream().mapToInt(TokenSequence::length).toArray();
        if (keepsEveryToken()) {
            int longest = Arrays.stream(lengths).max().orElse(0);
            PackedLayout slots = new PackedLayout(
                    batch,
                    type,
                    Arrays.stream(lengths)
                            .mapToObj(length -> new PackedLayout.Tree(length, new int[0], new int[0]))
                            .toList(),
                    longest);
            NDArray scored = slotsOf(batch, positions, longest);
            return rows(uninterrupted(batch, rows, slots, LayerProbe.NONE, after.apply(scored)), scored);
        }
        ChunkedLayout slots = ChunkedLayout.ofWholeChunks(batch, type, lengths, TRAINING_CHUNK);
        NDArray scored = slotsOf(batch, positions, slots.length());
        NDArray hidden = chunked(batch, rows, slots, initialState(batch), List.of(), after.apply(scored));
        return rows(hidden, scored);
    }

    private boolean keepsEveryToken() {
        return layout.mixers().values().stream()
                .allMatch(mixer -> mixer instanceof SoftmaxAttention attention && attention.isOverAll());
    }

    private static NDArray slotsOf(NDManager batch, int[][] positions, int length) {
        return batch.create(IntStream.range(0, positions.length)
                .boxed()
                .flatMapToLong(
                        row -> Arrays.stream(positions[row]).mapToLong(position -> (long) row * length + position))
                .toArray());
    }

    /**
     * This model with tensors that collect gradients: they share the weights' memory, belong to {@code batch} and are
     * new in every batch, so that gradients start from nothing. It is closed with the batch.
     */
    public LanguageModel differentiable(NDManager batch) {
        return differentiable(batch, name -> true);
    }

    /** The same, where only the tensors of the names {@code trained} collect gradients. */
    public LanguageModel differentiable(NDManager batch, Predicate<String> trained) {
        Map<String, NDArray> leaves = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> {
            NDArray leaf = tensor.stopGradient();
            leaf.attach(batch);
            if (trained.test(name)) {
                leaf.setRequiresGradient(true);
            }
            leaves.put(name, leaf);
        });
        return new LanguageModel(batch, layout, type, leaves);
    }

    /**
     * This model with copies of the tensors of the names {@code trained}, which may change without a trace in this one.
     * All others are shared, so this model has to outlive it; it is closed by whoever asked for it.
     */
    public LanguageModel trainable(Predicate<String> trained) {
        NDManager own = manager.newSubManager();
        Map<String, NDArray> copies = new LinkedHashMap<>(tensors);
        copies.replaceAll((name, tensor) -> {
            if (!trained.test(name)) {
                return tensor;
            }
            NDArray copy = tensor.duplicate();
            copy.attach(own);
            return copy;
        });
        return new LanguageModel(own, layout, type, copies);
    }

    /** The residual stream after the last block [B, T, D]; captured states go to {@code states}, a map per segment. */
    private NDArray chunked(
            NDManager batch,
            TokenSequence[] rows,
            ChunkedLayout slots,
            ContextState initial,
            List<Map<String, NDArray>> states,
            AfterLayer after) {
        NDArray hidden = embed(batch, rows, slots, Parameters.of(initial.tensors()));
        for (int layer = 0; layer < layout.dimensions().layers(); layer++) {
            for (ResidualBranch branch : layout.block(layer)) {
                if (branch.function() instanceof FeedForward) {
                    after.feedForward(layer, branch, hidden);
                    handOn(branch, initial, states, batch);
                }
                hidden = residual(hidden, branch, Parameters.of(initial.tensors()), (mixer, x, module) -> {
                    TokenMixer.Continuation run = mixer.chunked(x, parameters().in(module), slots, initial.in(module));
                    for (int s = 0; s < states.size(); s++) {
                        Map<String, NDArray> segment = states.get(s);
                        run.states().get(s).forEach((name, state) -> {
                            state.attach(batch);
                            segment.put(module + "." + name, state);
                        });
                    }
                    after.mixed(module, run.output());
                    return run.output();
                });
            }
            after.layer(layer, hidden);
            hidden = after.next(hidden);
        }
        return hidden;
    }

    /** The state before anything was read: zeros, or the biases of a converted checkpoint; one row. */
    public ContextState initialState(NDManager batch) {
        return ContextState.initial(state, tensors, batch, type);
    }

    /** How many tokens can follow context {@code row} of {@code state}: any number, unless positions are learned. */
    public int positionsLeft(ContextState state, int row) {
        return layout.learnedPositions()
                .map(positions -> {
                    NDArray given = Parameters.of(state.tensors()).get(positions.taken());
                    try (NDArray taken = given.toType(DataType.FLOAT64, true)) {
                        return positions.count() - (int) Math.round(taken.getDouble(row, 0));
                    }
                })
                .orElse(Integer.MAX_VALUE);
    }

    // ---- what both runs share: everything that is done token by token

    private interface AfterLayer {
        void layer(int layer, NDArray hidden);

        /** The stream as a feed-forward part of a layer finds it. */
        default void feedForward(int layer, ResidualBranch branch, NDArray hidden) {}

        /** What a mixer is about to add to the stream. */
        default void mixed(String module, NDArray output) {}

        /** What the next layer reads of the stream. */
        default NDArray next(NDArray hidden) {
            return hidden;
        }
    }

    /** Shows {@code probe} what there is at the slots {@code scored}. */
    private AfterLayer probed(LayerProbe probe, NDArray scored) {
        return new AfterLayer() {
            @Override
            public void layer(int layer, NDArray hidden) {
                probe.layer(layer, () -> rows(hidden, scored));
            }

            @Override
            public void mixed(String module, NDArray output) {
                probe.mixed(module, () -> rows(output, scored));
            }
        };
    }

    private interface Mix {
        NDArray apply(TokenMixer mixer, NDArray x, String module);
    }

    private Parameters parameters() {
        return Parameters.of(tensors);
    }

    /** h + function(norm(h)), patched as {@code before} says; what is needed in between is freed, and so is h. */
    private NDArray residual(NDArray hidden, ResidualBranch branch, Parameters before, Mix mix) {
        NDManager batch = hidden.getManager();
        try (NDManager scope = batch.newSubManager()) {
            hidden.attach(scope);
            NDArray x = branch.norm().apply(hidden, parameters());
            FeedForwardPatch patch = FeedForwardPatch.in(before.in(branch.module()));
            NDArray sum = patch == null
                    ? hidden.add(apply(branch.function(), x, branch.module(), mix))
                    : patch.shifted(hidden.add(apply(branch.function(), patch.read(x), branch.module(), mix)));
            sum.attach(batch);
            return sum;
        }
    }

    private NDArray apply(BlockFunction function, NDArray x, String module, Mix mix) {
        if (function instanceof Mixing mixing) {
            return mix.apply(mixing.mixer(), x, module);
        }
        return ((FeedForward) function).apply(x, parameters().in(module));
    }

    /** A patch stays what it is, whatever is read after it. */
    private static void handOn(
            ResidualBranch branch, ContextState initial, List<Map<String, NDArray>> states, NDManager batch) {
        for (String name : initial.layout().names(entry -> entry.module().equals(branch.module()))) {
            NDArray tensor = initial.tensors().get(name);
            for (Map<String, NDArray> state : states) {
                if (tensor != null) {
                    NDArray copy = tensor.duplicate();
                    copy.attach(batch);
                    state.put(name, copy);
                }
            }
        }
    }

    /**
     * What the feed-forward part of one layer finds, position by position.
     *
     * @param stream h [T][D]
     * @param normed norm(h) [T][D]
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record FeedForwardInput(double[][] stream, double[][] normed) {}

    /**
     * What the feed-forward parts of {@code layers} find when {@code tokens} are read from {@code initial} (one row),
     * in the order of the layers.
     */
    public List<FeedForwardInput> feedForwardInputs(
            NDManager scope, TokenSequence tokens, ContextState initial, IntPredicate layers) {
        List<FeedForwardInput> found = new ArrayList<>();
        try (NDManager batch = scope.newSubManager()) {
            ChunkedLayout slots =
                    new ChunkedLayout(batch, type, new int[][] {{tokens.length()}}, CHUNK, Padding.LONGEST.operator());
            TokenSequence[] rows = {tokens};
            chunked(batch, rows, slots, initial, List.of(), new AfterLayer() {
                @Override
                public void layer(int done, NDArray hidden) {}

                @Override
                public void feedForward(int at, ResidualBranch branch, NDArray hidden) {
                    if (layers.test(at)) {
                        NDArray normed = branch.norm().apply(hidden, parameters());
                        found.add(new FeedForwardInput(numbers(hidden), numbers(normed)));
                    }
                }
            });
        }
        return found;
    }

    /** The rows of {@code x} [1, T, D]. */
    private static double[][] numbers(NDArray x) {
        int columns = (int) x.getShape().get(2);
        double[] flat = x.toType(DataType.FLOAT64, true).flatten().toDoubleArray();
        return IntStream.range(0, flat.length / columns)
                .mapToObj(row -> Arrays.copyOfRange(flat, row * columns, (row + 1) * columns))
                .toArray(double[][]::new);
    }

    /** The stream before the first block [B, T, D]; {@code before} holds what the rows follow. */
    private NDArray embed(NDManager batch, TokenSequence[] rows, SlotLayout slots, Parameters before) {
        NDArray embedded = new InputEmbedding(layout, parameters(), type).of(batch, rows, slots, before);
        return layout.embeddingNorm()
                .map(norm -> norm.apply(embedded, parameters()))
                .orElse(embedded);
    }

    private NDArray rows(NDArray hidden, NDArray slots) {
        NDArray flat = hidden.reshape(-1, layout.dimensions().hiddenSize());
        return Embedding.embedding(slots, flat, SparseFormat.DENSE).singletonOrThrow();
    }

    /** Logits [N, V] (the read-out [N, outputs] of a regression model) of last hidden states [N, D]. */
    public NDArray logits(NDArray hidden) {
        Dimensions d = layout.dimensions();
        NDArray normed = layout.finalNorm().apply(hidden, parameters());
        String name = d.outputSize() > 0 ? CheckpointLayout.READOUT : CheckpointLayout.HEAD;
        return Linear.linear(normed, tensor(tensors.containsKey(name) ? name : layout.embedding()), null)
                .singletonOrThrow();
    }

    private NDArray tensor(String name) {
        return Objects.requireNonNull(tensors.get(name), name);
    }

    @Override
    public void close() {
        manager.close();
    }
}
