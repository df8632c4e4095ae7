package org.iclsweep.sweep.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.pytorch.jni.LibUtils;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.spark.internal.config.ConfigEntry$;
import org.apache.spark.util.Utils;
import org.iclsweep.sweep.cli.Commands;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import scala.jdk.javaapi.CollectionConverters;

/** The names in conf/spark/ exist: settings that Spark knows, classes, commands, files. */
class ClusterFilesTest {
    private static final Path HOME = StandaloneCluster.HOME;
    private static final Path FILES = HOME.resolve("conf/spark");
    private static final Path NIGHTLY = FILES.resolve("schedules/icl_sweep_nightly.py");
    /** Where the files think that the project is installed. */
    private static final String INSTALLED = "/opt/icl-sweep/";
    /** Read by name, or by a module that is not on this class path (YARN's does not resolve for Spark 4.1.1). */
    private static final Pattern NOT_REGISTERED = Pattern.compile("spark\\.master"
            + "|spark\\.(driver|executor|task)\\.resource\\.gpu\\.(amount|vendor|discoveryScript)"
            + "|spark\\.kubernetes\\.(driver|executor)\\.volumes\\.persistentVolumeClaim\\.[\\w.]+"
            + "|spark\\.standalone\\.submit\\.waitAppCompletion"
            + "|spark\\.yarn\\.maxAppAttempts");

    @TempDir
    private Path directory;

    @BeforeAll
    static void registerSettings() {
        assertThat(org.apache.spark.internal.config.package$.MODULE$).isNotNull();
        assertThat(org.apache.spark.deploy.k8s.Config$.MODULE$).isNotNull();
        assertThat(org.apache.spark.sql.internal.SQLConf$.MODULE$).isNotNull();
    }

    static Stream<Path> settings() throws IOException {
        try (Stream<Path> files = Files.list(FILES)) {
            return files.filter(file -> file.toString().endsWith(".conf")).sorted().toList().stream();
        }
    }

    static Map<String, String> read(Path file) {
        return new TreeMap<>(CollectionConverters.asJava(Utils.getPropertiesFromFile(file.toString())));
    }

    @ParameterizedTest
    @MethodSource("settings")
    void everySettingIsOneThatSparkKnows(Path file) {
        Map<String, String> settings = read(file);
        assertThat(settings).isNotEmpty();
        settings.forEach((key, value) -> {
            boolean known = ConfigEntry$.MODULE$.findEntry(key) != null
                    || NOT_REGISTERED.matcher(key).matches();
            assertThat(known).as(key).isTrue();
            if (value.startsWith(INSTALLED) && !value.contains("*")) {
                assertThat(here(value)).exists();
            }
        });
    }

    @ParameterizedTest
    @MethodSource("settings")
    void noSettingIsOneThatASweepRefuses(Path file) {
        var spark = new org.apache.spark.SparkConf(false);
        read(file).forEach(spark::set);
        assertThatCode(() -> SparkSettings.refuseUnsafe(spark)).doesNotThrowAnyException();
    }

    @Test
    void theScheduleForTheOperatorNamesWhatIsThere() throws IOException {
        JsonNode schedule = new ObjectMapper(new YAMLFactory())
                .readTree(FILES.resolve("schedules/scheduled-spark-application.yaml")
                        .toFile());
        assertThat(schedule.path("kind").asText()).isEqualTo("ScheduledSparkApplication");
        JsonNode spec = schedule.path("spec");
        assertThat(spec.path("concurrencyPolicy").asText()).isEqualTo("Forbid");
        assertThat(spec.path("timeZone").asText()).isEqualTo("UTC");
        JsonNode application = spec.path("template");
        assertThat(application.path("sparkVersion").asText())
                .isEqualTo(org.apache.spark.package$.MODULE$.SPARK_VERSION());
        assertThatCode(() ->
                        Class.forName(application.path("mainClass").asText()).getMethod("main", String[].class))
                .doesNotThrowAnyException();
        requireJar(application.path("mainApplicationFile").asText().replace("local://", ""));
        assertThat(here(application.path("arguments").path(0).asText())).isRegularFile();
        application
                .path("sparkConf")
                .fieldNames()
                .forEachRemaining(key -> assertThat(ConfigEntry$.MODULE$.findEntry(key) != null
                                || NOT_REGISTERED.matcher(key).matches())
                        .as(key)
                        .isTrue());
        Map<String, String> kubernetes = read(FILES.resolve("kubernetes.conf"));
        assertThat(application.path("image").asText()).isEqualTo(kubernetes.get("spark.kubernetes.container.image"));
        assertThat(schedule.path("metadata").path("namespace").asText())
                .isEqualTo(kubernetes.get("spark.kubernetes.namespace"));
    }

