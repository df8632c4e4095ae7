package org.iclsweep.model.conversion;

import ai.djl.ndarray.NDManager;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.model.transformer.CheckpointLayout;
import org.iclsweep.model.transformer.LanguageModel;
import org.iclsweep.model.transformer.Padding;

/**
 * The approximate conversion of softmax attention (arXiv:2406.02847, eq. 17 and 18) with the second-order Taylor map:
 * exact softmax over the query's own tokens, 1 + s + s²/2 in the place of eˢ for the context. It has no parameter: a
 * head of d dimensions has 1 + d + d² features.
 */
public record TaylorFeatures() implements ConversionMethod {
    public static final String NAME = "taylor";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Optional<String> obstacle(CheckpointLayout layout) {
        return SoftmaxApproximation.obstacle(layout);
    }

    @Override
    public List<ConvertedModels> convert(
            LanguageModel model, NDManager batch, List<List<TokenSequence>> contexts, Padding padding) {
        return SoftmaxApproximation.convert(
                model, batch, contexts, padding, (cache, module) -> cache.taylor(), UnaryOperator.identity());
    }
}
