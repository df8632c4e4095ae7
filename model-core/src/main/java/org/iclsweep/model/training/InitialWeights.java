package org.iclsweep.model.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.iclsweep.datasets.reproducible.RandomStream;
import org.iclsweep.model.checkpoint.StoredType;
import org.iclsweep.model.checkpoint.Weights;
import org.iclsweep.model.family.CheckpointLayout;
import org.iclsweep.model.kernel.StateTensor;
import org.iclsweep.model.kernel.StateTensor.Presence;
import org.iclsweep.model.kernel.StateTensor.Role;

/**
 * The weights that a training starts from, a pure function of configuration and seed. Each tensor has a random stream
 * of its own, so that one more tensor changes no other.
 *
 * <p>Matrices are normal with variance 1 / (their inputs), projections back to the stream a tenth of that size, norms
 * 1, biases 0, learnt feature maps the identity. Keys start as queries do: with other maps a token's score with itself
 * can be so small that the normaliser's gradient overflows. Not so for softmax, whose normaliser cannot be small, and
 * where every token would begin with eyes for itself alone. For the delta rule, what was found to learn best: queries
 * and keys start as an orthogonal map, outputs as the transpose of the values' map, convolutions as averages on queries
 * and keys and as the identity on values.
 */
public final class InitialWeights implements Weights {
    private static final double BACK = 0.1;

    private final Map<String, Shape> shapes;
    private final Map<String, float[]> values = new LinkedHashMap<>();
    private final long seed;

    private InitialWeights(Map<String, Shape> shapes, long seed) {
        this.shapes = shapes;
        this.seed = seed;
    }

    /** Initial weights of the model that {@code config} describes. */
    public static InitialWeights of(JsonNode config, long seed) {
        CheckpointLayout layout = CheckpointLayout.of(config);
        InitialWeights weights = new InitialWeights(new LinkedHashMap<>(layout.parameterShapes()), seed);
        Family family = Family.of(config.path("model_type").asText());
        weights.shapes.forEach((name, shape) -> weights.values.put(name, weights.initial(name, shape, family)));
        return weights;
    }

    /**
     * True if there are initial weights for the model of {@code config}: not for the types that are not trained here,
     * for whose decays and token shifts this class has no rule, and not for {@code gpt2}, whose matrices are [in, out].
     */
    public static boolean areKnown(JsonNode config) {
        return switch (config.path("model_type").asText()) {
            case "gpt2", "gla", "rwkv6", "rwkv7" -> false;
            default -> true;
        };
    }

    /** Groups of model types with the same rules for initial weights. */
    private enum Family {
        DELTA_RULE,
        SOFTMAX,
        OTHER;

        static Family of(String modelType) {
            return switch (modelType) {
                case "gated_deltanet" -> DELTA_RULE;
                case "llama", "mistral" -> SOFTMAX;
                default -> OTHER;
            };
        }
    }

    /**
     * The same with trainable biases that stand for a context before the first token: b_KV at 0 and the normaliser's
     * b_D at {@code normaliser}, in every layer (arXiv:2406.02847, figure 1), and with momentum b_S at 0.
     */
    public InitialWeights withBiases(JsonNode config, double normaliser) {
        InitialWeights more = new InitialWeights(new LinkedHashMap<>(shapes), seed);
        more.values.putAll(values);
        CheckpointLayout.of(config).state().entries().forEach((name, entry) -> {
            StateTensor bias = entry.tensor();
            if (bias.presence() == Presence.ALWAYS && bias.isTrainable()) {
                more.shapes.put(name, bias.shape());
                more.values.put(
                        name, filled(bias.shape(), bias.role() == Role.NORMALIZER_SUM ? (float) normaliser : 0));
            }
        });
        return more;
    }

