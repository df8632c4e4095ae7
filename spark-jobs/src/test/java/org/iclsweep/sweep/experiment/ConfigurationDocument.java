package org.iclsweep.sweep.experiment;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.iclsweep.datasets.fault.Named;
import org.iclsweep.datasets.task.TaskCatalogue;
import org.iclsweep.sweep.config.TrainingConfigurationReader;

/** The documentation of every key, from the keys themselves: {@code docs/reference/configuration.md}. */
final class ConfigurationDocument {
    private static final String HEAD = """
            # The configuration of a sweep

            Generated from the code (`org.iclsweep.sweep.config`) and checked by `ConfigurationDocumentTest`; to write it
            and the schemas anew, run `./mvnw test -pl spark-jobs -am -Dtest='Configuration*Test'
            -Dsurefire.failIfNoSpecifiedTests=false -Dicl.sweep.write-docs=true`.

            A sweep is a [HOCON](https://github.com/lightbend/config/blob/main/HOCON.md) file with one block
            `sweep { … }`. `${data}` stands for the environment variable `ICL_SWEEP_DATA`, `${run}` for the date of a
            scheduled run in UTC (`ICL_SWEEP_LOGICAL_DATE`, or today): `20260329T003000Z`, or `20260329`.
            `--set KEY=VALUE` on the command line overrides a key, by its full path: `--set sweep.output=/tmp/x`. VALUE is parsed as HOCON, and
            taken as plain text where that fails; a list is replaced whole; the last one wins. Unknown keys, wrong
            types, missing files: every fault comes in one message, with key, file and line.

            Editors complete and check a configuration that is written as JSON, which is HOCON, and names its schema:
            `{ "$schema": "conf/sweep.schema.json", "sweep": { … } }`; `conf/training.schema.json` is that of trainings.

            Keys marked ° cannot change what a row says. All others make the plan's digest, together with the content
            of models and tasks: a directory holds the rows of one digest only.
            """;

    private ConfigurationDocument() {}

    /** The document, in Markdown. */
    static String markdown() {
        StringBuilder text = new StringBuilder(HEAD);
        text.append(new KeyBlock("sweep", Experiments.Kind.class).tables());
        Set<String> written = new HashSet<>();
        for (Experiment<?, ?> experiment : Experiments.ALL) {
            List<String> sections = experiment.keys().stream()
                    .flatMap(block -> Arrays.stream(block.tables().split("(?=\n## )")))
                    .distinct()
                    .toList();
            text.append("\n# Sweeps of `kind = ").append(experiment.kind()).append("`\n");
            text.append("\n")
                    .append(experiment.getClass().getAnnotation(Named.class).doc())
                    .append("\n");
            text.append(shared(sections.stream().filter(written::contains)));
            sections.stream().filter(written::add).forEach(text::append);
        }
        text.append("\n# The block `training` of a sweep of `kind = training`, and of `icl-sweep train`\n");
        text.append(TrainingConfigurationReader.markdown());
        text.append("\n# The kinds of tasks\n");
        text.append(TaskCatalogue.markdown());
        return text.toString();
    }

    /** The blocks that were documented with an earlier kind. */
    private static String shared(Stream<String> sections) {
        String earlier = sections.map(section ->
                        section.strip().lines().findFirst().orElse("").substring("## ".length()))
                .filter(heading -> !heading.contains(" (")) // with the list that it belongs to
                .collect(Collectors.joining(", "));
        return earlier.isEmpty() ? "" : "\nAs above: " + earlier + ".\n";
    }
}