    /** Names and arguments of calls, by Python's own parser: Airflow need not be there. */
    @Test
    void theScheduleForAirflowNamesWhatIsThere() throws Exception {
        JsonNode dag = new ObjectMapper().readTree(python("""
                import ast, json, sys
                tree = ast.parse(open(sys.argv[1]).read())
                names = {}
                def plain(node):
                    if isinstance(node, ast.Constant): return node.value
                    if isinstance(node, ast.Name): return names.get(node.id, node.id)
                    if isinstance(node, ast.JoinedStr): return "".join(str(plain(part)) for part in node.values)
                    if isinstance(node, ast.FormattedValue): return plain(node.value)
                    if isinstance(node, ast.List): return [plain(part) for part in node.elts]
                    if isinstance(node, ast.Dict): return {plain(k): plain(v) for k, v in zip(node.keys, node.values)}
                    return ast.unparse(node)
                for node in tree.body:
                    if isinstance(node, ast.Assign):
                        names[node.targets[0].id] = plain(node.value)
                calls = {node.func.id: {word.arg: plain(word.value) for word in node.keywords}
                         for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
                imported = [alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names]
                print(json.dumps({"calls": calls, "imported": imported}))
                """, NIGHTLY.toString()));
        JsonNode sweep = dag.path("calls").path("SparkSubmitOperator");
        assertThatCode(() -> Class.forName(sweep.path("java_class").asText()).getMethod("main", String[].class))
                .doesNotThrowAnyException();
        requireJar(sweep.path("application").asText());
        assertThat(here(sweep.path("properties_file").asText())).isRegularFile();
        assertThat(here(sweep.path("application_args").path(0).asText())).isRegularFile();
        assertThat(sweep.path("application_args").path(2).asText())
                .startsWith("sweep.output=/")
                .contains("'UTC'");
        sweep.path("conf")
                .fieldNames()
                .forEachRemaining(key ->
                        assertThat(ConfigEntry$.MODULE$.findEntry(key)).as(key).isNotNull());
        JsonNode schedule = dag.path("calls").path("DAG");
        assertThat(schedule.path("max_active_runs").asInt()).isEqualTo(1);
        assertThat(schedule.path("catchup").asBoolean(true)).isFalse();
        assertThat(schedule.path("start_date").asText()).contains("timezone.utc");
        for (String name : List.of("DAG", "SparkSubmitOperator", "BashOperator")) {
            assertThat(dag.path("imported")).extracting(JsonNode::asText).contains(name);
        }
        String command =
                dag.path("calls").path("BashOperator").path("bash_command").asText();
        assertThat(here(command.substring(0, command.indexOf(' ')))).isExecutable();
        assertThat(Commands.options("status")).contains("--exit-code");
        assertThat(command)
                .startsWith(INSTALLED + "bin/icl-sweep status /sweeps/")
                .endsWith(" --exit-code");
    }

    @Test
    void theScheduleForAirflowCompiles() throws Exception {
        assertThat(python(
                                "import sys; compile(open(sys.argv[1]).read(), sys.argv[1], 'exec'); print('sound')",
                                NIGHTLY.toString())
                        .strip())
                .isEqualTo("sound");
    }

