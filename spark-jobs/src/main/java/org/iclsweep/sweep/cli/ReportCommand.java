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
        footer = {
            "",
            "Example:",
            "  bin/icl-sweep report out/quickstart --output quickstart.html",
            "",
            "Exit codes: 0 written; 2 wrong use, or no committed waves in DIR."
        })
final class ReportCommand implements Callable<Integer> {
    @Parameters(arity = "1..*", paramLabel = "DIR", description = "The output directories of sweeps.")
    private List<Path> directories = List.of();

    @Option(names = "--output", paramLabel = "FILE", description = "The page; default: report.html in the first DIR.")
    private @Nullable Path output;

    @Override
    public Integer call() throws SQLException, IOException {
        directories.forEach(WrongInputException::requireReadableDirectory);
        Path file = output == null ? directories.get(0).resolve("report.html") : output;
        List<SweepFacts> sweeps = directories.stream()
                .map(directory -> SweepFacts.read(
                        directory.toString(),
                        Storage.at(directory.toAbsolutePath().toString())))
                .toList();
        String page;
        try (SweepTables tables = SweepTables.open(directories)) {
            page = Report.html(tables.session(), sweeps, CodeVersion.CURRENT);
        }
        WrongInputException.requireFile("--output", file);
        Files.writeString(file, page);
        System.out.printf(Locale.ROOT, "%s (%,d kB)%n", file, Files.size(file) / 1000);
        return 0;
    }
}
