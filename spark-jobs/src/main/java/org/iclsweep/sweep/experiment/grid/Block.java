package org.iclsweep.sweep.experiment.grid;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.iclsweep.datasets.demonstration.EpisodeSampler;
import org.iclsweep.datasets.demonstration.SamplingPlan;

/**
 * All trials of one model, precision, method and task: from slowest to fastest the demonstration sets, their shot
 * counts, the orders of each.
 *
 * @param first index of its first trial
 * @param sets number of demonstration sets
 * @param shots the shot counts
 * @param firstOfShots where the trials of each shot count begin within a set; the last entry is how many a set has
 */
public record Block(
        ModelSpec model,
        String dtype,
        MethodSpec method,
        TaskSpec task,
        long first,
        int sets,
        List<Integer> shots,
        List<Long> firstOfShots)
        implements Serializable {

    public Block {
        shots = List.copyOf(shots);
        firstOfShots = List.copyOf(firstOfShots);
    }

    /** The blocks of a sweep, in the order of the plan. */
    static List<Block> all(GridSpecification sweep) {
        List<Block> blocks = new ArrayList<>();
        long first = 0;
        for (ModelSpec model : sweep.models()) {
            for (String dtype : model.dtypes()) {
                for (MethodSpec method :
                        sweep.methods().stream().filter(model::isConvertedBy).toList()) {
                    for (TaskSpec task : sweep.tasks()) {
                        if (model.isRunOn(task)) {
                            Block block = of(sweep, model, dtype, method, task, first);
                            blocks.add(block);
                            first = block.end();
                        }
                    }
                }
            }
        }
        return blocks;
    }

    private static Block of(
            GridSpecification sweep, ModelSpec model, String dtype, MethodSpec method, TaskSpec task, long first) {
        SamplingPlan plan =
                sweep.demonstrations().samplingPlan(sweep.evaluation().queriesPerSet());
        List<Integer> shots = task.shots(sweep.demonstrations());
        List<Long> firstOfShots = new ArrayList<>(List.of(0L));
        for (int i = 0; i < shots.size(); i++) {
            firstOfShots.add(firstOfShots.get(i) + EpisodeSampler.ordersPerSet(plan, shots.get(i)));
        }
        int sets = sweep.demonstrations().setsPerTask();
        return new Block(model, dtype, method, task, first, sets, shots, firstOfShots);
    }

    /** Number of trials of one demonstration set. */
    long trialsPerSet() {
        return firstOfShots.get(firstOfShots.size() - 1);
    }

    /** The index behind its last trial. */
    long end() {
        return Math.addExact(first, Math.multiplyExact((long) sets, trialsPerSet()));
    }

    /** The position among the shot counts of a set's trial {@code inSet}. */
    int shotsPosition(long inSet) {
        int position = 0;
        while (firstOfShots.get(position + 1) <= inSet) {
            position++;
        }
        return position;
    }

    /** Number of trials of a batch: whole sets where they fit into {@code most}. */
    long batchLength(int most) {
        return trialsPerSet() > most ? most : most - most % trialsPerSet();
    }
}
