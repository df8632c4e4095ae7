package org.iclsweep.sweep.table;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.iclsweep.sweep.table.CrashingStorage.Fault;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Bundles of the manifests of two waves each, of a plan of 50 trials in five waves. */
@Tag("faults")
class ManifestBundlesTest {
    private static final int WAVES = 2;
    private static final String DIGEST = "d".repeat(64);
    private static final PlanRecord PLAN = new PlanRecord("s", "k", DIGEST, 50, 1, new TreeMap<>());
    private static final Table<String> TABLE =
            Table.perTrial("trials", 1, "", Struct.of(Column.text(TrialStatus.ID, "", id -> id)));
    private static final List<String> NAMES = List.of("trials");

    @TempDir
    private Path directory;

    private Storage storage = new LocalStorage(Path.of(""));

    @BeforeEach
    void aDirectory() {
        storage = new LocalStorage(directory);
    }

    private static Manifests claim(Storage storage) {
        new WaveTables(storage, List.of(TABLE), DIGEST, new WaveStore(storage, WAVES))
                .claim(PLAN, "", Long::toString, line -> {});
        return Manifests.of(storage, NAMES);
    }

    private static void commit(Storage storage, int wave) {
        WaveStore store = new WaveStore(storage, WAVES);
        new WaveTables(storage, List.of(TABLE), DIGEST, store).commit(wave(store, storage, wave), () -> {});
    }

    /** A wave that is staged. */
    private static Manifest wave(WaveStore store, Storage storage, int wave) {
        String staged = store.stage("trials", wave) + "/part.parquet";
        storage.create(staged, "rows");
        Manifest.Part part =
                WaveRecovery.part(storage, "trials", 10, List.of(staged), WaveStore.directory("trials", wave));
        return new Manifest(wave, DIGEST, 10L * wave, 10L * wave + 10, 0, List.of(part));
    }

    private void fiveWaves() {
        PLAN.write(storage, "");
        for (int wave = 0; wave < 5; wave++) {
            commit(storage, wave);
        }
    }

    @Test
    void aReaderOpensABundleForARangeThatIsWholeAndNoneOfItsManifests() {
        fiveWaves();
        assertThat(storage.list("manifests"))
                .contains("000000-000001.jsonl", "000002-000003.jsonl")
                .hasSize(7);
        Set<String> opened = new TreeSet<>();
        Manifests read = Manifests.of(new SeenStorage(storage, opened::add).proxy(), NAMES);
        assertThat(read.numbers()).containsExactly(0, 1, 2, 3, 4);
        assertThat(opened)
                .containsExactlyInAnyOrder(
                        "manifests/000000-000001.jsonl",
                        "manifests/000002-000003.jsonl",
                        "manifests/000004.json",
                        "plan.json");
        assertThat(read.waves()).isEqualTo(Manifests.ofFiles(storage, NAMES).waves());
    }

    @Test
    void aDriverReadsABundleOnceAndTheManifestsThatItHasCommittedNotAtAll() {
        fiveWaves();
        List<String> opened = new ArrayList<>();
        Storage seen = new SeenStorage(storage, opened::add).proxy();
        WaveStore store = new WaveStore(seen, WAVES);
        WaveTables tables = new WaveTables(seen, List.of(TABLE), DIGEST, store);
        tables.claim(PLAN, "", Long::toString, line -> {});
        tables.commit(wave(store, seen, 5), () -> {});
        assertThat(storage.read("manifests/000004-000005.jsonl").orElse(""))
                .contains(Manifests.name(4), Manifests.name(5));
        tables.commit(wave(store, seen, 6), () -> {});
        tables.commit(wave(store, seen, 7), () -> {});
        assertThat(tables.inventory().manifests().counts()).isEqualTo(new Counts(80, 0));
        assertThat(tables.inventory().faults()).isEmpty();
        assertThat(opened)
                .filteredOn(name -> name.startsWith("manifests/"))
                .as("000004.json for itself, and for the bundle of another driver's wave and its own")
                .containsExactlyInAnyOrder(
                        "manifests/000000-000001.jsonl",
                        "manifests/000002-000003.jsonl",
                        "manifests/000004.json",
                        "manifests/000004.json",
                        "manifests/000004-000005.jsonl",
                        "manifests/000006-000007.jsonl");
    }

