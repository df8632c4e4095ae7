package org.iclsweep.model.conversion;

import ai.djl.ndarray.NDManager;
import java.util.List;
import java.util.Optional;
import org.iclsweep.datasets.fault.Named;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.family.Architecture;
import org.iclsweep.model.family.ModelException;
import org.iclsweep.model.kernel.Assumption;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.prompt.TokenSequence;

/**
 * A way to make a context part of a model, so that the bare query suffices. Implementations are records whose
 * components are their parameters, and are listed in {@link ConversionMethods}.
 */
public interface ConversionMethod {

    /** The name in configurations and tables: that of the record, by {@link Named}. */
    default String name() {
        return getClass().getAnnotation(Named.class).value();
    }

    /** The obstacle that a broken assumption is, in one sentence, and what to do instead. */
    static String explain(Assumption.Broken broken) {
        return "Conversion is not exact for this model, because it breaks the assumption " + broken.assumption() + ": "
                + broken.why() + ". Instead: " + broken.instead();
    }

    /**
     * The reason why models of {@code layout} cannot be converted in this way, and what to do instead; empty if they
     * can.
     */
    default Optional<String> obstacle(Architecture layout) {
        return Optional.empty();
    }

    /** True if a converted model can be written as a checkpoint that loads like any other. */
    default boolean isWritable() {
        return true;
    }

    /**
     * Refuses a model that cannot be converted in this way.
     *
     * @throws ModelException if there is an obstacle
     */
    default void requirePossible(Architecture layout) {
        obstacle(layout).ifPresent(obstacle -> {
            throw new ModelException(obstacle);
        });
    }

    /** Number of examples of the task that the method asks for, for each context; 0 where it needs none. */
    default int examples() {
        return 0;
    }

    /**
     * Contexts converted, all of them in one pass, on top of the biases that the model already has.
     *
     * @return one converted model per segment and context: that of everything up to the end of the segment
     * @throws ModelException if there is an obstacle, or if the method needs examples and there are none
     */
    default List<ConvertedModels> convert(
            LanguageModel model, NDManager batch, ContextBatch contexts, Padding padding) {
        requirePossible(model.layout());
        return converted(model, batch, contexts, padding);
    }

    /**
     * The same of contexts without examples.
     *
     * @param contexts the segments of each context, the same number for all
     */
    default List<ConvertedModels> convert(
            LanguageModel model, NDManager batch, List<List<TokenSequence>> contexts, Padding padding) {
        return convert(model, batch, ContextBatch.of(contexts), padding);
    }

    /** The model converted with one context. */
    default ConvertedModels convert(LanguageModel model, NDManager batch, TokenSequence context) {
        return convert(model, batch, List.of(List.of(context)), Padding.LONGEST).get(0);
    }

    /** {@link #convert} for a model without an obstacle. */
    List<ConvertedModels> converted(LanguageModel model, NDManager batch, ContextBatch contexts, Padding padding);
}
