package org.iclsweep.sweep.job;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.spark.SparkConf;
import org.apache.spark.resource.ResourceProfile;
import org.apache.spark.resource.TaskResourceProfile;
import org.iclsweep.sweep.config.GpuPolicy;
import org.junit.jupiter.api.Test;

class GpuStagesTest {
    private static SparkConf user() {
        return new SparkConf(false)
                .setMaster("spark://host:7077")
                .set("spark.executor.cores", "4")
                .set("spark.executor.memory", "3g")
                .set("spark.executor.resource.gpu.amount", "2")
                .set("spark.executor.resource.gpu.discoveryScript", "/opt/discovery")
                .set("spark.task.resource.gpu.amount", "0.25");
    }

    @Test
    void whatATaskTakesOfAGpuIsForComputingStagesOnly() {
        SparkConf spark = user();
        GpuStages.arrange(spark, GpuPolicy.PREFER, false);

        assertThat(spark.contains("spark.task.resource.gpu.amount")).isFalse();
        assertThat(spark.get("spark.executor.resource.gpu.amount")).isEqualTo("2");
        ResourceProfile profile = GpuStages.profile(spark).orElseThrow();
        assertThat(profile).isInstanceOf(TaskResourceProfile.class);
        assertThat(profile.taskResourcesJMap().get("gpu").amount()).isEqualTo(0.25);
        assertThat(profile.taskResourcesJMap().get("cpus").amount()).isEqualTo(1);
    }

    @Test
    void executorsThatComeAndGoHaveTheirGpusFromTheComputingStages() {
        SparkConf spark = user().set("spark.dynamicAllocation.enabled", "true");
        GpuStages.arrange(spark, GpuPolicy.REQUIRE, false);

        assertThat(spark.contains("spark.executor.resource.gpu.amount")).isFalse();
        ResourceProfile profile = GpuStages.profile(spark).orElseThrow();
        assertThat(profile.executorResourcesJMap().get("gpu").amount()).isEqualTo(2);
        assertThat(profile.executorResourcesJMap().get("gpu").discoveryScript()).isEqualTo("/opt/discovery");
        assertThat(profile.executorResourcesJMap().get("cores").amount()).isEqualTo(4);
        assertThat(profile.executorResourcesJMap().get("memory").amount()).isEqualTo(3072);
    }

    @Test
    void offAsksForNoGpu() {
        SparkConf spark = user();
        GpuStages.arrange(spark, GpuPolicy.OFF, false);
        assertThat(spark.getAll()).noneMatch(setting -> setting._1().contains("resource.gpu"));
        assertThat(GpuStages.profile(spark)).isEmpty();
    }

    @Test
    void withoutGpusThereIsNoProfile() {
        SparkConf spark = new SparkConf(false).setMaster("yarn");
        GpuStages.arrange(spark, GpuPolicy.PREFER, false);
        assertThat(GpuStages.profile(spark)).isEmpty();
    }
}
