package org.iclsweep.sweep.experiment.grid;

import ai.djl.ndarray.types.DataType;
import org.iclsweep.sweep.run.PlannedTrial;

/**
 * One (model, precision, method, demonstration set): a point of the plan's grid.
 *
 * @param setIndex which of the task's demonstration sets, from 0
 * @param shots number of its demonstrations
 * @param orderIndex which order of them, from 0
 * @param audited whether it is run again at float64
 */
public record Trial(
        long index,
        String id,
        ModelSpec model,
        String dtype,
        MethodSpec method,
        TaskSpec task,
        int setIndex,
        int shots,
        long orderIndex,
        boolean audited)
        implements PlannedTrial {

    /** The type of weights and arithmetic. */
    public DataType type() {
        return dtype.equals("float64") ? DataType.FLOAT64 : DataType.FLOAT32;
    }
}
