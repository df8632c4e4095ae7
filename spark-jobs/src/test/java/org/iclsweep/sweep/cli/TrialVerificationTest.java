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
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.iclsweep.sweep.experiment.Experiment;
import org.iclsweep.sweep.experiment.Experiments;
import org.iclsweep.sweep.experiment.SweepPlan;
import org.iclsweep.sweep.job.ExitCode;
import org.iclsweep.sweep.job.Sweeps;
import org.iclsweep.sweep.table.Column;
import org.iclsweep.sweep.table.Table;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code verify --trial}, for every kind of sweep with one row per trial. */
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
                          validation-queries = 2, permutations = 5 }
            """.formatted(HOME);

    @TempDir
    private Path directory;

    private SweepPlan<?, ?> sweep(String kind) throws IOException {
        String body = kind.equals("meta-optimizer") ? FINE_TUNING : STATES;
        if (kind.equals("conversion")) {
            body = body.replace("evaluation {", "evaluation { layers = true, predictions = true,");
        }
        Path file =
                Files.writeString(directory.resolve("sweep.conf"), """
                sweep { name = test, kind = %s
                %s
                  execution { wave-trials = 2, batch-trials = 2 }
                  output = "%s" }
                """.formatted(kind, body, directory.resolve("out")));
        assertThat(Sweeps.run(file).exit()).isEqualTo(ExitCode.DONE);
        return Experiments.read(file, List.of());
    }

    static Stream<String> kindsWithOneRowPerTrial() {
        return Experiments.ALL.stream()
                .filter(one -> one.tables().get(0).table().rowsPerTrial() == Table.RowsPerTrial.ONE)
                .map(Experiment::kind);
    }

    @ParameterizedTest
    @MethodSource("kindsWithOneRowPerTrial")
    void aRepeatedTrialEqualsItsRowAndAChangeOfAnyOneColumnIsNamed(String kind) throws IOException, SQLException {
        SweepPlan<?, ?> plan = sweep(kind);
        Table<?> table = plan.experiment().tables().get(0).table();
        TrialVerification verification = new TrialVerification(directory.resolve("out"), plan.id(TRIAL));
        Map<String, @Nullable Object> stored = verification.stored(table);
        Map<String, @Nullable Object> again = TrialVerification.again(plan, TRIAL);

        assertThat(RowComparison.of(table, stored, again).differing()).isEmpty();
        for (Column<?> column : table.columns()) {
            boolean ofTheRun = column.name().equals("run") || column.name().equals("wave_index");
            eachChange(stored.get(column.name()), (path, changed) -> {
                Map<String, @Nullable Object> other = new LinkedHashMap<>(stored);
                other.put(column.name(), changed);
                assertThat(RowComparison.of(table, other, again).differing())
                        .as(column.name() + path)
                        .isEqualTo(ofTheRun ? List.of() : List.of(column.name()));
            });
        }
        theCommandNamesAColumnThatWasChangedInTheFile(table, plan.id(TRIAL));
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

    private void theCommandNamesAColumnThatWasChangedInTheFile(Table<?> table, String id)
            throws IOException, SQLException {
        List<String> arguments = List.of(
                "verify", "--trial", id, "--sweep", directory.resolve("out").toString());
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        assertThat(exit(arguments, said)).isZero();
        assertThat(said.toString(StandardCharsets.UTF_8))
                .contains(table.columns().stream()
                        .map(Column::name)
                        .filter(name -> !name.equals("run") && !name.equals("wave_index"))
                        .toList());

        rewrite(directory.resolve("out").resolve(table.name()).resolve("wave=000000"), "seed + 1 AS seed");
        assertThat(exit(arguments, said)).isEqualTo(1);
        assertThat(said.toString(StandardCharsets.UTF_8)).endsWith("1 column differs: seed.\n");
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
