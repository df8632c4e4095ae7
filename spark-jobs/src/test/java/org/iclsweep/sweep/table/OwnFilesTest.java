package org.iclsweep.sweep.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OwnFilesTest {
    @TempDir
    private Path directory;

    private void write(String... names) throws IOException {
        for (String name : names) {
            Path file = directory.resolve(name);
            Files.createDirectories(file.getParent());
            Files.writeString(file, "{}");
        }
    }

    private List<String> left() throws IOException {
        try (Stream<Path> names = Files.list(directory)) {
            return names.map(name -> name.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void aSweepsFilesAreDeletedAndTheOthersLeft() throws IOException {
        write(
                "plan.json",
                "sweep.resolved.conf",
                "run-status.json",
                "cost.json",
                "lease.json",
                "manifests/000000.json",
                "trials/wave=000000/part.parquet",
                ".staging-1/rows/x",
                ".journal/note",
                "lineage/20260329T003000.000Z-1-START.json",
                ".lease-heartbeat-1",
                "notes.txt",
                "report.html",
                "trials.csv");
        OwnFiles.delete(Storage.at(directory.toString()), List.of("trials"));
        assertThat(left()).containsExactly("notes.txt", "report.html", "trials.csv");
    }

    @Test
    void nothingIsDeletedWhereNoPlanIs() throws IOException {
        write("trials/mine.parquet", "lease.json");
        OwnFiles.delete(Storage.at(directory.toString()), List.of("trials"));
        assertThat(left()).containsExactly("lease.json", "trials");
    }

    @Test
    void aPlanThatCannotBeReadIsRefusedByItsName() throws IOException {
        Files.writeString(directory.resolve("plan.json"), "{\"sweep\": ");
        assertThatThrownBy(() -> PlanRecord.read(Storage.at(directory.toString())))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("plan.json: expected the plan of a sweep, found text that is none");
    }

    @Test
    void aStatusThatCannotBeReadIsAsIfNoDriverHadWrittenOne() throws IOException {
        Files.writeString(directory.resolve("run-status.json"), "");
        assertThat(RunStatus.read(Storage.at(directory.toString()))).isEmpty();
    }
}
