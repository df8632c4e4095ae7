package org.iclsweep.sweep.cli;

import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.iclsweep.sweep.experiment.generalization.GeneralizationSweep;
import org.iclsweep.sweep.experiment.grid.SweepConfiguration;
import org.iclsweep.sweep.experiment.grid.SweepPlan;
import org.iclsweep.sweep.experiment.grid.TrialRunners;
import org.iclsweep.sweep.experiment.training.TrainingSweep;
import org.iclsweep.sweep.run.Slot;
import org.iclsweep.sweep.run.TrialRunner;
import org.iclsweep.sweep.table.Table;
import org.iclsweep.sweep.table.TrialRow;
import org.iclsweep.sweep.table.TrialSchema;
import org.jspecify.annotations.Nullable;

/** {@code verify --trial}: one trial of a sweep run again, without Spark, and compared with its stored row. */
record TrialVerification(Path sweep, String id) {
    /** The longest text of a value that is printed whole. */
    private static final int SHOWN = 60;

    /** Prints the comparison; 0 if all columns are equal to the last bit, 1 if not. */
    int run() throws SQLException {
        SweepPlan plan = plan();
        OptionalLong index = TrialReplay.indexOf(plan, id);
        if (index.isEmpty()) {
            throw new WrongInputException(
                    "--trial: expected one of the " + plan.size() + " trials of " + sweep + ", found " + id);
        }
        Table<TrialRow> table = TrialSchema.of(plan.sweep().kind());
        Map<String, @Nullable Object> stored = stored(table);
        RowComparison comparison = RowComparison.of(table, stored, again(plan, table, index.getAsLong()));
        print(comparison);
        return comparison.differing().isEmpty() ? 0 : 1;
    }

    private SweepPlan plan() {
        // A GPU is assigned by Spark, which does not run here.
        List<String> onTheCpu = List.of("sweep.execution.gpu=off");
        Path resolved = sweep.resolve("sweep.resolved.conf");
        if (TrainingSweep.isDescribedBy(resolved, List.of())
                || GeneralizationSweep.isDescribedBy(resolved, List.of())) {
            throw new WrongInputException(
                    "--trial: expected a sweep with one row per trial, found trainings in " + sweep);
        }
        return SweepPlan.of(SweepConfiguration.read(resolved, onTheCpu));
    }

    /** The row of the trial run again, from column to plain value. */
    static Map<String, @Nullable Object> again(SweepPlan plan, Table<TrialRow> table, long index) {
        try (TrialRunner runner =
                TrialRunners.of(plan.sweep().kind()).create(plan.sweep(), new Slot("verify", "cpu", 1))) {
            return PlainValue.of(table.type(), table.row(new TrialReplay(plan, runner).row(index)));
        }
    }

    /** The stored row, from column to plain value. */
    Map<String, @Nullable Object> stored(Table<TrialRow> table) throws SQLException {
        try (SweepTables tables = SweepTables.open(sweep)) {
            List<Map<String, @Nullable Object>> rows = tables.query(
                    "SELECT * FROM " + table.name() + " WHERE trial_id = '" + id + "'",
                    row -> PlainValue.of(table.type(), row));
            if (rows.size() != 1) {
                throw new WrongInputException("--trial: expected one row of the trial " + id + " in " + sweep
                        + ", found " + rows.size() + "; is its wave committed?");
            }
            return rows.get(0);
        }
    }

    private static void print(RowComparison comparison) {
        List<List<String>> lines = comparison.lines().stream()
                .map(line -> List.of(
                        line.path(), shown(line.stored()), shown(line.again()), line.differs() ? "DIFFERENT" : ""))
                .toList();
        System.out.print(TextTable.aligned(new SweepTables.Answer(List.of("column", "row", "run again", ""), lines)));
        List<String> differing = comparison.differing();
        System.out.println(
                differing.isEmpty()
                        ? "The row and the repeated trial are the same."
                        : (differing.size() == 1 ? "1 column differs: " : differing.size() + " columns differ: ")
                                + String.join(", ", differing) + ".");
    }

    private static String shown(@Nullable Object value) {
        String text = String.valueOf(value);
        return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "…";
    }
}
