package org.iclsweep.sweep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.iclsweep.sweep.experiment.Experiments;
import org.iclsweep.sweep.experiment.Faulty;
import org.iclsweep.sweep.experiment.ResultTable;
import org.iclsweep.sweep.experiment.SweepPlan;
import org.iclsweep.sweep.job.ExitCode;
import org.iclsweep.sweep.job.Sweeps;
import org.iclsweep.sweep.table.Column;
import org.iclsweep.sweep.table.Manifests;
import org.iclsweep.sweep.table.RewrittenFiles;
import org.iclsweep.sweep.table.Storage;
import org.iclsweep.sweep.table.Table;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code verify --trial}, for every kind of sweep. */
class TrialVerificationTest {
    private static final Path HOME = Path.of("..").toAbsolutePath().normalize();
    private static final long TRIAL = 1;

    private static final String STATES = """
            models = [ { random { model_type = linear_llama, hidden_size = 16, layers = 2, heads = 2, vocab = 3
                                  input_size = 4, icl_labels = [0, 1, 2], seed = 2 } } ]
            tasks = [ { name = gaussian-clusters, classes = 3, dimension = 4, sigma = 0.5 } ]
            demonstrations { shots = [3], sets-per-task = 3 }
            evaluation { queries-per-set = 3, audit { fraction = 1 } }
            """;
    private static final String FINE_TUNING = """
            models = [ { path = "%1$s/models/text-icl-softmax", dtypes = [float64] } ]
            tasks = [ { name = everyday, train = "%1$s/conf/data/quickstart_train.jsonl"
                        test = "%1$s/conf/data/quickstart_test.jsonl", template = model, labels = model } ]
            demonstrations { shots = [3], sets-per-task = 2 }
            evaluation { queries-per-set = 3 }
            fine-tuning { variants = [ { name = tuned, learning-rates = [0.001, 0.02] } ]
                          validation-queries = 2, permutations = 2 }
            """.formatted(HOME);

    @TempDir
    private Path directory;

    private SweepPlan<?, ?> sweep(String kind) throws IOException {
        if (kind.equals("generalization") || kind.equals("training")) {
            return small(kind);
        }
        SweepPlan<?, ?> plan = grid(kind);
        assertThat(Sweeps.run(directory.resolve("sweep.conf")).exit()).isEqualTo(ExitCode.DONE);
        return plan;
    }

    private SweepPlan<?, ?> small(String kind) {
        return Sweeps.copyOfFinished(Experiments.named(kind).orElseThrow(), directory, "out");
    }

    private SweepPlan<?, ?> grid(String kind) throws IOException {
        String body = kind.equals("meta-optimizer") ? FINE_TUNING : STATES;
        if (kind.equals("conversion")) {
            body = body.replace("evaluation {", "evaluation { layers = true, predictions = true,");
        }
        Path file =
                Files.writeString(directory.resolve("sweep.conf"), """
                sweep { name = test, kind = %s
                %s
                  execution { batch-trials = 2 }
                  output = "%s" }
                """.formatted(kind, body, directory.resolve("out")));
        return Experiments.read(file, List.of());
    }

