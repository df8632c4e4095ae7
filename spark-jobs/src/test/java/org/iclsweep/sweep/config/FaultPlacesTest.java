package org.iclsweep.sweep.config;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.iclsweep.datasets.fault.InputException;
import org.iclsweep.sweep.SweepFiles;
import org.iclsweep.sweep.experiment.Experiments;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FaultPlacesTest {
    @TempDir
    private Path directory;

    @Test
    void anEmptyFileIsThePlaceOfTheBlockThatItLacks() throws IOException {
        Path empty = Files.writeString(directory.resolve("empty.conf"), "");
        assertThatThrownBy(() -> Experiments.read(empty, List.of()))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(empty + ": sweep: expected a block sweep { … }, found none");
    }

    @Test
    void aSettingIsThePlaceOfTheBlockThatItMakes() throws IOException {
        Path configuration = SweepFiles.in(directory).configuration();
        assertThatThrownBy(() -> Experiments.read(configuration, List.of("sweep.kind.x=1")))
                .hasMessageContaining("--set sweep.kind.x=1: sweep.kind: expected one of conversion");
    }
}
