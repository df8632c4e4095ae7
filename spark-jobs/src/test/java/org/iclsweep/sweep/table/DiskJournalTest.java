package org.iclsweep.sweep.table;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.iclsweep.sweep.run.AttemptJournal;
import org.iclsweep.sweep.run.Wave;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The journal of partition 2 of wave 5, trials 100 to 219, in batches of 20. */
@Tag("faults")
class DiskJournalTest {
    private static final Wave WAVE = new Wave(5, 100, 220);
    private static final int PARTITION = 2;

    @TempDir
    private Path directory;

    private Storage storage = new LocalStorage(Path.of(""));

    @BeforeEach
    void aDirectory() {
        storage = new LocalStorage(directory);
    }

    @Test
    void withoutADeadAttemptNothingIsWrittenAndNoRequestIsMade() {
        DiskJournal journal = DiskJournal.of(
                () -> {
                    throw new AssertionError("the storage was asked");
                },
                new DiskJournal.Attempt(WAVE, PARTITION, "app-1", 7),
                List.of());
        assertThat(journal.lost("batch-100")).isZero();
        journal.begin("batch-100").close();
    }

    @Test
    void aTaskThatIsLostAccusesItsBatchesAndThoseOfNoOther() {
        DiskJournal.markLost(storage, 5, PARTITION, "app-1", 7);
        assertThat(journal("app-1", 8).lost("batch-100")).isEqualTo(1);
        assertThat(journal("app-1", 8).lost("batch-200")).isEqualTo(1);
        assertThat(journal("app-1", 8).lost("batch-100-trial-a")).isZero();
        assertThat(of(WAVE, 3, "app-1", 8).suspects()).as("another partition").isFalse();
        assertThat(of(new Wave(6, 220, 340), PARTITION, "app-1", 8).suspects())
                .as("another wave")
                .isFalse();
    }

    @Test
    void underSuspicionTheNoteThatIsLeftIsAccusedAlone() {
        DiskJournal.markLost(storage, 5, PARTITION, "app-1", 7);
        DiskJournal second = journal("app-1", 8);
        second.begin("batch-100").close();
        second.begin("batch-120");
        DiskJournal.markLost(storage, 5, PARTITION, "app-1", 8);
        assertThat(journal("app-1", 9).lost("batch-120")).isEqualTo(2);
        assertThat(journal("app-1", 9).lost("batch-100")).as("it came back").isEqualTo(1);
        assertThat(journal("app-1", 9).lost("batch-140")).isEqualTo(1);

        journal("app-1", 9).begin("batch-120-trial-a");
        DiskJournal.markLost(storage, 5, PARTITION, "app-1", 9);
        assertThat(journal("app-1", 10).lost("batch-120-trial-a")).isEqualTo(1);
        assertThat(journal("app-1", 10).lost("batch-120-trial-b")).isZero();
        assertThat(journal("app-1", 10).lost("batch-120")).isEqualTo(2);
    }

    @Test
    void anAttemptThatStillRunsElsewhereIsNotLost() {
        DiskJournal.markLost(storage, 5, PARTITION, "app-1", 7);
        AttemptJournal.Note running = journal("app-1", 8).begin("batch-100-trial-a");
        assertThat(journal("app-1", 9).lost("batch-100-trial-a")).isZero();
        running.close();
        DiskJournal.markLost(storage, 5, PARTITION, "app-1", 8);
        assertThat(journal("app-1", 9).lost("batch-100-trial-a"))
                .as("it came back before its executor went down")
                .isZero();
    }

    /** A driver whose own process runs the tasks dies with its trials. */
    @Test
    void aDriverThatDiedAtAWaveAccusesItsBatchesAndOneThatLivesNone() {
        AttemptJournal.Note first = DiskJournal.beginWave(storage, new Wave(3, 60, 140), "local-1");
        assertThat(journal("local-1", 1).suspects()).as("its own").isFalse();
        assertThat(journal("local-2", 1).lost("batch-120")).isEqualTo(1);
        assertThat(journal("local-2", 1).lost("batch-140")).isZero();

        DiskJournal.beginWave(storage, new Wave(3, 60, 140), "local-2");
        journal("local-2", 1).begin("batch-120");
        assertThat(journal("local-3", 1).lost("batch-120")).isEqualTo(2);
        assertThat(journal("local-3", 1).lost("batch-100"))
                .as("the second had notes")
                .isEqualTo(1);

        first.close();
        assertThat(journal("local-3", 1).lost("batch-100")).isZero();
    }

    @Test
    void whatIsNotedAboutAWaveIsForgottenWhenItIsCommitted() {
        DiskJournal.markLost(storage, 5, PARTITION, "app-1", 7);
        DiskJournal.markLost(storage, 6, PARTITION, "app-1", 9);
        journal("app-1", 8).begin("batch-100");
        DiskJournal.forget(storage, new Manifest(5, "", 100, 220, 0, List.of()));
        assertThat(journal("app-2", 1).suspects()).isFalse();
        assertThat(DiskJournal.entries(storage)).containsExactly("lost.6-2.app-1.9");
        DiskJournal.clear(storage);
        assertThat(DiskJournal.entries(storage)).isEmpty();
    }

    private DiskJournal journal(String application, long task) {
        return of(WAVE, PARTITION, application, task);
    }

    private DiskJournal of(Wave wave, int partition, String application, long task) {
        return DiskJournal.of(
                () -> storage,
                new DiskJournal.Attempt(wave, partition, application, task),
                DiskJournal.entries(storage));
    }
}