    /** The archive itself is looked into where it is built: ReleaseArchiveTest of the profile release. */
    @Test
    void theImageIsMadeOfTheArchiveForClustersAndRunsAsSparksUser() throws IOException {
        String image = Files.readString(FILES.resolve("Dockerfile"));
        assertThat(image)
                .contains(
                        "FROM apache/spark:" + org.apache.spark.package$.MODULE$.SPARK_VERSION() + "-scala2.13-java17",
                        "ARG VERSION=" + CodeVersion.CURRENT + "\n",
                        "ADD icl-sweep-${VERSION}-cluster.tar.gz /opt/\n",
                        "RUN ln -s icl-sweep-${VERSION} /opt/icl-sweep\n")
                .doesNotContain("COPY ")
                .endsWith("USER 185\n");
        assertThat(Files.readString(HOME.resolve("distribution/src/assembly/cluster.xml")))
                .contains("<id>cluster</id>", "<baseDirectory>icl-sweep-${project.version}</baseDirectory>");
        String stage = Files.readString(HOME.resolve("distribution/src/assembly/stage.xml"));
        String staged = stage.substring(0, stage.indexOf("</fileSet>")); // of the project's own folders
        Matcher included = Pattern.compile("<include>([\\w-]+)/").matcher(staged);
        assertThat(included.results().map(found -> found.group(1)))
                .contains("bin", "conf", "models")
                .allSatisfy(folder -> assertThat(HOME.resolve(folder)).isDirectory());
    }

    /** The two differ in what a GPU needs, and in nothing else. */
    @Test
    void theImageAndTheSettingsForGpusAreThoseWithoutAndWhatGpusNeed() throws IOException {
        Map<String, String> gpus = read(FILES.resolve("kubernetes-gpu.conf"));
        Map<String, String> none = read(FILES.resolve("kubernetes.conf"));
        String image = none.get("spark.kubernetes.container.image");
        Map<String, String> expected = new TreeMap<>(none);
        expected.put("spark.kubernetes.container.image", image + "-gpu");
        gpus.forEach((key, value) -> {
            if (key.contains(".resource.gpu.")) {
                expected.put(key, value);
            }
        });
        assertThat(gpus).isEqualTo(expected).hasSize(none.size() + 4);

        String recipe = Files.readString(FILES.resolve("Dockerfile.gpu"));
        assertThat(recipe)
                .contains(
                        "ARG IMAGE=" + image + "\n",
                        "-t " + image + "-gpu ",
                        "ARG TORCH=" + torch() + "\n",
                        "PYTORCH_LIBRARY_PATH=/opt/torch/torch/lib",
                        "mv /opt/torch/torch/lib/libcaffe2_nvrtc.so /opt/torch/torch/nvrtc/",
                        "conf/spark/kubernetes-gpu.conf")
                .endsWith("USER 185\n");
    }

    /** The version of libtorch that the native interface on the class path is made for. */
    private static String torch() throws IOException {
        Properties properties = new Properties();
        try (InputStream in = LibUtils.class.getResourceAsStream("/jnilib/pytorch.properties")) {
            properties.load(in);
        }
        return properties.getProperty("jni_version").replaceFirst("-.*", "");
    }

    private static Path here(String installed) {
        assertThat(installed).startsWith(INSTALLED);
        return HOME.resolve(installed.substring(INSTALLED.length()));
    }

    /** A release has it in lib. */
    private static void requireJar(String installed) {
        assertThat(installed).isEqualTo("%slib/spark-jobs-%s.jar".formatted(INSTALLED, CodeVersion.CURRENT));
    }

    private static String python(String program, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("python3", "-c", program));
        command.addAll(List.of(arguments));
        Process process;
        try {
            process = new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (IOException e) {
            assumeTrue(false, "there is no python3");
            throw e;
        }
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(said).isZero();
        return said;
    }
}
