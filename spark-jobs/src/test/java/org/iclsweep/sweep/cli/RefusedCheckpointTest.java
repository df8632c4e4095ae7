package org.iclsweep.sweep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.iclsweep.sweep.SmallCheckpoint;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A checkpoint that its model type does not read ends a sweep of any kind before any work, with every fault. */
class RefusedCheckpointTest {
    private static final String NORM = "model.norm.weight";

    @TempDir
    Path directory;

    static Stream<Arguments> faults() {
        SmallCheckpoint sound = SmallCheckpoint.ofSeed(1);
        return Stream.of("plan", "run")
                .flatMap(command -> Stream.of(
                        Arguments.of(
                                command, sound.with("normaliser", "x"), "config.json:9: normaliser: expected one of"),
                        Arguments.of(
                                command,
                                sound.with("feature_map", "cube"),
                                "config.json:9: feature_map: expected one of"),
                        Arguments.of(
                                command,
                                sound.with("model_type", "lama"),
                                "config.json:2: model_type: expected one of"),
                        Arguments.of(command, sound.without(NORM), NORM + ": expected (8), found none: it is missing"),
                        Arguments.of(command, sound.with(NORM, 9), NORM + ": expected (8), found [9]"),
                        Arguments.of(
                                command,
                                sound.with("model.norm.bias", 8),
                                "model.norm.bias: expected no tensor that")));
    }

    @ParameterizedTest(name = "{0}, {2}")
    @MethodSource("faults")
    void everyCheckpointThatDoesNotFitIsNamedBeforeAnyWork(String command, SmallCheckpoint checkpoint, String message)
            throws IOException {
        Path first = checkpoint.write(directory.resolve("first"));
        Path second = checkpoint.write(directory.resolve("second"));
        Path file = sweep("conversion", first, second);
        Commands.Said said = Commands.say(command, file);
        assertThat(said.exit()).isEqualTo(2);
        assertThat(said.err()).contains("2 faults").contains(message).contains(first.toString(), second.toString());
        if (!message.startsWith("config.json")) {
            assertThat(said.err()).contains(file + ":3: sweep.models[0].path: ", file + ":4: sweep.models[1].path: ");
        }
        assertThat(directory.resolve("out")).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(strings = {"conversion", "influence", "order-sensitivity", "selection", "meta-optimizer"})
    void everyKindOverModelsRefusesThem(String kind) throws IOException {
        Path model = SmallCheckpoint.ofSeed(1).without(NORM).write(directory.resolve("model"));
        Commands.Said said = Commands.say("plan", sweep(kind, model, model));
        assertThat(said.exit()).isEqualTo(2);
        assertThat(said.err()).contains(NORM + ": expected (8), found none: it is missing");
    }

    private Path sweep(String kind, Path first, Path second) throws IOException {
        return Files.writeString(
                directory.resolve("sweep.conf"), """
                sweep { name = refused, kind = %s
                  models = [
                    { name = a, path = "%s" }
                    { name = b, path = "%s" }
                  ]
                  tasks = [ { name = random-tokens } ]
                  output = "%s"
                }
                """.formatted(kind, first, second, directory.resolve("out")));
    }
}
