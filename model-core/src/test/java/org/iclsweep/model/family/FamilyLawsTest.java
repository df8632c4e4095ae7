package org.iclsweep.model.family;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.iclsweep.model.Models;
import org.iclsweep.model.checkpoint.Checkpoint;
import org.iclsweep.model.checkpoint.MemoryWeights;
import org.iclsweep.model.checkpoint.MemoryWeights.Tensor;
import org.iclsweep.model.checkpoint.StoredType;
import org.iclsweep.model.checkpoint.Weights;
import org.iclsweep.model.decoder.Fixture;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.exactness.Certification;
import org.iclsweep.model.tensor.ParameterSpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Laws of every registered model type, and of every fixture. */
class FamilyLawsTest {
    /** The one registered type without a fixture of its own. */
    private static final String LLAMAS_TWIN = "mistral";

    static Stream<String> modelTypes() {
        return Families.modelTypes().stream();
    }

    static Stream<Fixture> fixtures() {
        return Stream.concat(Fixture.all(), Fixture.ofOthers());
    }

    /** The first fixture of a model type; {@code mistral} reads that of {@code llama}. */
    private static Fixture fixture(String modelType) {
        String held = modelType.equals(LLAMAS_TWIN) ? "llama" : modelType;
        return fixtures()
                .filter(fixture -> fixture.config().path("model_type").asText().equals(held))
                .findFirst()
                .orElseThrow();
    }

    private static ObjectNode config(String modelType) {
        ObjectNode config = fixture(modelType).config().deepCopy();
        return config.put("model_type", modelType);
    }

    private static void load(ObjectNode config, Weights weights) {
        LanguageModel.load(config, weights, DataType.FLOAT64, Device.cpu()).close();
    }

