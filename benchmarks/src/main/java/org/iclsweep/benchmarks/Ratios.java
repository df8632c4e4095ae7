package org.iclsweep.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The ratios of a sweep's parts, one JSON object per line: {@code bin/icl-sweep bench [NAME…] [--compare]}. */
public final class Ratios {
    private static final Path ACCEPTED = Path.of("benchmarks", "accepted.jsonl");

    private Ratios() {}

    /** A benchmark hands each of its ratios on as it is found. */
    interface Benchmark {
        void run(Consumer<Ratio> found);
    }

    private static Map<String, Benchmark> benchmarks() {
        Map<String, Benchmark> all = new LinkedHashMap<>(ModelRatios.benchmarks());
        all.putAll(BreakEven.benchmarks());
        all.putAll(SweepRatios.benchmarks());
        return all;
    }

    /** {@code args}: the names of benchmarks, all by default; {@code --compare}: beside the last accepted run. */
    public static void main(String[] args) throws IOException {
        List<String> names = new ArrayList<>(List.of(args));
        boolean compare = names.remove("--compare");
        Map<String, Benchmark> all = benchmarks();
        for (String name : names) {
            if (!all.containsKey(name)) {
                System.err.println(name + ": expected one of " + String.join(", ", all.keySet()));
                System.exit(2);
            }
        }
        Map<String, Double> accepted = compare ? accepted() : Map.of();
        all.forEach((name, benchmark) -> {
            if (names.isEmpty() || names.contains(name)) {
                benchmark.run(ratio -> print(ratio, accepted.get(ratio.name())));
            }
        });
        System.exit(0); // Spark leaves threads behind
    }

    private static void print(Ratio ratio, @Nullable Double accepted) {
        System.out.println(ratio.json());
        if (accepted != null) {
            System.err.printf("%s: %.3g, accepted %.3g%n", ratio.name(), ratio.median(), accepted);
        }
    }

    private static Map<String, Double> accepted() throws IOException {
        ObjectMapper json = new ObjectMapper();
        Map<String, Double> values = new LinkedHashMap<>();
        for (String line : Files.readAllLines(ACCEPTED)) {
            ObjectNode read = (ObjectNode) json.readTree(line);
            values.put(read.get("name").asText(), read.get("value").asDouble());
        }
        return values;
    }
}
