package org.iclsweep.sweep.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.iclsweep.datasets.fault.Faults;
import org.iclsweep.datasets.fault.InputException;
import org.iclsweep.sweep.GeneratedDocument;
import org.iclsweep.sweep.config.ConfigurationSource;
import org.iclsweep.sweep.config.Environment;
import org.iclsweep.sweep.config.InputFiles;
import org.iclsweep.sweep.config.TrainingConfigurationReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The JSON Schemas of configurations against the declarations, the shipped files, and an independent validator. */
class ConfigurationSchemaTest {
    private static final Path HOME = Path.of("..").toAbsolutePath().normalize();
    private static final Path QUICKSTART = HOME.resolve("conf/sweeps/quickstart.conf");
    private static final Path INDUCTION = HOME.resolve("conf/training/induction.conf");
    private static final Environment ENVIRONMENT =
            Environment.of(Map.of(Environment.DATA_VARIABLE, "/data"), new InputFiles(List.of(HOME)));
    private static final ObjectMapper JSON = new ObjectMapper()
            .enable(SerializationFeature.INDENT_OUTPUT)
            .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS);
    private static final Schema SWEEP = validator(ConfigurationSchema.sweep());
    private static final Schema TRAINING = validator(ConfigurationSchema.training());

    private static Schema validator(Map<String, Object> schema) {
        return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_7)
                .getSchema(JSON.<JsonNode>valueToTree(schema));
    }

    static Stream<Path> sweeps() throws IOException {
        return shipped("conf/sweeps");
    }

    static Stream<Path> trainings() throws IOException {
        return shipped("conf/training");
    }

    private static Stream<Path> shipped(String directory) throws IOException {
        try (Stream<Path> files = Files.list(HOME.resolve(directory))) {
            return files.sorted().toList().stream();
        }
    }

    /** The faults of a file with settings on top, in the order of the validator. */
    private static List<String> faults(Schema schema, Path file, String... settings) {
        Faults faults = new Faults();
        Map<String, Object> resolved = new ConfigurationSource(file, List.of(settings), ENVIRONMENT)
                .load(faults)
                .unwrapped();
        faults.throwIfAny();
        return schema.validate(JSON.<JsonNode>valueToTree(resolved)).stream()
                .map(Error::toString)
                .toList();
    }

    @Test
    void theSchemasAreThoseOfTheDeclarations() throws IOException {
        GeneratedDocument.assertUpToDate("conf/sweep.schema.json", text(ConfigurationSchema.sweep()));
        GeneratedDocument.assertUpToDate("conf/training.schema.json", text(ConfigurationSchema.training()));
    }

    private static String text(Map<String, Object> schema) throws JsonProcessingException {
        return JSON.writeValueAsString(schema) + "\n";
    }

    @ParameterizedTest
    @MethodSource("sweeps")
    void everyShippedSweepIsOfTheSchema(Path file) {
        assertThat(faults(SWEEP, file)).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("trainings")
    void everyShippedTrainingIsOfTheSchema(Path file) {
        assertThat(faults(TRAINING, file)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "sweep.sede=1",
                "sweep.kind=conversions",
                "sweep.name=7",
                "sweep.name=\" \"",
                "sweep.models=[]",
                "sweep.models=[{ random { model_type = linear_llama, hidden_sizes = 8 } }]",
                "sweep.models=[{ random { model_type = linear_lama, hidden_size = 8 } }]",
                "sweep.models=[{ random { model_type = linear_llama, hidden_size = 8, layers = two } }]",
                "sweep.models=[{ path = models, dtypes = [float16] }]",
                "sweep.methods=[{ name = iclca, features = 16 }]",
                "sweep.methods=[{ name = random-features, features = [16, many] }]",
                "sweep.methods=[{ name = weights }]",
                "sweep.tasks=[{ name = random-tokens, context-token = 16 }]",
                "sweep.tasks=[{ name = random-tokens, query-tokens = 0 }]",
                "sweep.tasks=[{ name = induction, shots = 1 }]",
                "sweep.tasks=[{ name = own }]",
                "sweep.tasks=[{ type = random-tokens }]",
                "sweep.demonstrations.shots=[0, -1]",
                "sweep.demonstrations.shots=[1, 1]",
                "sweep.demonstrations.seed=\"7\"",
                "sweep.demonstrations.order=shuffled",
                "sweep.evaluation.audit.fraction=1.5",
                "sweep.execution.strict=1",
                "sweep.search.orders=24",
                "sweeps.name=other"
            })
    void aSweepThatTheSchemaRefusesIsRefusedByTheReader(String setting) {
        assertThat(faults(SWEEP, QUICKSTART)).isEmpty();
        assertThat(faults(SWEEP, QUICKSTART, setting)).isNotEmpty();
        assertThatExceptionOfType(InputException.class)
                .isThrownBy(() -> Experiments.read(QUICKSTART, List.of(setting), ENVIRONMENT));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "training.stesp=1",
                "training.steps=0",
                "training.steps=many",
                "training.episodes.kind=none",
                "training.episodes.length=2",
                "training.optimizer.rate=1",
                "training.model.hidden_sizes=8",
                "training.model.model_type=lama"
            })
    void aTrainingThatTheSchemaRefusesIsRefusedByTheReader(String setting) {
        assertThat(faults(TRAINING, INDUCTION)).isEmpty();
        assertThat(faults(TRAINING, INDUCTION, setting)).isNotEmpty();
        assertThatExceptionOfType(InputException.class)
                .isThrownBy(() -> TrainingConfigurationReader.read(INDUCTION, List.of(setting), ENVIRONMENT));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "sweep.methods=[{ name = full-cache }, { name = iclca, storage = [float32, int8] }]",
                "sweep.demonstrations.seed=1e3",
                "sweep.models=[{ random { model_type = linear_llama, hidden_size = 8, layers = 1, heads = 2, vocab = 256 } }]\n"
                        + "sweep.tasks=[{ name = own, type = random-tokens, context-tokens = 8, shots = [1] }]",
                "\"$schema\"=conf/sweep.schema.json"
            })
    void aSweepThatTheReaderAcceptsIsOfTheSchema(String lines) {
        String[] settings = lines.split("\n");
        assertThat(faults(SWEEP, QUICKSTART, settings)).isEmpty();
        assertThat(Experiments.read(QUICKSTART, List.of(settings), ENVIRONMENT).size())
                .isPositive();
    }
}
