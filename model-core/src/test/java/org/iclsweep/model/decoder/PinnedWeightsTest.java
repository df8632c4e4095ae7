package org.iclsweep.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.iclsweep.model.Models;
import org.iclsweep.model.checkpoint.Weights;
import org.iclsweep.model.family.RandomWeights;
import org.iclsweep.model.training.InitialWeights;
import org.junit.jupiter.api.Test;

/**
 * The weights that nobody stores, drawn from a seed: those of random models and those that a training starts from. The
 * digests, one per model type over all options of the other tests, are of the names, shapes, order and bits, recorded
 * in {@code pinned-weights.properties}; rows of sweeps depend on them.
 */
class PinnedWeightsTest {
    private static final String RECORDED = "/pinned-weights.properties";

    private static Stream<JsonNode> configurations() {
        return Stream.of(
                        LoopsCase.everyCombination().map(LoopsCase::config),
                        PlainRecurrencesTest.options().map(PlainRecurrencesTest.Options::config),
                        Gpt2LoopsTest.options().map(Gpt2LoopsTest.Options::config),
                        Fixture.all().map(Fixture::config),
                        Models.families().map(family -> Models.of(family, 16, 2)))
                .flatMap(all -> all);
    }

    @Test
    void theWeightsThatASeedGivesAreThoseThatItGaveBefore() throws IOException {
        Map<String, MessageDigest> digests = new TreeMap<>();
        try (NDManager scope = NDManager.newBaseManager(Device.cpu())) {
            configurations().forEach(config -> {
                String type = config.path("model_type").asText();
                add(digests.computeIfAbsent(type + ".random", any -> sha256()), new RandomWeights(config, 7), scope);
                add(digests.computeIfAbsent(type + ".initial", any -> sha256()), InitialWeights.of(config, 7), scope);
            });
        }
        Map<String, String> found = new TreeMap<>();
        digests.forEach((name, digest) -> found.put(name, HexFormat.of().formatHex(digest.digest())));
        assertThat(found).containsExactlyInAnyOrderEntriesOf(recorded());
    }

    private static void add(MessageDigest digest, Weights weights, NDManager scope) {
        for (String name : weights.names()) {
            digest.update((name + Arrays.toString(weights.shape(name))).getBytes(StandardCharsets.UTF_8));
            try (NDArray tensor = weights.read(scope, name, DataType.FLOAT32)) {
                float[] values = tensor.flatten().toFloatArray();
                ByteBuffer bytes = ByteBuffer.allocate(Float.BYTES * values.length);
                bytes.asFloatBuffer().put(values);
                digest.update(bytes);
            }
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Map<String, String> recorded() throws IOException {
        Properties recorded = new Properties();
        try (InputStream file = PinnedWeightsTest.class.getResourceAsStream(RECORDED)) {
            recorded.load(file);
        }
        Map<String, String> digests = new TreeMap<>();
        recorded.forEach((name, digest) -> digests.put((String) name, (String) digest));
        return digests;
    }
}
