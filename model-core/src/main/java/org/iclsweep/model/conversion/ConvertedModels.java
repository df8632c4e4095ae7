package org.iclsweep.model.conversion;

import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.transformer.LanguageModel;

/**
 * A model converted with R contexts at once: the model's weights, and R sets of bias tensors.
 *
 * @param state the bias tensors, each [R, ...]
 * @param parameters how many scalars one context leaves behind
 */
public record ConvertedModels(LanguageModel model, ContextState state, long parameters) {

    ConvertedModels(LanguageModel model, ContextState state) {
        this(model, state, state.parameters());
    }

    /** Bytes of one context's biases in the type of the computation. */
    public long bytes() {
        return parameters * model.type().getNumOfBytes();
    }
}
