package org.iclsweep.sweep.job;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.spark.SparkConf;
import org.iclsweep.sweep.config.GpuPolicy;
import org.iclsweep.sweep.run.UnfitMachineException;

/**
 * The GPUs that Spark's settings ask for against those that there are, before Spark starts: where they are missing,
 * Spark itself ends (in local mode), waits for ever (for executors of a standalone cluster), or starts executors that
 * end (on YARN). Kubernetes is not asked: a driver may not look at its nodes.
 */
final class GpuSupply {
    private static final String DRIVER = "spark.driver.resource.gpu.";
    private static final long SCRIPT_SECONDS = 30;

    private GpuSupply() {}

    /**
     * Drops the request for GPUs that are not there, with a warning, unless they are required.
     *
     * @throws UnfitMachineException if they are required
     */
    static void settle(SparkConf spark, GpuPolicy policy) {
        if (policy == GpuPolicy.OFF) {
            return;
        }
        lack(spark).ifPresent(lack -> {
            if (policy == GpuPolicy.REQUIRE) {
                throw new UnfitMachineException("sweep.execution.gpu = require: " + lack + " (docs/how-to/cluster.md)");
            }
            System.err.println("sweep.execution.gpu = prefer: " + lack
                    + "; trials are computed on the CPU, with the flag NO_GPU (docs/how-to/cluster.md)");
            GpuStages.drop(spark, lack);
        });
    }

    private static Optional<String> lack(SparkConf spark) {
        if (SparkSettings.isLocal(spark)) {
            return ofThisMachine(spark);
        }
        String master = spark.get("spark.master");
        if (GpuStages.ofExecutor(spark) == 0) {
            return Optional.empty();
        }
        if (master.startsWith("spark://")) {
            return ofCluster(spark, "worker", WorkerGpus.of(spark, MasterProbe.PATIENCE));
        }
        return master.equals("yarn") ? ofCluster(spark, "node", NodeGpus.of(spark)) : Optional.empty();
    }

    private static Optional<String> ofThisMachine(SparkConf spark) {
        int wanted = spark.getInt(DRIVER + "amount", 0);
        Optional<String> script = Optional.ofNullable(spark.get(DRIVER + "discoveryScript", null));
        if (wanted == 0 || script.isEmpty()) {
            return Optional.empty();
        }
        int there = discovered(script.get());
        return there >= wanted
                ? Optional.empty()
                : Optional.of("%samount: expected %s GPUs on this machine, found %s by %s"
                        .formatted(DRIVER, wanted, there, script.get()));
    }

    /** The number of addresses that a discovery script prints; 0 where it fails. */
    private static int discovered(String script) {
        try {
            Process process = new ProcessBuilder(script)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            try {
                String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                JsonNode addresses = new ObjectMapper().readTree(said).path("addresses");
                return process.waitFor(SCRIPT_SECONDS, TimeUnit.SECONDS) && process.exitValue() == 0
                        ? addresses.size()
                        : 0;
            } finally {
                process.destroyForcibly();
            }
        } catch (IOException e) {
            return 0;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return 0;
        }
    }

    /** A cluster of which no machine is known is not judged: they may be about to register. */
    private static Optional<String> ofCluster(SparkConf spark, String machine, List<Integer> gpus) {
        int wanted = GpuStages.ofExecutor(spark);
        int most = gpus.stream().mapToInt(Integer::intValue).max().orElse(wanted);
        return most >= wanted
                ? Optional.empty()
                : Optional.of(
                        "spark.executor.resource.gpu.amount: expected a %s with %s GPUs, found %s %1$ss with at most %s"
                                .formatted(machine, wanted, gpus.size(), most));
    }
}
