package org.iclsweep.model.training;

import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.iclsweep.datasets.reproducible.RandomStream;
import org.iclsweep.model.checkpoint.MemoryWeights;
import org.iclsweep.model.checkpoint.StoredType;
import org.iclsweep.model.family.Architecture;
import org.iclsweep.model.family.Families;
import org.iclsweep.model.family.ModelException;
import org.iclsweep.model.kernel.StateTensor;
import org.iclsweep.model.kernel.StateTensor.Presence;
import org.iclsweep.model.kernel.StateTensor.Role;
import org.iclsweep.model.mixer.StateLayout;
import org.iclsweep.model.tensor.Initializer.Draws;
import org.iclsweep.model.tensor.OwnedArrays;
import org.iclsweep.model.tensor.ParameterSpec;

/**
 * The weights that a training starts from, as the parameters of the model declare them: a pure function of
 * configuration and seed. Each tensor has a random stream of its own, so that one more tensor changes no other.
 */
public final class InitialWeights extends MemoryWeights {
    private static final String QUERIES = "q_proj.weight";

    private final Map<String, Values> values;

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Values(Shape shape, float[] numbers) {
        Tensor tensor() {
            return new Tensor(
                    StoredType.F32, shape.getShape(), (manager, type) -> OwnedArrays.of(manager, numbers, shape, type));
        }
    }

    private InitialWeights(Map<String, Values> values) {
        super(values.entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey, entry -> entry.getValue().tensor(), (a, b) -> a, LinkedHashMap::new)));
        this.values = values;
    }

    /** Initial weights of the model that {@code config} describes. */
    public static InitialWeights of(JsonNode config, long seed) {
        Map<String, Values> values = new LinkedHashMap<>();
        Streams streams = new Streams(seed);
        Architecture.of(config).parameters().stream()
                .filter(parameter -> !parameter.optional())
                .forEach(parameter -> values.put(
                        parameter.fullName(),
                        new Values(
                                parameter.shape(),
                                parameter.initializer().start().values(streams, parameter))));
        return new InitialWeights(values);
    }

    /** True if the declared starts are made for training the model type of {@code config}. */
    public static boolean areKnown(JsonNode config) {
        return Families.of(config).isTrained();
    }

    /** Matrices from the streams of a seed. */
    private record Streams(long seed) implements Draws {
        @Override
        public float[] normal(String name, long count, double deviation) {
            return OrthogonalMatrix.floats(stream(name).nextGaussians((int) count), deviation);
        }

        @Override
        public float[] orthogonal(String name, int rows, int columns) {
            return OrthogonalMatrix.random(stream(name), rows, columns);
        }

        private RandomStream stream(String name) {
            return RandomStream.of(seed, name.hashCode());
        }
    }

    /**
     * The same with trainable biases in the place of a context before the first token: b_KV at 0 and the normaliser's
     * b_D at {@code normaliser}, in every layer (arXiv:2406.02847, figure 1), and with momentum b_S at 0. The other
     * tensors of a state, as the rows of short convolutions, are those before the first token, and are not trained.
     */
    public InitialWeights withBiases(JsonNode config, double normaliser) {
        StateLayout state = Architecture.of(config).state();
        Set<String> left = state.names(entry -> entry.tensor().presence() == Presence.ALWAYS);
        if (left.stream().noneMatch(name -> state.entry(name).tensor().isTrainable())) {
            return this;
        }
        Map<String, Values> all = new LinkedHashMap<>(values);
        left.forEach(name -> {
            StateTensor bias = state.entry(name).tensor();
            Shape shape = ofNoToken(bias.shape());
            float[] start = new float[(int) shape.size()];
            Arrays.fill(start, bias.role() == Role.NORMALIZER_SUM ? (float) normaliser : 0);
            all.put(name, new Values(shape, start));
        });
        return new InitialWeights(all);
    }

    /**
     * The same where every projection to keys starts as that to queries of its module, as it does in most models of
     * linear attention: what is asked then resembles what was read, before any step.
     *
     * @throws ModelException if no module has such projections of one shape
     */
    public InitialWeights withKeysAsQueries(JsonNode config) {
        Map<String, Values> all = new LinkedHashMap<>(values);
        Architecture.of(config).parameters().stream()
                .filter(parameter -> parameter.role() == ParameterSpec.Role.KEYS)
                .forEach(keys -> {
                    Values queries = values.get(keys.sibling(QUERIES));
                    if (queries != null && queries.shape().equals(keys.shape())) {
                        all.put(keys.fullName(), queries);
                    }
                });
        if (all.entrySet().stream().allMatch(entry -> entry.getValue() == values.get(entry.getKey()))) {
            throw new ModelException(
                    "start: expected a model with projections q_proj and k_proj of one shape, found none"
                            + " for keys-as-queries; take plain");
        }
        return new InitialWeights(all);
    }

    /** A shape whose sizes that grow with the context are 0. */
    private static Shape ofNoToken(Shape shape) {
        return new Shape(
                Arrays.stream(shape.getShape()).map(size -> Math.max(0, size)).toArray());
    }

    /** The values of a tensor, row-major, to be changed before a model is made of them. */
    float[] values(String name) {
        return Objects.requireNonNull(values.get(name), name).numbers();
    }
}
