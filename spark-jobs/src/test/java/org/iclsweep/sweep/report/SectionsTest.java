package org.iclsweep.sweep.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.iclsweep.sweep.experiment.Experiment;
import org.iclsweep.sweep.experiment.Experiments;
import org.iclsweep.sweep.table.Table;
import org.junit.jupiter.api.Test;

/** The sections' statements over the tables as they are declared today. */
class SectionsTest {
    private static Connection everyTable() throws SQLException {
        Connection duckdb = DriverManager.getConnection("jdbc:duckdb:");
        try (Statement statement = duckdb.createStatement()) {
            for (Experiment<?, ?> experiment : Experiments.ALL) {
                for (Table<?> table : experiment.schemas()) {
                    statement.execute("CREATE TABLE IF NOT EXISTS %s (%s)"
                            .formatted(
                                    table.name(),
                                    table.columns().stream()
                                            .map(column -> column.name() + " "
                                                    + type(column.field().dataType()))
                                            .collect(Collectors.joining(", "))));
                }
            }
        }
        Macros.install(duckdb);
        return duckdb;
    }

    private static String type(DataType type) {
        if (type instanceof ArrayType array) {
            return type(array.elementType()) + "[]";
        }
        if (type instanceof MapType map) {
            return "MAP(%s, %s)".formatted(type(map.keyType()), type(map.valueType()));
        }
        if (type instanceof StructType struct) {
            return Arrays.stream(struct.fields())
                    .map((StructField field) -> "\"%s\" %s".formatted(field.name(), type(field.dataType())))
                    .collect(Collectors.joining(", ", "STRUCT(", ")"));
        }
        return type.typeName().equals("string") ? "VARCHAR" : type.typeName();
    }

    @Test
    void everyStatementReadsColumnsThatAreThere() throws SQLException {
        Set<String> read = new TreeSet<>();
        try (Connection duckdb = everyTable()) {
            for (String id : Section.ALL) {
                Section section = Section.read(id);
                Section own = section.isAboutAnyTable() ? section.about("trials") : section;
                assertThatCode(() -> {
                            Rows.of(duckdb, own.rows());
                            Rows.of(duckdb, own.sentence());
                        })
                        .as(id)
                        .doesNotThrowAnyException();
                read.addAll(own.tables());
            }
        }
        assertThat(read)
                .isEqualTo(Experiments.ALL.stream()
                        .flatMap(experiment -> experiment.tableNames().stream())
                        .collect(Collectors.toCollection(TreeSet::new)));
    }

    /** No row, no sentence: a page of a sweep without trials has none that begins with a number of nothing. */
    @Test
    void withoutRowsThereIsNoSentence() throws SQLException {
        try (Connection duckdb = everyTable()) {
            for (String id : Section.ALL) {
                Section section = Section.read(id);
                Section own = section.isAboutAnyTable() ? section.about("trials") : section;
                assertThat(Rows.of(duckdb, own.sentence()).text()).as(id).isEmpty();
                assertThat(Rows.of(duckdb, own.rows()).rows()).as(id).isEmpty();
            }
        }
    }

    /** Points of a curve and failed trainings are no evaluations. */
    @Test
    void trainedModelsAreComparedByTheirDemonstrationsOverSeeds() throws SQLException {
        try (Connection duckdb = everyTable();
                Statement statement = duckdb.createStatement()) {
            statement.execute("""
                    INSERT INTO training_curve BY NAME
                    SELECT 's' AS sweep, 'recall' AS model, false AS biases, 'copies' AS evaluation, * FROM (VALUES
                      ('linear', 1, 4, 0.25, 'ok'), ('linear', 2, 4, 0.75, 'ok'), ('linear', 1, 8, 0.5, 'ok'),
                      ('linear', 2, 8, 0.5, 'ok'), ('softmax', 1, 4, 0.5, 'ok'), ('softmax', 1, 8, 1.0, 'ok'),
                      ('softmax', 2, 8, NULL, 'failed'))
                      t(variant, seed, context, evaluation_accuracy, status)""");
            statement.execute("""
                    INSERT INTO training_curve BY NAME
                    SELECT 's' AS sweep, 'recall' AS model, 'linear' AS variant, 1 AS seed, 99 AS step, 0.1 AS loss, 'ok' AS status""");
            Section section = Section.read("training-evaluations");
            assertThat(Rows.of(duckdb, "SELECT variant, context, seeds, accuracy FROM (" + section.rows() + ")")
                            .rows())
                    .containsExactly(
                            List.of("linear", 4L, 2L, 0.5),
                            List.of("linear", 8L, 2L, 0.5),
                            List.of("softmax", 4L, 1L, 0.5),
                            List.of("softmax", 8L, 1L, 1.0));
            assertThat(Rows.of(duckdb, section.sentence()).text())
                    .hasValue(
                            "With the most demonstrations or tokens, the accuracy is between 0.500 (linear, copies) and"
                                    + " 1.000 (softmax, copies), means over seeds.");
        }
    }

    @Test
    void aChartIsDescribedInWords() {
        for (String id : Section.ALL) {
            Section section = Section.read(id);
            assertThat(section.label().isEmpty())
                    .as(id)
                    .isEqualTo(section.chart().isEmpty());
        }
    }
}
