package org.iclsweep.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Models in the cache of the hub, laid out as huggingface_hub does: links to blobs, commits behind branches and tags.
 */
class HubCacheTest {
    private static final String COMMIT = "12fd25f77366fa6b3b4b768ec3050bf629380bac";
    private static final String OTHER = "12fd99f77366fa6b3b4b768ec3050bf629380bac";
    private static final String CONFIG = "{\"model_type\":\"llama\"}";

    @TempDir
    Path root;

    private HubCache cache;
    private Path folder;
    private Path snapshot;

    @BeforeEach
    void layOut() throws IOException {
        cache = new HubCache(root.resolve("hub"));
        folder = cache.directory().resolve("models--org--name");
        snapshot = snapshot(COMMIT);
        ref("main", COMMIT);
    }

    private Path snapshot(String commit) throws IOException {
        return Files.createDirectories(folder.resolve("snapshots").resolve(commit));
    }

    private void ref(String name, String commit) throws IOException {
        Path ref = folder.resolve("refs").resolve(name);
        Files.createDirectories(ref.getParent());
        Files.writeString(ref, commit);
    }

    /** A file of the snapshot as the hub stores it: a link to a blob that is called by its hash. */
    private void link(String name, byte[] content) throws IOException {
        Path blobs = Files.createDirectories(folder.resolve("blobs"));
        Files.write(blobs.resolve("blob-of-" + name), content);
        Files.createSymbolicLink(snapshot.resolve(name), Path.of("../../blobs/blob-of-" + name));
    }

    private static byte[] weights(Path scratch, String... names) throws IOException {
        List<TensorEntry> entries = Arrays.stream(names)
                .map(name -> TensorEntry.of(name, StoredType.F32, new long[] {1}, new double[] {name.length()}))
                .toList();
        SafetensorsWriter.write(scratch, entries, Map.of());
        return Files.readAllBytes(scratch);
    }

    private void shardedModel() throws IOException {
        link("config.json", CONFIG.getBytes());
        link("one.safetensors", weights(root.resolve("1"), "a"));
        link("two.safetensors", weights(root.resolve("2"), "bb"));
        link(
                "model.safetensors.index.json",
                "{\"weight_map\":{\"a\":\"one.safetensors\",\"bb\":\"two.safetensors\"}}".getBytes());
        link("tokenizer.json", "{}".getBytes());
        link("tokenizer_config.json", "{}".getBytes());
        link("chat_template.jinja", "{{ bos_token }}".getBytes());
    }

    @Test
    void aModelOfLinksToItsBlobsIsReadAsItsCopyIs() throws IOException {
        shardedModel();
        Path copy = Files.createDirectories(root.resolve("copy"));
        try (var files = Files.list(snapshot)) {
            for (Path file : files.toList()) {
                Files.copy(file, copy.resolve(file.getFileName()));
            }
        }
        Checkpoint linked = Checkpoint.open(cache.snapshot("hf:org/name"));
        assertThat(linked.names()).containsExactlyInAnyOrder("a", "bb");
        assertThat(linked.tokenizerFiles()).hasSize(3);
        assertThat(linked.revision()).contains(COMMIT);
        assertThat(HubCache.pinned(linked)).contains("hf:org/name@" + COMMIT);
        Checkpoint plain = Checkpoint.open(copy);
        assertThat(plain.revision()).isEmpty();
        assertThat(HubCache.pinned(plain)).isEmpty();
        assertThat(linked.sha256()).isEqualTo(plain.sha256());
    }

    @Test
    void theDigestHasAllThatDecidesOverTokens() throws IOException {
        shardedModel();
        String digest = Checkpoint.open(snapshot).sha256();
        for (String file : List.of("chat_template.jinja", "tokenizer_config.json")) {
            Files.delete(snapshot.resolve(file));
            String without = Checkpoint.open(snapshot).sha256();
            assertThat(without).as(file).isNotEqualTo(digest);
            digest = without;
        }
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(
            strings = {
                "config.json",
                "one.safetensors",
                "tokenizer.json",
                "tokenizer_config.json",
                "chat_template.jinja"
            })
    void aLinkOutOfTheModelsFolderIsRefused(String file) throws IOException {
        shardedModel();
        Path outside = Files.createDirectories(cache.directory().resolve("models--org--other"));
        Files.move(folder.resolve("blobs/blob-of-" + file), outside.resolve("blob"));
        Files.delete(snapshot.resolve(file));
        Files.createSymbolicLink(snapshot.resolve(file), Path.of("../../../models--org--other/blob"));
        assertThatThrownBy(() -> Checkpoint.open(snapshot).tokenizerFiles())
                .isInstanceOf(CheckpointException.class)
                .hasMessageContainingAll(snapshot.resolve(file) + " is a link to", "cp -rL");
    }

    @Test
    void aCacheThatIsItselfALinkIsFollowed() throws IOException {
        shardedModel();
        Path link = Files.createSymbolicLink(root.resolve("link"), cache.directory());
        Checkpoint checkpoint = Checkpoint.open(new HubCache(link).snapshot("hf:org/name"));
        assertThat(checkpoint.revision()).contains(COMMIT);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "hf:org/name",
        "hf:org/name@main",
        "hf:org/name@v1.0",
        "hf:org/name@refs/pr/1",
        "hf:org/name@12fd25f77366fa6b3b4b768ec3050bf629380bac",
        "hf:org/name@12fd25"
    })
    void aRevisionIsABranchATagOrTheBeginningOfACommit(String name) throws IOException {
        ref("v1.0", COMMIT);
        ref("refs/pr/1", COMMIT);
        snapshot(OTHER);
        assertThat(cache.snapshot(name)).isEqualTo(snapshot);
    }

