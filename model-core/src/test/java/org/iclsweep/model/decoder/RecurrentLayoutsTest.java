package org.iclsweep.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.iclsweep.model.Models;
import org.iclsweep.model.checkpoint.Checkpoint;
import org.iclsweep.model.checkpoint.MemoryWeights;
import org.iclsweep.model.checkpoint.StoredType;
import org.iclsweep.model.checkpoint.Weights;
import org.iclsweep.model.conversion.ConvertedCheckpoint;
import org.iclsweep.model.family.Architecture;
import org.iclsweep.model.family.ModelException;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.prompt.PromptTree;
import org.iclsweep.model.prompt.ReadBefore;
import org.iclsweep.model.prompt.TokenSequence;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The layouts of checkpoints of linear_attn, retnet, delta_net and mamba2, and those that are refused by name. */
class RecurrentLayoutsTest {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .build();
    private static final TokenSequence CONTEXT = TokenSequence.of(3, 1, 4, 1, 5, 9, 2, 6);
    private static final TokenSequence QUERY = TokenSequence.of(5, 3);

    private static double[] logits(LanguageModel model) {
        try (model;
                NDManager batch = model.newBatch()) {
            List<PromptTree> tree = List.of(PromptTree.of(CONTEXT, QUERY));
            return model.logits(model.prompted(batch, tree, Padding.LONGEST, RunObserver.NONE))
                    .flatten()
                    .toDoubleArray();
        }
    }

    // ---- mamba2, as transformers writes it

    @ParameterizedTest(name = "{0}")
    @ValueSource(
            strings = {
                "[0.0, Infinity]",
                "[0.0, {\"__float__\": \"Infinity\"}]",
                "[0.0, \"Infinity\"]",
                "[0.0, \"inf\"]",
                "null"
            })
    void aTimeStepLimitWithoutAnEndIsReadInEverySpelling(String limit, @TempDir Path scratch) throws IOException {
        Path directory = scratch.resolve("mamba2");
        copy(Fixture.named("mamba2").directory(), directory);
        String written = Files.readString(directory.resolve("config.json"))
                .replace("\"norm_eps\"", "\"layer_norm_epsilon\"")
                .replace("\"rmsnorm\"", "\"rms_norm\"")
                .replaceFirst("\\{", "{\"time_step_limit\": " + limit + ",");
        Files.writeString(directory.resolve("config.json"), written);
        Checkpoint checkpoint = Checkpoint.open(directory);
        assertThat(logits(load(checkpoint)))
                .isEqualTo(logits(Fixture.named("mamba2").load(DataType.FLOAT64)));

        Path converted = scratch.resolve("converted");
        try (LanguageModel model = load(checkpoint);
                NDManager batch = model.newBatch()) {
            ContextState state = model.contextStates(
                            batch, List.of(List.of(CONTEXT)), model.initialState(batch), Padding.LONGEST)
                    .get(0);
            ConvertedCheckpoint.write(checkpoint, state, StoredType.F64, ReadBefore.NOTHING, converted);
        }
        assertThat(Checkpoint.open(converted).config()).isEqualTo(checkpoint.config());
        assertThat(JSON.readTree(converted.resolve("config.json").toFile()))
                .isEqualTo(JSON.readTree(directory.resolve("config.json").toFile()));
    }

    private static LanguageModel load(Checkpoint checkpoint) {
        return LanguageModel.load(checkpoint.config(), checkpoint, DataType.FLOAT64, ai.djl.Device.cpu());
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectory(to);
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
    }

    @Test
    void aTimeStepLimitThatIsReachedChangesTheAnswer() {
        ObjectNode config = Models.of("mamba2", 16, 2);
        DrawnWeights weights = DrawnWeights.of(config, 4, false);
        double[] free = logits(weights.load(config, DataType.FLOAT64));
        config.putArray("time_step_limit").add(0.2).add("Infinity");
        assertThat(logits(weights.load(config, DataType.FLOAT64))).isNotEqualTo(free);
    }

