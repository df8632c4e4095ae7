package org.iclsweep.sweep.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.iclsweep.sweep.cli.Commands;
import org.iclsweep.sweep.cli.Commands.Said;

/** The commands that read a sweep, at a URI: a sweep of 120 trials, none of which failed. */
record CommandsAtUri(String uri, Path directory) {

    /** Asserts that each answers as it does in a directory; {@code local} is a directory with the same sweep. */
    void assertTheyAnswer(Path local) throws IOException {
        assertThat(said("status", "--check", uri)).contains("120 done, 0 of them failed, 0 left", "all read");
        assertThat(said("status", "--exit-code", uri)).contains("done with exit code 0");
        assertThat(said("query", "--format=csv", uri, "SELECT count(*) AS trials FROM trials"))
                .contains("120");
        Path one = directory.resolve("one.html");
        said("report", uri, "--output", one);
        assertThat(Files.readString(one)).contains(uri, "over 120 conversions");
        Path both = directory.resolve("both.html");
        said("report", uri, local, "--output", both);
        assertThat(Files.readString(both)).contains(uri, local.toString(), "over 240 conversions");
        assertThat(said("compare", local, uri)).contains("is equal to A's", "The plans are the same.");
        assertThat(Commands.say("report", uri + "/nowhere", "--output", one).exit())
                .isEqualTo(2);
    }

    private static String said(Object... arguments) {
        Said said = Commands.say(arguments);
        assertThat(said.exit()).as(said.err()).isZero();
        return said.out();
    }
}
