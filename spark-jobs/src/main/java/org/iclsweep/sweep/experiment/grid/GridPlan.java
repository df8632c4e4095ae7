package org.iclsweep.sweep.experiment.grid;

import java.util.TreeMap;
import org.iclsweep.sweep.experiment.Plan;

/**
 * The trials of a grid. From slowest to fastest: model, precision, method, task, demonstration set, shots, order. So
 * the trials of one model are neighbours, and so are the shot counts of one set, which one pass can serve.
 */
public final class GridPlan implements Plan<Trial> {
    private final GridSpecification grid;
    /** The blocks by the index of their first trial. */
    private final TreeMap<Long, Block> blocks = new TreeMap<>();

    public GridPlan(GridSpecification grid) {
        this.grid = grid;
        Block.all(grid).forEach(block -> blocks.put(block.first(), block));
    }

    @Override
    public long size() {
        return blocks.isEmpty() ? 0 : blocks.lastEntry().getValue().end();
    }

    /** Number of trials of a model on a task, in all its precisions and with all methods. */
    public long size(ModelSpec model, TaskSpec task) {
        return blocks.values().stream()
                .filter(block -> block.model().equals(model) && block.task().equals(task))
                .mapToLong(block -> block.end() - block.first())
                .sum();
    }

    @Override
    public Trial trial(long index, String id) {
        Block block = blocks.floorEntry(index).getValue();
        long inBlock = index - block.first();
        long inSet = inBlock % block.trialsPerSet();
        int shots = block.shotsPosition(inSet);
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

    /** Whole demonstration sets where they fit, and never of two blocks of the grid. */
    @Override
    public long batchEnd(long first) {
        Block block = blocks.floorEntry(first).getValue();
        long length = block.batchLength(grid.execution().batchTrials());
        long next = block.first() + ((first - block.first()) / length + 1) * length;
        return Math.min(next, block.end());
    }

    /** A fixed part of the trials, chosen by their ids. */
    private boolean audited(String id) {
        double place = (Long.parseUnsignedLong(id, 16) >>> 11) * 0x1.0p-53;
        return place < grid.evaluation().audit().fraction();
    }
}
