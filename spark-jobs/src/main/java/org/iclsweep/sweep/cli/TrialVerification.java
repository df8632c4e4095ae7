package org.iclsweep.sweep.cli;

import java.io.Serializable;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.iclsweep.sweep.experiment.Experiments;
import org.iclsweep.sweep.experiment.ResultTable;
import org.iclsweep.sweep.experiment.ResultTable.Recorded;
import org.iclsweep.sweep.experiment.SweepPlan;
import org.iclsweep.sweep.run.AttemptJournal;
import org.iclsweep.sweep.run.Batch;
import org.iclsweep.sweep.run.BatchRun;
import org.iclsweep.sweep.run.DurationText;
import org.iclsweep.sweep.run.ErrorCode;
import org.iclsweep.sweep.run.PlannedTrial;
import org.iclsweep.sweep.run.Slot;
import org.iclsweep.sweep.run.TrialOutcome;
import org.iclsweep.sweep.run.TrialRunner;
import org.iclsweep.sweep.table.RunFacts;
import org.iclsweep.sweep.table.Table;
import org.jspecify.annotations.Nullable;

/**
 * {@code verify --trial}: one trial of a sweep of any kind, run again without Spark by the kind's own plan and runner,
 * and compared with its stored rows in all tables.
 *
 * @param rerunCrash true if a trial that is recorded as NATIVE_CRASH is run too
 */
record TrialVerification(Path sweep, String id, boolean rerunCrash) {
    /** The longest text of a value that is printed whole. */
    private static final int SHOWN = 60;

    private static final String UNIT = "replay";
    private static final Slot SLOT = new Slot("verify", "cpu", 1);
    private static final RunFacts FACTS = new RunFacts(SLOT.executor(), SLOT.device(), 1, 1, Instant.EPOCH, "", false);

    /** The stored rows of the trial, table by table, and the trials of the sweep that crashed. */
    record Stored(List<List<Map<String, @Nullable Object>>> rows, Set<String> crashed) {}

    /** Prints the comparison; 0 if all columns are equal to the last bit, 1 if not. */
    int run() throws SQLException {
        SweepPlan<?, ?> plan = plan();
        OptionalLong index = plan.indexOf(id);
        if (index.isEmpty()) {
            throw new WrongInputException(
                    "--trial: expected one of the " + plan.size() + " trials of " + sweep + ", found " + id);
        }
        Stored stored = stored(plan);
        Set<String> left = new HashSet<>(stored.crashed());
        if (left.remove(id) && !rerunCrash) {
            throw new WrongInputException("--trial: expected a trial that can be run, found " + id
                    + ", recorded as NATIVE_CRASH: it took its process down, and may do so again; add --rerun-crash");
        }
        long began = System.nanoTime();
        RowComparison comparison = RowComparison.of(
                plan.experiment().tables(), stored.rows(), again(plan, index.getAsLong(), Set.copyOf(left)));
        Duration took = Duration.ofNanos(System.nanoTime() - began);
        print(comparison, stored.rows().stream().mapToInt(List::size).sum());
        System.out.printf(
                "Run again in %s, with all %d trials of its batch.%n",
                DurationText.of(took), plan.batchOf(index.getAsLong()).size());
        return comparison.differing().isEmpty() ? 0 : 1;
    }

    private SweepPlan<?, ?> plan() {
        Path resolved = sweep.resolve("sweep.resolved.conf");
        // A GPU is assigned by Spark, which does not run here.
        return Experiments.read(resolved, List.of("sweep.execution.gpu=off"));
    }

    /** The stored rows. */
    Stored stored(SweepPlan<?, ?> plan) throws SQLException {
        List<List<Map<String, @Nullable Object>>> rows = new ArrayList<>();
        try (SweepTables tables = SweepTables.open(sweep)) {
            for (ResultTable<?> each : plan.experiment().tables()) {
                Table<?> table = each.table();
                rows.add(tables.query(
                        "SELECT * FROM %s WHERE trial_id = '%s'".formatted(table.name(), id), PlainValue::of));
            }
            String main = plan.experiment().tables().get(0).table().name();
            if (rows.get(0).isEmpty()) {
                throw new WrongInputException("--trial: expected rows of the trial " + id + " in " + sweep + ", found"
                        + " none in the table " + main + "; is its wave committed?");
            }
            String crashes =
                    "SELECT DISTINCT trial_id FROM %s WHERE error_code = '%s'".formatted(main, ErrorCode.NATIVE_CRASH);
            return new Stored(rows, Set.copyOf(tables.query(crashes, row -> row.getString(1))));
        }
    }

    /**
     * The rows, table by table, of a trial that is run again on the CPU. It is run together with its batch: the bits of
     * float32 depend on the batch's shape, so that alone it would be another computation.
     *
     * @param crashed trials that are not run; where one is in the batch, its others are run one by one, as in the sweep
     */
    static <S extends Serializable, T extends PlannedTrial> List<List<Map<String, @Nullable Object>>> again(
            SweepPlan<S, T> plan, long index, Set<String> crashed) {
        Batch batch = plan.batchOf(index);
        List<T> trials = plan.trials(batch);
        Set<String> inBatch = new HashSet<>(crashed);
        inBatch.retainAll(trials.stream().map(PlannedTrial::id).toList());
        try (TrialRunner<T> runner = plan.experiment()
                .runner(
                        plan.sweep(),
                        plan.experiment().device(plan.sweep(), SLOT).device())) {
            List<TrialOutcome> outcomes = new BatchRun<>(runner, new Crashes(inBatch)).run(UNIT, trials);

            TrialOutcome outcome = outcomes.get((int) (index - batch.first()));
            Recorded recorded = new Recorded(plan.sweep(), 0, outcome, FACTS);
            return plan.experiment().tables().stream()
                    .map(table -> plain(table, recorded))
                    .toList();
        }
    }

    private static List<Map<String, @Nullable Object>> plain(ResultTable<?> table, Recorded recorded) {
        return table.rows(recorded).stream()
                .map(row -> PlainValue.of(table.table().type(), row))
                .toList();
    }

    /**
     * A journal that has these trials as those that took their process down, and their batch as one under suspicion.
     */
    private record Crashes(Set<String> trials) implements AttemptJournal {
        @Override
        public int lost(String unit) {
            boolean found =
                    unit.equals(UNIT) ? !trials.isEmpty() : trials.stream().anyMatch(unit::endsWith);
            return found ? Integer.MAX_VALUE : 0;
        }

        @Override
        public Note begin(String unit) {
            return () -> {};
        }
    }

    /** All columns of a single row; of several rows the values that differ. */
    private static void print(RowComparison comparison, int rows) {
        List<List<String>> lines = comparison.lines().stream()
                .filter(line -> rows == 1 || line.differs())
                .map(line -> List.of(
                        line.path(), shown(line.stored()), shown(line.again()), line.differs() ? "DIFFERENT" : ""))
                .toList();
        if (!lines.isEmpty()) {
            System.out.print(
                    TextTable.aligned(new SweepTables.Answer(List.of("column", "row", "run again", ""), lines)));
        }
        List<String> differing = comparison.differing();
        System.out.println(
                differing.isEmpty()
                        ? "Stored rows: %s; those of the repeated trial are the same.".formatted(rows)
                        : (differing.size() == 1 ? "1 column differs: " : differing.size() + " columns differ: ")
                                + String.join(", ", differing) + ".");
    }

    private static String shown(@Nullable Object value) {
        String text = String.valueOf(value);
        return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "…";
    }
}
