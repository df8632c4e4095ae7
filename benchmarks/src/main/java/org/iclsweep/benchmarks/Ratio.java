package org.iclsweep.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;

/**
 * The time of one piece of work over that of another, in processor time of the thread that does both, in turns: what
 * other processes take of the machine changes it little.
 *
 * @param name of the benchmark
 * @param compared the two pieces of work
 * @param samples the ratio of each turn, ascending
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Ratio(String name, String compared, double[] samples) {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    private static final int TURNS = 7;

    /** Work whose arrays are gone when it returns. */
    interface Work {
        void run();
    }

    /** The times of {@code one} over those of {@code other}, after a turn that counts for nothing. */
    static Ratio of(String name, String compared, Work one, Work other) {
        one.run();
        other.run();
        double[] samples = new double[TURNS];
        for (int turn = 0; turn < TURNS; turn++) {
            samples[turn] = seconds(one) / seconds(other);
        }
        Arrays.sort(samples);
        return new Ratio(name, compared, samples);
    }

    private static double seconds(Work work) {
        long began = THREADS.getCurrentThreadCpuTime();
        work.run();
        return (THREADS.getCurrentThreadCpuTime() - began) / 1e9;
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

    /** One line: name, value (the median), minimum, maximum, what was compared, environment. */
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
                .put("compared", compared);
        line.putObject("environment")
                .put("processors", Runtime.getRuntime().availableProcessors())
                .put("java", Runtime.version().toString())
                .put("architecture", System.getProperty("os.arch"));
        return line;
    }
}
