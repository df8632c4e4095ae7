package org.iclsweep.sweep.experiment;

import java.util.List;
import java.util.function.Function;
import org.apache.spark.sql.Row;
import org.iclsweep.sweep.config.SweepConfiguration;
import org.iclsweep.sweep.run.TrialOutcome;
import org.iclsweep.sweep.table.RunFacts;
import org.iclsweep.sweep.table.Table;

/**
 * A table of a kind of sweep, and the records that an outcome has in it.
 *
 * @param records the records of one outcome, one for each of its rows
 */
public record ResultTable<R>(Table<R> table, Function<Recorded, List<R>> records) {

    /**
     * An outcome with where and how it came about.
     *
     * @param wave the wave that commits it
     */
    public record Recorded(SweepConfiguration<?> sweep, int wave, TrialOutcome outcome, RunFacts run) {}

    /** The rows of an outcome. */
    public List<Row> rows(Recorded recorded) {
        return records.apply(recorded).stream().map(table::row).toList();
    }
}
