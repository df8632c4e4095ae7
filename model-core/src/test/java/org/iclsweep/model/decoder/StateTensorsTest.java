package org.iclsweep.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.iclsweep.model.Models;
import org.iclsweep.model.checkpoint.MemoryWeights;
import org.iclsweep.model.checkpoint.StoredType;
import org.iclsweep.model.checkpoint.Weights;
import org.iclsweep.model.conversion.ConversionMethods;
import org.iclsweep.model.family.Architecture;
import org.iclsweep.model.family.CheckpointTensors;
import org.iclsweep.model.family.Families;
import org.iclsweep.model.family.RandomWeights;
import org.iclsweep.model.kernel.StateTensor;
import org.iclsweep.model.kernel.StateTensor.Presence;
import org.iclsweep.model.kernel.StateTensor.Role;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.mixer.StateLayout;
import org.iclsweep.model.prompt.TokenSequence;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The declared state tensors of every model type, against the tensors that a run leaves. */
class StateTensorsTest {
    private static final int TOKENS = 33;

    static List<String> modelTypes() {
        return Families.modelTypes();
    }

    /** Options that add state: short convolutions, momentum, normalisers. */
    private static ObjectNode config(String modelType) {
        return switch (modelType) {
            case "gpt2" -> Models.gpt2(64).put("value_momentum", 0.5);
            case "linear_llama" -> Models.linearLlama(32, 2).put("conv_size", 3).put("value_momentum", 0.5);
            default -> Models.of(modelType, 32, 2);
        };
    }

