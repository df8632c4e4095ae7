package org.iclsweep.sweep.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.EtagSource;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.spark.SparkConf;
import org.iclsweep.datasets.fault.InputException;
import org.iclsweep.sweep.SweepFiles;
import org.iclsweep.sweep.config.RemoteFiles;
import org.iclsweep.sweep.config.SweepConfiguration;
import org.iclsweep.sweep.experiment.SweepPlan;
import org.iclsweep.sweep.experiment.grid.GridSpecification;
import org.iclsweep.sweep.experiment.grid.Trial;
import org.iclsweep.sweep.experiment.grid.TrialEncoder;
import org.iclsweep.sweep.run.UnfitMachineException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Inputs by URI; Hadoop's own file system of this machine stands for any other. */
class HadoopRemoteFilesTest {
    @TempDir
    private Path directory;

    private HadoopRemoteFiles files = new HadoopRemoteFiles(Path.of(""), new Configuration());

    @BeforeEach
    void writeModel() throws IOException {
        Path model = Files.createDirectories(there("model"));
        Files.writeString(model.resolve("config.json"), "{}");
        Files.writeString(model.resolve("model.safetensors"), "weights");
        Files.writeString(model.resolve("optimizer.bin"), "large, and of no use here");
        files = new HadoopRemoteFiles(directory.resolve("cache"), new Configuration());
    }

    private Path there(String name) {
        return directory.resolve("there").resolve(name);
    }

    private String uri(String name) {
        return "file://" + there(name);
    }

    @Test
    void aCheckpointIsBroughtWithoutWhatIsNoPartOfIt() throws IOException {
        Path here = files.fetch(uri("model"));
        assertThat(here).startsWith(directory.resolve("cache")).hasFileName("model");
        assertThat(list(here)).containsExactly("config.json", "model.safetensors");
        assertThat(here.resolve("model.safetensors")).hasContent("weights");
    }

    @Test
    void aFileKeepsItsName() throws IOException {
        Files.writeString(there("train.jsonl"), "{}");
        assertThat(files.fetch(uri("train.jsonl"))).hasFileName("train.jsonl").hasContent("{}");
    }

    @Test
    void itIsBroughtOnceAndAgainWhereItHasChanged() throws IOException {
        Path first = files.fetch(uri("model"));
        assertThat(files.fetch(uri("model"))).isEqualTo(first);
        Files.writeString(there("model").resolve("model.safetensors"), "other weights");
        Path second = files.fetch(uri("model"));
        assertThat(second).isNotEqualTo(first);
        assertThat(second.resolve("model.safetensors")).hasContent("other weights");
        assertThat(list(directory.resolve("cache")))
                .filteredOn(name -> !name.endsWith(".lock"))
                .as("nothing half-brought is left")
                .hasSize(2);
    }

    /** A file system whose times of change are the same for ever, as within a second on an object store. */
    static final class TaggedFileSystem extends RawLocalFileSystem {
        static int tag;
        static Runnable whileReading = () -> {};

        static final class Tagged extends FileStatus implements EtagSource {
            Tagged(FileStatus file) {
                super(file.getLen(), file.isDirectory(), 1, 1, 0, file.getPath());
            }

            @Override
            public String getEtag() {
                return "tag " + tag;
            }
        }

        @Override
        public FileStatus getFileStatus(org.apache.hadoop.fs.Path file) throws IOException {
            return new Tagged(super.getFileStatus(file));
        }

        @Override
        public FSDataInputStream open(org.apache.hadoop.fs.Path file, int buffer) throws IOException {
            FSDataInputStream opened = super.open(file, buffer);
            whileReading.run();
            return opened;
        }
    }

    private HadoopRemoteFiles tagged() {
        Configuration hadoop = new Configuration();
        hadoop.set("fs.file.impl", TaggedFileSystem.class.getName());
        hadoop.setBoolean("fs.file.impl.disable.cache", true);
        return new HadoopRemoteFiles(directory.resolve("tagged"), hadoop);
    }

    @Test
    void aChangeWithinTheSecondAndOfTheSameLengthIsSeenByItsEntityTag() throws IOException {
        Files.writeString(there("train.jsonl"), "{1}");
        HadoopRemoteFiles tagged = tagged();
        assertThat(tagged.fetch(uri("train.jsonl"))).hasContent("{1}");
        Files.writeString(there("train.jsonl"), "{2}");
        TaggedFileSystem.tag++;
        assertThat(tagged.fetch(uri("train.jsonl"))).hasContent("{2}");
    }

