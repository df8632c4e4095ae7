package org.iclsweep.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/**
 * Runs the benchmarks and writes each time beside its ratio to the first of its group: times of two machines, or of two
 * moments of one, do not compare; ratios within a run do.
 */
public final class Benchmarks {
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    private Benchmarks() {}

    /** {@code args}: the file to write, then which benchmarks (a regular expression, all of them by default). */
    public static void main(String[] args) throws RunnerException, IOException {
        Path file = Path.of(args[0]);
        String which = args.length > 1 ? args[1] : "org.iclsweep.benchmarks";
        Options options = new OptionsBuilder()
                .include(which)
                .forks(1)
                .warmupIterations(2)
                .warmupTime(TimeValue.seconds(1))
                .measurementIterations(5)
                .measurementTime(TimeValue.seconds(1))
                .build();
        ObjectNode report = JSON.createObjectNode()
                .put("command", "benchmarks/run " + file.getFileName() + (args.length > 1 ? " " + which : ""))
                .put("processors", Runtime.getRuntime().availableProcessors())
                .put("java", Runtime.version().toString())
                .put("unit", "ms");
        report.set("results", results(new Runner(options).run()));
        Files.writeString(file, JSON.writeValueAsString(report) + "\n");
    }

    private static ArrayNode results(Collection<RunResult> runs) {
        ArrayNode results = JSON.createArrayNode();
        Map<String, Double> first = new LinkedHashMap<>();
        for (RunResult run : runs) {
            String method = run.getParams().getBenchmark().replaceAll(".*\\.(\\w+\\.\\w+)$", "$1");
            String group = group(run, method);
            double time = run.getPrimaryResult().getScore();
            double base = first.computeIfAbsent(group, key -> time);
            ObjectNode result = results.addObject().put("benchmark", method);
            for (String parameter : run.getParams().getParamsKeys()) {
                result.put(parameter, run.getParams().getParam(parameter));
            }
            result.put("time", rounded(time))
                    .put("error", rounded(run.getPrimaryResult().getScoreError()))
                    .put("ratio", rounded(time / base));
        }
        return results;
    }

    /** The group of a comparison: chunk sizes of a family, or ways to run a family's queries after one context. */
    private static String group(RunResult run, String method) {
        String family = run.getParams().getParam("family");
        return method.startsWith("ChunkSize")
                ? "ChunkSize/" + family
                : "Conversion/" + family + "/" + run.getParams().getParam("contextTokens");
    }

    /** Three digits. */
    static double rounded(double value) {
        return Double.parseDouble(String.format(Locale.ROOT, "%.3g", value));
    }
}