    private static ContextState state(LanguageModel model, NDManager batch, TokenSequence context) {
        return model.contextStates(batch, List.of(List.of(context)), model.initialState(batch), Padding.LONGEST)
                .get(0);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("modelTypes")
    void aContextLeavesTheTensorsThatAreDeclaredInTheDeclaredShapes(String modelType) {
        try (LanguageModel model = Models.load(config(modelType), 1, DataType.FLOAT64);
                NDManager batch = model.newBatch()) {
            ContextState left = state(model, batch, Models.tokens(new Random(2), TOKENS));
            StateLayout declared = model.layout().state();
            Map<String, NDArray> tensors = left.tensorsOf(0);
            assertThat(tensors.keySet())
                    .containsExactlyInAnyOrderElementsOf(
                            declared.names(entry -> entry.tensor().presence() == Presence.ALWAYS));
            tensors.forEach((name, tensor) -> {
                StateTensor tensorDeclared = declared.entry(name).tensor();
                long[] shape = tensorDeclared.shape().getShape().clone();
                if (tensorDeclared.grows()) {
                    boolean window = model.layout().broken().isEmpty();
                    shape[1] = window ? Models.WINDOW - 1 : TOKENS;
                }
                assertThat(tensor.getShape()).as(name).isEqualTo(new Shape(shape));
                assertThat(left.shapes(0).get(name)).as(name).isEqualTo(tensor.getShape());
            });
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("modelTypes")
    void aStateInACheckpointIsThereWholeOrNotAtAll(String modelType) {
        Architecture architecture = Architecture.of(config(modelType));
        Set<String> whole = architecture.state().names(entry -> entry.tensor().presence() == Presence.ALWAYS);
        assertThat(CheckpointTensors.faults(architecture, withState(modelType, Set.of())))
                .isEmpty();
        assertThat(CheckpointTensors.faults(architecture, withState(modelType, whole)))
                .isEmpty();
        for (String missing : whole) {
            Set<String> rest = new LinkedHashSet<>(whole);
            rest.remove(missing);
            assertThat(CheckpointTensors.faults(architecture, withState(modelType, rest)))
                    .as("without %s", missing)
                    .singleElement(InstanceOfAssertFactories.STRING)
                    .startsWith(missing + ": expected")
                    .endsWith("a state is there whole or not at all");
        }
    }

    /** The shapes of a model's parameters and of the {@code present} tensors of a state after three tokens. */
    private static Weights withState(String modelType, Set<String> present) {
        RandomWeights parameters = new RandomWeights(config(modelType), 1);
        Map<String, MemoryWeights.Tensor> tensors = new LinkedHashMap<>();
        parameters.names().forEach(name -> tensors.put(name, declared(parameters.shape(name))));
        StateLayout state = Architecture.of(config(modelType)).state();
        present.forEach(name -> tensors.put(
                name,
                declared(Arrays.stream(state.entry(name).tensor().shape().getShape())
                        .map(size -> size < 0 ? 3 : size)
                        .toArray())));
        return new MemoryWeights(tensors);
    }

    private static MemoryWeights.Tensor declared(long[] shape) {
        return new MemoryWeights.Tensor(StoredType.F32, shape, (manager, type) -> {
            throw new AssertionError("nothing is read");
        });
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("modelTypes")
    void beforeTheFirstTokenEveryStateTensorIsZero(String modelType) {
        try (LanguageModel model = Models.load(config(modelType), 1, DataType.FLOAT64);
                NDManager batch = model.newBatch()) {
            model.initialState(batch)
                    .tensors()
                    .forEach((name, tensor) ->
                            assertThat(tensor.toDoubleArray()).as(name).containsOnly(0));
        }
    }

    /**
     * In the first layer, whose inputs are the tokens alone: two contexts with the same last tokens agree in the
     * tensors that keep last rows, and differ in those that sum over all tokens; a counter is the number of tokens.
     */
    @ParameterizedTest(name = "{0}")
    @MethodSource("modelTypes")
    void theRolesAreWhatTheTensorsDo(String modelType) {
        Random random = new Random(3);
        TokenSequence last = Models.tokens(random, 4);
        List<TokenSequence> contexts = Stream.generate(
                        () -> TokenSequence.concat(List.of(Models.tokens(random, 12), last)))
                .limit(2)
                .toList();
        try (LanguageModel model = Models.load(config(modelType), 1, DataType.FLOAT64);
                NDManager batch = model.newBatch()) {
            ContextState one = state(model, batch, contexts.get(0));
            ContextState other = state(model, batch, contexts.get(1));
            String first = model.layout().mixers().keySet().iterator().next();
            Map<String, double[]> others = new LinkedHashMap<>();
            other.tensorsOf(0).forEach((name, tensor) -> others.put(name, tensor.toDoubleArray()));
            one.tensorsOf(0).forEach((name, tensor) -> {
                StateLayout.Entry entry = one.layout().entry(name);
                boolean same = Arrays.equals(tensor.toDoubleArray(), others.get(name));
                switch (entry.tensor().role()) {
                    case ROWS, SHIFT -> {
                        if (entry.module().equals(first)) {
                            assertThat(same).as(name).isTrue();
                        }
                    }
                    case COUNTER -> assertThat(tensor.toDoubleArray()).as(name).containsExactly(16);
                    case KEY_VALUE_SUM, NORMALIZER_SUM, VALUE_AVERAGE, SLOTS ->
                        assertThat(same).as(name).isFalse();
                    default -> throw new AssertionError(name + " is not left by an exact run");
                }
            });
        }
    }

    @Test
    void theModelTypesTogetherPlayEveryRoleOfAnExactState() {
        Set<Role> roles = modelTypes().stream()
                .flatMap(type -> Architecture.of(config(type)).state().entries().values().stream())
                .filter(entry -> entry.tensor().presence() == Presence.ALWAYS)
                .map(entry -> entry.tensor().role())
                .collect(Collectors.toSet());
        assertThat(roles)
                .containsExactlyInAnyOrder(
                        Role.KEY_VALUE_SUM,
                        Role.NORMALIZER_SUM,
                        Role.VALUE_AVERAGE,
                        Role.SLOTS,
                        Role.ROWS,
                        Role.SHIFT,
                        Role.COUNTER);
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"random-features", "taylor", "attention-matching", "eviction", "rank-one-mlp"})
    void anApproximationLeavesNoTensorThatIsNotDeclared(String method) {
        assertDeclared(Models.gpt2(128), method);
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"full-cache", "random-features", "taylor", "attention-matching", "eviction"})
    void theSlotsOfLatentAttentionHaveValuesNarrowerThanTheirKeys(String method) {
        ObjectNode config = Models.of("kimi_linear", 16, 2);
        config.putArray("layer_types").add("linear_attention").add("full_attention");
        assertDeclared(config, method);
    }

    private static void assertDeclared(ObjectNode config, String method) {
        List<List<TokenSequence>> context = List.of(List.of(Models.tokens(new Random(4), TOKENS)));
        try (LanguageModel model = Models.load(config, 1, DataType.FLOAT64);
                NDManager batch = model.newBatch()) {
            ContextState left = ConversionMethods.named(method)
                    .convert(model, batch, context, Padding.LONGEST)
                    .get(0)
                    .state();
            left.tensorsOf(0).forEach((name, tensor) -> {
                long[] declared = left.layout().entry(name).tensor().shape().getShape();
                long[] found = tensor.getShape().getShape();
                assertThat(found.length).as(name).isEqualTo(declared.length);
                for (int i = 0; i < found.length; i++) {
                    assertThat(found[i]).as(name).matches(size -> size >= 0);
                    assertThat(declared[i] < 0 || declared[i] == found[i])
                            .as(name)
                            .isTrue();
                }
            });
        }
    }
}
