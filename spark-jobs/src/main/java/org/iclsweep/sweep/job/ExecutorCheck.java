package org.iclsweep.sweep.job;

import java.io.IOException;
import java.io.Serializable;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.SparkSession;
import org.iclsweep.sweep.config.ExecutionSpec;
import org.iclsweep.sweep.run.GpuSetup;
import org.iclsweep.sweep.run.MachineFaults;
import org.iclsweep.sweep.run.NativeLibraries;
import org.iclsweep.sweep.run.Slot;
import org.iclsweep.sweep.run.UnfitMachineException;
import org.jspecify.annotations.Nullable;

/** Asks every executor what it has, with the settings that a sweep would have. */
public final class ExecutorCheck {
    private static final long GIB = 1L << 30;

    private ExecutorCheck() {}

    /**
     * The properties of an executor.
     *
     * @param sound whether it can run trials
     */
    public record Finding(String executor, boolean sound, String text) implements Serializable {
        @Override
        public String toString() {
            return "executor " + executor + ": " + text;
        }
    }

    /** One finding for each executor that is there. */
    public static List<Finding> run(@Nullable String master) {
        SparkSession spark =
                Sweep.start(Sweep.settings("doctor", ExecutionSpec.DEFAULTS, master), ExecutionSpec.DEFAULTS.gpu());
        try {
            Slots slots = Slots.of(spark.sparkContext(), ExecutionSpec.DEFAULTS);
            Map<String, Finding> findings = new TreeMap<>();
            Slots.each(
                            spark.sparkContext(),
                            GpuStages.profile(spark.sparkContext().getConf()))
                    .map(number -> look(slots.current()))
                    .collect()
                    .forEach(finding -> findings.put(finding.executor(), finding));
            return List.copyOf(findings.values());
        } finally {
            spark.stop();
        }
    }

    private static Finding look(Slot slot) {
        try {
            MachineFaults.require();
            String text = String.format(
                    Locale.ROOT,
                    "%s, Java %s, %s, %d threads a task, %s, GPUs: %s, %.1f GiB free",
                    InetAddress.getLocalHost().getHostName(),
                    Runtime.version(),
                    slot.device(),
                    slot.threads(),
                    NativeLibraries.load(slot.executor()),
                    GpuSetup.ofThisMachine(),
                    Files.getFileStore(Path.of("").toAbsolutePath()).getUsableSpace() / (double) GIB);
            return new Finding(slot.executor(), true, text);
        } catch (UnfitMachineException | IOException e) {
            return new Finding(slot.executor(), false, "MISSING: " + e.getMessage());
        }
    }
}
