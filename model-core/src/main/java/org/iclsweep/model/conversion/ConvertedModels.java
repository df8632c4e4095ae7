package org.iclsweep.model.conversion;

import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.transformer.LanguageModel;

/**
 * A model converted with R contexts at once: the model's weights, and R sets of bias tensors.
 *
 * @param state the bias tensors, each [R, ...]
 * @param parameters how many scalars one context leaves behind
 * @param bytes what they take where they are stored
 */
public record ConvertedModels(LanguageModel model, ContextState state, long parameters, long bytes) {

    /** Biases that are kept in the type of the computation. */
    ConvertedModels(LanguageModel model, ContextState state) {
        this(model, state, state.parameters(), state.parameters() * model.type().getNumOfBytes());
    }
}
