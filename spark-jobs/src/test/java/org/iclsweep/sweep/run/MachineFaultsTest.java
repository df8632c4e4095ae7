package org.iclsweep.sweep.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On a real mount: {@code SweepFaultTest}. */
class MachineFaultsTest {
    @TempDir
    private Path directory;

    @Test
    void aDirectoryThatIsNotThereIsMade() {
        Path missing = directory.resolve("a/b");
        assertThat(temporary(missing).fault(1)).isEmpty();
        assertThat(missing).isEmptyDirectory();
    }

    @Test
    void aDirectoryThatCannotBeMadeOrIsFullIsNamedWithTheSetting() throws IOException {
        Path file = Files.createFile(directory.resolve("file"));
        assertThat(temporary(file).fault(1))
                .hasValueSatisfying(fault -> assertThat(fault)
                        .startsWith("java.io.tmpdir: " + file + ": expected")
                        .contains("found none that can be written", "name another with -Djava.io.tmpdir=DIR"));
        assertThat(temporary(directory).fault(Long.MAX_VALUE))
                .hasValueSatisfying(fault -> assertThat(fault).contains("MiB free, found one with"));
    }

    @Test
    void tooFewOpenFilesAreRefusedWithTheNumberThatARunNeeds() {
        assertThatThrownBy(() -> MachineFaults.requireOpenFiles(OptionalLong.of(256)))
                .isInstanceOf(UnfitMachineException.class)
                .hasMessageContaining("ulimit -n: expected at least 512 open files, found 256; raise it");
        assertThatCode(() -> MachineFaults.requireOpenFiles(OptionalLong.empty()))
                .doesNotThrowAnyException();
        assertThatCode(() -> MachineFaults.requireOpenFiles(OptionalLong.of(512)))
                .doesNotThrowAnyException();
    }

    private static LibraryDirectory temporary(Path path) {
        LibraryDirectory own = LibraryDirectory.temporary();
        return new LibraryDirectory(path, own.setting(), own.libraries(), own.remedy());
    }
}