    /** A bundle that was written anew with the length that it had before is another. */
    @Test
    void aBundleThatADriverHasWrittenAnewIsReadAgain() {
        fiveWaves();
        String bundle = "manifests/000000-000001.jsonl";
        String text = storage.read(bundle).orElseThrow();
        storage.replace(bundle, text.replace("\"end\":10", "\"end\":19"));
        WaveTables tables = new WaveTables(storage, List.of(TABLE), DIGEST, new WaveStore(storage, WAVES));
        tables.claim(PLAN, "", Long::toString, line -> {});
        assertThat(storage.read(bundle)).contains(text);
        assertThat(tables.committed().waves())
                .isEqualTo(Manifests.ofFiles(storage, NAMES).waves());
        storage.delete(Manifests.name(1));
        assertThat(tables.committed().numbers()).containsExactly(0, 2, 3, 4);
    }

    /** The commit is the manifest alone. */
    @Test
    void aCopyOfAManifestThatIsGoneOrHasAnotherLengthCountsForNothing() {
        fiveWaves();
        storage.delete(Manifests.name(0));
        storage.replace(Manifests.name(2), "{}");
        Manifests read = Manifests.of(storage, NAMES);
        assertThat(read.numbers()).containsExactly(1, 3, 4);
        assertThat(read.faulty()).containsOnlyKeys(Manifests.name(2));

        claim(storage);
        assertThat(storage.read("manifests/000000-000001.jsonl").orElse(""))
                .as("a number may be given again")
                .doesNotContain(Manifests.name(0));
        assertThat(storage.read("manifests/000002-000003.jsonl").orElse("")).doesNotContain(Manifests.name(2));
        assertThat(Manifests.of(storage, NAMES).numbers()).containsExactly(1, 3, 4);
    }

    @Test
    void aBundleThatHasChangedIsNotUsedIsNamedByTheCheckAndMadeAnew() {
        fiveWaves();
        String bundle = "manifests/000000-000001.jsonl";
        String text = storage.read(bundle).orElseThrow();
        storage.replace(bundle, text.replace("\"end\":10", "\"end\":19"));
        assertThat(Manifests.of(storage, NAMES).counts().trials()).isEqualTo(50);
        assertThat(WaveCheck.of(storage, List.of(TABLE)).faults(PLAN))
                .singleElement()
                .asString()
                .startsWith(bundle);

        claim(storage);
        assertThat(storage.read(bundle)).contains(text);
        storage.delete(bundle);
        claim(storage);
        assertThat(storage.read(bundle)).contains(text);
    }

    @ParameterizedTest
    @EnumSource
    void afterAFaultAtAnyCallOfACommitAndItsBundleAWaveIsThereOrNotAndTheNextDriverGoesOn(Fault fault)
            throws Exception {
        for (int call = 1; call < 100; call++) {
            storage = new LocalStorage(directory.resolve("call-" + call));
            PLAN.write(storage, "");
            commit(storage, 0);
            CrashingStorage crashing = new CrashingStorage(storage, call, fault);
            boolean committed = true;
            try {
                commit(crashing, 1);
            } catch (RuntimeException e) {
                committed = false;
                assertThat(crashing.hasStruck()).isTrue();
            }
            Manifests read = Manifests.of(storage, NAMES);
            assertThat(read.numbers()).as("call %d", call).isIn(Set.of(0), Set.of(0, 1));
            assertThat(committed && read.numbers().size() < 2)
                    .as("call %d: lost", call)
                    .isFalse();

            storage.delete("trials/wave=000001");
            claim(storage);
            commit(storage, 1);
            commit(storage, 2);
            claim(storage);
            assertThat(storage.list("manifests")).contains("000000-000001.jsonl");
            assertThat(new Inventory(storage, Manifests.of(storage, NAMES)).faults())
                    .isEmpty();
            assertThat(Manifests.of(storage, NAMES).counts()).isEqualTo(new Counts(30, 0));
            if (!crashing.hasStruck()) {
                assertThat(call).isGreaterThan(5);
                return;
            }
        }
        throw new AssertionError("a commit never came to its end");
    }
}
