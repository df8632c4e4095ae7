package org.iclsweep.model.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.iclsweep.model.decoder.LanguageModel.Reading;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.kernel.StateTensor.Role;
import org.iclsweep.model.layout.ChunkedLayout;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.mixer.TokenMixer;
import org.iclsweep.model.prompt.Continuation;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.model.tensor.Parameters;

/** The run in chunks that starts from context states and captures new ones at the end of every segment. */
record StateRun(Decoder decoder) {
    /** Slots that the chunked form computes at once. */
    private static final int CHUNK = 64;

    /** Tokens that a pass more over a common beginning has to save. */
    private static final int LEAST_SAVED = 64;

    /** The form with a state; {@code captured} takes the tensors at the end of each segment, if it has segments. */
    record Chunked(NDManager batch, ChunkedLayout slots, ContextState initial, List<Map<String, NDArray>> captured)
            implements Decoder.Form {
        @Override
        public Parameters before() {
            return Parameters.of(initial.tensors());
        }

        @Override
        public TokenMixer.Output mix(TokenMixer mixer, String module, TokenMixer.Input input, Parameters weights) {
            TokenMixer.OutputAndStates run = mixer.chunked(input, weights, slots, initial.in(module));
            for (int segment = 0; segment < captured.size(); segment++) {
                Map<String, NDArray> state = captured.get(segment);
                run.states().get(segment).forEach((name, tensor) -> {
                    tensor.attach(batch);
                    state.put(module + "." + name, tensor);
                });
            }
            return run.output();
        }
    }

    /**
     * The states at the end of every segment of {@code contexts}, each with one row per context. A beginning that all
     * have in common is read once where that saves enough; on a ladder, where bits are a context's own, never.
     */
    List<ContextState> states(
            NDManager batch, List<List<TokenSequence>> contexts, ContextState initial, Padding padding) {
        int common = padding == Padding.LONGEST && initial.rows() == 1 ? commonBeginning(contexts) : 0;
        if ((contexts.size() - 1) * (long) common < LEAST_SAVED) {
            return statesApart(batch, contexts, initial, padding);
        }
        TokenSequence beginning = contexts.get(0).get(0).slice(0, common);
        ContextState after = statesApart(batch, List.of(List.of(beginning)), initial, padding)
                .get(0);
        List<List<TokenSequence>> rests = contexts.stream()
                .map(context -> {
                    List<TokenSequence> rest = new ArrayList<>(context);
                    rest.set(0, rest.get(0).slice(common, rest.get(0).length()));
                    return List.copyOf(rest);
                })
                .toList();
        return statesApart(batch, rests, after, padding);
    }

    /** Number of tokens that the first segments of all contexts begin with. */
    private static int commonBeginning(List<List<TokenSequence>> contexts) {
        TokenSequence first = contexts.get(0).get(0);
        return contexts.stream()
                .mapToInt(context -> context.get(0).commonPrefix(first))
                .min()
                .orElse(0);
    }

    private List<ContextState> statesApart(
            NDManager batch, List<List<TokenSequence>> contexts, ContextState initial, Padding padding) {
        int[][] segments = contexts.stream()
                .map(context -> context.stream().mapToInt(TokenSequence::length).toArray())
                .toArray(int[][]::new);
        if (Arrays.stream(segments).flatMapToInt(Arrays::stream).allMatch(tokens -> tokens == 0)) {
            return Collections.nCopies(segments[0].length, unread(batch, initial, segments.length));
        }
        TokenSequence[] rows = contexts.stream().map(TokenSequence::concat).toArray(TokenSequence[]::new);
        Chunked form = capturing(batch, segments, initial, padding);
        decoder.read(batch, rows, form);
        return states(form);
    }

    /** {@link #continued} without padding, and the states after the sequences, in one pass. */
    Reading read(NDManager batch, List<Continuation> next, ContextState initial) {
        Chunked form = capturing(batch, lengths(next), initial, Padding.LONGEST);
        NDArray hidden = hidden(next, form, Padding.LONGEST, RunObserver.NONE);
        return new Reading(hidden, states(form).get(0));
    }

    /** The scored hidden states of {@code queries} [N, D], each from its row of {@code initial}, or the only one. */
    NDArray continued(
            NDManager batch, List<Continuation> queries, ContextState initial, Padding padding, RunObserver observer) {
        ChunkedLayout slots = layout(batch, lengths(queries), padding);
        return hidden(queries, new Chunked(batch, slots, initial, List.of()), padding, observer);
    }

    private NDArray hidden(List<Continuation> queries, Chunked form, Padding padding, RunObserver observer) {
        int[][] positions = queries.stream().map(Continuation::positions).toArray(int[][]::new);
        ScoredSlots scored = ScoredSlots.of(form.batch(), form.slots().length(), positions, padding, observer);
        TokenSequence[] rows = queries.stream().map(Continuation::tokens).toArray(TokenSequence[]::new);
        return decoder.hidden(form.batch(), rows, form, scored);
    }

    /** The lengths of sequences of one segment each. */
    private static int[][] lengths(List<Continuation> queries) {
        return queries.stream()
                .map(query -> new int[] {query.tokens().length()})
                .toArray(int[][]::new);
    }

    private ChunkedLayout layout(NDManager batch, int[][] segments, Padding padding) {
        return new ChunkedLayout(batch, decoder.type(), segments, CHUNK, padding::of);
    }

    private Chunked capturing(NDManager batch, int[][] segments, ContextState initial, Padding padding) {
        ChunkedLayout slots = layout(batch, segments, padding);
        List<Map<String, NDArray>> captured = new ArrayList<>();
        IntStream.range(0, slots.segments()).forEach(segment -> captured.add(new LinkedHashMap<>()));
        return new Chunked(batch, slots, initial, captured);
    }

    /**
     * The captured states, with the number of positions taken where it counts, and patches and directions as they were.
     */
    private List<ContextState> states(Chunked form) {
        ContextState initial = form.initial();
        for (int segment = 0; segment < form.captured().size(); segment++) {
            Map<String, NDArray> captured = form.captured().get(segment);
            int end = segment;
            initial.tensors().forEach((name, tensor) -> {
                Role role = initial.layout().entry(name).tensor().role();
                if (role == Role.COUNTER) {
                    captured.put(
                            name, form.slots().tokensRead(end, form.batch()).add(tensor));
                } else if (role == Role.PATCH || role == Role.DIRECTIONS) {
                    NDArray copy = tensor.duplicate();
                    copy.attach(form.batch());
                    captured.put(name, copy);
                }
            });
        }
        return form.captured().stream()
                .map(tensors -> new ContextState(initial.layout(), tensors))
                .toList();
    }

    private static ContextState unread(NDManager batch, ContextState initial, int rows) {
        long[] one = new long[rows];
        if (initial.rows() > 1) {
            Arrays.setAll(one, row -> row);
        }
        return initial.select(batch.create(one));
    }
}
