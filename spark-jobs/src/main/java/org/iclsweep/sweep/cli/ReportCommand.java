package org.iclsweep.sweep.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.iclsweep.sweep.job.CodeVersion;
import org.iclsweep.sweep.report.Report;
import org.iclsweep.sweep.report.SweepFacts;
import org.iclsweep.sweep.table.Storage;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The command {@code report}: one HTML page about one or several sweeps. */
@Command(
        name = "report",
        description =
                "Writes one self-contained HTML page about one or several sweeps: a sentence with a number for each"
                        + " question that their tables answer, charts, tables with CSV, and how to repeat it.",
        footer = "bin/icl-sweep report out/quickstart --output quickstart.html")
final class ReportCommand implements Callable<Integer> {
    @Parameters(
            arity = "1..*",
            paramLabel = "DIR",
            description =
                    "The output directories of sweeps, or URIs such as hdfs://… or s3a://…, whose files are fetched.")
    private List<String> locations = List.of();

    @Option(
            names = "--output",
            paramLabel = "FILE",
            description = "The page; default: report.html in the first DIR, or in this directory where that is a URI.")
    private @Nullable Path output;

    @Override
    public Integer call() throws SQLException, IOException {
        List<String> locations = this.locations.stream().distinct().toList();
        String first = locations.get(0);
        Path file = output != null
                ? output
                : Path.of(TablesPlace.isRemote(first) ? "" : first).resolve("report.html");
        String page;
        try (SweepTables tables = SweepTables.open(locations)) {
            List<SweepFacts> sweeps = locations.stream()
                    .map(location -> SweepFacts.read(location, Storage.at(location)))
                    .toList();
            page = Report.html(tables.session(), sweeps, CodeVersion.CURRENT);
        }
        WrongInputException.requireFile("--output", file);
        Files.writeString(file, page);
        System.out.printf(Locale.ROOT, "%s (%,d kB)%n", file, Files.size(file) / 1000);
        return 0;
    }
}
