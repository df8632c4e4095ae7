package org.iclsweep.sweep.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.deploy.SparkSubmitArguments;
import org.iclsweep.sweep.config.LogicalDate;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import scala.jdk.javaapi.CollectionConverters;

/**
 * The schedules for Kubernetes: Kubeflow's operator, Argo with the Apache Spark operator, and Argo alone. Nothing of
 * them runs here; their fields, and the names in them, exist.
 */
class KubernetesSchedulesTest {
    private static final Path HOME = StandaloneCluster.HOME;
    private static final Path FILES = HOME.resolve("conf/spark");
    private static final String KUBEFLOW = "scheduled-spark-application.yaml";
    private static final String OVER_OPERATOR = "argo-spark-application.yaml";
    private static final String ALONE = "argo-cron-workflow.yaml";
    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());
    /** Where the files think that the project is installed. */
    private static final String INSTALLED = "/opt/icl-sweep/";

    @BeforeAll
    static void registerSettings() {
        ClusterFilesTest.registerSettings();
    }

    private static JsonNode read(String name) throws IOException {
        return YAML.readTree(FILES.resolve("schedules").resolve(name).toFile());
    }

    /** The manifest that Argo creates for the operator. */
    private static JsonNode application() throws IOException {
        return YAML.readTree(
                template(read(OVER_OPERATOR), "sweep").at("/resource/manifest").asText());
    }

    private static JsonNode template(JsonNode workflow, String name) {
        for (JsonNode template : workflow.at("/spec/workflowSpec/templates")) {
            if (template.path("name").asText().equals(name)) {
                return template;
            }
        }
        throw new AssertionError("no template " + name);
    }

    private static List<String> texts(JsonNode array) {
        List<String> texts = new ArrayList<>();
        array.forEach(text -> texts.add(text.asText()));
        return texts;
    }

    private static Schema kinds() throws IOException {
        try (InputStream text = KubernetesSchedulesTest.class.getResourceAsStream("/schedules/kinds.json")) {
            return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_7)
                    .getSchema(new ObjectMapper().readTree(text));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {KUBEFLOW, OVER_OPERATOR, ALONE})
    void everyFieldIsOneThatItsKindHas(String name) throws IOException {
        assertThat(kinds().validate(read(name))).isEmpty();
        String namespace =
                ClusterFilesTest.read(FILES.resolve("kubernetes.conf")).get("spark.kubernetes.namespace");
        assertThat(read(name).at("/metadata/namespace").asText()).isEqualTo(namespace);
        assertThat(read(name).at("/spec/concurrencyPolicy").asText()).isEqualTo("Forbid");
        assertThat(read(name).path("spec")).anyMatch(value -> value.asText().equals("UTC"));
    }

    @Test
    void theApplicationOfTheApacheOperatorHasFieldsOfItsKindToo() throws IOException {
        assertThat(kinds().validate(application())).isEmpty();
    }

    @Test
    void theVersionOfSparkIsThatOfTheBuild() throws IOException {
        String version = org.apache.spark.package$.MODULE$.SPARK_VERSION();
        assertThat(read(KUBEFLOW).at("/spec/template/sparkVersion").asText()).isEqualTo(version);
        assertThat(application().at("/spec/runtimeVersions/sparkVersion").asText())
                .isEqualTo(version);
    }

    @Test
    void whatIsStartedIsInTheImage() throws IOException {
        JsonNode kubeflow = read(KUBEFLOW).at("/spec/template");
        requireStarted(
                kubeflow.path("mainClass").asText(),
                kubeflow.path("mainApplicationFile").asText(),
                texts(kubeflow.path("arguments")));
        JsonNode apache = application().path("spec");
        requireStarted(
                apache.path("mainClass").asText(), apache.path("jars").asText(), texts(apache.path("driverArgs")));
        String image = ClusterFilesTest.read(FILES.resolve("kubernetes.conf")).get("spark.kubernetes.container.image");
        assertThat(Stream.of(
                                kubeflow.path("image"),
                                apache.path("sparkConf").path("spark.kubernetes.container.image"),
                                template(read(OVER_OPERATOR), "status").at("/container/image"),
                                template(read(ALONE), "status").at("/container/image"),
                                template(read(ALONE), "sweep").at("/container/image"))
                        .map(JsonNode::asText))
                .containsOnly(image);
        for (JsonNode settings : List.of(kubeflow.path("sparkConf"), apache.path("sparkConf"))) {
            settings.fieldNames()
                    .forEachRemaining(key ->
                            assertThat(ClusterFilesTest.isKnown(key)).as(key).isTrue());
        }
    }

    private static void requireStarted(String mainClass, String jar, List<String> arguments) {
        assertThatCode(() -> Class.forName(mainClass).getMethod("main", String[].class))
                .doesNotThrowAnyException();
        assertThat(jar).isEqualTo("local://%slib/spark-jobs-%s.jar".formatted(INSTALLED, CodeVersion.CURRENT));
        assertThat(HOME.resolve(arguments.get(0).replace(INSTALLED, ""))).isRegularFile();
        assertThat(arguments)
                .contains("sweep.execution.budget.hours=6")
                .anyMatch(argument -> argument.startsWith("sweep.output=/sweeps/"));
    }

    /** As spark-submit itself reads the container's arguments. */
    @Test
    void theContainerOfArgoAloneIsADriverInClientMode() throws IOException {
        JsonNode container = template(read(ALONE), "sweep").path("container");
        List<String> words = new ArrayList<>(texts(container.path("args")));
        words.replaceAll(word ->
                word.endsWith(".conf") && word.contains("/conf/spark/") ? word.replace(INSTALLED, HOME + "/") : word);
        SparkSubmitArguments arguments = new SparkSubmitArguments(
                CollectionConverters.asScala(words).toSeq(),
                scala.collection.immutable.Map$.MODULE$.<String, String>empty());
        assertThat(arguments.deployMode()).isEqualTo("client");
        assertThat(arguments.master()).startsWith("k8s://");
        Map<String, String> settings = CollectionConverters.asJava(arguments.sparkProperties());
        assertThat(settings)
                .containsEntry("spark.driver.host", "$(POD_IP)")
                .containsEntry("spark.kubernetes.driver.pod.name", "$(POD_NAME)");
        settings.keySet()
                .forEach(
                        key -> assertThat(ClusterFilesTest.isKnown(key)).as(key).isTrue());
        requireStarted(
                arguments.mainClass(),
                arguments.primaryResource(),
                List.copyOf(CollectionConverters.asJava(arguments.childArgs())));
        assertThat(container.path("env"))
                .extracting(variable -> variable.path("name").asText())
                .containsExactly(LogicalDate.VARIABLE, "POD_IP", "POD_NAME");
    }

    @Test
    void argoAloneTriesAgainWhatIsNotPermanent() throws IOException {
        JsonNode retry = template(read(ALONE), "sweep").path("retryStrategy");
        assertThat(retry.path("retryPolicy").asText())
                .as("a pod that is lost, too")
                .isEqualTo("Always");
        String permanent = Stream.of(
                        ExitCode.WRONG_INPUT, ExitCode.TOO_MANY_FAILED, ExitCode.REFUSED, ExitCode.UNFIT_MACHINE)
                .map(ExitCode::code)
                .toList()
                .toString();
        assertThat(retry.path("expression").asText()).isEqualTo("asInt(lastRetry.exitCode) not in " + permanent);
    }

    @Test
    void theStatusIsAskedForInTheEndAndDecides() throws IOException {
        for (String name : List.of(OVER_OPERATOR, ALONE)) {
            JsonNode status = template(read(name), "status").path("container");
            assertThat(texts(status.path("args")))
                    .containsExactly("status", "/sweeps/nightly/{{workflow.name}}", "--exit-code");
            assertThat(HOME.resolve(status.at("/command/0").asText().replace(INSTALLED, "")))
                    .isExecutable();
        }
        assertThat(read(ALONE).at("/spec/workflowSpec/onExit").asText()).isEqualTo("status");
        assertThat(read(OVER_OPERATOR)
                        .at("/spec/workflowSpec/templates/0/steps/1/0/template")
                        .asText())
                .isEqualTo("status");
    }

    /** 24 seconds for the wave, 5 for the last word. */
    @Test
    void aDriverHasTheTimeToSettleItsWave() throws IOException {
        assertThat(read(KUBEFLOW)
                        .at("/spec/template/driver/terminationGracePeriodSeconds")
                        .asInt())
                .isGreaterThanOrEqualTo(40);
        assertThat(application()
                        .at("/spec/driverSpec/podTemplateSpec/spec/terminationGracePeriodSeconds")
                        .asInt())
                .isGreaterThanOrEqualTo(40);
        assertThat(YAML.readTree(read(ALONE)
                                .at("/spec/workflowSpec/podSpecPatch")
                                .asText())
                        .path("terminationGracePeriodSeconds")
                        .asInt())
                .isGreaterThanOrEqualTo(40);
    }
}
