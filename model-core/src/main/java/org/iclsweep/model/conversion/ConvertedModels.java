package org.iclsweep.model.conversion;

import ai.djl.ndarray.types.Shape;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.mixer.StateLayout;
import org.iclsweep.model.mixer.TokenMixer;

/**
 * A model converted with R contexts at once: the model's weights, and R sets of bias tensors.
 *
 * @param state the bias tensors, each [R, ...]
 * @param sizes the cost of each context
 */
public record ConvertedModels(LanguageModel model, ContextState state, List<Size> sizes) {

    /**
     * The cost of a context.
     *
     * @param parameters scalars of its biases
     * @param bytes of its biases in storage
     * @param addedFlops floating-point operations of a query token beyond those without the context
     */
    public record Size(long parameters, long bytes, long addedFlops) {
        static final Size NOTHING = new Size(0, 0, 0);
    }

    public ConvertedModels {
        sizes = List.copyOf(sizes);
    }

    /** The model with the biases {@code state} of {@code contexts} contexts, stored in the type of the computation. */
    static ConvertedModels of(LanguageModel model, ContextState state, int contexts) {
        return of(model, state, state, contexts);
    }

    /** The same, where only the tensors {@code own} differ between contexts; the others are shared by all. */
    static ConvertedModels of(LanguageModel model, ContextState state, ContextState own, int contexts) {
        int scalar = model.type().getNumOfBytes();
        return sized(model, state, contexts, context -> {
            long parameters = own.parameters(context);
            return new Size(parameters, parameters * scalar, addedFlops(model, state, context));
        });
    }

    private static long addedFlops(LanguageModel model, ContextState state, int context) {
        Map<String, Map<String, Shape>> byModule = new HashMap<>();
        state.shapes(context).forEach((name, shape) -> {
            StateLayout.Entry entry = state.layout().entry(name);
            byModule.computeIfAbsent(entry.module(), module -> new HashMap<>())
                    .put(entry.tensor().name(), shape);
        });
        long sum = 0;
        for (Map.Entry<String, TokenMixer> mixer : model.layout().mixers().entrySet()) {
            sum += mixer.getValue().addedFlops(byModule.getOrDefault(mixer.getKey(), Map.of()));
        }
        return sum;
    }

    /** The model with {@code contexts} contexts, each of the cost that {@code size} gives. */
    static ConvertedModels sized(LanguageModel model, ContextState state, int contexts, IntFunction<Size> size) {
        return new ConvertedModels(
                model, state, IntStream.range(0, contexts).mapToObj(size).toList());
    }
}
