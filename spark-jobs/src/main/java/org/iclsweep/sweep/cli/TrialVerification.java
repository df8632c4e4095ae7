package org.iclsweep.sweep.cli;

import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.iclsweep.sweep.experiment.grid.SweepConfiguration;
import org.iclsweep.sweep.experiment.grid.SweepKind;
import org.iclsweep.sweep.experiment.grid.SweepPlan;
import org.iclsweep.sweep.experiment.grid.TrialRunners;
import org.iclsweep.sweep.run.Slot;
import org.iclsweep.sweep.run.TrialRunner;
import org.jspecify.annotations.Nullable;

/** The command {@code verify --trial}: one trial of a sweep, repeated without Spark and compared with its row. */
record TrialVerification(Path sweep, String id) {

    /** Prints both; 0 if they are the same to the last bit, 1 if not. */
    int run() throws SQLException {
        // A GPU is assigned by Spark, which does not run here.
        List<String> onTheCpu = List.of("sweep.execution.gpu=off");
        SweepPlan plan = SweepPlan.of(SweepConfiguration.read(sweep.resolve("sweep.resolved.conf"), onTheCpu));
        SweepKind kind = plan.sweep().kind();
        if (kind != SweepKind.CONVERSION) {
            throw new WrongInputException(
                    "--trial: expected a sweep of conversions, found %s of kind %s".formatted(sweep, kind));
        }
        OptionalLong index = TrialReplay.indexOf(plan, id);
        if (index.isEmpty()) {
            throw new WrongInputException(
                    "--trial: expected one of the " + plan.size() + " trials of " + sweep + ", found " + id);
        }
        try (TrialRunner runner =
                TrialRunners.of(plan.sweep().kind()).create(plan.sweep(), new Slot("verify", "cpu", 1))) {
            Map<String, @Nullable Object> again =
                    TrialReplay.measures(new TrialReplay(plan, runner).of(index.getAsLong()));
            return compare(again, row(again.keySet()));
        }
    }

    private List<String> row(Iterable<String> columns) throws SQLException {
        try (SweepTables tables = SweepTables.open(sweep)) {
            List<List<String>> rows = tables.query(
                            "SELECT " + String.join(", ", columns) + " FROM trials WHERE trial_id = '" + id + "'")
                    .rows();
            if (rows.size() != 1) {
                throw new WrongInputException("--trial: expected one row of the trial " + id + " in " + sweep
                        + ", found " + rows.size() + "; is its wave committed?");
            }
            return rows.get(0);
        }
    }

    private static int compare(Map<String, @Nullable Object> again, List<String> row) {
        List<List<String>> lines = new ArrayList<>();
        int different = 0;
        int column = 0;
        for (Map.Entry<String, @Nullable Object> measure : again.entrySet()) {
            String now = String.valueOf(measure.getValue());
            String then = row.get(column++);
            boolean same = now.equals(then);
            different += same ? 0 : 1;
            lines.add(List.of(measure.getKey(), then, now, same ? "" : "DIFFERENT"));
        }
        System.out.print(TextTable.aligned(new SweepTables.Answer(List.of("column", "row", "run again", ""), lines)));
        System.out.println(
                different == 0 ? "The row and the repeated trial are the same." : different + " columns differ.");
        return different == 0 ? 0 : 1;
    }
}
