package org.iclsweep.model.conversion;

import ai.djl.ndarray.NDManager;
import java.util.List;
import java.util.Optional;
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

    /** The name in configurations and tables. */
    String name();

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
     * Converts contexts, all of them in one pass, on top of the biases that the model already has.
     *
     * @param contexts the segments of each context, the same number for all
     * @return one converted model per segment and context: that of everything up to the end of the segment
     * @throws ModelException if there is an obstacle
     */
    List<ConvertedModels> convert(
            LanguageModel model, NDManager batch, List<List<TokenSequence>> contexts, Padding padding);
}
