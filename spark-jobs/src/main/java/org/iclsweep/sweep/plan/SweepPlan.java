package org.iclsweep.sweep.plan;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.iclsweep.datasets.demonstration.EpisodeSampler;
import org.iclsweep.datasets.demonstration.SamplingPlan;
import org.iclsweep.sweep.config.DemonstrationSpec;
import org.iclsweep.sweep.config.MethodSpec;
import org.iclsweep.sweep.config.ModelSpec;
import org.iclsweep.sweep.config.Sha256;
import org.iclsweep.sweep.config.SweepConfiguration;
import org.iclsweep.sweep.trial.Trial;

/**
 * The grid of trials, as a pure function from index to trial: no list of them is ever held.
 *
 * <p>From slowest to fastest: model, precision, method, task, demonstration set, shots, order. So what shares a model
 * stands together, and the shot counts of one set are neighbours, which one pass can serve. Waves and batches are cut
 * by index alone: the same whoever runs them.
 */
public final class SweepPlan implements Serializable {
    private static final int ID_LENGTH = 16;

    private final SweepConfiguration sweep;
    private final String digest;
    private final List<Precision> precisions;
    private final long[] firstOfShots;

    /** A model in one precision. */
    private record Precision(ModelSpec model, String dtype) implements Serializable {}

    private SweepPlan(SweepConfiguration sweep) {
        this.sweep = sweep;
        this.digest = sweep.digest();
        this.precisions = sweep.models().stream()
                .flatMap(model -> model.dtypes().stream().map(dtype -> new Precision(model, dtype)))
                .toList();
        this.firstOfShots = firstOfShots(sweep);
    }

    public static SweepPlan of(SweepConfiguration sweep) {
        return new SweepPlan(sweep);
    }

    /** The configuration that it follows from. */
    public SweepConfiguration sweep() {
        return sweep;
    }

    /** The digest of everything that can change a row. */
    public String digest() {
        return digest;
    }

    /** How many trials there are. */
    public long size() {
        long blocks =
                Math.multiplyExact((long) precisions.size() * sweep.methods().size(), (long)
                        sweep.tasks().size());
        return Math.multiplyExact(blocks, blockSize());
    }

    /** The trial with this index. */
    public Trial trial(long index) {
        if (index < 0 || index >= size()) {
            throw new IndexOutOfBoundsException("the plan has the trials 0 to " + (size() - 1) + ", not " + index);
        }
        long block = index / blockSize();
        int task = (int) (block % sweep.tasks().size());
        long rest = block / sweep.tasks().size();
        MethodSpec method = sweep.methods().get((int) (rest % sweep.methods().size()));
        Precision precision = precisions.get((int) (rest / sweep.methods().size()));
        long inBlock = index % blockSize();
        long inSet = inBlock % trialsPerSet();
        int shots = shotsPosition(inSet);
        String id = id(index);
        return new Trial(
                index,
                id,
                precision.model(),
                precision.dtype(),
                method,
                sweep.tasks().get(task),
                (int) (inBlock / trialsPerSet()),
                sweep.demonstrations().shots().get(shots),
                inSet - firstOfShots[shots],
                audited(id));
    }

    /** The trials of a batch, in order. */
    public List<Trial> trials(Batch batch) {
        return LongStream.range(batch.first(), batch.end())
                .mapToObj(this::trial)
                .toList();
    }

    /** The id of the trial with this index. */
    public String id(long index) {
        return Sha256.of(digest + ":" + index).substring(0, ID_LENGTH);
    }

    /** How many waves there are. */
    public int waves() {
        int waveTrials = sweep.execution().waveTrials();
        return Math.toIntExact((size() + waveTrials - 1) / waveTrials);
    }

    /** The wave with this index, from 0. */
    public Wave wave(int index) {
        long first = (long) index * sweep.execution().waveTrials();
        return new Wave(index, first, Math.min(size(), first + sweep.execution().waveTrials()));
    }

    /** The waves that are not among the committed ones, in order. */
    public Stream<Wave> without(Set<Integer> committed) {
        return IntStream.range(0, waves())
                .filter(wave -> !committed.contains(wave))
                .mapToObj(this::wave);
    }

    /** The batches of a wave: whole demonstration sets where they fit, and never of two blocks of the grid. */
    public List<Batch> batches(Wave wave) {
        List<Batch> batches = new ArrayList<>();
        long first = wave.first();
        while (first < wave.end()) {
            long end = Math.min(wave.end(), batchEnd(first));
            batches.add(new Batch(first, end));
            first = end;
        }
        return batches;
    }

    private long batchEnd(long first) {
        long blockStart = first - first % blockSize();
        long length = batchLength();
        long next = blockStart + ((first - blockStart) / length + 1) * length;
        return Math.min(next, blockStart + blockSize());
    }

    private long batchLength() {
        int most = sweep.execution().batchTrials();
        return trialsPerSet() > most ? most : most - most % trialsPerSet();
    }

    /** How many trials a model, precision, method and task have. */
    private long blockSize() {
        return Math.multiplyExact((long) sweep.demonstrations().setsPerTask(), trialsPerSet());
    }

    private long trialsPerSet() {
        return firstOfShots[firstOfShots.length - 1];
    }

    private int shotsPosition(long inSet) {
        int position = 0;
        while (firstOfShots[position + 1] <= inSet) {
            position++;
        }
        return position;
    }

    /** A fixed part of the trials, chosen by their ids. */
    private boolean audited(String id) {
        double place = (Long.parseUnsignedLong(id, 16) >>> 11) * 0x1.0p-53;
        return place < sweep.evaluation().auditFraction();
    }

    /** Where the trials of each shot count begin within a set; the last entry is how many a set has. */
    private static long[] firstOfShots(SweepConfiguration sweep) {
        DemonstrationSpec demonstrations = sweep.demonstrations();
        SamplingPlan plan = demonstrations.samplingPlan(sweep.evaluation().queriesPerSet());
        long[] first = new long[demonstrations.shots().size() + 1];
        for (int i = 0; i < demonstrations.shots().size(); i++) {
            first[i + 1] = first[i]
                    + EpisodeSampler.ordersPerSet(plan, demonstrations.shots().get(i));
        }
        return first;
    }
}
