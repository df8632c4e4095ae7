package org.iclsweep.model.conversion;

import ai.djl.ndarray.NDManager;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.prompt.TokenSequence;

/**
 * Contexts that a model was given one after another. Pushing one reads it on top of the biases that are there, which is
 * the same as converting all of them at once (arXiv:2406.02847, eq. 14 and 15 with b_KV and b_D not zero). Popping one
 * puts the biases from before it back, bit for bit: they were kept, because what a context did to a state cannot be
 * taken away from it again (exactly so in a model of one layer only).
 *
 * <p>Owns its states; each is [1, ...].
 */
public final class ContextStack implements AutoCloseable {
    private final LanguageModel model;
    private final NDManager bottom;
    private final Deque<Level> levels = new ArrayDeque<>();

    private record Level(NDManager owner, ContextState state) {}

    /** No contexts: the biases that the model has already. */
    public ContextStack(LanguageModel model) {
        new KvCacheConversion().requirePossible(model.layout());
        this.model = model;
        this.bottom = model.newBatch();
        this.levels.push(new Level(bottom, model.initialState(bottom)));
    }

    /** The biases after all contexts that are there; they belong to this stack until the last of them is popped. */
    public ContextState top() {
        return levels.element().state();
    }

    /** Number of contexts. */
    public int size() {
        return levels.size() - 1;
    }

    /** Reads a context on top of those that are there. */
    public void push(TokenSequence context) {
        pushAll(List.of(context));
    }

    /** Reads several contexts, one on top of the other, in one pass. */
    public void pushAll(List<TokenSequence> contexts) {
        if (contexts.isEmpty()) {
            return;
        }
        try (NDManager pass = model.newBatch()) {
            for (ContextState state : model.contextStates(pass, List.of(contexts), top(), Padding.LONGEST)) {
                NDManager owner = bottom.newSubManager();
                // A captured state may be a view of all that was read; a copy lets go of it.
                levels.push(new Level(owner, state.copied(owner)));
            }
        }
    }

    /** Takes the last context away again. */
    public void pop() {
        if (size() == 0) {
            throw new IllegalStateException("There is no context to take away");
        }
        levels.pop().owner().close();
    }

    /** Frees all states. */
    @Override
    public void close() {
        bottom.close();
    }
}
