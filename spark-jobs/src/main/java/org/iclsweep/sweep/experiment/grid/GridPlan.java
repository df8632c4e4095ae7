package org.iclsweep.sweep.experiment.grid;

import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.iclsweep.datasets.reproducible.Digest;
import org.iclsweep.sweep.experiment.Plan;
import org.iclsweep.sweep.experiment.grid.Trial.Check;

/**
 * The trials of a grid. From slowest to fastest: model, precision, method, task, demonstration set, shots, order. So
 * the trials of one model are neighbours, and so are the shot counts of one set, which one pass can serve.
 */
public final class GridPlan implements Plan<Trial> {
    /** The digits of a hash that make a number of 64 bits. */
    private static final int HEXADECIMAL = 16;

    private final GridSpecification grid;
    /** The blocks by the index of their first trial. */
    private final TreeMap<Long, Block> blocks = new TreeMap<>();

    /** The estimated work of each block's trials. */
    private final TreeMap<Long, TrialWork> works = new TreeMap<>();

    public GridPlan(GridSpecification grid) {
        this.grid = grid;
        int asked = grid.choosingQueries() + grid.evaluation().queriesPerSet();
        double queries = grid.own() instanceof RepeatedReading repeated ? repeated.readings(asked) : asked;
        for (Block block : Block.all(grid)) {
            blocks.put(block.first(), block);
            works.put(block.first(), TrialWork.of(block.model(), block.task(), queries));
        }
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

    private TrialWork work(Block block) {
        return Objects.requireNonNull(works.get(block.first()));
    }

    @Override
    public double work(long index) {
        Block block = blocks.floorEntry(index).getValue();
        long inSet = (index - block.first()) % block.trialsPerSet();
        return work(block).of(block.shots().get(block.shotsPosition(inSet)));
    }

    @Override
    public Trial trial(long index, String id) {
        Block block = blocks.floorEntry(index).getValue();
        long inBlock = index - block.first();
        long inSet = inBlock % block.trialsPerSet();
        int shots = block.shotsPosition(inSet);
        int set = (int) (inBlock / block.trialsPerSet());
        return new Trial(
                index,
                id,
                block.model(),
                block.dtype(),
                block.method(),
                block.task(),
                set,
                block.shots().get(shots),
                inSet - block.firstOfShots().get(shots),
                checks(id, block.task(), set));
    }

    /**
     * Whole demonstration sets where they fit, no more than some ten seconds of a core are estimated to take, and never
     * of two blocks of the grid.
     */
    @Override
    public long batchEnd(long first) {
        Block block = blocks.floorEntry(first).getValue();
        long length = block.batchLength(work(block).most(block, grid.execution().batchTrials()));
        long next = block.first() + ((first - block.first()) / length + 1) * length;
        return Math.min(next, block.end());
    }

    private Set<Check> checks(String id, TaskSpec task, int set) {
        Set<Check> checks = EnumSet.noneOf(Check.class);
        if (isPrompted(task, set)) {
            checks.add(Check.PROMPTED);
        }
        if (place(id) < grid.evaluation().audit().fraction()) {
            checks.add(Check.AUDITED);
        }
        return checks;
    }

    /** A fixed part of a task's sets: a smaller part is within a larger one. */
    private boolean isPrompted(TaskSpec task, int set) {
        Double part = grid.evaluation().prompted();
        return part == null
                || place(Digest.of("prompted:%s:%s:%s"
                                        .formatted(
                                                task.name(),
                                                grid.demonstrations().seed(),
                                                set))
                                .substring(0, HEXADECIMAL))
                        < part;
    }

    /** The place of a hash in [0, 1), where those of all trials are spread evenly. */
    private static double place(String hexadecimal) {
        return (Long.parseUnsignedLong(hexadecimal, 16) >>> 11) * 0x1.0p-53;
    }
}
