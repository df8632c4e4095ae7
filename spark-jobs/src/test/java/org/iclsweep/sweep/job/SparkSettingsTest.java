package org.iclsweep.sweep.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Properties;
import org.apache.spark.SparkConf;
import org.iclsweep.sweep.config.ExecutionSpec;
import org.iclsweep.sweep.config.GpuPolicy;
import org.iclsweep.sweep.table.LocalFiles;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("faults")
class SparkSettingsTest {
    private static final ExecutionSpec GREEDY =
            new ExecutionSpec(16384, 128, false, 0.01, new ExecutionSpec.Budget(null), 0, 1000, GpuPolicy.PREFER);

    /** In local mode they go into this process, whose engine may start in another test. */
    private static final List<String> OF_THIS_PROCESS =
            List.of("ai.djl.pytorch.num_threads", "ai.djl.pytorch.num_interop_threads", "DJL_OFFLINE");

    private final Properties before = new Properties();

    @BeforeEach
    void rememberSettings() {
        before.putAll(System.getProperties());
    }

    @AfterEach
    void restoreSettings() {
        OF_THIS_PROCESS.forEach(name -> {
            if (before.containsKey(name)) {
                System.setProperty(name, before.getProperty(name));
            } else {
                System.clearProperty(name);
            }
        });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ' ',
            value = {"local-cluster[2,1,512] 1 1", "spark://host:7077 4 4", "yarn 1 1"})
    void aSlotOfAnExecutorGetsNoMoreThreadsThanItsTaskHasCores(String master, String cpus, int threads) {
        SparkConf spark = conf(master).set("spark.task.cpus", cpus);
        assertThat(SparkSettings.threads(spark, GREEDY)).isEqualTo(threads);
    }

    @ParameterizedTest
    @ValueSource(strings = {"local", "local[1]", "local[*]", "local[3,2]"})
    void theSlotsOfOneProcessShareItsCores(String master) {
        int cores = Runtime.getRuntime().availableProcessors();
        int threads = SparkSettings.threads(conf(master), GREEDY);
        int slots = master.contains("*") ? cores : master.contains("3") ? 3 : 1;
        assertThat(threads).isEqualTo(Math.max(1, cores / slots));
    }

    @ParameterizedTest(name = "master \"{0}\"")
    @ValueSource(strings = {"nonsense://x", "local[0]", "local[x]", "spark:", ""})
    void aMasterThatSparkDoesNotKnowIsRefused(String master) {
        assertThatThrownBy(() -> Sweep.settings("name", GREEDY, master))
                .isInstanceOf(WrongSettingException.class)
                .hasMessageContainingAll("spark.master: expected local", master);
    }

    @Test
    void executorsStartTheirEngineWithTheThreadsOfASlotAndOffline() {
        SparkConf spark = SparkSettings.complete(
                conf("spark://host:7077").set("spark.executor.extraJavaOptions", "-Xss4m"), "name", GREEDY);
        assertThat(spark.get("spark.executor.extraJavaOptions"))
                .startsWith("-Xss4m ")
                .contains("-Dai.djl.pytorch.num_threads=1", "-DDJL_OFFLINE=true", "-XX:TrimNativeHeapInterval=60000");
        assertThat(spark.get("spark.executorEnv.OMP_NUM_THREADS")).isEqualTo("1");
        assertThat(spark.get("spark.executorEnv.LC_ALL")).isEqualTo("C.UTF-8");
        assertThat(spark.get("spark.hadoop.mapreduce.fileoutputcommitter.algorithm.version"))
                .isEqualTo("1");
    }

    @Test
    void threadsThatSparksSettingsAskForAreClampedToo() {
        SparkConf spark = SparkSettings.complete(
                conf("spark://host:7077")
                        .set("spark.task.cpus", "2")
                        .set("spark.executor.extraJavaOptions", "-Xss4m -Dai.djl.pytorch.num_threads=8")
                        .set("spark.executorEnv.OMP_NUM_THREADS", "8"),
                "name",
                ExecutionSpec.DEFAULTS);
        assertThat(spark.get("spark.executor.extraJavaOptions"))
                .contains("-Xss4m", "-Dai.djl.pytorch.num_threads=2")
                .doesNotContain("num_threads=8");
        assertThat(spark.get("spark.executorEnv.OMP_NUM_THREADS")).isEqualTo("2");
        assertThat(SparkSettings.threads(spark, ExecutionSpec.DEFAULTS))
                .as("what the rows say")
                .isEqualTo(2);
    }

