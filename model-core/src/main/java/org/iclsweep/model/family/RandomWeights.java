package org.iclsweep.model.family;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.zip.CRC32C;
import org.iclsweep.model.checkpoint.StoredType;
import org.iclsweep.model.checkpoint.Weights;

/**
 * Random weights for a configuration, a function of the seed and the tensor's name: embeddings N(0, 1), matrices N(0,
 * 1/fan-in), convolution taps U(±taps^−½), norms and skips 1, decay rates as in the families' own initialisation,
 * shares of the token before U(0, 1). Drawn in float32 whatever the type they are read in, so that a float64 model has
 * the weights of its float32 twin.
 */
public final class RandomWeights implements Weights {
    /** Values that are drawn at once: arrays of more than 2³¹ bytes are made in parts. */
    private static final int BLOCK = 1 << 26;

    private final Map<String, Shape> shapes;
    private final long seed;

    /** Weights for the model that {@code config} describes. */
    public RandomWeights(JsonNode config, long seed) {
        this(CheckpointLayout.of(config), seed);
    }

    /** Weights by the names that {@code layout} has for them. */
    public RandomWeights(CheckpointLayout layout, long seed) {
        this.shapes = layout.parameterShapes();
        this.seed = seed;
    }

    /** Number of scalars in all. */
    public long parameters() {
        return shapes.values().stream().mapToLong(Shape::size).sum();
    }

    @Override
    public Set<String> names() {
        return shapes.keySet();
    }

    @Override
    public long[] shape(String name) {
        return shapeOf(name).getShape();
    }

    @Override
    public StoredType storedType(String name) {
        return StoredType.F32;
    }

    private Shape shapeOf(String name) {
        Shape shape = shapes.get(name);
        if (shape == null) {
            throw new ModelException("A random model has no tensor " + name);
        }
        return shape;
    }

    @Override
    public NDArray read(NDManager manager, String name, DataType type) {
        Shape shape = shapeOf(name);
        SplittableRandom random = new SplittableRandom(seed ^ hash(name));
        NDArray tensor = manager.zeros(new Shape(shape.size()), type);
        for (long from = 0; from < shape.size(); from += BLOCK) {
            float[] block = new float[(int) Math.min(BLOCK, shape.size() - from)];
            for (int i = 0; i < block.length; i++) {
                block[i] = (float) value(name, shape, random);
            }
            try (NDArray drawn = manager.create(block);
                    NDArray typed = drawn.toType(type, true)) {
                tensor.set(new ai.djl.ndarray.index.NDIndex(from + ":" + (from + block.length)), typed);
            }
        }
        NDArray shaped = tensor.reshape(shape);
        tensor.close();
        return shaped;
    }

    private static double value(String name, Shape shape, SplittableRandom random) {
        if (name.endsWith("A_log")) {
            return Math.log(random.nextDouble(1, 16));
        } else if (name.endsWith("dt_bias")) {
            double step = Math.exp(random.nextDouble(Math.log(1e-3), Math.log(0.1)));
            return step + Math.log(-Math.expm1(-step));
        } else if (name.contains("conv1d")) {
            // A bias does not know the taps; nearly everybody has four.
            double bound = 1 / Math.sqrt(shape.dimension() == 1 ? 4 : shape.get(shape.dimension() - 1));
            return random.nextDouble(-bound, bound);
        } else if (name.contains(".x_") && !name.contains("x_proj") || name.endsWith(".mu")) {
            // Shares of the token before.
            return random.nextDouble();
        } else if (name.endsWith("w_lora.lora.2.bias") || name.endsWith("w_proj.linear.lora.2.bias")) {
            // Log decays, of which some channels keep nearly everything and some nearly nothing.
            return random.nextDouble(-6, 1);
        } else if (shape.dimension() == 1) {
            return name.endsWith("bias") ? 0 : 1;
        }
        // GPT-2's weights are [in, out], all others [out, in].
        long inputs = shape.get(name.contains(".c_") ? 0 : 1);
        return name.contains("embed_tokens") || name.contains("embeddings") || name.endsWith("wte.weight")
                ? random.nextGaussian()
                : random.nextGaussian() / Math.sqrt(inputs);
    }

    private static long hash(String name) {
        CRC32C crc = new CRC32C();
        crc.update(name.getBytes(StandardCharsets.UTF_8));
        return crc.getValue() * 0x9E3779B97F4A7C15L;
    }
}
