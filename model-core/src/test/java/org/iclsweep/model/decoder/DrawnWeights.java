package org.iclsweep.model.decoder;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.iclsweep.model.checkpoint.StoredType;
import org.iclsweep.model.checkpoint.Weights;
import org.iclsweep.model.family.Architecture;
import org.iclsweep.model.family.RandomWeights;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.tensor.ParameterSpec;

/**
 * Random weights that a test can also read as {@code double[]}: those of {@link RandomWeights}, with norms and skips
 * that are not 1, biases that are not 0, and with the optional biases where they are wanted.
 */
public final class DrawnWeights implements Weights {
    private final Map<String, double[]> values = new LinkedHashMap<>();
    private final Map<String, long[]> shapes = new LinkedHashMap<>();

    private DrawnWeights() {}

    public static DrawnWeights of(JsonNode config, long seed, boolean biases) {
        DrawnWeights drawn = new DrawnWeights();
        RandomWeights random = new RandomWeights(config, seed);
        Random noise = new Random(seed);
        try (NDManager manager = NDManager.newBaseManager()) {
            for (String name : random.names()) {
                try (NDArray tensor = random.read(manager, name, DataType.FLOAT64)) {
                    double[] flat = tensor.flatten().toDoubleArray();
                    boolean constant = flat.length == random.shape(name)[0] && name.matches(".*\\.(weight|bias|D)");
                    drawn.put(name, constant ? scattered(flat, noise) : flat, random.shape(name));
                }
            }
        }
        if (biases) {
            Architecture.of(config).parameters().stream()
                    .filter(ParameterSpec::optional)
                    .forEach(bias -> drawn.put(
                            bias.fullName(),
                            scattered(new double[(int) bias.shape().size()], noise),
                            bias.shape().getShape()));
        }
        return drawn;
    }

    private static double[] scattered(double[] around, Random noise) {
        return Arrays.stream(around).map(x -> x + 0.2 * noise.nextGaussian()).toArray();
    }

    private void put(String name, double[] tensor, long... shape) {
        values.put(name, tensor);
        shapes.put(name, shape);
    }

    /** These weights, with what the first context of {@code state} left behind as biases. */
    public DrawnWeights with(ContextState state) {
        DrawnWeights more = new DrawnWeights();
        more.values.putAll(values);
        more.shapes.putAll(shapes);
        state.tensorsOf(0)
                .forEach((name, bias) -> more.put(
                        name, bias.flatten().toDoubleArray(), bias.getShape().getShape()));
        return more;
    }

    /** These weights, with {@code prefix} before every name. */
    DrawnWeights named(String prefix) {
        DrawnWeights renamed = new DrawnWeights();
        values.forEach((name, tensor) -> renamed.put(prefix + name, tensor, shapes.get(name)));
        return renamed;
    }

    /** All tensors, row-major, by their names. */
    Map<String, double[]> values() {
        return values;
    }

    public LanguageModel load(JsonNode config, DataType type) {
        return LanguageModel.load(config, this, type, Device.cpu());
    }

    @Override
    public Set<String> names() {
        return values.keySet();
    }

    @Override
    public long[] shape(String name) {
        return shapes.get(name);
    }

    @Override
    public StoredType storedType(String name) {
        return StoredType.F64;
    }

    @Override
    public NDArray read(NDManager manager, String name, DataType type) {
        NDArray exact = manager.create(values.get(name), new Shape(shapes.get(name)));
        if (type == DataType.FLOAT64) {
            // A conversion would share the Java buffer that this array alone keeps from being freed.
            return exact;
        }
        try (exact) {
            return exact.toType(type, true);
        }
    }
}
