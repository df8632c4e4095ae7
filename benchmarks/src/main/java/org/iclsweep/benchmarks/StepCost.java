package org.iclsweep.benchmarks;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.statistics.IOStatistics;
import org.apache.hadoop.fs.statistics.IOStatisticsSupport;

/**
 * The cost of a step of a sweep's bookkeeping.
 *
 * @param clock seconds by the clock
 * @param processors seconds of the processors for all threads of the process that did it, in user and in kernel mode
 * @param requests to an object store, as its client counts them; 0 for any other storage
 */
record StepCost(double clock, double processors, double requests) {
    private static final String REQUESTS = "store_io_request";
    private static final Pattern TOLD = Pattern.compile("\\(" + REQUESTS + "=([0-9]+)\\)");
    private static final long GLANCE_MILLIS = 10;

    StepCost over(int parts) {
        return new StepCost(clock / parts, processors / parts, requests / parts);
    }

    /** The cost of work that this process does by means of a file system. */
    static StepCost of(FileSystem files, Callable<?> work) throws Exception {
        long began = System.nanoTime();
        long usedBefore = used();
        long asked = requests(files);
        work.call();
        return new StepCost(
                (System.nanoTime() - began) / 1e9, (used() - usedBefore) / 1e9, (double) requests(files) - asked);
    }

    private static long used() {
        return ManagementFactory.getPlatformMXBean(com.sun.management.OperatingSystemMXBean.class)
                .getProcessCpuTime();
    }

    private static long requests(FileSystem files) {
        IOStatistics statistics = IOStatisticsSupport.retrieveIOStatistics(files);
        return statistics == null ? 0 : statistics.counters().getOrDefault(REQUESTS, 0L);
    }

    /**
     * The cost of a process: its processors' time as it was ten milliseconds before its end at the latest, the requests
     * as it tells them.
     *
     * @param said the file for its output
     */
    static StepCost of(List<String> command, Path said) throws IOException, InterruptedException {
        long began = System.nanoTime();
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        Duration used = Duration.ZERO;
        while (!process.waitFor(GLANCE_MILLIS, TimeUnit.MILLISECONDS)) {
            used = process.info().totalCpuDuration().orElse(used);
        }
        double clock = (System.nanoTime() - began) / 1e9;
        String text = Files.readString(said);
        if (process.exitValue() != 0) {
            throw new IOException(String.join(" ", command.subList(command.size() - 2, command.size())) + ": " + text);
        }
        Matcher told = TOLD.matcher(text);
        return new StepCost(clock, used.toMillis() / 1e3, told.find() ? Double.parseDouble(told.group(1)) : 0);
    }
}