    private static Weights changed(Weights stored, Consumer<Map<String, Tensor>> change) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (String name : stored.names()) {
            tensors.put(
                    name,
                    new Tensor(
                            StoredType.F32, stored.shape(name), (manager, type) -> stored.read(manager, name, type)));
        }
        change.accept(tensors);
        return new MemoryWeights(tensors);
    }

    private static Tensor ones(StoredType type, long... shape) {
        return new Tensor(type, shape, (manager, real) -> manager.ones(new Shape(shape), real));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("fixtures")
    void theDeclaredParametersAreExactlyThoseOfTheFixture(Fixture fixture) {
        Checkpoint checkpoint = Checkpoint.open(fixture.directory());
        Architecture architecture = Architecture.of(fixture.config()).named(checkpoint);
        Set<String> optional = optional(architecture);
        assertThat(Models.shapes(architecture).keySet())
                .containsExactlyInAnyOrderElementsOf(checkpoint.names().stream()
                        .filter(name -> !architecture.isBeside(name)
                                && !optional.contains(name)
                                && !architecture.derived().contains(name))
                        .toList());
        Models.shapes(architecture)
                .forEach((name, shape) ->
                        assertThat(checkpoint.shape(name)).as(name).isEqualTo(shape.getShape()));
    }

    /** The names of the parameters that a checkpoint may lack. */
    private static Set<String> optional(Architecture architecture) {
        return architecture.parameters().stream()
                .filter(ParameterSpec::optional)
                .map(ParameterSpec::fullName)
                .collect(Collectors.toSet());
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("modelTypes")
    void noTwoParametersHaveOneName(String modelType) {
        List<String> names = Architecture.of(config(modelType)).parameters().stream()
                .map(ParameterSpec::fullName)
                .toList();
        assertThat(names).doesNotHaveDuplicates();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("modelTypes")
    void aTensorThatNothingReadsIsRefusedByName(String modelType) {
        Weights stored = Checkpoint.open(fixture(modelType).directory());
        for (String name : List.of("lm_head.bias", "model.layers.7.self_attn.q_norm.weight", "unread")) {
            Weights more = changed(stored, tensors -> tensors.put(name, ones(StoredType.F32, 3)));
            assertThatThrownBy(() -> load(config(modelType), more))
                    .isInstanceOf(ModelException.class)
                    .hasMessageContaining(name + ": expected no tensor");
        }
    }

    @Test
    void headsThatPredictSeveralTokensAreBesideNemotronAndNotRead() {
        Weights stored = Checkpoint.open(fixture("nemotron_h").directory());
        Weights more = changed(stored, tensors -> tensors.put("mtp.layers.0.eh_proj.weight", ones(StoredType.F32, 3)));
        load(config("nemotron_h"), more);
        assertThat(Architecture.of(config("nemotron_h")).besideIn(more)).containsEntry("mtp.", 1L);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("modelTypes")
    void everyMissingTensorIsNamed(String modelType) {
        Weights stored = Checkpoint.open(fixture(modelType).directory());
        Map<String, Tensor> all = new LinkedHashMap<>();
        stored.names().forEach(name -> all.put(name, ones(StoredType.F32, stored.shape(name))));
        // Blocks of one kind differ in their number alone.
        Map<String, String> ofEachKind = new LinkedHashMap<>();
        stored.names().forEach(name -> ofEachKind.putIfAbsent(name.replaceAll("\\.\\d+\\.", "."), name));
        Architecture architecture = Architecture.of(config(modelType));
        ofEachKind.values().removeIf(architecture::isBeside);
        ofEachKind.values().removeAll(optional(architecture));
        ofEachKind.values().removeAll(architecture.derived());
        for (String name : ofEachKind.values()) {
            Weights fewer = changed(new MemoryWeights(all), tensors -> tensors.remove(name));
            assertThat(CheckpointTensors.faults(architecture.named(fewer), fewer))
                    .as("without %s", name)
                    .anySatisfy(fault -> assertThat(fault).contains(name.replace("transformer.wte", "wte")));
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("modelTypes")
    void integersAreNoWeights(String modelType) {
        Weights stored = Checkpoint.open(fixture(modelType).directory());
        String name = stored.names().iterator().next();
        Weights integers = changed(stored, tensors -> tensors.put(name, ones(StoredType.I8, stored.shape(name))));
        assertThatThrownBy(() -> load(config(modelType), integers))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining(name + ": expected floating-point numbers, found I8");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("modelTypes")
    void aBufferThatFollowsFromTheConfigurationIsLetPass(String modelType) {
        Weights stored = Checkpoint.open(fixture(modelType).directory());
        Architecture architecture = Architecture.of(config(modelType)).named(stored);
        load(
                config(modelType),
                changed(
                        stored,
                        tensors -> architecture.derived().forEach(name -> {
                            tensors.put(name, ones(StoredType.U8, 2));
                        })));
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(
            strings = {"abc", "glm5_next", "inkling", "lightnet", "mamba3", "mesa_net", "qwen4_exp", "rodimus", "Llama"
            })
    void aModelTypeThatIsNotReadIsRefusedByItsNameInOneLineWithAllThatAre(String modelType) {
        ObjectNode config = JsonNodeFactory.instance.objectNode().put("model_type", modelType);
        assertThatThrownBy(() -> Architecture.of(config))
                .isInstanceOf(ModelException.class)
                .message()
                .startsWith("config.json: model_type: expected one of ")
                .contains(Families.modelTypes())
                .endsWith("found \"" + modelType + "\"")
                .doesNotContain("\n");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("modelTypes")
    void aFieldThatIsNotKnownIsRefusedByNameAndSeveralAtOnce(String modelType) {
        ObjectNode config = config(modelType).put("logit_softcap", 30).put("residual_softcap", 0.5);
        assertThatThrownBy(() -> Architecture.of(config))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("config.json: logit_softcap: expected one of the keys ")
                .hasMessageContaining("config.json: residual_softcap: expected one of the keys ");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("modelTypes")
    void aFieldThatChangesNoLogitOrIsNullIsLetPass(String modelType) {
        ObjectNode config = config(modelType)
                .put("transformers_version", "5.24.0")
                .put("bos_token_id", 1)
                .put("attention_dropout", 0.1)
                .putNull("logit_softcap");
        assertThat(Models.shapes(Architecture.of(config))).isEqualTo(Models.shapes(Architecture.of(config(modelType))));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("modelTypes")
    void aMisspeltFieldIsRefusedWithTheNameOfTheNearestOne(String modelType) {
        ObjectNode config = config(modelType).put("tie_word_embedings", true);
        assertThatThrownBy(() -> Architecture.of(config))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("found the unknown key tie_word_embedings; write tie_word_embeddings");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("modelTypes")
    void everyKnownFieldOfTheWrongTypeIsNamedInOneMessage(String modelType) {
        ObjectNode config = JsonNodeFactory.instance.objectNode().put("model_type", modelType);
        Set<String> fields = Families.fields(Families.of(config));
        fields.forEach(field -> config.putArray(field).addArray());
        assertThatThrownBy(() -> Architecture.of(config))
                .isInstanceOfSatisfying(
                        ModelException.class,
                        refused -> assertThat(refused.faults())
                                .extracting(fault -> fault.key().replace("[0]", ""))
                                .containsExactlyInAnyOrderElementsOf(fields));
    }

    @Test
    void everyFaultOfACheckpointsConfigurationHasItsFileAndLine(@TempDir Path directory) throws IOException {
        Files.copy(fixture("retnet").directory().resolve("model.safetensors"), directory.resolve("model.safetensors"));
        Path file = Files.writeString(
                directory.resolve("config.json"),
                "{\"model_type\": \"retnet\", \"vocab_size\": 48, \"hidden_size\": 32,\n \"num_hidden_layers\": 2.5,\n"
                        + " \"attn\": {\"layers\": [0], \"num_heads\": 2,\n \"rope_scaling\": {\"type\": \"yarn\"}}}");
        Checkpoint checkpoint = Checkpoint.open(directory);
        assertThatThrownBy(() -> Certification.STANDARD.certify(checkpoint.config(), checkpoint, Device.cpu()))
                .as("certify")
                .isInstanceOf(ModelException.class)
                .hasMessageStartingWith(file + ":2: num_hidden_layers");
        assertThatThrownBy(() -> Architecture.of(Checkpoint.open(directory)))
                .isInstanceOf(ModelException.class)
                .hasMessage(file + ":2: num_hidden_layers: expected a whole number of at least 1, found 2.5\n" + file
                        + ":4: attn.rope_scaling.type: expected default, found \"yarn\"");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("modelTypes")
    void theHeadOfATiedModelIsItsEmbeddingUnderEitherName(String modelType) {
        ObjectNode config = config(modelType).put("tie_word_embeddings", true);
        Weights stored = Checkpoint.open(fixture(modelType).directory());
        String embedding = Architecture.of(config).named(stored).embedding();
        Weights both = changed(stored, tensors -> tensors.put(Architecture.HEAD, tensors.get(embedding)));
        load(config, both);
        load(config, changed(both, tensors -> tensors.remove(Architecture.HEAD)));
        Weights other =
                changed(both, tensors -> tensors.put(Architecture.HEAD, ones(StoredType.F32, stored.shape(embedding))));
        assertThatThrownBy(() -> load(config, other))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("lm_head.weight: expected a copy of " + embedding);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("modelTypes")
    void theWeightsOfARandomModelAreThoseThatItsDeclarationsRequire(String modelType) {
        ObjectNode config = config(modelType);
        RandomWeights weights = new RandomWeights(config, 3);
        assertThat(weights.names())
                .isEqualTo(Models.shapes(Architecture.of(config)).keySet());
        try (NDManager scope = NDManager.newBaseManager()) {
            for (String name : weights.names()) {
                NDArray tensor = weights.read(scope, name, DataType.FLOAT32);
                assertThat(tensor.getShape().getShape()).isEqualTo(weights.shape(name));
            }
        }
        load(config, weights);
    }
}
