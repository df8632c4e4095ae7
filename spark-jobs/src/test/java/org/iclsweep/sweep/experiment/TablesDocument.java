package org.iclsweep.sweep.experiment;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.iclsweep.sweep.report.Macros;
import org.iclsweep.sweep.table.Column;
import org.iclsweep.sweep.table.Table;

/** The documentation of the tables, {@code docs/reference/tables.md}, from their declarations. */
final class TablesDocument {
    private static final String HEAD = """
            # The tables

            Generated from the code (`org.iclsweep.sweep.experiment`) and checked by `TablesDocumentTest`; to write it anew, run
            `./mvnw test -pl spark-jobs -am -Dtest=TablesDocumentTest -Dsurefire.failIfNoSpecifiedTests=false
            -Dicl.sweep.write-docs=true`.

            A sweep's directory:

            | path | content |
            |---|---|
            | `manifests/000017.json` | the commit of a wave: its trials, from index `first` to before `end`, how many of them failed, and for each table its files with their lengths in bytes, SHA-256 and rows. A trial is there when the manifest of its wave is. `checksum` is the SHA-256 of the other fields, as compact JSON |
            | `manifests/000000-000999.jsonl` | copies of a thousand manifests, so that a reader opens one file for them; a copy counts only for a manifest that is there with the same length, and the first line is the SHA-256 of the others |
            | `TABLE/wave=000017/*.parquet` | the rows of a wave, as Parquet with zstd, in as few files as their bytes ask for. TABLE is %s |
            | `plan.json` | the plan behind the rows; a sweep with another plan is refused |
            | `sweep.resolved.conf` | the configuration with every default of the block `sweep` filled in; it can be run as it is. A block `training` is kept as it is written, because its text is part of the plan's digest |
            | `run-status.json` | the progress of the sweep and its end |
            | `lineage/TIME-RUN-EVENT.json` | the begin and the end of each run of a driver, as events of OpenLineage (docs/how-to/observe.md) |
            | `cost.json` | its cost in seconds: foretold by `plan --keep`, else from the first wave; and taken by the waves that are committed |
            | `lease.json`, `.lease-heartbeat-…` | the driver that is running the sweep, and the time of its last heartbeat |
            | `.staging-…/`, `.journal/` | waves that are not committed yet, and notes about attempts; not for readers |

            The rows of a sweep are those of the files that its manifests list, and no others: a file beside them, or the directory
            of a wave without a manifest, which a driver leaves that crashed between the two, is not counted. `query`, `status` and
            `verify` read these files by their paths; so does `icl_sweep.read(DIR)` of [python/](../../python/README.md), and who reads them
            directly, in Python with DuckDB:

            ```python
            import duckdb, glob, json
            manifests = [json.load(open(path)) for path in sorted(glob.glob(glob.escape(DIR) + "/manifests/*.json"))]
            files = [f"{DIR}/{file['path']}" for manifest in manifests for table in manifest["tables"]
                     if table["table"] == "trials" for file in table["files"]]
            duckdb.read_parquet(files, hive_partitioning=False, union_by_name=True)
            ```

            `run` ends with 0 only if the manifests have every trial of the plan once and every file is there in its length; it
            names the files that are not, and runs the trials of their waves again. `status --check` holds every byte against its
            SHA-256. A sweep written before there were manifests is read by its directories, and the next run writes the manifests of
            those that are whole.

            Some kinds have a main table and side tables, as `generalization` has `attention_concentration` and `pruning`; a wave is
            committed in all of them at once.

            "The same rows" means equal in everything but `run`. A field of a nested column is listed below it:
            `run.device` is a field of a struct, `flags[].code` a field of each struct in a list.
            """;

    private final StringBuilder text = new StringBuilder(HEAD.formatted(Experiments.ALL.stream()
            .flatMap(experiment -> experiment.tables().stream())
            .map(result -> "`" + result.table().name() + "`")
            .collect(Collectors.joining(", "))));
    private final List<Table<?>> written = new ArrayList<>();

    private TablesDocument() {}

    /** The document, in Markdown. */
    static String markdown() {
        TablesDocument document = new TablesDocument();
        for (Experiment<?, ?> experiment : Experiments.ALL) {
            experiment.tables().forEach(result -> document.write(experiment.kind(), result.table()));
        }
        document.writeMacros();
        return document.text.toString();
    }

    private void writeMacros() {
        text.append("""

                ## Macros

                `query`, `report` and `compare` have these SQL macros, the only definitions of their aggregates
                (`spark-jobs/src/main/resources/org/iclsweep/sweep/report/macros.sql`; DuckDB runs the file in any session that has a view
                `trials`). A macro over rows takes the name of another table or view in place of `trials`:
                `SELECT * FROM cells(rows := 'my_view')`.

                | macro | meaning |
                |---|---|
                """);
        for (Macros.Macro macro : Macros.all()) {
            text.append("| `%s%s` | %s |\n"
                    .formatted(
                            macro.table() ? "FROM " : "",
                            macro.call(),
                            macro.meaning().replace("|", "\\|")));
        }
    }

    private void write(String kind, Table<?> table) {
        text.append("\n## `%s`, schema version %d\n\n%s Written by sweeps of `kind = %s`.%s\n\n"
                .formatted(table.name(), table.schemaVersion(), table.rowDoc(), kind, shared(table)));
        text.append("| column | type | null | meaning |\n|---|---|---|---|\n");
        for (Column<?> column : table.columns()) {
            if (original(column).isEmpty()) {
                write(column.name(), column.field());
            }
        }
        written.add(table);
    }

    /** The sentences that name the columns that an earlier table has too. */
    private String shared(Table<?> table) {
        Map<String, List<String>> shared = new LinkedHashMap<>();
        for (Column<?> column : table.columns()) {
            original(column)
                    .ifPresent(first -> shared.computeIfAbsent(first.name(), any -> new ArrayList<>())
                            .add("`" + column.name() + "`"));
        }
        return shared.entrySet().stream()
                .map(of -> " As in `" + of.getKey() + "`: " + String.join(", ", of.getValue()) + ".")
                .collect(Collectors.joining());
    }

    /** The first table written so far with the same column. */
    private Optional<Table<?>> original(Column<?> column) {
        return written.stream()
                .filter(table ->
                        table.columns().stream().anyMatch(other -> other.field().equals(column.field())))
                .findFirst();
    }

    private void write(String path, StructField field) {
        text.append("| `%s` | %s | %s | %s |\n"
                .formatted(
                        path,
                        type(field.dataType()),
                        field.nullable() ? "where not applicable" : "",
                        field.getComment().get().replace("|", "\\|")));
        boolean list = field.dataType() instanceof ArrayType;
        DataType element = list ? ((ArrayType) field.dataType()).elementType() : field.dataType();
        if (element instanceof StructType struct) {
            for (StructField inner : struct.fields()) {
                write(path + (list ? "[]." : ".") + inner.name(), inner);
            }
        }
    }

    private static String type(DataType type) {
        if (type instanceof ArrayType array) {
            return "list of " + type(array.elementType());
        }
        if (type instanceof MapType map) {
            return "map from " + type(map.keyType()) + " to " + type(map.valueType());
        }
        return type instanceof StructType ? "struct" : type.typeName();
    }
}