    @Test
    void aModelWithoutAnOrganisationHasAFolderToo() throws IOException {
        folder = cache.directory().resolve("models--gpt2");
        Path expected = snapshot(COMMIT);
        ref("main", COMMIT);
        assertThat(cache.snapshot("hf:gpt2")).isEqualTo(expected);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "hf:org/absent, hf download org/absent",
        "hf:org/name@v2, hf download org/name --revision v2",
        "hf:org/name@abcdef, hf download org/name --revision abcdef",
        "hf:org/name@stale, hf download org/name --revision stale"
    })
    void aModelThatIsNotThereIsNamedWithTheCommandThatFetchesIt(String name, String command) throws IOException {
        ref("stale", "0000000000000000000000000000000000000000");
        assertThatThrownBy(() -> cache.snapshot(name))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining(cache.directory().toString())
                .hasMessageEndingWith("; fetch it with: " + command);
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"hf:", "hf://org/name", "hf:a/b/c", "hf:../x", "hf:org/..", "hf:org/name@", "hf:org name"})
    void aMalformedNameIsRefused(String name) {
        assertThatThrownBy(() -> cache.snapshot(name)).hasMessageContaining("expected hf:ORG/NAME");
    }

    @Test
    void aRevisionThatLeadsOutOfTheCacheIsNotFollowed() throws IOException {
        Files.writeString(root.resolve("hub/secret"), COMMIT);
        ref("evil", "../../../..");
        for (String name : List.of("hf:org/name@a/../../../secret", "hf:org/name@evil")) {
            assertThatThrownBy(() -> cache.snapshot(name)).hasMessageContaining("fetch it with");
        }
    }

    @Test
    void anAmbiguousBeginningOfACommitNamesTheCommits() throws IOException {
        snapshot(OTHER);
        assertThatThrownBy(() -> cache.snapshot("hf:org/name@12fd"))
                .hasMessageContainingAll("begins with 12fd", COMMIT, OTHER);
    }

    @Test
    void aSnapshotThatIsDownloadedInPartNamesTheCommandThatCompletesIt() throws IOException {
        link("config.json", CONFIG.getBytes());
        String command = "fetch it with: hf download org/name --revision " + COMMIT;
        assertThatThrownBy(() -> Checkpoint.open(snapshot)).hasMessageEndingWith(command);
        link("model.safetensors", weights(root.resolve("1"), "a"));
        Files.delete(folder.resolve("blobs/blob-of-config.json"));
        assertThatThrownBy(() -> Checkpoint.open(snapshot))
                .hasMessageContaining("has no file config.json")
                .hasMessageEndingWith(command);
    }

    @Test
    void theFolderOfAModelIsRefusedWithTheModelsName() {
        assertThatThrownBy(() -> Checkpoint.open(folder)).hasMessageEndingWith("name it hf:org/name");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "                                                     | /home/me/.cache/huggingface/hub",
                "HF_HOME=/x                                           | /x/hub",
                "HF_HOME=~/x                                          | /home/me/x/hub",
                "XDG_CACHE_HOME=/c                                    | /c/huggingface/hub",
                "HF_HOME=/x HUGGINGFACE_HUB_CACHE=/old                | /old",
                "HF_HOME=/x HUGGINGFACE_HUB_CACHE=/old HF_HUB_CACHE=/y | /y",
                "HF_HUB_CACHE= HF_HOME=/x                             | /x/hub"
            })
    void theEnvironmentNamesTheDirectoryAsForTheHubsOwnLibrary(String variables, String directory) {
        Map<String, String> environment = variables == null
                ? Map.of()
                : Arrays.stream(variables.split(" +"))
                        .map(variable -> variable.split("=", 2))
                        .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1]));
        assertThat(HubCache.of(environment, Path.of("/home/me")).directory()).isEqualTo(Path.of(directory));
    }
}
