package org.iclsweep.sweep.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.SparkConf;
import org.apache.spark.deploy.LocalSparkCluster;
import org.iclsweep.sweep.config.GpuPolicy;
import org.iclsweep.sweep.run.UnfitMachineException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Requests for GPUs on machines that have none, before Spark starts. */
class GpuSupplyTest {
    private static final List<String> REQUESTS =
            List.of("spark.driver.resource.gpu.amount", "spark.executor.resource.gpu.amount");

    @TempDir
    private Path directory;

    private SparkConf local(String addresses, int wanted) throws IOException {
        Path script = directory.resolve("discovery");
        StandaloneCluster.executable(
                script, "#!/bin/sh\necho '{\"name\": \"gpu\", \"addresses\": [%s]}'\n".formatted(addresses));
        return new SparkConf(false)
                .setMaster("local[2]")
                .set("spark.driver.resource.gpu.amount", Integer.toString(wanted))
                .set("spark.driver.resource.gpu.discoveryScript", script.toString());
    }

    @Test
    void gpusThatThisMachineLacksAreNotAskedFor() throws IOException {
        SparkConf spark = local("", 1);
        GpuSupply.settle(spark, GpuPolicy.PREFER);
        assertThat(REQUESTS).noneMatch(spark::contains);
        assertThat(GpuStages.isDropped(spark)).isTrue();

        assertThatThrownBy(() -> GpuSupply.settle(local("\"0\"", 2), GpuPolicy.REQUIRE))
                .isInstanceOf(UnfitMachineException.class)
                .hasMessageStartingWith(
                        "sweep.execution.gpu = require: spark.driver.resource.gpu.amount: expected 2 GPUs")
                .hasMessageContaining("found 1 by " + directory.resolve("discovery"))
                .hasMessageNotContaining("\n");
    }

    @Test
    void gpusThatThisMachineHasAreAskedFor() throws IOException {
        SparkConf spark = local("\"0\",\"MIG-c6\"", 2);
        GpuSupply.settle(spark, GpuPolicy.PREFER);
        assertThat(spark.get("spark.driver.resource.gpu.amount")).isEqualTo("2");
        assertThat(GpuStages.isDropped(spark)).isFalse();
    }

    @Test
    void aScriptThatIsNotThereFindsNoGpus() throws IOException {
        SparkConf spark = local("\"0\"", 1).set("spark.driver.resource.gpu.discoveryScript", "no/such/script");
        GpuSupply.settle(spark, GpuPolicy.PREFER);
        assertThat(REQUESTS).noneMatch(spark::contains);
    }

    @Test
    void gpusThatNoWorkerOfAClusterHasAreNotWaitedFor() {
        LocalSparkCluster cluster =
                new LocalSparkCluster(2, 1, 512, new SparkConf(false).set("spark.master.rest.enabled", "false"));
        try {
            String master = cluster.start()[0];
            awaitWorkers(master);
            SparkConf spark = cluster(master);
            GpuStages.arrange(spark, GpuPolicy.PREFER, false);
            GpuSupply.settle(spark, GpuPolicy.PREFER);
            assertThat(REQUESTS).noneMatch(spark::contains);
            assertThat(GpuStages.profile(spark)).isEmpty();
            assertThat(GpuStages.isDropped(spark)).isTrue();

            assertThatThrownBy(() -> GpuSupply.settle(cluster(master), GpuPolicy.REQUIRE))
                    .isInstanceOf(UnfitMachineException.class)
                    .hasMessageContaining("expected a worker with 1 GPUs, found 2 workers with at most 0");
            assertThatCode(() -> GpuSupply.settle(cluster(master), GpuPolicy.OFF))
                    .doesNotThrowAnyException();
        } finally {
            cluster.stop();
        }
    }

    private static SparkConf cluster(String master) {
        return new SparkConf(false)
                .setMaster(master)
                .set("spark.executor.resource.gpu.amount", "1")
                .set("spark.task.resource.gpu.amount", "0.25");
    }

    private static void awaitWorkers(String master) {
        long end = System.nanoTime() + 60_000_000_000L;
        while (WorkerGpus.of(cluster(master), MasterProbe.PATIENCE).size() < 2) {
            assertThat(System.nanoTime()).as("the workers did not register").isLessThan(end);
        }
    }
}
