package org.iclsweep.sweep.experiment.grid;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.iclsweep.datasets.reproducible.Digest;
import org.iclsweep.sweep.run.Batch;
import org.iclsweep.sweep.run.Wave;

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
    private final List<Block> blocks;

    private SweepPlan(SweepConfiguration sweep) {
        this.sweep = sweep;
        this.digest = sweep.digest();
        this.blocks = Block.all(sweep);
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
        return blocks.isEmpty() ? 0 : blocks.get(blocks.size() - 1).end();
    }

    /** How many trials a model has on a task, in all its precisions and with all methods. */
    public long size(ModelSpec model, TaskSpec task) {
        return blocks.stream()
                .filter(block -> block.model().equals(model) && block.task().equals(task))
                .mapToLong(block -> block.end() - block.first())
                .sum();
    }

    /** The trial with this index. */
    public Trial trial(long index) {
        if (index < 0 || index >= size()) {
            throw new IndexOutOfBoundsException("the plan has the trials 0 to " + (size() - 1) + ", not " + index);
        }
        Block block = block(index);
        long inBlock = index - block.first();
        long inSet = inBlock % block.trialsPerSet();
        int shots = block.shotsPosition(inSet);
        String id = id(index);
        return new Trial(
                index,
                id,
                block.model(),
                block.dtype(),
                block.method(),
                block.task(),
                (int) (inBlock / block.trialsPerSet()),
                block.shots().get(shots),
                inSet - block.firstOfShots().get(shots),
                audited(id));
    }

    private Block block(long index) {
        int low = 0;
        int high = blocks.size() - 1;
        while (low < high) {
            int middle = (low + high) / 2;
            if (blocks.get(middle).end() <= index) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return blocks.get(low);
    }

    /** The trials of a batch, in order. */
    public List<Trial> trials(Batch batch) {
        return LongStream.range(batch.first(), batch.end())
                .mapToObj(this::trial)
                .toList();
    }

    /** The id of the trial with this index. */
    public String id(long index) {
        return Digest.of(digest + ":" + index).substring(0, ID_LENGTH);
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
        Block block = block(first);
        long length = block.batchLength(sweep.execution().batchTrials());
        long next = block.first() + ((first - block.first()) / length + 1) * length;
        return Math.min(next, block.end());
    }

    /** A fixed part of the trials, chosen by their ids. */
    private boolean audited(String id) {
        double place = (Long.parseUnsignedLong(id, 16) >>> 11) * 0x1.0p-53;
        return place < sweep.evaluation().auditFraction();
    }
}
