package org.iclsweep.sweep.experiment.generalization;

import java.io.Serializable;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.iclsweep.model.generalization.EvaluationSettings;
import org.iclsweep.model.generalization.RunSettings;
import org.iclsweep.sweep.experiment.Plan;

/**
 * The specification of a sweep of kind {@code generalization}: variants of one training, each with every seed, each
 * tested on every evaluation. Its trials are ordered variant by variant, seed by seed.
 *
 * @param measureEvery steps between two measurements along a training
 * @param batchTrials the most trainings of one shape that share a computation
 */
public record GeneralizationSpecification(
        List<Variant> variants,
        List<Long> seeds,
        List<EvaluationSettings> evaluations,
        int measureEvery,
        int batchTrials)
        implements Plan<GeneralizationTrial> {

    /**
     * A training without its seed.
     *
     * @param name of the variant, with the values of what is varied
     * @param keys every key of it with its value
     */
    public record Variant(String name, RunSettings settings, SortedMap<String, String> keys) implements Serializable {
        public Variant {
            keys = Collections.unmodifiableSortedMap(new TreeMap<>(keys));
        }
    }

    public GeneralizationSpecification {
        variants = List.copyOf(variants);
        seeds = List.copyOf(seeds);
        evaluations = List.copyOf(evaluations);
    }

    @Override
    public long size() {
        return (long) variants.size() * seeds.size();
    }

    @Override
    public GeneralizationTrial trial(long index, String id) {
        return new GeneralizationTrial(index, id, variant(index), seeds.get((int) (index % seeds.size())));
    }

    /** Neighbours of one shape, as many as are allowed. */
    @Override
    public long batchEnd(long first) {
        List<Object> shape = variant(first).settings().shape();
        long end = first + 1;
        while (end < size()
                && end - first < batchTrials
                && variant(end).settings().shape().equals(shape)) {
            end++;
        }
        return end;
    }

    private Variant variant(long index) {
        return variants.get((int) (index / seeds.size()));
    }
}
