package org.iclsweep.model.family;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.zip.CRC32C;
import org.iclsweep.model.checkpoint.MemoryWeights;
import org.iclsweep.model.checkpoint.StoredType;
import org.iclsweep.model.tensor.OwnedArrays;
import org.iclsweep.model.tensor.ParameterSpec;

/**
 * The weights of a random model, from the distributions that its parameters declare: a function of the seed and the
 * tensor's name. Drawn in float32 whatever type they are read in: a float64 model has its float32 twin's weights.
 */
public final class RandomWeights extends MemoryWeights {
    /** Values that are drawn at once: arrays of more than 2³¹ bytes are made in parts. */
    private static final int BLOCK = 1 << 26;

    /** Weights for the model that {@code config} describes. */
    public RandomWeights(JsonNode config, long seed) {
        this(Architecture.of(config), seed);
    }

    /** Weights by the names that {@code architecture} has for them. */
    public RandomWeights(Architecture architecture, long seed) {
        super(drawn(architecture, seed));
    }

    /** Number of scalars in all. */
    public long parameters() {
        return names().stream().mapToLong(name -> new Shape(shape(name)).size()).sum();
    }

    private static Map<String, Tensor> drawn(Architecture architecture, long seed) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (ParameterSpec parameter : architecture.parameters()) {
            if (!parameter.optional()) {
                long[] shape = parameter.shape().getShape();
                tensors.put(
                        parameter.fullName(),
                        new Tensor(StoredType.F32, shape, (manager, type) -> draw(parameter, seed, manager, type)));
            }
        }
        return tensors;
    }

    private static NDArray draw(ParameterSpec parameter, long seed, NDManager manager, DataType type) {
        long size = parameter.shape().size();
        SplittableRandom random = new SplittableRandom(seed ^ hash(parameter.fullName()));
        NDArray tensor = manager.zeros(new Shape(size), type);
        for (long from = 0; from < size; from += BLOCK) {
            float[] block = new float[(int) Math.min(BLOCK, size - from)];
            for (int i = 0; i < block.length; i++) {
                block[i] = (float) parameter.initializer().random().next(random);
            }
            try (NDArray typed = OwnedArrays.of(manager, block, new Shape(block.length), type)) {
                tensor.set(new NDIndex(from + ":" + (from + block.length)), typed);
            }
        }
        NDArray shaped = tensor.reshape(parameter.shape());
        tensor.close();
        return shaped;
    }

    private static long hash(String name) {
        CRC32C crc = new CRC32C();
        crc.update(name.getBytes(StandardCharsets.UTF_8));
        return crc.getValue() * 0x9E3779B97F4A7C15L;
    }
}
