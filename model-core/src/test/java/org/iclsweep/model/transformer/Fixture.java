package org.iclsweep.model.transformer;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.iclsweep.model.prompt.TokenSequence;

/** A small checkpoint with float64 logits of an independent implementation. */
public record Fixture(Path directory, JsonNode config, List<Case> cases) {
    /** One prompt and its logits [query positions][V]. */
    public record Case(String id, TokenSequence context, TokenSequence query, double[][] logits) {}

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path ROOT = Path.of("src/test/resources/fixtures");

    public static Stream<Fixture> all() {
        try (Stream<Path> directories = Files.list(ROOT)) {
            return directories.sorted().map(Fixture::read).toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static Fixture named(String name) {
        return read(ROOT.resolve(name));
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
        return LanguageModel.load(config, new PlainTensors(directory.resolve("model.safetensors")), type, Device.cpu());
    }

    public Map<String, double[]> state() {
        return new PlainTensors(directory.resolve("state-c33.safetensors")).values;
    }

    @Override
    public String toString() {
        return directory.getFileName().toString();
    }

    /** A safetensors file of F32 or F64 tensors, read in the plainest way. */
    private static final class PlainTensors implements LanguageModel.TensorSource {
        final Map<String, double[]> values = new LinkedHashMap<>();
        private final Map<String, Shape> shapes = new LinkedHashMap<>();

        PlainTensors(Path file) {
            try {
                ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
                int header = (int) bytes.getLong();
                JsonNode entries = JSON.readTree(bytes.array(), 8, header);
                for (Map.Entry<String, JsonNode> entry : entries.properties()) {
                    if (!entry.getKey().equals("__metadata__")) {
                        read(bytes, 8 + header, entry.getKey(), entry.getValue());
                    }
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private void read(ByteBuffer bytes, int base, String name, JsonNode entry) {
            Shape shape = new Shape(JSON.convertValue(entry.get("shape"), long[].class));
            double[] data = new double[(int) shape.size()];
            int from = base + entry.get("data_offsets").get(0).asInt();
            String type = entry.get("dtype").asText();
            for (int i = 0; i < data.length; i++) {
                data[i] = switch (type) {
                    case "F64" -> bytes.getDouble(from + 8 * i);
                    case "F32" -> bytes.getFloat(from + 4 * i);
                    case "BF16" -> Float.intBitsToFloat(bytes.getShort(from + 2 * i) << 16);
                    default -> throw new IllegalArgumentException(name + " is " + type);
                };
            }
            values.put(name, data);
            shapes.put(name, shape);
        }

        @Override
        public boolean has(String name) {
            return values.containsKey(name);
        }

        @Override
        public Shape shape(String name) {
            return shapes.get(name);
        }

        @Override
        public NDArray read(NDManager manager, String name, DataType type) {
            return manager.create(values.get(name), shapes.get(name)).toType(type, true);
        }
    }
}