    @Test
    void theUnsafeCommitterIsRefusedByName() {
        String setting = "spark.hadoop.mapreduce.fileoutputcommitter.algorithm.version";
        assertThatThrownBy(() -> SparkSettings.refuseUnsafe(conf("local").set(setting, "2")))
                .isInstanceOf(WrongSettingException.class)
                .hasMessageContaining(setting + "=2");
    }

    @Test
    void dynamicOverwriteIsRefusedByName() {
        String setting = "spark.sql.sources.partitionOverwriteMode";
        assertThatThrownBy(() -> SparkSettings.refuseUnsafe(conf("local").set(setting, "DYNAMIC")))
                .hasMessageContaining(setting)
                .satisfies(failure -> assertThat(Failures.exit(failure).code()).isEqualTo(2));
    }

    @Test
    void anEventLogThatCannotBeWrittenIsLeftOut() {
        SparkConf spark =
                conf("local").set("spark.eventLog.enabled", "true").set("spark.eventLog.dir", "file:///nowhere/at/all");
        assertThat(SparkSettings.complete(spark, "name", GREEDY).get("spark.eventLog.enabled"))
                .isEqualTo("false");
    }

    @ParameterizedTest
    @CsvSource({
        "spark.hadoop.fs.azure.account.key.mine.dfs.core.windows.net, hush, true",
        "spark.hadoop.fs.azure.sas.fixed.token.mine, hush, true",
        "spark.hadoop.fs.azure.sas.container.account.blob.core.windows.net, hush, true",
        "spark.hadoop.fs.azure.account.oauth2.client.secret, hush, true",
        "spark.hadoop.fs.s3a.access.key, hush, true",
        "spark.hadoop.fs.s3a.bucket.mine.secret.key, hush, true",
        "spark.hadoop.fs.s3a.encryption.key, hush, true",
        "spark.hadoop.fs.s3a.session.token, hush, true",
        "spark.hadoop.fs.gs.auth.service.account.private.key, hush, true",
        "spark.ssl.keyStorePassword, hush, true",
        "spark.authenticate.secret, hush, true",
        "mine.own, hush, true",
        "sun.java.command, SparkSubmit --conf spark.hadoop.fs.azure.account.key.x=hush my.conf, true",
        "sun.java.command, Sweep my.conf --set sweep.output=s3a://a:hush@bucket, true",
        "spark.hadoop.fs.s3a.endpoint, http://127.0.0.1:1, false",
        "spark.executor.memory, 2g, false",
        "spark.app.name, icl-sweep keys, false"
    })
    void secretsOfFileSystemsAreNotShownByEventLogsAndPages(String key, String value, boolean hidden) {
        SparkConf spark = SparkSettings.complete(
                conf("spark://host:7077").set("spark.redaction.regex", "mine|own"), "name", GREEDY);
        var shown = org.apache.spark.util.Utils.redact(
                spark,
                scala.jdk.javaapi.CollectionConverters.asScala(List.of(new scala.Tuple2<>(key, value)))
                        .toSeq());
        assertThat(shown.head()._2().equals(value)).isEqualTo(!hidden);
    }

    /** Executors know Hadoop's own alone until they have fetched the jars of a sweep. */
    @Test
    void localFilesAreThoseOfThisProjectInLocalModeAlone() {
        String setting = "spark.hadoop." + LocalFiles.SETTING;
        assertThat(SparkSettings.complete(conf("local[2]"), "name", GREEDY).get(setting))
                .isEqualTo(LocalFiles.class.getName());
        assertThat(SparkSettings.complete(conf("local").set(setting, "of.the.User"), "name", GREEDY)
                        .get(setting))
                .isEqualTo("of.the.User");
        assertThat(SparkSettings.complete(conf("spark://host:7077"), "name", GREEDY)
                        .contains(setting))
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"local[2]", "spark://host:7077", "yarn", "k8s://https://host"})
    void noPageIsServedAndNoneEndsJobsUnlessTheUserAsksForIt(String master) {
        SparkConf spark = SparkSettings.complete(conf(master), "name", GREEDY);
        assertThat(spark.getBoolean("spark.ui.enabled", true)).isFalse();
        assertThat(spark.getBoolean("spark.ui.killEnabled", true)).isFalse();
        SparkConf asked = SparkSettings.complete(conf(master).set("spark.ui.enabled", "true"), "name", GREEDY);
        assertThat(asked.getBoolean("spark.ui.enabled", false)).isTrue();
        assertThat(asked.getBoolean("spark.ui.killEnabled", true)).isFalse();
    }

    private static SparkConf conf(String master) {
        return new SparkConf(false).setMaster(master);
    }
}
