package org.iclsweep.sweep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import org.iclsweep.sweep.experiment.Experiment;
import org.iclsweep.sweep.experiment.SmallSweeps;
import org.iclsweep.sweep.experiment.SweepPlan;
import org.iclsweep.sweep.job.Sweeps;
import org.iclsweep.sweep.report.Browser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The table of results as a terminal of 160 columns shows it, drawn by a browser: the picture is to be looked at. */
class TerminalPictureTest {
    private static final Path PICTURE = Path.of("target", "report-pictures", "terminal.png");

    @TempDir
    private Path directory;

    @Test
    void noLineOfTheTableOfResultsIsBroken() throws SQLException, IOException {
        Experiment<?, ?> conversion =
                SmallSweeps.kinds().findFirst().orElseThrow().getPayload();
        SweepPlan<?, ?> plan = Sweeps.copyOfFinished(conversion, directory, "out");
        Results results = Results.of(plan, Path.of(plan.sweep().output()));
        Path page = Files.writeString(directory.resolve("terminal.html"), """
                <!doctype html><html lang="en" data-drawn="1"><meta charset="utf-8"><title>terminal</title>
                <style>body { margin: 0; background: #111; color: #ddd }
                pre { width: 160ch; padding: 1ch; white-space: pre-wrap; font: 13px/1.4 monospace }</style>
                <pre>%s
                %s</pre></html>
                """.formatted(
                        results.table().strip(), results.counts().strip()));
        try (Browser browser = Browser.start(directory)) {
            browser.size(1320, 400);
            assertThat(browser.open(page)).isEmpty();
            long lines = results.table().strip().lines().count()
                    + results.counts().strip().lines().count();
            assertThat((Number) browser.run("""
                            const text = document.querySelector('pre').firstChild;
                            const range = document.createRange();
                            range.selectNodeContents(text);
                            return new Set([...range.getClientRects()].map(line => line.top)).size"""))
                    .as("lines that the browser has drawn")
                    .isEqualTo(lines);
            assertThat(browser.picture(PICTURE)).hasSizeGreaterThan(10);
        }
    }
}
