package org.iclsweep.sweep.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import ai.djl.pytorch.jni.LibUtils;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.spark.internal.config.ConfigEntry$;
import org.apache.spark.util.Utils;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import scala.jdk.javaapi.CollectionConverters;

/** The names in conf/spark/ exist: settings that Spark knows, classes, commands, files. */
class ClusterFilesTest {
    private static final Path HOME = StandaloneCluster.HOME;
    private static final Path FILES = HOME.resolve("conf/spark");
    /** Where the files think that the project is installed. */
    private static final String INSTALLED = "/opt/icl-sweep/";
    /** Read by name, or by a module that is not on this class path (YARN's does not resolve for Spark 4.1.1). */
    private static final Pattern NOT_REGISTERED = Pattern.compile("spark\\.master"
            + "|spark\\.(driver|executor|task)\\.resource\\.gpu\\.(amount|vendor|discoveryScript)"
            + "|spark\\.kubernetes\\.driverEnv\\.ICL_SWEEP_LOGICAL_DATE"
            + "|spark\\.metrics\\.conf\\.driver\\.sink\\.\\w+\\.\\w+"
            + "|spark\\.kubernetes\\.(driver|executor)\\.volumes\\.persistentVolumeClaim\\.[\\w.]+"
            + "|spark\\.standalone\\.submit\\.waitAppCompletion"
            + "|spark\\.network\\.crypto\\.cipher"
            + "|spark\\.yarn\\.maxAppAttempts");

    @BeforeAll
    static void registerSettings() {
        assertThat(org.apache.spark.internal.config.package$.MODULE$).isNotNull();
        assertThat(org.apache.spark.internal.config.UI$.MODULE$).isNotNull();
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

    /** True for a setting that Spark knows; after {@link #registerSettings}. */
    static boolean isKnown(String setting) {
        return ConfigEntry$.MODULE$.findEntry(setting) != null
                || NOT_REGISTERED.matcher(setting).matches();
    }

    @ParameterizedTest
    @MethodSource("settings")
    void everySettingIsOneThatSparkKnows(Path file) {
        Map<String, String> settings = read(file);
        assertThat(settings).isNotEmpty();
        settings.forEach((key, value) -> {
            assertThat(isKnown(key)).as(key).isTrue();
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
}