    @Test
    void whatChangesWhileItIsCopiedIsCopiedAnewAndRefusedIfItNeverEnds() throws IOException {
        Files.writeString(there("train.jsonl"), "{1}");
        HadoopRemoteFiles tagged = tagged();
        int[] changes = {2};
        TaggedFileSystem.whileReading = () -> {
            if (changes[0]-- > 0) {
                TaggedFileSystem.tag++;
            }
        };
        try {
            assertThat(tagged.fetch(uri("train.jsonl"))).hasContent("{1}");
            assertThat(list(directory.resolve("tagged")))
                    .as("no half of it is kept")
                    .filteredOn(name -> !name.endsWith(".lock"))
                    .hasSize(1);
            TaggedFileSystem.tag++;
            changes[0] = 100;
            assertThatThrownBy(() -> tagged.fetch(uri("train.jsonl")))
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessageContaining("found that they change while they are copied");
        } finally {
            TaggedFileSystem.whileReading = () -> {};
        }
    }

    @Test
    void copiesInADirectoryThatOthersWriteToAreNotRead() throws IOException {
        Path cache = Files.createDirectories(directory.resolve("cache"));
        Files.setPosixFilePermissions(cache, PosixFilePermissions.fromString("rwxrwxrwx"));
        assertThatThrownBy(() -> files.fetch(uri("model")))
                .isInstanceOf(UnfitMachineException.class)
                .hasMessageContaining(
                        "ICL_SWEEP_CACHE: " + cache + ": expected a directory that others cannot write to");
        Files.setPosixFilePermissions(cache, PosixFilePermissions.fromString("rwx------"));
        assertThat(files.fetch(uri("model")).resolve("config.json")).hasContent("{}");
    }

    @Test
    void manyAtOnceBringTheSame() {
        List<Path> all = IntStream.range(0, 8)
                .parallel()
                .mapToObj(i -> files.fetch(uri("model")))
                .distinct()
                .toList();
        assertThat(all)
                .singleElement()
                .satisfies(here -> assertThat(here.resolve("model.safetensors")).hasContent("weights"));
    }

    @Test
    void whatAProcessThatWasKilledHasLeftIsRemoved() throws IOException {
        Path entry = files.fetch(uri("model")).getParent();
        Path left = Files.createDirectories(entry.resolveSibling(".fetch-" + entry.getFileName() + "-17"));
        new LocalStorage(entry).delete("");
        files.fetch(uri("model"));
        assertThat(left).doesNotExist();
    }

    @Test
    void aCheckpointHasItsDigestAndOtherFilesHaveNone() throws IOException {
        assertThat(files.digest(uri("model"))).as("no model_type is asked for").isPresent();
        Files.writeString(there("train.jsonl"), "{}");
        assertThat(files.digest(uri("train.jsonl"))).isEmpty();
    }

    @Test
    void whatIsNotThereIsSaidByItsUri() {
        assertThatThrownBy(() -> files.fetch(uri("absent")))
                .isInstanceOf(UncheckedIOException.class)
                .hasRootCauseInstanceOf(FileNotFoundException.class)
                .hasMessageContaining(uri("absent"));
    }

    @ParameterizedTest
    @CsvSource({"hdfs://name/a, true", "s3a://bucket/a, true", "file:///a, true", "/a/b, false", "models/a, false"})
    void onlyUrisAreOfOtherFileSystems(String path, boolean remote) {
        assertThat(RemoteFiles.isRemote(path)).isEqualTo(remote);
    }

    @Test
    void aConfigurationNamesModelsAndDataByUri() throws IOException {
        Path home = Path.of("..").toAbsolutePath().normalize();
        String model = "file://" + home.resolve("models/text-icl");
        SweepConfiguration<GridSpecification> sweep =
                sweep(model, "file://" + home.resolve("conf/data/quickstart_train.jsonl"), "");
        assertThat(sweep.specification().models()).singleElement().satisfies(spec -> {
            assertThat(spec.name()).isEqualTo("text-icl");
            assertThat(spec.path()).isEqualTo(model);
            assertThat(spec.directory().resolve("model.safetensors")).isNotEmptyFile();
        });
        SweepConfiguration<GridSpecification> local = sweep(
                home.resolve("models/text-icl").toString(),
                home.resolve("conf/data/quickstart_train.jsonl").toString(),
                "");
        assertThat(sweep.digest()).as("where the content stands changes no row").isEqualTo(local.digest());
    }

