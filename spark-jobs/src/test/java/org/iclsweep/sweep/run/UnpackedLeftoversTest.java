package org.iclsweep.sweep.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnpackedLeftoversTest {
    private static final Pattern NAME = Pattern.compile("tmp\\d+");

    @TempDir
    private Path directory;

    @Test
    void anUnpackingThatWasKilledIsDeletedAfterAnHourAndOneAtWorkIsNot() throws IOException {
        Path killed = unpacking("tmp123", Duration.ofHours(2), Duration.ofMinutes(61));
        Path working = unpacking("tmp456", Duration.ofHours(2), Duration.ofMinutes(1));
        Path whole = unpacking("2.7.1-cpu-linux-x86_64", Duration.ofDays(9), Duration.ofDays(9));

        UnpackedLeftovers.delete(directory, NAME);

        assertThat(killed).doesNotExist();
        assertThat(working).isNotEmptyDirectory();
        assertThat(whole).isNotEmptyDirectory();
        UnpackedLeftovers.delete(directory.resolve("missing"), NAME);
    }

    /** A directory with two files of these ages. */
    private Path unpacking(String name, Duration first, Duration last) throws IOException {
        Path folder = Files.createDirectory(directory.resolve(name));
        for (Duration age : List.of(first, last)) {
            Path file = Files.writeString(folder.resolve(age + ".so"), "half a library");
            Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(age)));
        }
        Files.setLastModifiedTime(folder, FileTime.from(Instant.now().minus(last)));
        return folder;
    }
}
