package org.iclsweep.model.conversion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.iclsweep.model.mixer.ContextCache;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.mixer.SoftmaxAttention;
import org.iclsweep.model.mixer.TokenMixer;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.model.transformer.CheckpointLayout;
import org.iclsweep.model.transformer.LanguageModel;
import org.iclsweep.model.transformer.ModelException;
import org.iclsweep.model.transformer.Padding;

/**
 * What all approximations share: the contexts are read once, exactly, with all keys and values kept; then each softmax
 * attention over the whole context gets something smaller in their place, layer by layer and without the others. What
 * is exact and of fixed size anyway, recurrent layers and windows, stays as it is.
 */
final class SoftmaxApproximation {
    /** What takes the place of one layer's cache: tensors of a state, by their names below the module. */
    interface Layer {
        Map<String, NDArray> of(ContextCache cache, String module);
    }

    private SoftmaxApproximation() {}

    /** Why there is nothing to approximate, or no way to. */
    static Optional<String> obstacle(CheckpointLayout layout) {
        return new FullCache().obstacle(layout).or(() -> {
            return modules(layout).isEmpty()
                    ? Optional.of("This model has no softmax attention over the whole context, so there is nothing to"
                            + " approximate: take the method " + ExactConversion.NAME + ", which is exact for it")
                    : Optional.empty();
        });
    }

    private static boolean isWhole(TokenMixer mixer) {
        return mixer instanceof SoftmaxAttention attention && attention.window().isEmpty();
    }

    /** The modules of the softmax attentions over the whole context. */
    static Set<String> modules(CheckpointLayout layout) {
        Set<String> modules = new LinkedHashSet<>();
        layout.mixers().forEach((module, mixer) -> {
            if (isWhole(mixer)) {
                modules.add(module);
            }
        });
        return modules;
    }

    /** The softmax attentions that are approximated, by their modules. */
    private static Map<String, SoftmaxAttention> attentions(LanguageModel model) {
        Map<String, SoftmaxAttention> attentions = new LinkedHashMap<>();
        model.layout().mixers().forEach((module, mixer) -> {
            if (mixer instanceof SoftmaxAttention attention && isWhole(mixer)) {
                attentions.put(module, attention);
            }
        });
        return attentions;
    }

    /**
     * The converted models.
     *
     * @param counted what of a state is a context's own, where that is not all
     */
    static List<ConvertedModels> convert(
            LanguageModel model,
            NDManager batch,
            List<List<TokenSequence>> contexts,
            Padding padding,
            Layer layer,
            UnaryOperator<ContextState> counted) {
        obstacle(model.layout()).ifPresent(obstacle -> {
            throw new ModelException(obstacle);
        });
        Map<String, SoftmaxAttention> attentions = attentions(model);
        List<ContextState> full = model.contextStates(batch, contexts, asking(model, batch, attentions), padding);
        List<ConvertedModels> converted = new ArrayList<>();
        for (int segment = 0; segment < full.size(); segment++) {
            int end = segment + 1;
            int[] tokens = contexts.stream()
                    .mapToInt(segments -> segments.subList(0, end).stream()
                            .mapToInt(TokenSequence::length)
                            .sum())
                    .toArray();
            Map<String, NDArray> state = new LinkedHashMap<>(full.get(segment).tensors());
            attentions.forEach((module, attention) -> replace(state, module, attention, tokens, batch, layer));
            ContextState approximated = new ContextState(state);
            converted.add(ConvertedModels.of(model, approximated, counted.apply(approximated), contexts.size()));
        }
        return converted;
    }

    /** The state that the contexts follow, which lets every attention say what its tokens asked. */
    private static ContextState asking(LanguageModel model, NDManager batch, Map<String, SoftmaxAttention> attentions) {
        Map<String, NDArray> initial =
                new LinkedHashMap<>(model.initialState(batch).tensors());
        attentions.forEach((module, attention) -> {
            String approximated = ContextCache.approximated(initial, module);
            if (approximated != null) {
                throw new ModelException("The model holds an approximation of an earlier context (" + approximated
                        + "), which cannot be approximated again: convert the original model with both contexts, or"
                        + " add the new one by the method " + FullCache.NAME);
            }
            NDArray keys = new ContextState(initial).in(module).get("b_k");
            initial.put(module + "." + ContextState.QUERIES, ContextCache.noQueries(attention, keys));
        });
        return new ContextState(initial);
    }

    private static void replace(
            Map<String, NDArray> state,
            String module,
            SoftmaxAttention attention,
            int[] tokens,
            NDManager batch,
            Layer layer) {
        try (NDManager scope = batch.newSubManager()) {
            ContextCache cache = ContextCache.of(attention, new ContextState(state).in(module), tokens, scope);
            Map<String, NDArray> instead = layer.of(cache, module);
            state.keySet().removeIf(name -> name.startsWith(module + "."));
            instead.forEach((name, tensor) -> {
                tensor.attach(batch);
                state.put(module + "." + name, tensor);
            });
        }
    }
}
