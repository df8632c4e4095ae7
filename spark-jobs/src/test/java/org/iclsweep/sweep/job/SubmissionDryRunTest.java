package org.iclsweep.sweep.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.spark.SecurityManager;
import org.apache.spark.SparkConf;
import org.apache.spark.deploy.SparkSubmit;
import org.apache.spark.deploy.SparkSubmitArguments;
import org.apache.spark.deploy.k8s.KubernetesConf$;
import org.apache.spark.deploy.k8s.KubernetesExecutorConf;
import org.apache.spark.deploy.k8s.SparkPod;
import org.apache.spark.deploy.k8s.submit.ClientArguments;
import org.apache.spark.deploy.k8s.submit.KubernetesDriverBuilder;
import org.apache.spark.resource.ResourceProfile$;
import org.apache.spark.scheduler.cluster.k8s.KubernetesExecutorBuilder;
import org.iclsweep.sweep.config.ExecutionSpec;
import org.junit.jupiter.api.Test;
import scala.Option;
import scala.Tuple4;
import scala.jdk.javaapi.CollectionConverters;

/** Submissions as far as they go without a cluster: what Spark would start. */
class SubmissionDryRunTest {
    private static final String SWEEP = "org.iclsweep.sweep.job.Sweep";

    @Test
    void kubernetesWouldStartTheDriverOfTheShippedImage() {
        Tuple4<scala.collection.immutable.Seq<String>, scala.collection.immutable.Seq<String>, SparkConf, String>
                prepared = prepare("kubernetes.conf", "local:///opt/icl-sweep/lib/spark-jobs.jar");
        assertThat(prepared._4()).endsWith("k8s.submit.KubernetesClientApplication");
        ClientArguments arguments = ClientArguments.fromCommandLineArgs(
                CollectionConverters.asJava(prepared._1()).toArray(String[]::new));
        try (KubernetesClient nowhere = client()) {
            SparkPod pod = new KubernetesDriverBuilder()
                    .buildFromFeatures(
                            KubernetesConf$.MODULE$.createDriverConf(
                                    prepared._3(),
                                    "spark-application-1",
                                    arguments.mainAppResource(),
                                    arguments.mainClass(),
                                    arguments.driverArgs(),
                                    Option.empty()),
                            nowhere)
                    .pod();
            Container driver = pod.container();
            assertThat(driver.getImage()).isEqualTo("icl-sweep:0.1.0");
            assertThat(driver.getArgs()).containsSubsequence("driver", "--class", SWEEP, "my.conf", "--set");
            assertThat(driver.getVolumeMounts())
                    .anyMatch(mount -> mount.getMountPath().equals("/sweeps"));
            assertThat(pod.pod().getSpec().getServiceAccountName()).isEqualTo("icl-sweep");
        }
    }

    @Test
    void kubernetesWouldGiveEachExecutorAGpuAndMemoryOutsideTheHeap() {
        SparkConf spark = SparkSettings.complete(
                        prepare("kubernetes-gpu.conf", "local:///opt/icl-sweep/lib/spark-jobs.jar")
                                ._3(),
                        "name",
                        ExecutionSpec.DEFAULTS)
                .set("spark.driver.host", "driver")
                .set("spark.driver.port", "7078");
        // The default profile is one of the JVM: Spark makes it anew from the settings of whoever asks next.
        ResourceProfile$.MODULE$.clearDefaultProfile();
        KubernetesExecutorConf conf =
                KubernetesConf$.MODULE$.createExecutorConf(spark, "1", "spark-application-1", Option.empty(), 0);
        SecurityManager security = new SecurityManager(
                spark, Option.empty(), org.apache.spark.internal.config.package$.MODULE$.AUTH_SECRET_FILE_EXECUTOR());
        security.initializeAuth(); // as the driver does
        try (KubernetesClient nowhere = client()) {
            Container executor = new KubernetesExecutorBuilder()
                    .buildFromFeatures(
                            conf, security, nowhere, ResourceProfile$.MODULE$.getOrCreateDefaultProfile(spark))
                    .pod()
                    .container();
            Map<String, Quantity> limits = executor.getResources().getLimits();
            assertThat(limits.get("nvidia.com/gpu").getAmount()).isEqualTo("1");
            assertThat(executor.getImage()).isEqualTo("icl-sweep:0.1.0-gpu");
            assertThat(limits.get("memory")).hasToString("6144Mi");
            assertThat(executor.getEnv())
                    .anyMatch(variable -> variable.getName().equals("OMP_NUM_THREADS")
                            && variable.getValue().equals("1"));
            assertThat(executor.getEnv())
                    .as("the secret of the application")
                    .anyMatch(variable -> variable.getName().equals(SecurityManager.ENV_AUTH_SECRET())
                            && variable.getValue().length() >= 32);
            assertThat(executor.getEnv())
                    .anyMatch(variable -> variable.getName().equals("SPARK_CLASSPATH")
                            || String.valueOf(variable.getValue()).contains("num_threads=1"));
        } finally {
            ResourceProfile$.MODULE$.clearDefaultProfile();
        }
    }

    /** Spark's YARN module does not resolve for this version: its part ends with the arguments. */
    @Test
    void theSubmissionToYarnIsUnderstood() {
        SparkSubmitArguments arguments = arguments("yarn.conf", "spark-jobs.jar");
        assertThat(arguments.master()).isEqualTo("yarn");
        assertThat(arguments.deployMode()).isEqualTo("cluster");
        assertThat(arguments.mainClass()).isEqualTo(SWEEP);
        assertThat(arguments.sparkProperties().apply("spark.executor.resource.gpu.discoveryScript"))
                .isEqualTo("./gpu-discovery");
    }

    private static KubernetesClient client() {
        return new KubernetesClientBuilder()
                .withConfig(new ConfigBuilder(io.fabric8.kubernetes.client.Config.empty())
                        .withMasterUrl("https://127.0.0.1:1")
                        .build())
                .build();
    }

    private static Tuple4<
                    scala.collection.immutable.Seq<String>, scala.collection.immutable.Seq<String>, SparkConf, String>
            prepare(String settings, String jar) {
        return new SparkSubmit().prepareSubmitEnvironment(arguments(settings, jar), Option.empty());
    }

    private static SparkSubmitArguments arguments(String settings, String jar) {
        List<String> words = new ArrayList<>(List.of(
                "--properties-file",
                StandaloneCluster.HOME.resolve("conf/spark").resolve(settings).toString(),
                "--class",
                SWEEP,
                jar,
                "my.conf",
                "--set",
                "sweep.output=/sweeps/mine"));
        return new SparkSubmitArguments(
                CollectionConverters.asScala(words).toSeq(),
                scala.collection.immutable.Map$.MODULE$
                        .<String, String>empty()
                        .updated("HADOOP_CONF_DIR", "/etc/hadoop"));
    }
}
