package org.iclsweep.sweep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.iclsweep.sweep.CountingServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The file systems that configurations and commands may ask, against a server that counts what it is asked. */
class UriSchemesTest {
    private static final Path HOME = Path.of("..").toAbsolutePath().normalize();
    private static final CountingServer SERVER = CountingServer.start(404);
    private static final AtomicInteger REQUESTS = SERVER.requests();

    @TempDir
    private Path directory;

    @AfterAll
    static void stop() {
        SERVER.close();
    }

    private static String uri(String scheme) {
        return scheme + "://127.0.0.1:" + SERVER.port() + "/x";
    }

    private Path sweep(String model, String train, String output, String more) throws IOException {
        return Files.writeString(directory.resolve("sweep.conf"), """
                sweep {
                  name = test
                  models = [ { path = "%s" } ]
                  tasks = [ { name = topics, train = "%s", test = "%s/conf/data/quickstart_test.jsonl"
                              template = model, labels = model } ]
                  demonstrations { shots = [1], sets-per-task = 1 }
                  output = "%s"
                  %s
                }
                """.formatted(model, train, HOME, output, more));
    }

    private Path sound(String output, String more) throws IOException {
        return sweep(HOME + "/models/text-icl", HOME + "/conf/data/quickstart_train.jsonl", output, more);
    }

    private static Commands.Said plan(Path file, String... settings) {
        return Commands.say(Stream.concat(
                        Stream.of("plan", "--measure=0", file),
                        Stream.of(settings).flatMap(setting -> Stream.of("--set", setting)))
                .toArray());
    }

    @ParameterizedTest
    @ValueSource(strings = {"http", "webhdfs", "HTTP", "ftp", "swebhdfs", "viewfs"})
    void modelsDataAndOutputsOfOtherSchemesAreRefusedWithTheKeyThatAllowsThem(String scheme) throws IOException {
        REQUESTS.set(0);
        Commands.Said said = plan(sweep(uri(scheme), uri(scheme), uri(scheme), ""));
        assertThat(said.exit()).isEqualTo(2);
        assertThat(said.err()
                        .lines()
                        .filter(line -> line.contains("expected a path, or a URI of file, hdfs, s3a, found "))
                        .filter(line -> line.contains(
                                "sweep.input.schemes = [" + scheme.toLowerCase(java.util.Locale.ROOT) + "]")))
                .as(said.err())
                .hasSize(3);
        assertThat(REQUESTS).hasValue(0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"training.tasks[0].train", "training.initial"})
    void soAreThoseOfATraining(String key) throws IOException {
        REQUESTS.set(0);
        Path file = Files.copy(HOME.resolve("conf/training/text-icl.conf"), directory.resolve("training.conf"));
        Commands.Said said = Commands.say("train", file, "--set", key + "=\"" + uri("http") + "\"");
        assertThat(said.exit()).isEqualTo(2);
        assertThat(REQUESTS).hasValue(0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"status", "status --exit-code", "query", "report"})
    void commandsAskNoOtherFileSystem(String command) {
        REQUESTS.set(0);
        for (String scheme : new String[] {"http", "webhdfs"}) {
            Object[] words = Stream.concat(Stream.of(command.split(" ")), Stream.of(uri(scheme)))
                    .toArray();
            Commands.Said said = Commands.say(words);
            assertThat(said.exit()).as(said.err()).isEqualTo(2);
            assertThat(said.err()).contains("DIR: expected a path, or a URI of file, hdfs, s3a, found " + scheme);
        }
        assertThat(REQUESTS).hasValue(0);
    }

    private static Stream<Arguments> inputsOfCommands() {
        String http = uri("http");
        return Stream.of(
                Arguments.of((Object) new String[] {"verify", "--model", http, "--input", http}),
                Arguments.of((Object) new String[] {"verify", "--model", HOME + "/models/text-icl", "--input", http}),
                Arguments.of((Object) new String[] {"certify", "--model", http}),
                Arguments.of((Object) new String[] {"generate", "--model", http, "--prompt", "a"}),
                Arguments.of((Object) new String[] {"compare", http, http}),
                Arguments.of((Object) new String[] {"run", http}),
                Arguments.of((Object)
                        new String[] {"convert", "--model", HOME + "/models/text-icl", "--context", http, "--out", "x"
                        }));
    }

    @ParameterizedTest
    @MethodSource("inputsOfCommands")
    void otherInputsOfCommandsAreFilesOfThisMachine(String[] command) {
        REQUESTS.set(0);
        Commands.Said said = Commands.say((Object[]) command);
        assertThat(said.exit()).as(said.err()).isEqualTo(2);
        assertThat(REQUESTS).hasValue(0);
    }

    @Test
    void aSchemeThatIsAddedIsAskedAndChangesNoPlan() throws IOException {
        REQUESTS.set(0);
        Commands.Said asked =
                plan(sweep(uri("webhdfs"), uri("webhdfs"), directory + "/out", "input { schemes = [webhdfs] }"));
        assertThat(asked.exit()).isEqualTo(2);
        assertThat(REQUESTS)
                .as("the reproduction: what other schemes are not sent")
                .hasPositiveValue();
        String with = digest(sound(directory + "/out", "input { schemes = [viewfs] }"));
        assertThat(with).isEqualTo(digest(sound(directory + "/out", ""))).isNotEmpty();
    }

    private String digest(Path file) {
        return org.iclsweep.sweep.SweepFiles.read(file, java.util.List.of()).digest();
    }

    @ParameterizedTest
    @CsvSource({
        "s3a://AKIA:hush@bucket/x",
        "s3a://AKIA:hu/sh+x@bucket/x",
        "https://user:hush@host/x",
        "hdfs://user:hush@host/x",
        "https://host/x?sig=hush"
    })
    void credentialsInUrisAreRefusedAndNotRepeated(String uri) throws IOException {
        Commands.Said said = plan(sweep(uri, uri, uri, ""));
        assertThat(said.exit()).isEqualTo(2);
        assertThat(said.err()
                        .lines()
                        .filter(line -> line.contains("expected a URI without credentials, found \""))
                        .filter(line -> line.contains("***")))
                .as(said.err())
                .hasSize(3);
        assertThat(said.err() + said.out()).doesNotContain("hush", "sh+x");
        Commands.Said set = plan(sound("/tmp/unused", ""), "sweep.output=\"" + uri + "\"");
        assertThat(set.exit()).isEqualTo(2);
        assertThat(set.err()).contains("--set", "expected a URI without credentials");
        assertThat(set.err() + set.out()).doesNotContain("hush", "sh+x");
        Commands.Said status = Commands.say("status", uri);
        assertThat(status.err()).contains("***").doesNotContain("hush", "sh+x");
    }
}
