package org.iclsweep.sweep.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InputFilesTest {
    @TempDir
    private Path root;

    @Test
    void aPatternOfShardsIsFoundWhereItsFolderIs() throws IOException {
        Files.createDirectories(root.resolve("second/data"));
        InputFiles files = new InputFiles(List.of(root.resolve("first"), root.resolve("second")));
        assertThat(files.find("data/train-*.parquet")).contains(root.resolve("second/data/train-*.parquet"));
        assertThat(files.find("data/train-0000?-of-00002.parquet")).isPresent();
        assertThat(files.find("data/train.parquet")).isEmpty();
        assertThat(files.find("none/train-*.parquet")).isEmpty();
    }
}
