package org.iclsweep.model.generalization;

import java.io.Serializable;
import org.iclsweep.datasets.fault.Checked;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.datasets.task.Patterns;

/**
 * The distribution of prompts (arXiv:2402.15607, section 2): a token is [x; y] with x = μ_j + κ ν_k of dimension d_X
 * and y = ±q of dimension d_Y; the query's y is 0.
 */
public record DataModel(
        @Key(doc = "d_X, the dimension of inputs, at least `relevant` + `irrelevant`.", from = 3, otherwise = "30")
        int dimension,

        @Key(doc = "d_Y, the dimension of label embeddings; q is its first axis.", from = 1, otherwise = "30")
        int labelDimension,

        @Key(doc = "M₁, the number of patterns that decide a label.", from = 2, otherwise = "6")
        int relevant,

        @Key(doc = "M₂, the number of patterns that do not.", from = 1, otherwise = "24")
        int irrelevant,

        @Key(doc = "‖μ‖, the norm of relevant patterns.", from = 0, otherwise = "2")
        double relevantNorm,

        @Key(doc = "‖ν‖, the norm of irrelevant patterns.", from = 0, otherwise = "1")
        double irrelevantNorm,

        @Key(doc = "K: an input is μ + κ ν with κ uniform over (−K, K).", from = 0, otherwise = "0.5")
        double kappa,

        @Key(doc = "‖q‖, the norm of the label embedding.", from = 0, otherwise = "1")
        double labelNorm)
        implements Checked, Serializable {
    @Override
    public void check(Scope scope) {
        if (dimension < relevant + irrelevant) {
            scope.fault(
                    "dimension",
                    "expected at least relevant + irrelevant = %s for orthogonal patterns, found %s"
                            .formatted(relevant + irrelevant, dimension));
        }
    }

    /** D = d_X + d_Y. */
    int tokenDimension() {
        return dimension + labelDimension;
    }

    /** The patterns in the domain, along the basis of a seed. */
    Patterns patterns(long seed) {
        return Patterns.inDomain(dimension, relevant, irrelevant, relevantNorm, irrelevantNorm, seed);
    }
}
