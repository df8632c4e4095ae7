package org.iclsweep.sweep.cli;

import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.iclsweep.sweep.config.GpuPolicy;
import org.iclsweep.sweep.experiment.Experiments;
import org.iclsweep.sweep.experiment.SweepPlan;
import org.iclsweep.sweep.table.Table;
import org.jspecify.annotations.Nullable;

/** {@code verify --trial}: one trial of a sweep run again, without Spark, and compared with its stored row. */
record TrialVerification(Path sweep, String id) {
    /** The longest text of a value that is printed whole. */
    private static final int SHOWN = 60;

    /** Prints the comparison; 0 if all columns are equal to the last bit, 1 if not. */
    int run() throws SQLException {
        SweepPlan<?, ?> plan = plan();
        Table<?> table = plan.experiment().tables().get(0).table();
        if (table.rowsPerTrial() != Table.RowsPerTrial.ONE) {
            throw new WrongInputException(
                    "--trial: expected a sweep with one row per trial, found trainings in " + sweep);
        }
        OptionalLong index = plan.indexOf(id);
        if (index.isEmpty()) {
            throw new WrongInputException(
                    "--trial: expected one of the " + plan.size() + " trials of " + sweep + ", found " + id);
        }
        Map<String, @Nullable Object> stored = stored(table);
        RowComparison comparison = RowComparison.of(table, stored, again(plan, index.getAsLong()));
        print(comparison);
        return comparison.differing().isEmpty() ? 0 : 1;
    }

    private SweepPlan<?, ?> plan() {
        Path resolved = sweep.resolve("sweep.resolved.conf");
        SweepPlan<?, ?> plan = Experiments.read(resolved, List.of());
        // A GPU is assigned by Spark, which does not run here; trainings have no such key.
        return plan.sweep().execution().gpu() == GpuPolicy.OFF
                ? plan
                : Experiments.read(resolved, List.of("sweep.execution.gpu=off"));
    }

    /** The row of the trial run again, from column to plain value. */
    static Map<String, @Nullable Object> again(SweepPlan<?, ?> plan, long index) {
        Table<?> table = plan.experiment().tables().get(0).table();
        return PlainValue.of(table.type(), new TrialReplay<>(plan).rows(index).get(0));
    }

    /** The stored row, from column to plain value. */
    Map<String, @Nullable Object> stored(Table<?> table) throws SQLException {
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