    static List<String> kinds() {
        return Experiments.kinds();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void aRepeatedTrialEqualsItsRowsAndAChangeOfAnyColumnOfAnyTableIsNamed(String kind)
            throws IOException, SQLException {
        SweepPlan<?, ?> plan = sweep(kind);
        List<List<Map<String, @Nullable Object>>> stored =
                verification(plan, TRIAL).stored(plan).rows();
        List<List<Map<String, @Nullable Object>>> again = TrialVerification.again(plan, TRIAL, Set.of());

        List<ResultTable<?>> tables = plan.experiment().tables();
        assertThat(RowComparison.of(tables, stored, again).differing()).isEmpty();
        for (int i = 0; i < stored.size(); i++) {
            assertThat(stored.get(i)).as(tables.get(i).table().name()).isNotEmpty();
            assertThatEachChangeIsNamed(tables.get(i), stored.get(i), again.get(i));
        }
        theCommandNamesAColumnThatWasChangedInAFile(plan);
    }

    private static void assertThatEachChangeIsNamed(
            ResultTable<?> result,
            List<Map<String, @Nullable Object>> stored,
            List<Map<String, @Nullable Object>> again) {
        Table<?> table = result.table();
        for (int i = 0; i < stored.size(); i++) {
            int changedRow = i;
            for (Column<?> column : table.columns()) {
                boolean ofTheRun = column.name().equals("run") || column.name().equals("wave_index");
                eachChange(stored.get(i).get(column.name()), (path, changed) -> {
                    List<Map<String, @Nullable Object>> others = new ArrayList<>(stored);
                    Map<String, @Nullable Object> other = new LinkedHashMap<>(stored.get(changedRow));
                    other.put(column.name(), changed);
                    others.set(changedRow, other);
                    // A row with another key is put beside another row.
                    assertThat(RowComparison.of(List.of(result), List.of(others), List.of(again))
                                    .differing())
                            .as("%s, row %d: %s%s", table.name(), changedRow, column.name(), path)
                            .satisfies(found ->
                                    assertThat(found.contains(column.name())).isNotEqualTo(ofTheRun))
                            .hasSizeLessThanOrEqualTo(
                                    ofTheRun
                                            ? 0
                                            : stored.size() == 1
                                                    ? 1
                                                    : table.columns().size());
                });
            }
        }
        List<Map<String, @Nullable Object>> fewer = stored.subList(1, stored.size());
        assertThat(RowComparison.of(List.of(result), List.of(fewer), List.of(again))
                        .differing())
                .containsExactly("number of rows");
    }

    /** Its neighbour in the batch is not run: with the fault of that one, it would be another failure. */
    @Test
    void aTrialThatCrashedIsRunOnlyWhereItIsAskedForAndNotForTheSakeOfItsNeighbour() throws IOException, SQLException {
        SweepPlan<?, ?> plan = small("conversion");
        String crashed = plan.id(TRIAL);
        rewrite(
                directory.resolve("out/trials/wave=000000"),
                "CASE WHEN trial_id = '%s' THEN 'NATIVE_CRASH' ELSE error_code END AS error_code".formatted(crashed));

        SweepPlan<?, ?> faulty = Faulty.plan(plan, Faulty.Fault.NAMED, TRIAL);
        assertThat(verification(plan, 0).stored(plan).crashed()).containsExactly(crashed);
        assertThat(TrialVerification.again(faulty, TRIAL, Set.of(crashed)).get(0))
                .singleElement()
                .satisfies(row -> assertThat(row).containsEntry("error_code", "NATIVE_CRASH"));

        ByteArrayOutputStream said = new ByteArrayOutputStream();
        assertThat(exit(arguments(plan, 0), said))
                .as(said.toString(StandardCharsets.UTF_8))
                .isZero();
        assertThat(exit(arguments(plan, TRIAL), said)).isEqualTo(2);
        assertThat(exit(arguments(plan, TRIAL, "--rerun-crash"), said)).isEqualTo(1);
        assertThat(said.toString(StandardCharsets.UTF_8)).contains("1 column differs: error_code.\n");
    }

    private TrialVerification verification(SweepPlan<?, ?> plan, long trial) {
        return new TrialVerification(directory.resolve("out"), plan.id(trial), false);
    }

    private List<String> arguments(SweepPlan<?, ?> plan, long trial, String... more) {
        return Stream.concat(
                        Stream.of(
                                "verify",
                                "--trial",
                                plan.id(trial),
                                "--sweep",
                                directory.resolve("out").toString()),
                        Stream.of(more))
                .toList();
    }

    /** Every value that differs from this one in one place: itself, and each of the values nested in it. */
    private static void eachChange(@Nullable Object value, BiConsumer<String, @Nullable Object> change) {
        if (value instanceof Map<?, ?> fields) {
            fields.forEach((field, inner) -> eachChange(inner, (path, changed) -> {
                Map<Object, @Nullable Object> other = new LinkedHashMap<>(fields);
                other.put(field, changed);
                change.accept("." + field + path, other);
            }));
        } else if (value instanceof List<?> elements) {
            for (int i = 0; i < elements.size(); i++) {
                int at = i;
                eachChange(elements.get(i), (path, changed) -> {
                    List<@Nullable Object> other = new ArrayList<>(elements);
                    other.set(at, changed);
                    change.accept("[" + at + "]" + path, other);
                });
            }
            List<@Nullable Object> longer = new ArrayList<>(elements);
            longer.add(null);
            change.accept("[]", longer);
        } else if (value instanceof Double number) {
            change.accept("", Math.nextUp(number));
        } else {
            change.accept("", value == null ? "something" : null);
        }
    }

    private void theCommandNamesAColumnThatWasChangedInAFile(SweepPlan<?, ?> plan) throws IOException, SQLException {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        assertThat(exit(arguments(plan, TRIAL), said)).isZero();
        assertThat(said.toString(StandardCharsets.UTF_8)).contains(" are the same.\nRun again in ");

        List<ResultTable<?>> tables = plan.experiment().tables();
        Table<?> main = tables.get(0).table();
        if (main.rowsPerTrial() == Table.RowsPerTrial.ONE) {
            assertThat(said.toString(StandardCharsets.UTF_8))
                    .contains(main.columns().stream()
                            .map(Column::name)
                            .filter(name -> !name.equals("run") && !name.equals("wave_index"))
                            .toList());
        }
        String last = tables.get(tables.size() - 1).table().name();
        for (int wave : Manifests.of(
                        Storage.at(directory.resolve("out").toString()),
                        plan.experiment().tableNames())
                .numbers()) {
            rewrite(directory.resolve("out").resolve(last).resolve("wave=%06d".formatted(wave)), "seed + 1 AS seed");
        }
        assertThat(exit(arguments(plan, TRIAL), said)).isEqualTo(1);
        assertThat(said.toString(StandardCharsets.UTF_8))
                .contains("1 column differs: " + (tables.size() == 1 ? "" : last + ".") + "seed.\nRun again in ");
    }

    private static void rewrite(Path wave, String replacement) throws IOException, SQLException {
        List<Path> files;
        try (Stream<Path> listed = Files.list(wave)) {
            files = listed.filter(file -> file.toString().endsWith(".parquet")).toList();
        }
        try (Connection duckdb = DriverManager.getConnection("jdbc:duckdb:")) {
            for (Path file : files) {
                Path whole = Files.move(file, file.resolveSibling(file.getFileName() + ".old"));
                duckdb.createStatement()
                        .execute("COPY (SELECT * REPLACE (%s) FROM read_parquet('%s')) TO '%s' (FORMAT parquet)"
                                .formatted(replacement, whole, file));
            }
        }
        Path output = wave.getParent().getParent();
        RewrittenFiles.accept(Storage.at(output.toString()), List.of("trials"));
    }

    private static int exit(List<String> arguments, ByteArrayOutputStream said) {
        PrintStream out = System.out;
        try {
            System.setOut(new PrintStream(said, true, StandardCharsets.UTF_8));
            return Main.commandLine().execute(arguments.toArray(String[]::new));
        } finally {
            System.setOut(out);
        }
    }
}
