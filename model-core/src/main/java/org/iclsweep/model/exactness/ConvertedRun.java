package org.iclsweep.model.exactness;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.iclsweep.model.conversion.ConvertedModels;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.prompt.Continuation;
import org.iclsweep.model.tensor.Rows;

/**
 * The converted run: each continuation alone on its converted model. Small states are copied, one for each
 * continuation, so that those of many contexts run at once; large ones are shared by the continuations of a context, of
 * which a layer makes its copy while it computes.
 *
 * @param stateBytes the bytes that the copies that are there at once may take
 */
record ConvertedRun(LanguageModel model, Padding padding, long stateBytes) {
    /** The part of those bytes that the copies for one context may take before its state is shared. */
    private static final int COPIED = 8;

    /**
     * Queries that start from rows of the same states.
     *
     * @param first number of scored positions before these queries
     * @param shared true if all start from one row, which is not copied
     */
    private record Part(
            List<Continuation> continuations, List<Long> rows, ContextState states, int first, boolean shared) {
        long[] rows(int[] block) {
            return shared
                    ? new long[] {rows.get(0)}
                    : Arrays.stream(block).mapToLong(rows::get).toArray();
        }

        List<Continuation> continuations(int[] block) {
            return Arrays.stream(block).mapToObj(continuations::get).toList();
        }

        int scored() {
            return continuations.stream().mapToInt(Continuation::scored).sum();
        }
    }

    /** The last hidden states at the scored positions, set by set, segment by segment [N, D]. */
    NDArray hidden(NDManager batch, List<PromptSet> sets, List<ConvertedModels> converted, RunObserver observer) {
        InOrder hidden = new InOrder(batch);
        Observed observed = new Observed(batch, observer);
        for (Part part : isShared(sets, converted) ? shared(sets, converted) : copied(sets, converted)) {
            int[] lengths = part.continuations().stream()
                    .mapToInt(continuation -> continuation.tokens().length())
                    .toArray();
            int[] starts = starts(part);
            for (int[] block : QueryBlocks.of(lengths, height(part), padding)) {
                int[] places = Arrays.stream(block)
                        .flatMap(query -> IntStream.range(
                                starts[query],
                                starts[query] + part.continuations().get(query).scored()))
                        .toArray();
                hidden.add(places, block(batch, part, block, observed.at(places)));
            }
        }
        observed.tell();
        return hidden.all();
    }

    /** The first scored position of each query. */
    private static int[] starts(Part part) {
        int[] starts = new int[part.continuations().size()];
        int next = part.first();
        for (int query = 0; query < starts.length; query++) {
            starts[query] = next;
            next += part.continuations().get(query).scored();
        }
        return starts;
    }

    private boolean isShared(List<PromptSet> sets, List<ConvertedModels> converted) {
        long largest = converted.stream()
                .mapToLong(models -> bytes(models.state()))
                .max()
                .orElse(0);
        int queries = sets.get(0).continuations(0).size();
        return queries > 1 && largest > stateBytes / COPIED / queries;
    }

    private long bytes(ContextState states) {
        return states.scalarsInMemory() * model.type().getNumOfBytes();
    }

    private static List<Part> shared(List<PromptSet> sets, List<ConvertedModels> converted) {
        List<Part> parts = new ArrayList<>();
        int first = 0;
        for (int set = 0; set < sets.size(); set++) {
            for (int segment = 0; segment < converted.size(); segment++) {
                List<Continuation> queries = sets.get(set).continuations(segment);
                Part part = new Part(
                        queries, List.of((long) set), converted.get(segment).state(), first, true);
                parts.add(part);
                first += part.scored();
            }
        }
        return parts;
    }

    private static List<Part> copied(List<PromptSet> sets, List<ConvertedModels> converted) {
        List<Continuation> queries = new ArrayList<>();
        List<Long> rows = new ArrayList<>();
        for (int set = 0; set < sets.size(); set++) {
            for (int segment = 0; segment < converted.size(); segment++) {
                List<Continuation> more = sets.get(set).continuations(segment);
                queries.addAll(more);
                rows.addAll(Collections.nCopies(more.size(), (long) segment * sets.size() + set));
            }
        }
        ContextState states = ContextState.joined(
                converted.stream().map(ConvertedModels::state).toList());
        return List.of(new Part(queries, rows, states, 0, false));
    }

    /** The most queries at once: with copies of all states, or with those that a layer makes of a shared one. */
    private int height(Part part) {
        long states = bytes(part.states());
        long each = part.shared() ? states / model.layout().dimensions().layers() : states;
        return (int) Math.max(1, Math.min(part.continuations().size(), stateBytes / Math.max(1, each)));
    }

    private NDArray block(NDManager batch, Part part, int[] queries, RunObserver observer) {
        try (NDManager block = batch.newSubManager()) {
            ContextState states = part.states().select(block.create(part.rows(queries)));
            NDArray hidden = model.continued(block, part.continuations(queries), states, padding, observer);
            hidden.attach(batch);
            return hidden;
        }
    }

    /** The observations of blocks in any order, told to the observer of the whole run in the order of the positions. */
    private record Observed(
            NDManager batch, RunObserver whole, Map<Integer, InOrder> layers, Map<String, InOrder> experts) {
        Observed(NDManager batch, RunObserver whole) {
            this(batch, whole, new TreeMap<>(), new LinkedHashMap<>());
        }

        /** The observer of the block with the scored positions {@code places}. */
        RunObserver at(int[] places) {
            if (whole == RunObserver.NONE) {
                return whole;
            }
            return new RunObserver() {
                @Override
                public void layer(int layer, Supplier<NDArray> stream) {
                    layers.computeIfAbsent(layer, any -> new InOrder(batch)).add(places, stream.get());
                }

                @Override
                public void routed(String module, Supplier<NDArray> chosen) {
                    experts.computeIfAbsent(module, any -> new InOrder(batch)).add(places, chosen.get());
                }
            };
        }

        void tell() {
            layers.forEach((layer, stream) -> whole.layer(layer, stream::all));
            experts.forEach((module, chosen) -> whole.routed(module, chosen::all));
        }
    }

    /** Rows that are computed in any order, and read in that of their places. */
    private static final class InOrder {
        private final NDManager batch;
        private final NDList rows = new NDList();
        private final List<int[]> places = new ArrayList<>();

        InOrder(NDManager batch) {
            this.batch = batch;
        }

        void add(int[] at, NDArray computed) {
            computed.attach(batch);
            rows.add(computed);
            places.add(at);
        }

        NDArray all() {
            NDArray computed = rows.size() == 1 ? rows.get(0) : NDArrays.concat(rows, 0);
            int[] place = places.stream().flatMapToInt(Arrays::stream).toArray();
            long[] row = new long[place.length];
            for (int i = 0; i < place.length; i++) {
                row[place[i]] = i;
            }
            boolean areInOrder = IntStream.range(0, row.length).allMatch(i -> row[i] == i);
            return areInOrder ? computed : Rows.picked(computed, batch.create(row), batch);
        }
    }
}
