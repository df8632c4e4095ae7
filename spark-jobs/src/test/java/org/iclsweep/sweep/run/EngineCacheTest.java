package org.iclsweep.sweep.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.util.Utils;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.iclsweep.sweep.cli.Commands;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EngineCacheTest {
    private static final String CACHE = "DJL_CACHE_DIR";

    @TempDir
    private Path directory;

    /** A process without a home; prints where it would load native libraries from. */
    static final class Homeless {
        public static void main(String[] args) {
            System.out.println("before " + Utils.getEngineCacheDir("tokenizers"));
            EngineCache.claim();
            System.out.println("after " + Utils.getEngineCacheDir("tokenizers"));
            System.out.println("exists " + Files.isDirectory(Utils.getCacheDir()));
        }
    }

    private List<String> homeless(String... options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Djava.io.tmpdir=" + directory,
                "-Duser.home=/dev/null/home",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"))));
        command.addAll(Arrays.asList(options));
        command.add(Homeless.class.getName());
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().remove(CACHE);
        builder.environment().remove("ENGINE_CACHE_DIR");
        Process process = builder.start();
        List<String> lines = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .lines()
                .toList();
        process.waitFor();
        return lines;
    }

    @Test
    void withoutAHomeLibrariesAreUnpackedIntoADirectoryOfThisUserAlone() throws IOException, InterruptedException {
        List<String> lines = homeless();
        assertThat(lines).contains("before " + directory.resolve(".djl.ai/tokenizers"), "exists true");
        Path own;
        try (var made = Files.list(directory)) {
            own = made.filter(path -> path.getFileName().toString().startsWith("icl-sweep-"))
                    .findFirst()
                    .orElseThrow();
        }
        assertThat(lines).contains("after " + own.resolve("engine/tokenizers"));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(own)))
                .isEqualTo("rwx------");
    }

    @Test
    void aLibraryThatAnotherUserHasPlantedIsNotLoaded() throws IOException, InterruptedException {
        Path planted = Files.createDirectories(directory.resolve("icl-sweep-0/engine/tokenizers"));
        assumeTrue(
                ((Number) Files.getAttribute(planted, "unix:uid")).intValue() == 0,
                "needs the root user, who alone gives files away: run as root");
        for (Path path : List.of(planted, directory.resolve("icl-sweep-0"))) {
            Files.setAttribute(path, "unix:uid", 65534);
        }
        List<String> lines = homeless();
        assertThat(lines)
                .contains("exists true")
                .anySatisfy(line -> assertThat(line)
                        .startsWith(
                                directory.resolve("icl-sweep-0") + ": expected files of the user 0 alone, found that ")
                        .contains("is used instead"));
        assertThat(lines)
                .filteredOn(line -> line.startsWith("after "))
                .singleElement()
                .satisfies(line ->
                        assertThat(line).startsWith("after " + directory).doesNotContain("icl-sweep-0/"));
        try (var left = Files.list(directory)) {
            assertThat(left).as("deleted at the end").containsExactly(directory.resolve("icl-sweep-0"));
        }
    }

    @Test
    void aDirectoryThatOthersWriteToIsRefusedByEveryCommandThatLoadsAModel() throws IOException {
        Path open = Files.createDirectories(directory.resolve("open"));
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
        System.setProperty(CACHE, open.toString());
        try {
            assertThatThrownBy(EngineCache::claim)
                    .isInstanceOf(UnfitMachineException.class)
                    .hasMessageContaining(
                            "DJL_CACHE_DIR: " + open + ": expected a directory that others cannot write to");
            for (String command :
                    List.of("run x.conf", "plan x.conf", "certify --model x", "verify --model x --input y")) {
                Commands.Said said = Commands.say((Object[]) command.split(" "));
                assertThat(said.exit()).as(command + said.err()).isEqualTo(5);
                assertThat(said.err().lines()).hasSize(1);
            }
            assertThat(Commands.say("run", "--help").exit()).isZero();
            assertThat(Commands.say("status", directory).err()).doesNotContain("DJL_CACHE_DIR");
        } finally {
            System.clearProperty(CACHE);
        }
    }

    @Test
    void temporaryFilesThatAnyoneReplacesAreRefused() throws IOException, InterruptedException {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
        assertThat(String.join("\n", homeless()))
                .contains("java.io.tmpdir: expected a directory in which nobody can replace the files of others");
    }
}
