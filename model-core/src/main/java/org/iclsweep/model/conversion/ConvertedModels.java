package org.iclsweep.model.conversion;

import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.transformer.LanguageModel;

/**
 * A model converted with R contexts at once: the model's weights, and R sets of bias tensors.
 *
 * @param state the bias tensors, each [R, ...]
 * @param sizes what each context leaves behind
 */
public record ConvertedModels(LanguageModel model, ContextState state, List<Size> sizes) {

    /** A number of scalars, and the bytes that they take where they are kept. */
    public record Size(long parameters, long bytes) {
        static final Size NOTHING = new Size(0, 0);
    }

    public ConvertedModels {
        sizes = List.copyOf(sizes);
    }

    /** The model, with {@code contexts} contexts that left {@code state} behind, in the type of the computation. */
    static ConvertedModels of(LanguageModel model, ContextState state, int contexts) {
        int scalar = model.type().getNumOfBytes();
        return sized(model, state, contexts, context -> {
            long parameters = state.parameters(context);
            return new Size(parameters, parameters * scalar);
        });
    }

    /** The model, with {@code contexts} contexts, each of the size that {@code size} says. */
    static ConvertedModels sized(LanguageModel model, ContextState state, int contexts, IntFunction<Size> size) {
        return new ConvertedModels(
                model, state, IntStream.range(0, contexts).mapToObj(size).toList());
    }

    /** How many scalars a context leaves behind. */
    public long parameters(int context) {
        return sizes.get(context).parameters();
    }

    /** Bytes of a context's biases where they are kept. */
    public long bytes(int context) {
        return sizes.get(context).bytes();
    }
}
