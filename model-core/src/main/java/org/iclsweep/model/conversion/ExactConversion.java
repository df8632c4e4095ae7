package org.iclsweep.model.conversion;

import ai.djl.ndarray.NDManager;
import java.util.List;
import java.util.Optional;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Named;
import org.iclsweep.model.conversion.ConvertedModels.Size;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.family.Architecture;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;

/**
 * ICLCA (arXiv:2406.02847, algorithm 1): one forward pass over the context, layer by layer, that leaves b'_KV = R_{−M}
 * b_KV + Σ_j R_{j−M} φ(K_j) V_jᵀ (eq. 14) and b'_D = b_D + Σ_j φ(K_j) (eq. 15) in every head, or the state of another
 * family's mixer, which obeys the same law: it is finite and updated affinely. The converted model gives the same
 * logits for the query alone (eq. 16).
 *
 * @param storage stored type of the biases once they are made; empty for the type of the computation
 */
@Named(value = ExactConversion.NAME, doc = "The exact conversion of models whose state has a fixed size.")
public record ExactConversion(
        @Key(
                doc = "The type that biases are stored as; int8 has a float32 scale for every row. Default: the type"
                        + " of the computation.")
        Optional<BiasStorage> storage)
        implements ConversionMethod {
    public static final String NAME = "iclca";

    /** Biases stay in the type of the computation. */
    public ExactConversion() {
        this(Optional.empty());
    }

    @Override
    public Optional<String> obstacle(Architecture layout) {
        return layout.broken().stream().findFirst().map(ConversionMethod::explain);
    }

    @Override
    public List<ConvertedModels> converted(
            LanguageModel model, NDManager batch, ContextBatch contexts, Padding padding) {
        List<ConvertedModels> converted = new KvCacheConversion().converted(model, batch, contexts, padding);
        return storage.map(type -> converted.stream()
                        .map(models -> stored(models, type, batch))
                        .toList())
                .orElse(converted);
    }

    private static ConvertedModels stored(ConvertedModels models, BiasStorage type, NDManager batch) {
        ContextState state = models.state();
        return ConvertedModels.sized(
                models.model(), type.rounded(state, batch), models.sizes().size(), context -> {
                    Size size = models.sizes().get(context);
                    return new Size(size.parameters(), type.bytes(state.tensorsOf(context)), size.addedFlops());
                });
    }
}
