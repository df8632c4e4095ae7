package org.iclsweep.sweep.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PrivateDirectoryTest {
    private static final int NOBODY = 65534;

    @TempDir
    private Path directory;

    private Path cache = Path.of("");

    @BeforeEach
    void aCacheWithALibrary() throws IOException {
        cache = Files.createDirectories(directory.resolve("cache"));
        Files.writeString(Files.createDirectories(cache.resolve("pytorch")).resolve("libtorch.so"), "");
        permit(cache, "rwx------");
    }

    private static void permit(Path path, String permissions) throws IOException {
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
    }

    private void requireRoot() throws IOException {
        assumeTrue(
                ((Number) Files.getAttribute(directory, "unix:uid")).intValue() == 0,
                "needs the root user, who alone gives files away: run as root");
    }

    private void giveAway(Path path) throws IOException {
        requireRoot();
        Files.setAttribute(path, "unix:uid", NOBODY);
    }

    @Test
    void oneThatIsNotThereIsMadeForThisUserAlone() throws IOException {
        Path made = directory.resolve("a/b/c");
        assertThat(PrivateDirectory.claim(made)).isEmpty();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(made)))
                .isEqualTo("rwx------");
    }

    @Test
    void oneOfThisUserIsTakenAsItIs() throws IOException {
        assertThat(PrivateDirectory.claim(cache)).isEmpty();
        permit(cache, "rwxr-xr-x");
        assertThat(PrivateDirectory.claim(cache)).as("read by others").isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"rwxrwxrwx", "rwx----w-", "rwxrwx---", "rwx-w----"})
    void oneThatOthersWriteToIsRefused(String permissions) throws IOException {
        if (permissions.endsWith("---")) {
            permit(cache, permissions);
            assertThat(PrivateDirectory.claim(cache))
                    .as("a group of the owner's name")
                    .isEmpty();
            requireRoot();
            Files.setAttribute(cache, "unix:gid", NOBODY);
        }
        permit(cache, permissions);
        assertThat(PrivateDirectory.claim(cache))
                .hasValueSatisfying(fault -> assertThat(fault)
                        .contains("that others cannot write to, found the permissions " + permissions));
    }

    @ParameterizedTest
    @ValueSource(strings = {"pytorch", "pytorch/libtorch.so"})
    void soIsOneWithAFileThatOthersWriteToIfTheyReachIt(String name) throws IOException {
        permit(cache.resolve(name), "rwxrwxrwx");
        assertThat(PrivateDirectory.claim(cache)).as("behind a closed door").isEmpty();
        permit(cache, "rwxr-xr-x");
        assertThat(PrivateDirectory.claim(cache))
                .hasValueSatisfying(fault -> assertThat(fault).contains(name + ", which they can"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "pytorch", "pytorch/libtorch.so"})
    void oneOfAnotherUserOrWithAFileOfHisIsRefused(String name) throws IOException {
        giveAway(cache.resolve(name));
        assertThat(PrivateDirectory.claim(cache))
                .hasValueSatisfying(fault -> assertThat(fault).contains("belongs to the user " + NOBODY));
    }

    @Test
    void aLinkToADirectoryIsTheDirectory() throws IOException {
        Path link = Files.createSymbolicLink(directory.resolve("link"), cache);
        assertThat(PrivateDirectory.claim(link)).isEmpty();
        permit(cache, "rwxrwxrwx");
        assertThat(PrivateDirectory.claim(link)).isPresent();
    }

    @Test
    void oneBelowADirectoryInWhichAnyoneReplacesFilesIsRefusedUnlessThatIsSticky() throws IOException {
        Path below = Files.createDirectories(directory.resolve("open")).resolve("cache");
        permit(directory.resolve("open"), "rwxrwxrwx");
        assertThat(PrivateDirectory.claim(below))
                .hasValueSatisfying(fault -> assertThat(fault).contains("anyone can in " + directory.resolve("open")));
        Files.setAttribute(directory.resolve("open"), "unix:mode", 01777);
        assertThat(PrivateDirectory.claim(below)).isEmpty();
    }
}
