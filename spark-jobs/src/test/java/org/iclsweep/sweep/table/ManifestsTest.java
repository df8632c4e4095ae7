package org.iclsweep.sweep.table;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The manifests of a plan of 40 trials in four waves of ten. */
@Tag("faults")
class ManifestsTest {
    private static final String DIGEST = "d".repeat(64);
    private static final PlanRecord PLAN = new PlanRecord("s", "k", DIGEST, 40, 1, new TreeMap<>());
    private static final List<String> TABLES = List.of("trials");

    @TempDir
    private Path directory;

    private Storage storage = new LocalStorage(Path.of(""));

    @BeforeEach
    void fourWaves() {
        storage = new LocalStorage(directory);
        PLAN.write(storage, "");
        for (int wave = 0; wave < 4; wave++) {
            publish(wave, 10L * wave, 10L * wave + 10);
        }
    }

    private void publish(int wave, long first, long end) {
        String file = "trials/wave=%06d/part.parquet".formatted(wave);
        storage.create(file, "rows");
        Manifest.Part part = new Manifest.Part(
                "trials", end - first, List.of(new Manifest.DataFile(file, 4, DataFiles.sha256(storage, file))));
        Manifests.publish(storage, new Manifest(wave, DIGEST, first, end, 1, List.of(part)));
    }

    @Test
    void theTrialsThatAreLeftAreTheRangesThatNoManifestCovers() {
        assertThat(manifests().uncovered(40)).isEmpty();
        storage.delete(Manifests.name(0));
        storage.delete(Manifests.name(2));
        assertThat(manifests().uncovered(50))
                .containsExactly(new TrialRange(0, 10), new TrialRange(20, 30), new TrialRange(40, 50));
    }

    /**
     * Every seventh bit of a manifest, which is one of each byte, in turn; in the soak all of them: it is named, or
     * says what it said before.
     */
    @Test
    void aManifestWithABitFlippedIsNamedAndNotCounted() {
        String text = storage.read(Manifests.name(1)).orElseThrow();
        Manifest before = manifests().waves().get(1);
        int named = 0;
        int step = Integer.getInteger("icl.sweep.fault-seeds", 1) > 1 ? 1 : 7;
        for (int bit = 0; bit < 8 * text.length(); bit += step) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            bytes[bit / 8] ^= (byte) (1 << bit % 8);
            write(Manifests.name(1), bytes);
            Inventory inventory = new Inventory(storage, manifests());
            if (inventory.faults().isEmpty()) {
                assertThat(inventory.manifests().waves()).as("bit %d", bit).contains(before);
            } else {
                named++;
                assertThat(inventory.faults().get(0)).as("bit %d", bit).startsWith("manifests/000001.json: expected ");
                assertThat(inventory.wholeCounts()).isEqualTo(new Counts(30, 3));
            }
        }
        assertThat(named).as("the others are in the space between fields").isGreaterThan(6 * text.length() / step);
    }

    private void write(String name, byte[] bytes) {
        Storage.io(() -> Files.write(directory.resolve(name), bytes));
    }

    @Test
    void aManifestUnderAnotherNumberIsNamedAndNotCounted() {
        String text = storage.read(Manifests.name(1)).orElseThrow();
        storage.create(Manifests.name(99), text);
        Inventory copied = new Inventory(storage, manifests());
        assertThat(copied.faults())
                .containsExactly("manifests/000099.json: expected the manifest of this number, found that of wave 1");
        assertThat(copied.wholeCounts()).isEqualTo(new Counts(40, 4));

        storage.delete(Manifests.name(1));
        assertThat(new Inventory(storage, manifests()).wholeCounts()).isEqualTo(new Counts(30, 3));
    }

    @Test
    void aManifestOfAnotherPlanIsNamedAndNotCounted() {
        storage.create(Manifests.name(4), CheckedJson.write(new Manifest(4, "e".repeat(64), 0, 10, 0, List.of())));
        Inventory inventory = new Inventory(storage, manifests());
        assertThat(inventory.faults())
                .containsExactly("manifests/000004.json: expected the plan dddddddddddd, found eeeeeeeeeeee");
        assertThat(inventory.wholeCounts()).isEqualTo(new Counts(40, 4));
    }

    @Test
    void trialsThatTwoWavesHaveAreNamedAndCountedOnce() {
        publish(4, 15, 25);
        Inventory inventory = new Inventory(storage, manifests());
        assertThat(inventory.faults())
                .isNotEmpty()
                .allSatisfy(fault -> assertThat(fault).contains("expected trials of no other wave"));
        assertThat(inventory.wholeCounts().trials()).isLessThanOrEqualTo(40);
    }

    @Test
    void whatIsAmongTheManifestsUnderAnotherNameIsNamed() {
        storage.create("manifests/000001.json.bak", "");
        assertThat(new Inventory(storage, manifests()).strays(TABLES)).containsExactly("manifests/000001.json.bak");
    }

    private Manifests manifests() {
        return Manifests.of(storage, TABLES);
    }
}
