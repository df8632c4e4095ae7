package org.iclsweep.model.conversion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.function.Supplier;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.prompt.Continuation;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.model.tensor.Doubles;

/**
 * The input of the feed-forward part of one layer, token by token.
 *
 * @param stream h [T][D]
 * @param normed norm(h) [T][D]
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record FeedForwardInput(double[][] stream, double[][] normed) {

    /** The inputs of {@code layers}, first layer first, when {@code tokens} are read from {@code initial} (one row). */
    static List<FeedForwardInput> read(
            LanguageModel model, NDManager scope, TokenSequence tokens, ContextState initial, IntPredicate layers) {
        List<FeedForwardInput> found = new ArrayList<>();
        RunObserver observer = new RunObserver() {
            @Override
            public void feedForward(int layer, Supplier<NDArray> stream, Supplier<NDArray> normed) {
                if (layers.test(layer)) {
                    found.add(new FeedForwardInput(Doubles.rows(stream.get()), Doubles.rows(normed.get())));
                }
            }
        };
        try (NDManager batch = scope.newSubManager()) {
            model.continued(batch, List.of(new Continuation(tokens, 0)), initial, Padding.LONGEST, observer);
        }
        return found;
    }
}
