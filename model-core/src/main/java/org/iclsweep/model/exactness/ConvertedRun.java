package org.iclsweep.model.exactness;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;
import org.iclsweep.model.conversion.ConvertedModels;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.prompt.Continuation;

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

    /** Continuations, and the row of the states that each starts from. */
    private record Queries(List<Continuation> continuations, List<Long> rows) {
        Queries() {
            this(new ArrayList<>(), new ArrayList<>());
        }

        void add(List<Continuation> more, long row) {
            continuations.addAll(more);
            more.forEach(continuation -> rows.add(row));
        }

        long[] rows(int from, int to) {
            return rows.subList(from, to).stream().mapToLong(Long::longValue).toArray();
        }
    }

    /** The last hidden states at the scored positions, set by set, segment by segment [N, D]. */
    NDArray hidden(NDManager batch, List<PromptSet> sets, List<ConvertedModels> converted, RunObserver observer) {
        NDList hidden = new NDList();
        if (isShared(sets, converted)) {
            for (int set = 0; set < sets.size(); set++) {
                for (int segment = 0; segment < converted.size(); segment++) {
                    List<Continuation> queries = sets.get(set).continuations(segment);
                    ContextState states = converted.get(segment).state();
                    hidden.addAll(onOneState(batch, queries, states, set, observer));
                }
            }
        } else {
            Queries queries = new Queries();
            for (int set = 0; set < sets.size(); set++) {
                for (int segment = 0; segment < converted.size(); segment++) {
                    queries.add(sets.get(set).continuations(segment), (long) segment * sets.size() + set);
                }
            }
            ContextState states = ContextState.joined(
                    converted.stream().map(ConvertedModels::state).toList());
            hidden.addAll(onCopies(batch, queries, states, observer));
        }
        return hidden.size() == 1 ? hidden.get(0) : NDArrays.concat(hidden, 0);
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

    private NDList onCopies(NDManager batch, Queries queries, ContextState states, RunObserver observer) {
        int height = (int) Math.max(1, Math.min(queries.rows().size(), stateBytes / Math.max(1, bytes(states))));
        NDList hidden = new NDList();
        for (int from = 0; from < queries.rows().size(); from += height) {
            int to = Math.min(queries.rows().size(), from + height);
            List<Continuation> some = queries.continuations().subList(from, to);
            hidden.add(block(batch, some, states, queries.rows(from, to), observer));
        }
        return hidden;
    }

    private NDList onOneState(
            NDManager batch, List<Continuation> queries, ContextState states, int row, RunObserver observer) {
        long ofLayer = bytes(states) / model.layout().dimensions().layers();
        int height = (int) Math.max(1, Math.min(queries.size(), stateBytes / Math.max(1, ofLayer)));
        NDList hidden = new NDList();
        for (int from = 0; from < queries.size(); from += height) {
            List<Continuation> some = queries.subList(from, Math.min(queries.size(), from + height));
            hidden.add(block(batch, some, states, new long[] {row}, observer));
        }
        return hidden;
    }

    private NDArray block(
            NDManager batch, List<Continuation> queries, ContextState states, long[] rows, RunObserver observer) {
        try (NDManager block = batch.newSubManager()) {
            NDArray hidden = model.continued(block, queries, states.select(block.create(rows)), padding, observer);
            hidden.attach(batch);
            return hidden;
        }
    }
}
