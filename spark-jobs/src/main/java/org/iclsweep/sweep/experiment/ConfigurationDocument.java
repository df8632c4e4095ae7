package org.iclsweep.sweep.experiment;

import com.typesafe.config.ConfigObject;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.iclsweep.sweep.config.Key;

/** The documentation of every key, from the keys themselves: {@code docs/configuration.md}. */
public final class ConfigurationDocument {
    private static final String HEAD = """
            # The configuration of a sweep

            Generated from the code (`org.iclsweep.sweep.config`) and checked by `ConfigurationDocumentTest`; to write it
            anew, run `./mvnw test -pl spark-jobs -am -Dtest=ConfigurationDocumentTest
            -Dsurefire.failIfNoSpecifiedTests=false -Dicl.sweep.write-docs=true`.

            A sweep is a [HOCON](https://github.com/lightbend/config/blob/main/HOCON.md) file with one block
            `sweep { … }`. `${data}` stands for the environment variable `ICL_SWEEP_DATA`, `${run}` for the date of a
            scheduled run in UTC (`ICL_SWEEP_LOGICAL_DATE`, or today): `20260329T003000Z`, or `20260329`.
            `--set KEY=VALUE` on the command line overrides a key, by its full path: `--set sweep.output=/tmp/x`. VALUE is parsed as HOCON, and
            taken as plain text where that fails; a list is replaced whole; the last one wins. Unknown keys, wrong
            types, missing files: every fault comes in one message, with key, file and line.

            Keys marked ° cannot change what a row says. All others make the plan's digest, together with the content
            of models and tasks: a directory holds the rows of one digest only.
            """;

    private ConfigurationDocument() {}

    /** The document, in Markdown. */
    public static String markdown() {
        StringBuilder text = new StringBuilder(HEAD);
        Set<String> written = new HashSet<>();
        for (Experiment<?, ?> experiment : Experiments.ALL) {
            List<KeyBlock> own = experiment.keys().stream()
                    .filter(block -> written.add(block.path()))
                    .toList();
            text.append("\n# Sweeps of `kind = ").append(experiment.kind()).append("`\n");
            text.append(shared(experiment, own));
            own.forEach(block -> section(text, block.path(), block.keys()));
        }
        return text.toString();
    }

    /** The blocks that were documented with an earlier kind. */
    private static String shared(Experiment<?, ?> experiment, List<KeyBlock> own) {
        String earlier = experiment.keys().stream()
                .filter(block -> !own.contains(block))
                .map(block -> "`" + block.path() + "`")
                .collect(Collectors.joining(", "));
        return earlier.isEmpty() ? "" : "\nAs above: " + earlier + ".\n";
    }

    private static void section(StringBuilder text, String path, List<Key<?>> keys) {
        text.append("\n## `").append(path).append("`\n\n| key | takes | default | meaning |\n|---|---|---|---|\n");
        keys.forEach(key -> text.append(row(key)));
    }

    private static <T> String row(Key<T> key) {
        String mark = key.changesRows() ? "" : " °";
        return "| `%s`%s | %s | %s | %s |\n"
                .formatted(key.name(), mark, key.type().description(), fallback(key), key.meaning());
    }

    private static <T> String fallback(Key<T> key) {
        if (key.required()) {
            return "required";
        }
        Object plain = key.type().plain(key.fallback());
        boolean inWords = plain instanceof ConfigObject || plain.equals("");
        boolean blocks = plain instanceof List<?> list && list.stream().anyMatch(ConfigObject.class::isInstance);
        return inWords || blocks ? "see there" : "`" + plain + "`";
    }
}
