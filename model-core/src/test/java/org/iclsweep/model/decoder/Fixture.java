package org.iclsweep.model.decoder;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.iclsweep.model.checkpoint.Checkpoint;
import org.iclsweep.model.checkpoint.SafetensorsReader;
import org.iclsweep.model.prompt.TokenSequence;

/** A small checkpoint with float64 logits of an independent implementation. */
public record Fixture(Path directory, JsonNode config, List<Case> cases) {
    /** One prompt and its logits [query positions][V]. */
    public record Case(String id, TokenSequence context, TokenSequence query, double[][] logits) {}

    /** Infinity is a bare word in configurations of the hub. */
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .build();

    private static final Map<Path, Fixture> READ = new ConcurrentHashMap<>();
    private static final Path ROOT = Path.of("src/test/resources/fixtures");
    /** Others, made by the script there, where a build is given their directory. */
    private static final Path OF_TRANSFORMERS =
            Path.of(System.getProperty("icl.sweep.fixtures-hf", "src/test/resources/fixtures-hf"));

    private static final Path OF_FLA =
            Path.of(System.getProperty("icl.sweep.fixtures-fla", "src/test/resources/fixtures-fla"));

    /** Those of this project's own oracle, with states. */
    public static Stream<Fixture> all() {
        return in(ROOT);
    }

    /** Those that transformers wrote, without states; {@code README.md} beside them has how. */
    public static Stream<Fixture> ofTransformers() {
        return in(OF_TRANSFORMERS);
    }

    /** Those that flash-linear-attention wrote, with logits in float32, without states. */
    public static Stream<Fixture> ofFla() {
        return in(OF_FLA);
    }

    /** All of others. */
    public static Stream<Fixture> ofOthers() {
        return Stream.concat(ofTransformers(), ofFla());
    }

    /** The first one of each model type that transformers wrote. */
    public static Stream<Fixture> ofEachType() {
        Set<String> types = new HashSet<>();
        return ofTransformers()
                .filter(fixture -> types.add(fixture.config().path("model_type").asText()));
    }

    private static Stream<Fixture> in(Path root) {
        try (Stream<Path> directories = Files.list(root).filter(Files::isDirectory)) {
            return directories.sorted().map(Fixture::at).toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static Fixture named(String name) {
        return at(ROOT.resolve(name));
    }

    /** Read once: there are many, and most laws ask for all of them. */
    private static Fixture at(Path directory) {
        return READ.computeIfAbsent(directory, Fixture::read);
    }

    private static Fixture read(Path directory) {
        try {
            List<Case> cases = new ArrayList<>();
            for (String line : Files.readAllLines(directory.resolve("cases.jsonl"))) {
                JsonNode node = JSON.readTree(line);
                cases.add(new Case(
                        node.get("id").asText(),
                        TokenSequence.of(JSON.convertValue(node.get("context"), int[].class)),
                        TokenSequence.of(JSON.convertValue(node.get("query"), int[].class)),
                        JSON.convertValue(node.get("logits"), double[][].class)));
            }
            return new Fixture(
                    directory, JSON.readTree(directory.resolve("config.json").toFile()), cases);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public LanguageModel load(DataType type) {
        return LanguageModel.load(config, Checkpoint.open(directory), type, Device.cpu());
    }

    /** The recorded state after the context of case c33-q1. */
    public Map<String, double[]> state() {
        SafetensorsReader file = SafetensorsReader.open(directory.resolve("state-c33.safetensors"));
        Map<String, double[]> state = new LinkedHashMap<>();
        try (NDManager manager = NDManager.newBaseManager()) {
            for (String name : file.names()) {
                state.put(
                        name,
                        file.read(manager, name, DataType.FLOAT64).flatten().toDoubleArray());
            }
        }
        return state;
    }

    @Override
    public String toString() {
        return directory.getFileName().toString();
    }
}
