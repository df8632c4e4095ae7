package org.iclsweep.model.decoder;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * A pairwise cover of configurations: most faults of options need one value, or two together (Kuhn, Wallace, Gallo
 * 2004, doi:10.1109/TSE.2004.24), and few cases contain all pairs.
 */
final class Pairwise {
    private Pairwise() {}

    /**
     * A part of {@code all}, in its order, that contains every pair of field values that {@code all} contains for a
     * model type. Greedy: next is the case with the most pairs that are not covered yet.
     */
    static <T> List<T> cover(List<T> all, Function<T, JsonNode> config) {
        List<Set<String>> open =
                all.stream().map(one -> pairs(config.apply(one))).toList();
        Set<Integer> chosen = new TreeSet<>();
        while (true) {
            int next = IntStream.range(0, open.size())
                    .boxed()
                    .max(Comparator.comparingInt(i -> open.get(i).size()))
                    .orElseThrow();
            Set<String> covered = Set.copyOf(open.get(next));
            if (covered.isEmpty()) {
                return chosen.stream().map(all::get).toList();
            }
            chosen.add(next);
            open.forEach(pairs -> covered.forEach(pairs::remove));
        }
    }

    /** Each two values of fields, with the model type. */
    static Set<String> pairs(JsonNode config) {
        List<String> values = new ArrayList<>();
        addValues("", config, values);
        Set<String> pairs = new HashSet<>();
        for (String first : values) {
            for (String second : values) {
                if (first.compareTo(second) < 0) {
                    pairs.add(config.path("model_type").asText() + ": " + first + " & " + second);
                }
            }
        }
        return pairs;
    }

    private static void addValues(String prefix, JsonNode config, List<String> values) {
        config.fields().forEachRemaining(field -> {
            if (field.getValue().isObject()) {
                addValues(prefix + field.getKey() + ".", field.getValue(), values);
            } else {
                values.add(prefix + field.getKey() + " = " + field.getValue());
            }
        });
    }
}
