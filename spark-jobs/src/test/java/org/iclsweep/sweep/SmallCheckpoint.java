package org.iclsweep.sweep;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.iclsweep.model.checkpoint.CheckpointWriter;
import org.iclsweep.model.checkpoint.StoredType;
import org.iclsweep.model.checkpoint.TensorEntry;
import org.iclsweep.model.family.RandomWeights;

/** A linear Llama of one layer with random weights, as it is or with a fault. */
public record SmallCheckpoint(ObjectNode config, List<TensorEntry> tensors) {
    private static final ObjectMapper JSON = new ObjectMapper();

    public static SmallCheckpoint ofSeed(long seed) {
        return of(small(), seed);
    }

    /** One that reads vectors of 8 too, and has four labels. */
    public static SmallCheckpoint ofVectors(long seed) {
        ObjectNode config = small().put("input_size", 8);
        config.set("icl_labels", JSON.valueToTree(List.of(1, 2, 3, 4)));
        return of(config, seed);
    }

    private static ObjectNode small() {
        return JSON.createObjectNode()
                .put("model_type", "linear_llama")
                .put("tokenizer", "bytes")
                .put("vocab_size", 256)
                .put("hidden_size", 8)
                .put("intermediate_size", 8)
                .put("num_hidden_layers", 1)
                .put("num_attention_heads", 2);
    }

    private static SmallCheckpoint of(ObjectNode config, long seed) {
        RandomWeights weights = new RandomWeights(config, seed);
        List<TensorEntry> tensors = weights.names().stream()
                .map(name -> TensorEntry.of(name, StoredType.F32, weights, name))
                .toList();
        return new SmallCheckpoint(config, tensors);
    }

    /** The same with another field of its config.json. */
    public SmallCheckpoint with(String field, String value) {
        return new SmallCheckpoint(config.deepCopy().put(field, value), tensors);
    }

    /** The same with a tensor of ones in the place of the one of its name, or as well. */
    public SmallCheckpoint with(String tensor, long... shape) {
        List<TensorEntry> changed = new ArrayList<>(without(tensor).tensors);
        long size = 1;
        for (long dimension : shape) {
            size *= dimension;
        }
        changed.add(TensorEntry.of(tensor, StoredType.F32, shape, new double[(int) size]));
        return new SmallCheckpoint(config, changed);
    }

    public SmallCheckpoint without(String tensor) {
        return new SmallCheckpoint(
                config,
                tensors.stream().filter(entry -> !entry.name().equals(tensor)).toList());
    }

    /** Writes it into a directory, over what is there. */
    public Path write(Path directory) throws IOException {
        if (Files.exists(directory)) {
            for (String file : List.of("config.json", "model.safetensors")) {
                Files.delete(directory.resolve(file));
            }
            Files.delete(directory);
        }
        Files.createDirectories(directory.getParent());
        CheckpointWriter.write(directory, config, tensors, List.of());
        return directory;
    }
}
