package org.iclsweep.model.exactness;

import java.util.List;
import org.iclsweep.model.kernel.Assumption;
import org.jspecify.annotations.Nullable;

/**
 * The verdict on the exactness of a model's conversion, with the assumptions and the measured errors.
 *
 * @param verdict the outcome
 * @param assumptions each assumption of exact conversion, satisfied or broken
 * @param errors by length of the context; empty for models without a state of fixed size
 * @param batchShapes effect of the batch's shape, by type of the computation
 * @param size of the biases of a context; null for models without a state of fixed size
 */
public record Certificate(
        Verdict verdict,
        List<Checked> assumptions,
        List<LengthErrors> errors,
        List<BatchShape> batchShapes,
        @Nullable Size size) {

    public Certificate {
        assumptions = List.copyOf(assumptions);
        errors = List.copyOf(errors);
        batchShapes = List.copyOf(batchShapes);
    }

    /** The verdicts of a certificate. */
    public enum Verdict {
        /** All assumptions hold, and every float64 error is one that rounding explains. */
        EXACT,
        /** An assumption is broken, or an error is larger than rounding explains. */
        NOT_EXACT,
        /** The model loses so many digits that rounding would explain an error of conversion, too. */
        ILL_CONDITIONED
    }

    /**
     * An assumption.
     *
     * @param broken why it does not hold; null where it does
     */
    public record Checked(Assumption assumption, Assumption.@Nullable Broken broken) {
        public boolean holds() {
            return broken == null;
        }
    }

    /**
     * The errors after a random context of {@code contextTokens} tokens, over all positions of a query.
     *
     * @param conditioning relative change of the prompted logits over the relative change of all weights that caused it
     */
    public record LengthErrors(int contextTokens, double conditioning, TypeErrors float64, TypeErrors float32) {}

    /**
     * The distance of converted from prompted logits in one type of computation.
     *
     * @param explained the relative error that rounding explains: conditioning · unit roundoff · a margin that grows as
     *     √contextTokens
     */
    public record TypeErrors(double maxAbsolute, double maxRelative, double explained) {}

    /**
     * A prompt converted and continued alone, against the same in a batch of prompts of other lengths.
     *
     * @param maxRelative largest relative difference of the converted logits
     */
    public record BatchShape(String dtype, double maxRelative, boolean sameBits) {}

    /** Scalars and float32 bytes of the model, and of the biases that one context adds. */
    public record Size(long modelParameters, long modelBytes, long biasParameters, long biasBytes) {}
}