    @Test
    void whatChangesAfterThePlanIsNotComputedWith() throws IOException {
        Path home = Path.of("..").toAbsolutePath().normalize();
        for (String name : list(home.resolve("models/text-icl"))) {
            Files.copy(
                    home.resolve("models/text-icl").resolve(name),
                    there("model").resolve(name),
                    StandardCopyOption.REPLACE_EXISTING);
        }
        Files.copy(home.resolve("conf/data/quickstart_train.jsonl"), there("train.jsonl"));
        GridSpecification grid = sweep(uri("model"), uri("train.jsonl"), "").specification();
        TrialEncoder encoder = new TrialEncoder(grid);
        assertThat(encoder.loaded(grid.tasks().get(0)).digest())
                .isEqualTo(grid.tasks().get(0).digest());
        assertThat(grid.models().get(0).source()).isNotNull();

        List<String> lines = Files.readAllLines(there("train.jsonl"));
        Files.write(there("train.jsonl"), lines.subList(1, lines.size()));
        Files.writeString(there("model").resolve("config.json"), " ", StandardOpenOption.APPEND);
        assertThatThrownBy(() -> new TrialEncoder(grid).loaded(grid.tasks().get(0)))
                .isInstanceOf(UnfitMachineException.class)
                .hasMessageContaining("the data of the task topics are not those that were planned with");
        assertThatThrownBy(() -> grid.models().get(0).source())
                .isInstanceOf(UnfitMachineException.class)
                .hasMessageContaining("the model is not the one that was planned with");
    }

    @Test
    void faultsOfUrisAreFaultsOfTheConfiguration() {
        assertThatThrownBy(() -> sweep(uri("absent"), uri("train.jsonl"), ""))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(
                        "sweep.models[0].path: expected a file or directory that exists, found no such file or directory: "
                                + uri("absent"))
                .hasMessageContaining(
                        "sweep.tasks[0].train: expected a file or directory that exists, found no such file or directory: "
                                + uri("train.jsonl"));
        assertThatThrownBy(() -> sweep("nowhere://host/model", uri("train.jsonl"), "", "input { schemes = [nowhere] }"))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("sweep.models[0].path: expected a directory that can be read")
                .hasMessageContaining("nowhere");
    }

    @Test
    void aModelMayBePinnedByItsDigest() {
        Path home = Path.of("..").toAbsolutePath().normalize();
        String data = home.resolve("conf/data/quickstart_train.jsonl").toString();
        assertThatThrownBy(() -> sweep(home.resolve("models/text-icl").toString(), data, "sha256 = abc,"))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("sweep.models[0].sha256: expected the checkpoint's digest ")
                .hasMessageContaining("found abc");
    }

    @Test
    void settingsOfHadoopComeFromSparks() {
        SparkConf spark = new SparkConf(false).set("spark.hadoop.fs.s3a.endpoint", "http://127.0.0.1:1");
        assertThat(HadoopSettings.of(spark).get("fs.s3a.endpoint")).isEqualTo("http://127.0.0.1:1");
    }

    private SweepConfiguration<GridSpecification> sweep(String model, String train, String more) throws IOException {
        return sweep(model, train, more, "");
    }

    private SweepConfiguration<GridSpecification> sweep(String model, String train, String more, String keys)
            throws IOException {
        Path home = Path.of("..").toAbsolutePath().normalize();
        Path file = Files.writeString(directory.resolve("sweep.conf"), """
                sweep {
                  name = test
                  models = [ { path = "%s", %s dtypes = [float32] } ]
                  tasks = [ { name = topics, train = "%s", test = "%s", template = model, labels = model } ]
                  demonstrations { shots = [1], sets-per-task = 1 }
                  output = "/tmp/unused"
                  %s
                }
                """.formatted(
                        model, more, train, home.resolve("conf/data/quickstart_test.jsonl"), keys));
        SweepPlan<GridSpecification, Trial> plan = SweepFiles.read(file, List.of());
        return plan.sweep();
    }

    private static List<String> list(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }
}
