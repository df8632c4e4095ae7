package org.iclsweep.sweep.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.iclsweep.sweep.job.CodeVersion;
import org.iclsweep.sweep.report.ComparedCell;
import org.iclsweep.sweep.report.Comparison;
import org.iclsweep.sweep.report.ComparisonPage;
import org.iclsweep.sweep.report.IncomparableException;
import org.iclsweep.sweep.report.LogitsComparison;
import org.iclsweep.sweep.report.SweepFacts;
import org.iclsweep.sweep.table.Json;
import org.iclsweep.sweep.table.Storage;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The command {@code compare}: two sweeps, paired. */
@Command(
        name = "compare",
        description =
                "Compares the trials of two conversion sweeps, paired by demonstration set, and by query where both kept"
                        + " predictions: differences with bootstrap intervals over sets, McNemar's test over queries, Holm's"
                        + " correction over cells, and the keys in which their plans differ. Or the logits of two programs for"
                        + " the same queries, from files that verify or another stack wrote, paired by id.",
        footer =
                "bin/icl-sweep compare out/quickstart out/quickstart --where-a \"dtype = 'float32'\" --where-b \"dtype = 'float64'\"")
final class CompareCommand implements Callable<Integer> {
    /** A way to run a query, by the beginning of its columns' names. */
    enum Run {
        converted,
        prompted,
        zero_shot
    }

    @Parameters(
            index = "0",
            paramLabel = "A",
            description = "The output directory of the first sweep, or a URI such as hdfs://…; or a file of logits: the"
                    + " output of verify, or lines as verify --expected reads them.")
    private String first = "";

    @Parameters(index = "1", paramLabel = "B", description = "The same of the second.")
    private String second = "";

    @Option(
            names = "--run",
            paramLabel = "NAME",
            description =
                    "The way to run a query: ${COMPLETION-CANDIDATES}; default: converted, and prompted for files of"
                            + " logits.")
    private @Nullable Run run;

    @Option(names = "--where-a", paramLabel = "SQL", description = "A condition for the trials of A.")
    private String whereA = "true";

    @Option(names = "--where-b", paramLabel = "SQL", description = "A condition for the trials of B.")
    private String whereB = "true";

    @Option(names = "--json", description = "Print JSON instead of a table.")
    private boolean json;

    @Option(names = "--output", paramLabel = "FILE", description = "Also write the comparison as an HTML page.")
    private @Nullable Path output;

    @Override
    public Integer call() throws SQLException, IOException {
        return isFile(first) && isFile(second) ? files(Path.of(first), Path.of(second)) : sweeps();
    }

    private static boolean isFile(String location) {
        return !TablesPlace.isRemote(location) && Files.isRegularFile(Path.of(location));
    }

    private int files(Path a, Path b) throws IOException {
        String name = (run == null ? Run.prompted : run).name();
        LogitsComparison comparison = LogitsFile.compare(LogitsFile.read(a, name), LogitsFile.read(b, name));
        System.out.print(
                json
                        ? Json.write(comparison.document())
                        : table(comparison.rows()) + "\n" + comparison.sentence() + "\n" + comparison.basis() + "\n");
        if (output != null) {
            write(output, ComparisonPage.html(comparison, first, second, line(name), CodeVersion.CURRENT));
        }
        return 0;
    }

    private static void write(Path file, String page) throws IOException {
        WrongInputException.requireFile("--output", file);
        Files.writeString(file, page);
    }

    private int sweeps() throws SQLException, IOException {
        String name = (run == null ? Run.converted : run).name();
        Comparison comparison;
        SweepFacts a;
        SweepFacts b;
        try (SweepTables tables = SweepTables.pair(first, whereA, second, whereB)) {
            a = SweepFacts.read(first, Storage.at(first));
            b = SweepFacts.read(second, Storage.at(second));
            comparison = Comparison.of(tables.session(), name, a, b);
        } catch (IncomparableException e) {
            throw new WrongInputException("%s, %s: %s".formatted(first, second, e.getMessage()));
        }
        System.out.print(json ? Json.write(document(comparison)) : text(comparison));
        if (output != null) {
            write(output, ComparisonPage.html(comparison, a, b, line(name), CodeVersion.CURRENT));
        }
        return 0;
    }

    private static Map<String, Object> document(Comparison comparison) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("measure", comparison.measure());
        document.put("compared", comparison.compared());
        document.put(
                "paired_by",
                comparison.byQuery() ? List.of("demonstration_set", "query") : List.of("demonstration_set"));
        document.put("sets_of_a_alone", comparison.onlyA());
        document.put("sets_of_b_alone", comparison.onlyB());
        document.put("all", comparison.all().row());
        document.put("cells", comparison.cells().stream().map(ComparedCell::row).toList());
        document.put("plan_differences", comparison.plan());
        return document;
    }

    private static String text(Comparison comparison) {
        StringBuilder text = new StringBuilder();
        text.append(table(comparison.cells().stream().map(ComparedCell::row).toList()));
        text.append('\n')
                .append(comparison.sentence())
                .append('\n')
                .append(comparison.basis())
                .append('\n');
        comparison
                .compared()
                .forEach((column, sides) ->
                        text.append("Compared: %s %s in A, %s in B.%n".formatted(column, sides.get(0), sides.get(1))));
        if (comparison.plan().isEmpty()) {
            return text.append("The plans are the same.\n").toString();
        }
        text.append("The plans differ in:\n");
        comparison
                .plan()
                .forEach((key, sides) -> text.append("  %s: A %s, B %s%n".formatted(key, sides.get(0), sides.get(1))));
        return text.toString();
    }

    private static String table(List<Map<String, Object>> rows) {
        List<String> columns =
                rows.stream().flatMap(row -> row.keySet().stream()).distinct().toList();
        return TextTable.aligned(new SweepTables.Answer(
                columns,
                rows.stream()
                        .map(row -> columns.stream()
                                .map(column -> cell(row.getOrDefault(column, "")))
                                .toList())
                        .toList()));
    }

    private static String cell(Object value) {
        return value instanceof Double number ? String.format(Locale.ROOT, "%.4g", number) : value.toString();
    }

    private String line(String name) {
        return "bin/icl-sweep compare %s %s --run %s%s%s"
                .formatted(first, second, name, condition("--where-a", whereA), condition("--where-b", whereB));
    }

    private static String condition(String option, String sql) {
        return sql.equals("true") ? "" : " %s \"%s\"".formatted(option, sql);
    }
}
