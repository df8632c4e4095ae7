package org.iclsweep.model.conversion;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.transformer.LanguageModel;

/**
 * A model converted with R contexts at once: the model's weights, and R sets of bias tensors.
 *
 * @param state the bias tensors, each [R, ...]
 * @param counts how many scalars each context leaves behind
 */
public record ConvertedModels(LanguageModel model, ContextState state, List<Long> counts) {

    /** The model, with {@code contexts} contexts that left {@code state} behind. */
    static ConvertedModels of(LanguageModel model, ContextState state, int contexts) {
        return new ConvertedModels(
                model,
                state,
                IntStream.range(0, contexts).mapToObj(state::parameters).toList());
    }

    /** The model, with {@code contexts} contexts that left nothing behind: {@code state} is what it had before. */
    static ConvertedModels unchanged(LanguageModel model, ContextState state, int contexts) {
        return new ConvertedModels(
                model,
                state,
                LongStream.generate(() -> 0).limit(contexts).boxed().toList());
    }

    /** How many scalars a context leaves behind. */
    public long parameters(int context) {
        return counts.get(context);
    }

    /** Bytes of a context's biases in the type of the computation. */
    public long bytes(int context) {
        return parameters(context) * model.type().getNumOfBytes();
    }
}
