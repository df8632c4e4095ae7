package org.iclsweep.sweep.experiment;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A process that writes what the small plan of every kind is known by, for {@link LocaleTest}. */
final class PlansOfEveryKind {
    private PlansOfEveryKind() {}

    /** Takes the directory of the configurations, the file to write, and locales. */
    public static void main(String[] arguments) throws Exception {
        List<String> lines = new ArrayList<>();
        for (String locale : List.of(arguments).subList(2, arguments.length)) {
            Locale.setDefault(Locale.forLanguageTag(locale));
            lines.add("%,d".formatted(1234567));
            lines.addAll(of(Path.of(arguments[0])));
        }
        Files.writeString(Path.of(arguments[1]), String.join("\n", lines));
    }

    /** A text for each kind: digest, identity, ids of trials. */
    static List<String> of(Path directory) {
        return Experiments.ALL.stream()
                .map(kind -> SmallSweeps.plan(kind, directory, "output"))
                .map(plan -> String.join(
                        " ", plan.digest(), plan.sweep().identity().toString(), plan.id(0), plan.id(plan.size() - 1)))
                .toList();
    }
}
