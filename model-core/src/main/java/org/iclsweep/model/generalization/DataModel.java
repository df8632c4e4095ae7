package org.iclsweep.model.generalization;

import java.io.Serializable;
import org.iclsweep.datasets.task.Patterns;

/**
 * What prompts are made of (arXiv:2402.15607, section 2): a token is [x; y] with x = μ_j + κ ν_k of dimension d_X and y
 * = ±q of dimension d_Y; the query's y is 0.
 *
 * @param dimension d_X, at least relevant + irrelevant
 * @param labelDimension d_Y; q is its first axis
 * @param relevant M₁
 * @param irrelevant M₂
 * @param relevantNorm ‖μ‖
 * @param irrelevantNorm ‖ν‖
 * @param kappa K: κ is uniform over (−K, K)
 * @param labelNorm ‖q‖
 */
public record DataModel(
        int dimension,
        int labelDimension,
        int relevant,
        int irrelevant,
        double relevantNorm,
        double irrelevantNorm,
        double kappa,
        double labelNorm)
        implements Serializable {
    /** D = d_X + d_Y. */
    int tokenDimension() {
        return dimension + labelDimension;
    }

    /** The patterns in the domain, along the basis of a seed. */
    Patterns patterns(long seed) {
        return Patterns.inDomain(dimension, relevant, irrelevant, relevantNorm, irrelevantNorm, seed);
    }
}
