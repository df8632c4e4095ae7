package org.iclsweep.benchmarks;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.family.Families;
import org.iclsweep.model.family.RandomWeights;
import org.iclsweep.model.prompt.TokenSequence;

/** The random models and prompts that are measured, over 256 tokens. */
final class Subject {
    private static final int VOCABULARY = 256;
    static final int HIDDEN_SIZE = 256;

    private Subject() {}

    static LanguageModel model(String family) {
        return model(family, HIDDEN_SIZE, 4, DataType.FLOAT32);
    }

    /** A random model of {@code layers} layers with heads of 64 dimensions. */
    static LanguageModel model(String family, int hiddenSize, int layers, DataType type) {
        return model(family, hiddenSize, layers, type, Device.cpu());
    }

    static LanguageModel model(String family, int hiddenSize, int layers, DataType type, Device device) {
        int heads = hiddenSize / 64;
        ObjectNode config = new ObjectMapper()
                .createObjectNode()
                .put("model_type", family)
                .put("vocab_size", VOCABULARY)
                .put("hidden_size", hiddenSize)
                .put("num_hidden_layers", layers)
                .put("num_attention_heads", heads)
                .put("num_heads", family.equals("mamba2") ? 2 * heads : heads)
                .put("head_dim", 64)
                .put("sliding_window", 256)
                .put("expand_v", 1)
                .put("intermediate_size", 2 * hiddenSize);
        Set<String> known = Families.fields(Families.of(config));
        known.add("model_type");
        config.retain(known);
        return LanguageModel.load(config, new RandomWeights(config, 1), type, device);
    }

    static TokenSequence tokens(Random random, int length) {
        return TokenSequence.of(
                IntStream.range(0, length).map(i -> random.nextInt(VOCABULARY)).toArray());
    }

    static List<TokenSequence> queries(Random random, int count, int length) {
        return Stream.generate(() -> tokens(random, length)).limit(count).toList();
    }
}
