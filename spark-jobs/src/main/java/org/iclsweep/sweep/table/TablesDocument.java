package org.iclsweep.sweep.table;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** The documentation of the tables, from their schemas: {@code docs/tables.md}. */
public final class TablesDocument {
    private static final String HEAD = """
            # The tables

            Generated from the code (`org.iclsweep.sweep.table`) and checked by `TablesDocumentTest`; to write it anew, run
            `./mvnw test -pl spark-jobs -am -Dtest=TablesDocumentTest -Dsurefire.failIfNoSpecifiedTests=false
            -Dicl.sweep.write-docs=true`.

            A sweep's directory:

            | path | what |
            |---|---|
            | `trials/wave=000017/*.parquet` | the rows, zstd Parquet; a wave's directory is there, whole, or it is not |
            | `plan.json` | what the rows follow from; another plan is refused |
            | `sweep.resolved.conf` | the configuration with every default filled in; it runs as it is |
            | `run-status.json` | how far the sweep is, and how it ended |
            | `lease.json` | the driver that is at work |
            | `.staging-…/`, `.journal/` | what is not committed yet, and notes about attempts; not for readers |

            "The same rows" means equal in everything but `run`.

            """;

    private TablesDocument() {}

    /** The document, in Markdown. */
    public static String markdown() {
        StringBuilder text = new StringBuilder(HEAD);
        for (TrialSchema table : TrialSchema.ALL) {
            text.append(table == TrialSchema.TRIALS ? "" : "\n").append(trials(table));
        }
        text.append("\n## `training_curve`, schema version ").append(CurveColumns.SCHEMA_VERSION);
        text.append(
                "\n\nOne row per logged step of a training, and per evaluation of what was trained; one wave per training. Sweeps of `kind = training` write it,"
                        + " in the same way, under `training_curve/`.\n\n| column | type | null | meaning |\n|---|---|---|---|\n");
        columns(text, CurveColumns.ALL);
        generalization(
                text,
                GeneralizationTable.NAME,
                "One row per training, evaluation, learner and, where it was made along the training, step.",
                GeneralizationColumns.GENERALIZATION);
        generalization(
                text,
                GeneralizationTable.ATTENTION,
                "One row per training, evaluation, step and layer.",
                GeneralizationColumns.ATTENTION);
        generalization(
                text,
                GeneralizationTable.PRUNING,
                "One row per training, evaluation, order and fraction, at the training's end.",
                GeneralizationColumns.PRUNING);
        return text.toString();
    }

    private static String trials(TrialSchema table) {
        List<Column<TrialRow>> own = table.columns();
        StringBuilder text = new StringBuilder(
                "## `%s`, schema version %d\n\n%s".formatted(table.name(), table.version(), table.rows()));
        if (table != TrialSchema.TRIALS) {
            List<Column<TrialRow>> shared =
                    own.stream().filter(TablesDocument::isInTrials).toList();
            own = own.stream().filter(column -> !shared.contains(column)).toList();
            text.append(" Sweeps of `kind = %s` write it, in the same way, under `%s/`. As in `trials`: %s."
                    .formatted(
                            table.kind().name().toLowerCase(Locale.ROOT).replace('_', '-'),
                            table.name(),
                            shared.stream()
                                    .map(column -> "`" + column.name() + "`")
                                    .collect(Collectors.joining(", "))));
        }
        text.append("\n\n| column | type | null | meaning |\n|---|---|---|---|\n");
        columns(text, own);
        return text.toString();
    }

    private static boolean isInTrials(Column<TrialRow> column) {
        return TrialColumns.ALL.stream()
                .anyMatch(other ->
                        other.name().equals(column.name()) && other.meaning().equals(column.meaning()));
    }

    private static <R> void generalization(StringBuilder text, String table, String rows, List<Column<R>> columns) {
        text.append("\n## `").append(table).append("`, schema version ").append(GeneralizationColumns.SCHEMA_VERSION);
        text.append("\n\n")
                .append(rows)
                .append(
                        " Sweeps of `kind = generalization` write it.\n\n| column | type | null | meaning |\n|---|---|---|---|\n");
        columns(text, columns);
    }

    private static <R> void columns(StringBuilder text, List<Column<R>> columns) {
        for (Column<R> column : columns) {
            text.append("| `%s` | %s | %s | %s |\n"
                    .formatted(
                            column.name(),
                            type(column.type()),
                            column.nullable() ? "where not applicable" : "",
                            column.meaning().replace("|", "\\|")));
        }
    }

    private static String type(DataType type) {
        if (type instanceof ArrayType array) {
            return "array of " + type(array.elementType());
        }
        if (type instanceof StructType struct) {
            StringBuilder fields = new StringBuilder("struct (");
            for (StructField field : struct.fields()) {
                fields.append(fields.toString().endsWith("(") ? "" : ", ")
                        .append('`')
                        .append(field.name())
                        .append("` ")
                        .append(type(field.dataType()));
            }
            return fields.append(")").toString();
        }
        return switch (type.simpleString()) {
            case "bigint" -> "long";
            default -> type.simpleString().replace("<", " (").replace(">", ")");
        };
    }
}
