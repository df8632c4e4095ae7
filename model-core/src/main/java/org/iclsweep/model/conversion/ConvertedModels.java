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
 * @param sizes what each context leaves behind
 */
public record ConvertedModels(LanguageModel model, ContextState state, List<Size> sizes) {

    /**
     * What a context costs.
     *
     * @param parameters scalars that it leaves behind
     * @param bytes that they take where they are kept
     * @param addedFlops floating-point operations that a query token takes more than without it
     */
    public record Size(long parameters, long bytes, long addedFlops) {
        static final Size NOTHING = new Size(0, 0, 0);
    }

    public ConvertedModels {
        sizes = List.copyOf(sizes);
    }

    /** The model, with {@code contexts} contexts that left {@code state} behind, in the type of the computation. */
    static ConvertedModels of(LanguageModel model, ContextState state, int contexts) {
        return of(model, state, state, contexts);
    }

    /** The same, of whose state {@code own} alone is a context's own, and the rest the same for all. */
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

    /** Floating-point operations that a query token takes more than without the context. */
    public long addedFlops(int context) {
        return sizes.get(context).addedFlops();
    }
}
