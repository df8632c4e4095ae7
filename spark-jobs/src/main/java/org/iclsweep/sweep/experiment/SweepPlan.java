package org.iclsweep.sweep.experiment;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.LongStream;
import org.iclsweep.datasets.reproducible.Digest;
import org.iclsweep.sweep.config.SweepConfiguration;
import org.iclsweep.sweep.run.Batch;
import org.iclsweep.sweep.run.PlannedTrial;
import org.iclsweep.sweep.run.Wave;
import org.iclsweep.sweep.table.PlanRecord;

/**
 * A sweep with its kind and its plan: trial ids and batches. Batches are cut by index alone, the same whoever runs them
 * and however waves are cut.
 *
 * @param <S> the specification of the kind
 * @param <T> the trials of the kind
 */
public final class SweepPlan<S extends Serializable, T extends PlannedTrial> implements Serializable {
    private static final int ID_LENGTH = 16;

    private final Experiment<S, T> experiment;
    private final SweepConfiguration<S> sweep;
    private final Plan<T> plan;
    private final String digest;

    public SweepPlan(Experiment<S, T> experiment, SweepConfiguration<S> sweep) {
        this.experiment = experiment;
        this.sweep = sweep;
        this.plan = experiment.plan(sweep.specification());
        this.digest = sweep.digest();
    }

    /** The kind of the sweep. */
    public Experiment<S, T> experiment() {
        return experiment;
    }

    /** The configuration that the plan follows from. */
    public SweepConfiguration<S> sweep() {
        return sweep;
    }

    /** The digest of everything that can change a row. */
    public String digest() {
        return digest;
    }

    /** The record of this plan in the sweep's directory. */
    public PlanRecord record() {
        int schemaVersion = experiment.tables().get(0).table().schemaVersion();
        return new PlanRecord(sweep.name(), experiment.kind(), digest, size(), schemaVersion, sweep.identity());
    }

    /** The number of trials. */
    public long size() {
        return plan.size();
    }

    /** The trial with this index. */
    public T trial(long index) {
        if (index < 0 || index >= size()) {
            throw new IndexOutOfBoundsException("the plan has the trials 0 to " + (size() - 1) + ", not " + index);
        }
        return plan.trial(index, id(index));
    }

    /** The trials of a batch, in order. */
    public List<T> trials(Batch batch) {
        return LongStream.range(batch.first(), batch.end())
                .mapToObj(this::trial)
                .toList();
    }

    /** The id of the trial with this index. */
    public String id(long index) {
        return Digest.of(digest + ":" + index).substring(0, ID_LENGTH);
    }

    /** The index of the trial with this id; empty if the plan has none. */
    public OptionalLong indexOf(String id) {
        return LongStream.range(0, size()).filter(index -> id(index).equals(id)).findFirst();
    }

    /** The ids of a wave's trials, in order. */
    public List<String> ids(Wave wave) {
        return LongStream.range(wave.first(), wave.end()).mapToObj(this::id).toList();
    }

    /** The batches of a wave; at an end of the wave that lies in a batch, the part of it that is in the wave. */
    public List<Batch> batches(Wave wave) {
        List<Batch> batches = new ArrayList<>();
        long first = wave.first();
        while (first < wave.end()) {
            long end = Math.min(wave.end(), plan.batchEnd(first));
            batches.add(new Batch(first, end));
            first = end;
        }
        return batches;
    }

    /** The index behind the batch that the trial with this index is in. */
    public long batchEnd(long index) {
        return plan.batchEnd(index);
    }

    /** The estimated work of the trial with this index, in a unit that is the same for the whole plan. */
    public double work(long index) {
        return plan.work(index);
    }

    /** The batch that the trial with this index is in: all trials of the plan with the same end of their batch. */
    public Batch batchOf(long index) {
        long end = plan.batchEnd(index);
        long first = index;
        while (first > 0 && plan.batchEnd(first - 1) == end) {
            first--;
        }
        return new Batch(first, end);
    }
}
