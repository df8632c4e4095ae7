package org.iclsweep.model.exactness;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.List;
import java.util.function.Supplier;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.prompt.PromptTree;

/**
 * The right answer to a prompt, of one uninterrupted run over context and query from the zero state.
 *
 * @param logits at every token of the query [Q, V]
 * @param stream the residual stream there after each layer [L, Q, D]
 */
public record ConformanceAnswer(NDArray logits, NDArray stream) {
    /** The answer of {@code model} to {@code prompt}, owned by {@code batch}. */
    public static ConformanceAnswer of(LanguageModel model, NDManager batch, ConformanceSuite.Prompt prompt) {
        NDList layers = new NDList();
        RunObserver observer = new RunObserver() {
            @Override
            public void layer(int layer, Supplier<NDArray> stream) {
                NDArray kept = stream.get();
                kept.attach(batch);
                layers.add(kept);
            }
        };
        List<PromptTree> trees = List.of(PromptTree.of(prompt.context(), prompt.query()));
        NDArray hidden = model.prompted(batch, trees, Padding.LONGEST, observer);
        return new ConformanceAnswer(model.logits(hidden), NDArrays.stack(layers));
    }
}