    private float[] initial(String name, Shape shape, Family family) {
        boolean deltaRule = family == Family.DELTA_RULE;
        String last = name.substring(name.lastIndexOf('.', name.lastIndexOf('.') - 1) + 1);
        if (shape.dimension() == 1 && (name.endsWith(".weight") || name.endsWith(".D"))) {
            return filled(shape, 1);
        }
        if (name.endsWith("A_log") || name.endsWith(".bias")) {
            return filled(shape, 0);
        }
        if (name.endsWith("dt_bias")) {
            return linear((int) shape.size(), -7, -1.5);
        }
        if (last.endsWith("conv1d.weight")) {
            return convolution(name, shape, deltaRule);
        }
        if (last.equals("layer.weight")) {
            return identity((int) shape.get(0));
        }
        if (last.equals("a_proj.weight") || last.equals("b_proj.weight")) {
            return normal(name, shape, 0.02);
        }
        double scale = Math.sqrt(1.0 / shape.get(shape.dimension() - 1));
        return switch (last) {
            case "down_proj.weight", "out_proj.weight" -> normal(name, shape, BACK * scale);
            case "o_proj.weight" -> deltaRule ? transposedValues(name, shape) : normal(name, shape, BACK * scale);
            case "q_proj.weight", "k_proj.weight" -> {
                String drawn = family == Family.SOFTMAX ? name : name.replace("k_proj", "q_proj");
                yield deltaRule ? orthogonal(drawn, shape) : normal(drawn, shape, scale);
            }
            case "v_proj.weight" -> deltaRule ? orthogonal(name, shape) : normal(name, shape, scale);
            default -> normal(name, shape, scale);
        };
    }

    private float[] convolution(String name, Shape shape, boolean deltaRule) {
        int taps = (int) shape.get(2);
        if (!deltaRule) {
            return normal(name.replace("k_conv1d", "q_conv1d"), shape, Math.sqrt(1.0 / taps));
        }
        float[] weights = filled(shape, name.contains("v_conv1d") ? 0 : 1f / taps);
        for (int i = taps - 1; name.contains("v_conv1d") && i < weights.length; i += taps) {
            weights[i] = 1;
        }
        return weights;
    }

    private float[] transposedValues(String name, Shape shape) {
        int rows = (int) shape.get(0);
        int columns = (int) shape.get(1);
        float[] v = orthogonal(name.replace("o_proj", "v_proj"), new Shape(columns, rows));
        float[] transposed = new float[v.length];
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                transposed[row * columns + column] = (float) BACK * v[column * rows + row];
            }
        }
        return transposed;
    }

    private float[] normal(String name, Shape shape, double deviation) {
        return OrthogonalMatrix.floats(random(name).nextGaussians((int) shape.size()), deviation);
    }

    private float[] orthogonal(String name, Shape shape) {
        return OrthogonalMatrix.random(random(name), (int) shape.get(0), (int) shape.get(1));
    }

    private RandomStream random(String name) {
        return RandomStream.of(seed, name.hashCode());
    }

    private static float[] filled(Shape shape, float value) {
        float[] all = new float[(int) shape.size()];
        Arrays.fill(all, value);
        return all;
    }

    private static float[] linear(int count, double first, double last) {
        float[] all = new float[count];
        for (int i = 0; i < count; i++) {
            all[i] = (float) (count == 1 ? first : first + (last - first) * i / (count - 1));
        }
        return all;
    }

    private static float[] identity(int size) {
        float[] all = new float[size * size];
        for (int i = 0; i < size; i++) {
            all[i * size + i] = 1;
        }
        return all;
    }

    /** The values of a tensor, row-major, to be changed before a model is made of them. */
    float[] values(String name) {
        float[] found = values.get(name);
        if (found == null) {
            throw new IllegalArgumentException("There is no tensor " + name);
        }
        return found;
    }

    @Override
    public Set<String> names() {
        return values.keySet();
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
            throw new IllegalArgumentException("There is no tensor " + name);
        }
        return shape;
    }

    @Override
    public NDArray read(NDManager manager, String name, DataType type) {
        // A copy, because the memory of what is made of a Java array is not aligned, and sums depend on that.
        try (NDArray shared = manager.create(values(name), shapeOf(name))) {
            return type == DataType.FLOAT32 ? shared.duplicate() : shared.toType(type, true);
        }
    }
}
