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

    /** As many as are allowed of a run of neighbours of one shape, counted from the first of them. */
    @Override
    public long batchEnd(long index) {
        List<Object> shape = variant(index).settings().shape();
        int before = (int) (index / seeds.size());
        while (before > 0 && variants.get(before - 1).settings().shape().equals(shape)) {
            before--;
        }
        long first = (long) before * seeds.size();
        return Math.min(first + ((index - first) / batchTrials + 1) * batchTrials, shapeEnd(index));
    }

    /** The index behind the run of neighbours of one shape that the trial {@code index} is in. */
    long shapeEnd(long index) {
        List<Object> shape = variant(index).settings().shape();
        int behind = (int) (index / seeds.size()) + 1;
        while (behind < variants.size()
                && variants.get(behind).settings().shape().equals(shape)) {
            behind++;
        }
        return (long) behind * seeds.size();
    }

    private Variant variant(long index) {
        return variants.get((int) (index / seeds.size()));
    }
}
