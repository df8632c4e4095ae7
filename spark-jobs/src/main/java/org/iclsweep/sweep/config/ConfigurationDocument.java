package org.iclsweep.sweep.config;

import com.typesafe.config.ConfigObject;
import java.util.List;
import org.iclsweep.sweep.experiment.appended.SearchSpec;
import org.iclsweep.sweep.experiment.generalization.EvaluationReader;
import org.iclsweep.sweep.experiment.generalization.GeneralizationSweep;
import org.iclsweep.sweep.experiment.generalization.RunSettingsReader;
import org.iclsweep.sweep.experiment.grid.DemonstrationSpec;
import org.iclsweep.sweep.experiment.grid.EvaluationSpec;
import org.iclsweep.sweep.experiment.grid.MethodSpec;
import org.iclsweep.sweep.experiment.grid.ModelSpec;
import org.iclsweep.sweep.experiment.grid.SweepConfiguration;
import org.iclsweep.sweep.experiment.grid.TaskSpec;
import org.iclsweep.sweep.experiment.metaoptimizer.FineTuningSpec;
import org.iclsweep.sweep.experiment.training.TrainingSweep;

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
        section(text, "sweep", SweepConfiguration.KEYS);
        section(text, "sweep.models[]", ModelSpec.KEYS);
        section(text, "sweep.methods[]", MethodSpec.KEYS);
        section(text, "sweep.tasks[]", TaskSpec.KEYS);
        section(text, "sweep.demonstrations", DemonstrationSpec.KEYS);
        section(text, "sweep.evaluation", EvaluationSpec.KEYS);
        section(text, "sweep.evaluation.audit", EvaluationSpec.AUDIT_KEYS);
        section(text, "sweep.search", SearchSpec.KEYS);
        section(text, "sweep.fine-tuning", FineTuningSpec.KEYS);
        section(text, "sweep.fine-tuning.variants[]", FineTuningSpec.Variant.KEYS);
        section(text, "sweep.execution", ExecutionSpec.KEYS);
        text.append(
                "\nA sweep of `kind = training` has, beside its block `sweep`, a block `training { … }` as the files in"
                        + " `conf/training/` have it, and runs it once for every seed and variant. Its block `sweep`:\n");
        section(text, "sweep (kind = training)", TrainingSweep.KEYS);
        text.append(
                "\nA sweep of `kind = generalization` trains small transformers on patterns (arXiv:2402.15607). Its block"
                        + " `sweep`:\n");
        section(text, "sweep (kind = generalization)", GeneralizationSweep.KEYS);
        section(text, "sweep.training", RunSettingsReader.KEYS);
        section(text, "sweep.evaluations[]", EvaluationReader.KEYS);
        return text.toString();
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
