package org.iclsweep.sweep.experiment.grid;

import ai.djl.ndarray.types.DataType;
import java.util.Set;
import org.iclsweep.sweep.run.PlannedTrial;

/**
 * One (model, precision, method, demonstration set): a point of the plan's grid.
 *
 * @param setIndex which of the task's demonstration sets, from 0
 * @param shots number of its demonstrations
 * @param orderIndex which order of them, from 0
 * @param checks what is computed besides the converted model, to hold it against
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
        Set<Check> checks)
        implements PlannedTrial {

    /** A computation that the converted model is held against. */
    public enum Check {
        /** The prompted run. */
        PROMPTED,
        /** The re-check at float64. */
        AUDITED
    }

    public Trial {
        checks = Set.copyOf(checks);
    }

    /** True if it is run prompted too. */
    public boolean prompted() {
        return checks.contains(Check.PROMPTED);
    }

    /** True if it is run again at float64. */
    public boolean audited() {
        return checks.contains(Check.AUDITED);
    }

    /** The type of weights and arithmetic. */
    public DataType type() {
        return dtype.equals("float64") ? DataType.FLOAT64 : DataType.FLOAT32;
    }
}
