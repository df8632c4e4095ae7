package org.iclsweep.model.metaoptimizer;

import java.util.List;
import java.util.OptionalDouble;
import org.iclsweep.datasets.reproducible.Vectors;

/**
 * Similarity of attention maps (arXiv:2212.10559, section 4.3): of one head's scores m of a query's last token for the
 * query's own tokens, before the softmax. The paper compares the maps themselves, most of which is what all of them
 * share; the difference of the updates is what fine-tuning and the context do to them (arXiv:2311.07772). A cosine with
 * nothing is empty.
 *
 * @param before cos(m_ICL, m_ZSL)
 * @param after cos(m_ICL, m_FT)
 * @param ofUpdates cos(m_ICL − m_ZSL, m_FT − m_ZSL)
 */
public record MapSimilarity(OptionalDouble before, OptionalDouble after, OptionalDouble ofUpdates) {

    /** Of one head's scores, zero-shot, after the context, and of the fine-tuned model. */
    public static MapSimilarity of(double[] zeroShot, double[] context, double[] tuned) {
        return new MapSimilarity(
                Cosine.of(context, zeroShot),
                Cosine.of(context, tuned),
                Cosine.of(Vectors.difference(context, zeroShot), Vectors.difference(tuned, zeroShot)));
    }

    /**
     * The cosine of the updates alone: the others depend on how far fine-tuning went, or have nothing to do with it.
     */
    MapSimilarity ofDirections() {
        return new MapSimilarity(OptionalDouble.empty(), OptionalDouble.empty(), ofUpdates);
    }

    /** The mean of each measure over the queries that have it. */
    static MapSimilarity mean(List<MapSimilarity> queries) {
        return new MapSimilarity(
                MeanOfDefined.of(queries, MapSimilarity::before),
                MeanOfDefined.of(queries, MapSimilarity::after),
                MeanOfDefined.of(queries, MapSimilarity::ofUpdates));
    }
}
