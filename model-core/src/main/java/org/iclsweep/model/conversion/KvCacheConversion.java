package org.iclsweep.model.conversion;

import ai.djl.ndarray.NDManager;
import java.util.List;
import java.util.Optional;
import org.iclsweep.datasets.fault.Named;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.family.Architecture;
import org.iclsweep.model.kernel.Assumption;
import org.iclsweep.model.layout.Padding;

/**
 * The whole state of a context, of any size: the states of {@link ExactConversion}, and all keys and values of softmax
 * attention, turned to where the query starts (R_{j−M} k_j). Exact for every model whose states can be turned so, or
 * have the number of positions that the context took; its size grows with the context where the model's own memory
 * does.
 */
@Named(
        value = KvCacheConversion.NAME,
        doc = "Exact for every model; of softmax attention it keeps all keys and values.")
public record KvCacheConversion() implements ConversionMethod {
    public static final String NAME = "full-cache";

    @Override
    public Optional<String> obstacle(Architecture layout) {
        boolean saysPositions = layout.learnedPositions().isPresent();
        return layout.broken().stream()
                .filter(broken -> broken.assumption() == Assumption.RELATIVE_POSITIONS && !saysPositions)
                .findFirst()
                .map(ConversionMethod::explain);
    }

    @Override
    public List<ConvertedModels> converted(
            LanguageModel model, NDManager batch, ContextBatch contexts, Padding padding) {
        return model.contextStates(batch, contexts.segments(), model.initialState(batch), padding).stream()
                .map(state -> ConvertedModels.of(model, state, contexts.size()))
                .toList();
    }
}
