package org.iclsweep.sweep.table;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.iclsweep.sweep.run.AttemptJournal;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("faults")
class DiskJournalTest {
    private static final Manifest WAVE = new Manifest(0, "", 0, 120, 0, List.of());

    @TempDir
    private Path directory;

    @Test
    void anAttemptThatStillRunsElsewhereIsNotLost() {
        DiskJournal original = journal("app-1", 7);
        AttemptJournal.Note running = original.begin("batch-0-trial-a");
        assertThat(journal("app-1", 8).lost("batch-0-trial-a")).isZero();
        running.close();
        original.markLost();
        assertThat(journal("app-1", 8).lost("batch-0-trial-a"))
                .as("it came back before its executor went down")
                .isZero();
    }

    @Test
    void anAttemptThatWentDownWithItsExecutorIsLost() {
        DiskJournal killed = journal("app-1", 7);
        killed.begin("batch-0");
        killed.markLost();
        assertThat(journal("app-1", 8).lost("batch-0")).isEqualTo(1);
        assertThat(journal("app-1", 8).lost("batch-0-trial-a")).isZero();
        assertThat(journal("app-1", 8).lost("batch")).isZero();
    }

    @Test
    void allThatADeadDriverLeftIsLostUntilTheWaveIsCommitted() {
        journal("local-1", 1).begin("batch-0");
        journal("local-2", 1).begin("batch-0");
        assertThat(journal("local-3", 1).lost("batch-0")).isEqualTo(2);
        DiskJournal.forget(new LocalStorage(directory), WAVE);
        assertThat(journal("local-3", 1).lost("batch-0")).isZero();
    }

    private DiskJournal journal(String application, long task) {
        return new DiskJournal(new LocalStorage(directory), application, task);
    }
}
