package org.iclsweep.sweep.experiment.grid;

import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.iclsweep.datasets.demonstration.Demonstration;
import org.iclsweep.datasets.demonstration.Episode;
import org.iclsweep.datasets.demonstration.Input;
import org.iclsweep.datasets.template.PromptTemplate;
import org.jspecify.annotations.Nullable;

/**
 * The queries that are among their own demonstrations. Of texts, those whose prompts are the same but for white space:
 * a field that the template leaves out, as a running number, tells no two rows apart.
 */
final class LeakedQueries {
    private static final Pattern SPACE = Pattern.compile("\\s+");

    private LeakedQueries() {}

    /** True if there is one in {@code episode}. */
    static boolean among(Episode episode, @Nullable PromptTemplate template) {
        if (episode.leaked() || template == null) {
            return episode.leaked();
        }
        Set<String> shown = episode.demonstrations().demonstrations().stream()
                .map(demonstration -> rendered(demonstration, template))
                .collect(Collectors.toSet());
        shown.remove("");
        return episode.queries().stream().anyMatch(query -> shown.contains(rendered(query, template)));
    }

    /** The query of an example as it is read; empty where it is no text. */
    private static String rendered(Demonstration example, PromptTemplate template) {
        return example.input() instanceof Input.Text text
                ? SPACE.matcher(template.query(text)).replaceAll(" ").strip()
                : "";
    }
}