    // ---- linear_attn with one feature map for both sides

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"elementwise_product", "hedgehog", "t2r"})
    void aSharedFeatureMapIsReadUnderEitherName(String map) {
        ObjectNode config =
                Models.of("linear_attn", 16, 2).put("feature_map", map).put("tie_feature_map_qk", true);
        DrawnWeights weights = DrawnWeights.of(config, 4, false);
        LanguageModel underTheOther = LanguageModel.load(
                config, renamed(weights, "feature_map_q", "feature_map_k"), DataType.FLOAT64, ai.djl.Device.cpu());
        assertThat(logits(underTheOther)).isEqualTo(logits(weights.load(config, DataType.FLOAT64)));

        JsonNode untied = config.deepCopy().put("tie_feature_map_qk", false);
        assertThatThrownBy(() -> weights.load(untied, DataType.FLOAT64))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("feature_map_k.layer")
                .hasMessageContaining("is missing");
    }

    private static Weights renamed(DrawnWeights weights, String part, String by) {
        Map<String, MemoryWeights.Tensor> renamed = new LinkedHashMap<>();
        for (String name : weights.names()) {
            renamed.put(
                    name.replace(part, by),
                    new MemoryWeights.Tensor(
                            StoredType.F64, weights.shape(name), (manager, type) -> weights.read(manager, name, type)));
        }
        return new MemoryWeights(renamed);
    }

    // ---- retnet

    @Test
    void convolutionsThatABlockOfRetnetHandsToNobodyAreNone() {
        ObjectNode config = Models.of("retnet", 16, 2);
        DrawnWeights weights = DrawnWeights.of(config, 4, false);
        double[] without = logits(weights.load(config, DataType.FLOAT64));
        config.put("use_short_conv", true).put("conv_size", 4);
        assertThat(logits(weights.load(config, DataType.FLOAT64))).isEqualTo(without);
    }

    @ParameterizedTest(name = "{0}, fuse_norm {1}, use_output_gate {2}")
    @CsvSource({
        "swish, true, true, g_norm_swish_gate",
        "swish, false, true, g_norm",
        "swish, true, false, g_norm",
        "relu, true, true, g_norm"
    })
    void theNormOfRetnetIsNamedAfterTheGateItIsFusedWith(String gate, boolean fused, boolean gated, String module) {
        ObjectNode config = Models.of("retnet", 16, 1)
                .put("hidden_act", gate)
                .put("fuse_norm", fused)
                .put("use_output_gate", gated);
        assertThat(Models.shapes(Architecture.of(config)).keySet())
                .filteredOn(name -> name.contains("g_norm"))
                .containsExactly("model.layers.0.attn." + module + ".weight");
        config.put("elementwise_affine", false);
        assertThat(Models.shapes(Architecture.of(config)).keySet()).noneMatch(name -> name.contains("g_norm"));
    }

    // ---- what is refused

    @ParameterizedTest(name = "{0} with {1} = {2}")
    @CsvSource(
            delimiter = '|',
            value = {
                "linear_attn | feature_map | \"taylor2\" | elementwise_product",
                "linear_attn | num_kv_heads | 3 | a divisor of num_heads = 4",
                "linear_attn | expand_k | 0.4 | is a multiple of the 4 heads",
                "linear_attn | attn | {\"layers\": [0]} | num_heads: expected a whole number of at least 1, found nothing",
                "linear_attn | hidden_act | \"powlu\" | swish",
                "linear_attn | attnres_block_size | 2 | found the unknown key",
                "retnet | expand_v | 0.01 | is a multiple of the 4 heads",
                "retnet | hidden_act | \"gelu\" | sigmoid",
                "retnet | feature_map | \"gelu\" | sigmoid",
                "retnet | attn | {\"layers\": [0]} | num_heads: expected a whole number of at least 1, found nothing",
                "delta_net | qk_norm | \"l1\" | one of l2, sum",
                "delta_net | qk_activation | \"gelu\" | identity",
                "delta_net | conv_size | 0 | at least 1",
                "delta_net | attn | {\"layers\": [0]} | num_heads: expected a whole number of at least 1, found nothing",
                "mamba2 | num_heads | 7 | expected hidden_size",
                "mamba2 | n_groups | 3 | a divisor of the number of heads = 8",
                "mamba2 | head_dim | 7 | a divisor of hidden_size · expand = 32",
                "mamba2 | hidden_act | \"gelu\" | silu",
                "mamba2 | dt_limit | [0.1] | expected two numbers",
                "mamba2 | dt_limit | [0.1, 0.01] | expected two numbers",
                "mamba2 | dt_limit | [NaN, 1] | expected two numbers",
                "mamba2 | time_step_limit | [0, \"unlimited\"] | expected two numbers",
                "mamba2 | time_step_limit | 3 | expected two numbers"
            })
    void anOptionThatIsNotSupportedIsRefusedByName(String family, String field, String value, String expected)
            throws IOException {
        ObjectNode config = Models.of(family, 16, 2);
        config.set(field, JSON.readTree(value));
        assertThatThrownBy(() -> Architecture.of(config))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("config.json: " + field)
                .hasMessageContaining(expected);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("org.iclsweep.model.Models#families")
    void everyNumberOfARandomModelIsFiniteAndNoTwoTokensAreTheSame(String family) {
        ObjectNode config = Models.of(family, 32, 4);
        try (LanguageModel model = Models.load(config, 5, DataType.FLOAT32);
                NDManager batch = model.newBatch()) {
            TokenSequence tokens = Models.tokens(new java.util.Random(5), 200);
            List<PromptTree> tree = List.of(PromptTree.of(tokens.slice(0, 190), tokens.slice(190, 200)));
            NDArray logits = model.logits(model.prompted(batch, tree, Padding.LONGEST, RunObserver.NONE));
            float[] values = logits.flatten().toFloatArray();
            for (float value : values) {
                assertThat(value).isFinite();
            }
            assertThat(Arrays.stream(logits.argMax(1).toLongArray()).distinct().count())
                    .isGreaterThan(1);
        }
    }
}
