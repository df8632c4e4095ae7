package org.iclsweep.model.conversion;

import ai.djl.ndarray.NDManager;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.model.transformer.LanguageModel;
import org.iclsweep.model.transformer.Padding;

/** A way to make a context part of a model, so that the bare query suffices. */
public sealed interface ConversionMethod permits ExactConversion, MergedConversion, DroppedContext {

    /** What configurations and tables call it. */
    String name();

    /** The method of that name, with its parameters at their defaults. */
    static ConversionMethod named(String name) {
        return of(name, Map.of());
    }

    /**
     * The method of that name.
     *
     * @param parameters by name, as text; those that are left out have their defaults
     */
    static ConversionMethod of(String name, Map<String, String> parameters) {
        return switch (name) {
            case ExactConversion.NAME ->
                new ExactConversion(Optional.ofNullable(parameters.get(ExactConversion.STORAGE))
                        .map(BiasStorage::named));
            case MergedConversion.NAME -> MergedConversion.of(parameters);
            case DroppedContext.NAME -> new DroppedContext();
            default ->
                throw new IllegalArgumentException("Conversion method \"" + name + "\" is not known; known are "
                        + ExactConversion.NAME + ", " + MergedConversion.NAME + ", " + DroppedContext.NAME);
        };
    }

    /**
     * Converts contexts, all of them in one pass, on top of the biases that the model already has.
     *
     * @param contexts the segments of each context, the same number for all
     * @return one converted model per segment and context: that of everything up to the end of the segment
     * @throws UnsupportedConversionException if the method does not know this model's mixers
     */
    List<ConvertedModels> convert(
            LanguageModel model, NDManager batch, List<List<TokenSequence>> contexts, Padding padding);
}
