package org.iclsweep.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * The time of one piece of work over that of another, in turns.
 *
 * @param name of the benchmark
 * @param compared the two pieces of work
 * @param samples the ratio of each turn, ascending
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Ratio(String name, String compared, double[] samples) {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private static final int LEAST_TURNS = 7;
    private static final int MOST_TURNS = 41;

    /** The time of the thread for which turns go on that count for nothing, and then those that count. */
    private static final double WARM_UP_SECONDS = 2;

    private static final double SECONDS = 8;

    /** Work whose arrays are gone when it returns. */
    interface Work {
        void run();
    }

    /**
     * The times of {@code one} over those of {@code other} in processor time of the thread that does both: what other
     * processes take of the machine changes it little. The first turns, in which code is compiled, do not count.
     */
    static Ratio of(String name, String compared, Work one, Work other) {
        double warm = now() + WARM_UP_SECONDS;
        do {
            one.run();
            other.run();
        } while (now() < warm);
        List<Double> samples = new ArrayList<>();
        double end = now() + SECONDS;
        while (samples.size() < LEAST_TURNS || (now() < end && samples.size() < MOST_TURNS)) {
            samples.add(seconds(one) / seconds(other));
        }
        return of(name, compared, samples);
    }

    /** The ratios that were measured some other way. */
    static Ratio of(String name, String compared, List<Double> samples) {
        return new Ratio(
                name,
                compared,
                samples.stream().mapToDouble(Double::doubleValue).sorted().toArray());
    }

    /** The words for the two pieces of work. */
    static String compared(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }

    /** Seconds of processor time of this thread. */
    static double now() {
        return THREADS.getCurrentThreadCpuTime() / 1e9;
    }

    /** The processor time of work in this thread. */
    static double seconds(Work work) {
        double began = now();
        work.run();
        return now() - began;
    }

    /** This ratio times {@code factor}. */
    Ratio times(double factor) {
        return new Ratio(
                name,
                compared,
                Arrays.stream(samples).map(x -> x * factor).sorted().toArray());
    }

    double median() {
        return samples[samples.length / 2];
    }

    /** One line: name, value (the median), minimum, maximum, number of samples, what was compared, environment. */
    String json() {
        return line().toString();
    }

    /** The same line, not written yet. */
    ObjectNode line() {
        ObjectNode line = JSON.createObjectNode()
                .put("name", name)
                .put("value", Benchmarks.rounded(median()))
                .put("minimum", Benchmarks.rounded(samples[0]))
                .put("maximum", Benchmarks.rounded(samples[samples.length - 1]))
                .put("turns", samples.length)
                .put("compared", compared);
        line.putObject("environment")
                .put("processors", Runtime.getRuntime().availableProcessors())
                .put(
                        "load",
                        Benchmarks.rounded(
                                ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage()))
                .put("java", Runtime.version().toString())
                .put("architecture", System.getProperty("os.arch"));
        return line;
    }
}
