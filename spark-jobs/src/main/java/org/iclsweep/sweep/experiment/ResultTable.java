package org.iclsweep.sweep.experiment;

import static org.iclsweep.sweep.table.Column.text;
import static org.iclsweep.sweep.table.Column.wholeNumber;

import java.util.List;
import java.util.function.Function;
import org.apache.spark.sql.Row;
import org.iclsweep.sweep.config.SweepConfiguration;
import org.iclsweep.sweep.run.TrialOutcome;
import org.iclsweep.sweep.table.RunFacts;
import org.iclsweep.sweep.table.Struct;
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
    public record Recorded(SweepConfiguration<?> sweep, int wave, TrialOutcome outcome, RunFacts run) {
        /** The columns of the sweep, the training and the wave that a row belongs to. */
        public static final Struct<Recorded> TRAINING = Struct.of(
                text("sweep", "the sweep's name", recorded -> recorded.sweep().name()),
                text(
                        "trial_id",
                        "hash of the plan's digest and the training's index",
                        recorded -> recorded.outcome().trial().id()),
                wholeNumber("wave_index", "the wave that committed the row", Recorded::wave));
    }

    /** The rows of an outcome. */
    public List<Row> rows(Recorded recorded) {
        return records.apply(recorded).stream().map(table::row).toList();
    }
}
