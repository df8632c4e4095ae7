package org.iclsweep.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** No code finds out what a tensor is by the end of its name: declarations have a shape and a role. */
class TensorNamesTest {
    /** Ways to look at a part of a name; a group of the optimizer is named by the user's configuration. */
    private static final Pattern PART_OF_A_NAME = Pattern.compile(
            "name\\.(endsWith|contains|replace|replaceAll|lastIndexOf)\\((?!group\\.part\\(\\)\\))|lastIndexOf\\('\\.'\\)|lastPart\\(");

    private static final List<String> ROOMS = List.of(
            "tensor",
            "layout",
            "kernel",
            "mixer",
            "family",
            "checkpoint",
            "decoder",
            "conversion",
            "exactness",
            "generation",
            "metaoptimizer",
            "training");

    @Test
    void noMeaningIsReadOutOfAPartOfATensorsName() throws IOException {
        Path root = Path.of("src/main/java/org/iclsweep/model");
        for (String room : ROOMS) {
            try (Stream<Path> files = Files.walk(root.resolve(room))) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    assertThat(Files.readAllLines(file))
                            .as("%s", file)
                            .noneMatch(line -> PART_OF_A_NAME.matcher(line).find());
                }
            }
        }
    }
}
