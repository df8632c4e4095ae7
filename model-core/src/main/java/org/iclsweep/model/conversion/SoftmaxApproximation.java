package org.iclsweep.model.conversion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.family.Architecture;
import org.iclsweep.model.family.ModelException;
import org.iclsweep.model.kernel.CompressedKv;
import org.iclsweep.model.kernel.KvCache;
import org.iclsweep.model.kernel.KvHeads;
import org.iclsweep.model.kernel.StateTensor.Presence;
import org.iclsweep.model.kernel.StateTensor.Role;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.mixer.SoftmaxAttention;
import org.iclsweep.model.mixer.StateLayout;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.model.tensor.Parameters;

/**
 * An approximation of softmax attention, layer by layer: one exact run over the contexts keeps all keys and values;
 * then each attention over the whole context gets a smaller state in their place. States that are exact and of fixed
 * size, those of recurrent layers and windows, stay as they are.
 */
interface SoftmaxApproximation extends ConversionMethod {

    /** The state tensors that replace the caches of one attention, by their names below its module. */
    Map<String, NDArray> compress(CachedAttention attention);

    /** This method with what it draws from all attentions together, as a division of slots among their heads. */
    default SoftmaxApproximation plannedFor(List<CachedAttention> attentions) {
        return this;
    }

    /** {@code contexts} with the examples that the method is fitted to, if it makes them itself. */
    default ContextBatch completed(LanguageModel model, NDManager batch, ContextBatch contexts, Padding padding) {
        return contexts;
    }

    /** The examples that the method is fitted to, after {@code segment} of each context; none [R][0]. */
    default List<List<TokenSequence>> fittedTo(ContextBatch contexts, int segment) {
        return contexts.examples(segment, 0);
    }

    /** Further tensors of the state that a context is read on, at one attention; none to read it exactly. */
    default Map<String, NDArray> reading(String module, KvHeads heads, NDArray like) {
        return Map.of();
    }

    /** The part of a state that is a context's own and not the same for all contexts. */
    default ContextState own(ContextState state, Set<String> modules) {
        return state;
    }

    @Override
    default Optional<String> obstacle(Architecture layout) {
        return obstacleIn(layout);
    }

    /** Why there is nothing to approximate, or no way to. */
    static Optional<String> obstacleIn(Architecture layout) {
        return new KvCacheConversion()
                .obstacle(layout)
                .or(() -> Optional.of(
                                "This model has no softmax attention over the whole context, so there is nothing to"
                                        + " approximate: take the method " + ExactConversion.NAME
                                        + ", which is exact for it")
                        .filter(none -> attentions(layout).isEmpty()));
    }

    /** The softmax attentions over the whole context, by their modules. */
    static Map<String, SoftmaxAttention> attentions(Architecture layout) {
        Map<String, SoftmaxAttention> attentions = new LinkedHashMap<>();
        layout.mixers().forEach((module, mixer) -> {
            if (mixer instanceof SoftmaxAttention attention && attention.isOverAll()) {
                attentions.put(module, attention);
            }
        });
        return attentions;
    }

    /** {@code compressed}, or in its place what examples that are held back favour. */
    default ContextState judged(
            LanguageModel model,
            NDManager batch,
            ContextBatch contexts,
            int segment,
            ContextState compressed,
            Padding padding) {
        return compressed;
    }

    /** The costs of the contexts in {@code state}. */
    default ConvertedModels sized(LanguageModel model, ContextState state, int contexts) {
        return ConvertedModels.of(
                model, state, own(state, attentions(model.layout()).keySet()), contexts);
    }

    @Override
    default List<ConvertedModels> converted(
            LanguageModel model, NDManager batch, ContextBatch contexts, Padding padding) {
        return compressed(model, batch, completed(model, batch, contexts, padding), padding);
    }

    /** {@link #converted} of contexts that are {@link #completed}. */
    default List<ConvertedModels> compressed(
            LanguageModel model, NDManager batch, ContextBatch contexts, Padding padding) {
        Map<String, SoftmaxAttention> attentions = attentions(model.layout());
        List<ContextState> full =
                model.contextStates(batch, contexts.segments(), withQueries(model, batch, attentions), padding);
        List<ConvertedModels> converted = new ArrayList<>();
        for (int segment = 0; segment < full.size(); segment++) {
            int[] tokens = contexts.upTo(segment).stream()
                    .mapToInt(TokenSequence::length)
                    .toArray();
            ContextState state = full.get(segment);
            List<List<TokenSequence>> examples = fittedTo(contexts, segment);
            Optional<ExampleQueries> queries = examples.stream().allMatch(List::isEmpty)
                    ? Optional.empty()
                    : Optional.of(ExampleQueries.of(model, batch, state, examples, attentions, padding));
            List<CachedAttention> caches = new ArrayList<>();
            for (Map.Entry<String, SoftmaxAttention> attention : attentions.entrySet()) {
                String module = attention.getKey();
                Parameters weights = Parameters.of(model.tensors()).in(module);
                KvCache cache = KvCache.of(attention.getValue().kvHeads(), state.in(module), weights, tokens, batch);
                caches.add(new CachedAttention(module, cache, queries));
            }
            SoftmaxApproximation planned = plannedFor(caches);
            for (CachedAttention attention : caches) {
                state = replaced(state, attention, planned, batch);
            }
            converted.add(
                    sized(model, planned.judged(model, batch, contexts, segment, state, padding), contexts.size()));
        }
        return converted;
    }

    /** The state that the contexts follow, with room for the queries of their tokens at every attention. */
    private ContextState withQueries(LanguageModel model, NDManager batch, Map<String, SoftmaxAttention> attentions) {
        ContextState initial = model.initialState(batch);
        Map<String, NDArray> added = new LinkedHashMap<>();
        initial.tensors().keySet().forEach(name -> {
            StateLayout.Entry entry = initial.layout().entry(name);
            if (attentions.containsKey(entry.module()) && entry.tensor().presence() == Presence.APPROXIMATED) {
                throw new ModelException("The model holds an approximation of an earlier context (" + name
                        + "), which cannot be approximated again: convert the original model with both contexts, or"
                        + " add the new one by the method " + KvCacheConversion.NAME);
            }
        });
        attentions.forEach((module, attention) -> {
            Map<String, NDArray> own = new LinkedHashMap<>(KvCache.noQueries(attention.kvHeads(), initial.in(module)));
            own.putAll(reading(module, attention.kvHeads(), initial.in(module).get(CompressedKv.KEYS)));
            own.forEach((name, tensor) -> added.put(module + "." + name, tensor));
        });
        return initial.with(added);
    }

    /** {@code full} with the compressed caches of one attention in the place of all its keys and values. */
    private static ContextState replaced(
            ContextState full, CachedAttention attention, SoftmaxApproximation method, NDManager batch) {
        String module = attention.module();
        try (NDManager scope = batch.newSubManager()) {
            Map<String, NDArray> compressed = new LinkedHashMap<>();
            method.compress(attention.ownedBy(scope)).forEach((name, tensor) -> {
                tensor.attach(batch);
                compressed.put(module + "." + name, tensor);
            });
            // The moving average of momentum is exact and of fixed size.
            return full.without(entry ->
                            entry.module().equals(module) && entry.tensor().role() != Role.VALUE_AVERAGE)
                    .with(compressed);
        }
    }
}
