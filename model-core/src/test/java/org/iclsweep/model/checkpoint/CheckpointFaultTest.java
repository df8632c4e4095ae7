package org.iclsweep.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Directories that are no checkpoints, or not safe ones. */
@Tag("faults")
class CheckpointFaultTest {
    @TempDir
    Path root;

    private Path model;

    @BeforeEach
    void makeDirectory() throws IOException {
        model = Files.createDirectory(root.resolve("model"));
    }

    private void config(String json) throws IOException {
        Files.writeString(model.resolve("config.json"), json.replace('\'', '"'));
    }

    private static void weights(Path file, String... names) {
        List<TensorEntry> entries = Arrays.stream(names)
                .map(name -> TensorEntry.of(name, StoredType.F32, new long[] {1}, new double[] {name.length()}))
                .toList();
        SafetensorsWriter.write(file, entries, Map.of());
    }

    private void index(String json) throws IOException {
        Files.writeString(model.resolve("model.safetensors.index.json"), json.replace('\'', '"'));
    }

    private void assertRefused(String... messages) {
        assertThatThrownBy(() -> Checkpoint.open(model))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining(model.toString())
                .hasMessageContainingAll(messages);
    }

    @Test
    void aDirectoryThatDoesNotExistIsNamed() {
        Path missing = root.resolve("missing");
        assertThatThrownBy(() -> Checkpoint.open(missing))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining(missing + ": expected the directory of a checkpoint");
    }

    @Test
    void aDirectoryWithoutWeightsIsRefused() throws IOException {
        config("{'model_type':'llama'}");
        assertRefused("expected model.safetensors or");
    }

    @Test
    void aDirectoryWithoutConfigurationIsRefused() {
        weights(model.resolve("model.safetensors"), "a");
        assertRefused("has no file config.json");
    }

    @ParameterizedTest(name = "config.json of {0}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'model_type'|not valid JSON",
                "``|JSON object",
                "[]|does not hold a JSON object",
                "{'model_type':'a'} x|not valid JSON",
                "{'model_type':'a','model_type':'b'}|not valid JSON",
                "{}|model_type: expected a text, found",
                "{'model_type':null}|model_type: expected a text, found null",
                "{'model_type':3}|model_type: expected a text, found 3"
            })
    void aMalformedConfigurationIsRefused(String json, String message) throws IOException {
        config(json);
        weights(model.resolve("model.safetensors"), "a");
        assertRefused("config.json", message);
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"pytorch_model.bin", "model.pt", "consolidated.00.pth", "pytorch_model.bin.index.json"})
    void aPickledCheckpointIsRefusedWithTheWayToConvertIt(String name) throws IOException {
        config("{'model_type':'llama'}");
        Path file = Files.writeString(model.resolve(name), "PK\3\4");
        assertRefused(name, "pickled", "save_pretrained");
        assertThatThrownBy(() -> Checkpoint.open(file)).hasMessageContaining(name);
    }

    @Test
    void weightsOfAnotherProgramAreNotTakenForAPickle() throws IOException {
        config("{'model_type':'llama'}");
        Files.write(model.resolve("stories15M.bin"), new byte[] {0x20, 1, 0, 0});
        assertThatThrownBy(() -> Checkpoint.open(model))
                .hasMessageContaining("expected model.safetensors")
                .hasMessageNotContaining("pickled");
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"model.zip", "model.tar.gz"})
    void anArchiveIsRefusedAndNothingOfItIsUnpacked(String name) throws IOException {
        Path archive = root.resolve(name);
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(archive))) {
            zip.putNextEntry(new ZipEntry("../escaped"));
            zip.write(1);
        }
        assertThatThrownBy(() -> Checkpoint.open(archive))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining(archive + ": expected a directory with config.json");
        assertThat(root.resolve("../escaped")).doesNotExist();
        assertThat(root).isDirectoryNotContaining(file -> file.endsWith("config.json"));
    }

    @Test
    void shardsAreReadAsOneCheckpoint() throws IOException {
        config("{'model_type':'llama'}");
        weights(model.resolve("model-00001-of-00002.safetensors"), "a", "bb");
        weights(model.resolve("model-00002-of-00002.safetensors"), "ccc");
        index("{'metadata':{'total_size':12},'weight_map':{'a':'model-00001-of-00002.safetensors',"
                + "'bb':'model-00001-of-00002.safetensors','ccc':'model-00002-of-00002.safetensors'}}");
        Checkpoint checkpoint = Checkpoint.open(model);
        assertThat(checkpoint.names()).containsExactlyInAnyOrder("a", "bb", "ccc");
        assertThat(checkpoint.shape("ccc")).containsExactly(1);
        String digest = checkpoint.sha256();
        weights(model.resolve("model-00002-of-00002.safetensors"), "ccc", "d");
        assertThat(Checkpoint.open(model).sha256()).isNotEqualTo(digest);
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"../outside.safetensors", "sub/../../outside.safetensors", "/etc/passwd"})
    void aShardOutsideOfTheDirectoryIsRefused(String shard) throws IOException {
        config("{'model_type':'llama'}");
        weights(root.resolve("outside.safetensors"), "a");
        index("{'weight_map':{'a':'" + shard + "'}}");
        assertRefused(shard, "leads out of the directory");
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"model.safetensors", "config.json"})
    void aLinkOutOfTheDirectoryIsRefused(String name) throws IOException {
        config("{'model_type':'llama'}");
        weights(model.resolve("model.safetensors"), "a");
        Path outside = Files.move(model.resolve(name), root.resolve("outside"));
        Files.createSymbolicLink(model.resolve(name), outside);
        assertRefused(name, "is a link to", "out of the directory");
    }

    @Test
    void aLinkToTheDirectoryItselfAndLinksWithinItAreFine() throws IOException {
        config("{'model_type':'llama'}");
        weights(model.resolve("blob"), "a");
        Files.createSymbolicLink(model.resolve("model.safetensors"), Path.of("blob"));
        Path link = Files.createSymbolicLink(root.resolve("link"), model);
        assertThat(Checkpoint.open(link).names()).containsExactly("a");
    }

    @Test
    void aShardThatIsMissingOrLacksItsTensorIsRefused() throws IOException {
        config("{'model_type':'llama'}");
        index("{'weight_map':{'a':'missing.safetensors'}}");
        assertRefused("has no file missing.safetensors");
        weights(model.resolve("s.safetensors"), "b");
        index("{'weight_map':{'a':'s.safetensors'}}");
        assertRefused("tensor 'a'", "s.safetensors", "does not have it");
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"{", "{}", "{'weight_map':[]}", "{'weight_map':{'a':1}}", "{'weight_map':{'a':'\\u0000'}}"})
    void aMalformedIndexIsRefused(String json) throws IOException {
        config("{'model_type':'llama'}");
        index(json);
        assertRefused("");
    }
}
