package org.iclsweep.sweep.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code bin/icl-sweep} in a released directory, with a Java that prints its arguments. */
class LauncherTest {
    @TempDir
    private Path home;

    @BeforeEach
    void aReleasedDirectory() throws IOException {
        Path launcher = Files.createDirectories(home.resolve("bin")).resolve("icl-sweep");
        Files.copy(Path.of("../bin/icl-sweep"), launcher);
        executable(launcher);
        for (String directory : new String[] {"lib", "spark", "jdk/bin"}) {
            Files.createDirectories(home.resolve(directory));
        }
        Files.writeString(home.resolve("jdk/bin/java"), "#!/bin/sh\nprintf '%s\\n' \"$@\"\n");
        executable(home.resolve("jdk/bin/java"));
        Files.writeString(home.resolve("classes.jsa"), "");
    }

    private static void executable(Path file) throws IOException {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private String arguments(String... command) throws IOException, InterruptedException {
        List<String> call =
                new ArrayList<>(List.of(home.resolve("bin/icl-sweep").toString()));
        call.addAll(List.of(command));
        ProcessBuilder builder = new ProcessBuilder(call).redirectErrorStream(true);
        builder.environment().put("JAVA_HOME", home.resolve("jdk").toString());
        Process process = builder.start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        assertThat(said).endsWith("org.iclsweep.sweep.cli.Main\n" + String.join("\n", command) + "\n");
        return said;
    }

    @Test
    void aLookAtADirectoryIsCompiledOnceAndWhatReadsEveryByteTwice() throws IOException, InterruptedException {
        assertThat(arguments("status", "x")).contains("-XX:TieredStopAtLevel=1");
        assertThat(arguments("status", "x", "--check")).doesNotContain("TieredStopAtLevel");
        assertThat(arguments("run", "status")).doesNotContain("TieredStopAtLevel");
    }

    @ParameterizedTest
    @CsvSource({"rw-r--r--, true", "rw-------, true", "rw-rw-r--, false", "rw-r--rw-, false"})
    void anArchiveOfClassesThatOthersWriteToIsNotTaken(String permissions, boolean taken)
            throws IOException, InterruptedException {
        Files.setPosixFilePermissions(home.resolve("classes.jsa"), PosixFilePermissions.fromString(permissions));
        assertThat(arguments("status", "x").contains("-XX:SharedArchiveFile=" + home.resolve("classes.jsa")))
                .isEqualTo(taken);
    }

    @Test
    void anArchiveOfAnotherUserIsTakenOnlyIfTheWholeDirectoryIsHis() throws IOException, InterruptedException {
        Path classes = home.resolve("classes.jsa");
        assumeTrue(
                ((Number) Files.getAttribute(classes, "unix:uid")).intValue() == 0,
                "needs the root user, who alone gives files away: run as root");
        Files.setPosixFilePermissions(classes, PosixFilePermissions.fromString("rw-r--r--"));
        Files.setAttribute(classes, "unix:uid", 65534);
        assertThat(arguments("status", "x")).doesNotContain("SharedArchiveFile");
        Files.setAttribute(home.resolve("bin/icl-sweep"), "unix:uid", 65534);
        assertThat(arguments("status", "x")).contains("SharedArchiveFile");
    }
}
