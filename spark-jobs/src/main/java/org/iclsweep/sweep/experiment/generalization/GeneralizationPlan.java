package org.iclsweep.sweep.experiment.generalization;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.iclsweep.model.generalization.RunSettings;
import org.iclsweep.sweep.run.Batch;
import org.iclsweep.sweep.run.Wave;

/** The trainings of a generalization sweep in waves and batches, cut by index alone: the same whoever runs them. */
public record GeneralizationPlan(GeneralizationSweep sweep) implements Serializable {

    /** How many waves there are. */
    public int waves() {
        return Math.toIntExact((sweep.size() + sweep.waveTrials() - 1) / sweep.waveTrials());
    }

    /** The wave with this index, from 0. */
    public Wave wave(int index) {
        long first = (long) index * sweep.waveTrials();
        return new Wave(index, first, Math.min(sweep.size(), first + sweep.waveTrials()));
    }

    /** The waves that are not among the committed ones, in order. */
    public Stream<Wave> without(Set<Integer> committed) {
        return Stream.iterate(0, index -> index < waves(), index -> index + 1)
                .filter(index -> !committed.contains(index))
                .map(this::wave);
    }

    /** The batches of a wave: neighbours of one shape, as many as are allowed. */
    public List<Batch> batches(Wave wave) {
        List<Batch> batches = new ArrayList<>();
        long first = wave.first();
        for (long index = first + 1; index <= wave.end(); index++) {
            boolean ends = index == wave.end()
                    || index - first == sweep.batchTrials()
                    || !shape(index).equals(shape(first));
            if (ends) {
                batches.add(new Batch(first, index));
                first = index;
            }
        }
        return batches;
    }

    private RunSettings.Shape shape(long index) {
        return sweep.trial(index).variant().settings().shape();
    }

    /** The trainings of a batch, in order. */
    public List<GeneralizationTrial> trials(Batch batch) {
        return LongStream.range(batch.first(), batch.end())
                .mapToObj(sweep::trial)
                .toList();
    }
}
