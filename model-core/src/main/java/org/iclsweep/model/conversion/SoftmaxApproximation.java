package org.iclsweep.model.conversion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.family.CheckpointLayout;
import org.iclsweep.model.family.ModelException;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.mixer.KvCache;
import org.iclsweep.model.mixer.SoftmaxAttention;
import org.iclsweep.model.mixer.ValueMomentum;
import org.iclsweep.model.prompt.TokenSequence;

/**
 * What all approximations share: the contexts are read once, exactly, with all keys and values kept; then each softmax
 * attention over the whole context gets something smaller in their place, layer by layer and without the others. What
 * is exact and of fixed size anyway, recurrent layers and windows, stays as it is.
 */
sealed interface SoftmaxApproximation extends ConversionMethod
        permits RandomFeatures, TaylorFeatures, AttentionMatching, Eviction {

    /** What takes the place of one layer's cache: tensors of a state, by their names below {@code module}. */
    Map<String, NDArray> instead(KvCache cache, String module);

    /** What of a state is a context's own, where that is not all. */
    default ContextState own(ContextState state) {
        return state;
    }

    @Override
    default Optional<String> obstacle(CheckpointLayout layout) {
        return obstacleIn(layout);
    }

    /** Why there is nothing to approximate, or no way to. */
    static Optional<String> obstacleIn(CheckpointLayout layout) {
        return new KvCacheConversion().obstacle(layout).or(() -> {
            return attentions(layout).isEmpty()
                    ? Optional.of("This model has no softmax attention over the whole context, so there is nothing to"
                            + " approximate: take the method " + ExactConversion.NAME + ", which is exact for it")
                    : Optional.empty();
        });
    }

    /** The softmax attentions over the whole context, by their modules. */
    static Map<String, SoftmaxAttention> attentions(CheckpointLayout layout) {
        Map<String, SoftmaxAttention> attentions = new LinkedHashMap<>();
        layout.mixers().forEach((module, mixer) -> {
            if (mixer instanceof SoftmaxAttention attention && attention.isOverAll()) {
                attentions.put(module, attention);
            }
        });
        return attentions;
    }

    @Override
    default List<ConvertedModels> convert(
            LanguageModel model, NDManager batch, List<List<TokenSequence>> contexts, Padding padding) {
        obstacle(model.layout()).ifPresent(obstacle -> {
            throw new ModelException(obstacle);
        });
        Map<String, SoftmaxAttention> attentions = attentions(model.layout());
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
            attentions.forEach((module, attention) -> replace(state, module, attention, tokens, batch));
            ContextState approximated = new ContextState(state);
            converted.add(ConvertedModels.of(model, approximated, own(approximated), contexts.size()));
        }
        return converted;
    }

    /** The state that the contexts follow, which lets every attention say what its tokens asked. */
    private static ContextState asking(LanguageModel model, NDManager batch, Map<String, SoftmaxAttention> attentions) {
        Map<String, NDArray> initial =
                new LinkedHashMap<>(model.initialState(batch).tensors());
        attentions.forEach((module, attention) -> {
            String approximated = KvCache.approximated(initial, module);
            if (approximated != null) {
                throw new ModelException("The model holds an approximation of an earlier context (" + approximated
                        + "), which cannot be approximated again: convert the original model with both contexts, or"
                        + " add the new one by the method " + KvCacheConversion.NAME);
            }
            NDArray keys = new ContextState(initial).in(module).get("b_k");
            initial.put(module + "." + ContextState.QUERIES, KvCache.noQueries(attention, keys));
        });
        return new ContextState(initial);
    }

    private void replace(
            Map<String, NDArray> state, String module, SoftmaxAttention attention, int[] tokens, NDManager batch) {
        try (NDManager scope = batch.newSubManager()) {
            KvCache cache = KvCache.of(attention, new ContextState(state).in(module), tokens, scope);
            Map<String, NDArray> instead = instead(cache, module);
            // The moving average of momentum is of fixed size, and exact, whatever stands for keys and values.
            String average = module + "." + ValueMomentum.STATE;
            state.keySet().removeIf(name -> name.startsWith(module + ".") && !name.equals(average));
            instead.forEach((name, tensor) -> {
                tensor.attach(batch);
                state.put(module + "." + name, tensor);
            });
        }
    }
}
