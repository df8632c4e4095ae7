package org.iclsweep.model;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Which room may know which. One direction; a new room has to be entered here. */
class ArchitectureTest {
    private static final String ROOT = "org.iclsweep.model.";

    /** Each room, and the rooms of this module that it may import. */
    static final Map<String, List<String>> ROOMS = Map.ofEntries(
            Map.entry("checkpoint", List.of("tensor")),
            Map.entry("prompt", List.of("checkpoint")),
            Map.entry("tensor", List.of()),
            Map.entry("layout", List.of("tensor")),
            Map.entry("kernel", List.of("tensor", "layout")),
            Map.entry("mixer", List.of("tensor", "layout", "kernel")),
            Map.entry("family", List.of("checkpoint", "tensor", "layout", "kernel", "mixer")),
            Map.entry("decoder", List.of("checkpoint", "prompt", "tensor", "layout", "kernel", "mixer", "family")),
            Map.entry("conversion", overAModel("generation")),
            Map.entry("generation", List.of("prompt", "tensor", "layout", "kernel", "mixer", "family", "decoder")),
            Map.entry("exactness", overAModel("conversion")),
            Map.entry("training", overAModel("conversion", "exactness")),
            Map.entry("generalization", List.of("tensor", "layout", "kernel", "mixer", "training")),
            Map.entry(
                    "metaoptimizer",
                    List.of(
                            "prompt",
                            "tensor",
                            "layout",
                            "kernel",
                            "mixer",
                            "family",
                            "decoder",
                            "exactness",
                            "training")));

    /** The rooms that a model is loaded and run by, and {@code others}. */
    private static List<String> overAModel(String... others) {
        return Stream.concat(
                        Stream.of("checkpoint", "prompt", "tensor", "layout", "kernel", "mixer", "family", "decoder"),
                        Stream.of(others))
                .toList();
    }

    static final List<String> NAMES = ROOMS.keySet().stream().sorted().toList();

    private static final JavaClasses MODEL = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("org.iclsweep.model");

    @ParameterizedTest(name = "{0}")
    @FieldSource("NAMES")
    void aRoomImportsOnlyTheRoomsBelowIt(String room) {
        String[] others = NAMES.stream()
                .filter(name -> !name.equals(room) && !ROOMS.get(room).contains(name))
                .map(name -> ROOT + name + "..")
                .toArray(String[]::new);
        noClasses()
                .that()
                .resideInAPackage(ROOT + room + "..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(others)
                .allowEmptyShould(true)
                .check(MODEL);
    }

    @Test
    void everyClassIsInARoom() {
        classes()
                .should()
                .resideInAnyPackage(
                        NAMES.stream().map(name -> ROOT + name + "..").toArray(String[]::new))
                .check(MODEL);
    }

    @Test
    void noTwoRoomsNeedEachOther() {
        slices().matching(ROOT + "(*)..").should().beFreeOfCycles().check(MODEL);
    }

    @Test
    void theModelKnowsNoSparkAndNoSweep() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.apache.spark..", "org.apache.hadoop..", "org.iclsweep.sweep..", "scala..")
                .check(MODEL);
    }

    @Test
    void promptsHaveNoArrays() {
        noClasses()
                .that()
                .resideInAPackage(ROOT + "prompt..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("ai.djl.ndarray..", "ai.djl.nn..", "ai.djl.pytorch..", "ai.djl.training..")
                .check(MODEL);
    }

    @Test
    void onlyPromptsTrainingsAndGenerationsKnowTasksAndDemonstrations() {
        noClasses()
                .that()
                .resideOutsideOfPackages(
                        ROOT + "prompt..", ROOT + "training..", ROOT + "generation..", ROOT + "generalization..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "org.iclsweep.datasets.task..",
                        "org.iclsweep.datasets.demonstration..",
                        "org.iclsweep.datasets.template..")
                .check(MODEL);
    }

    @Test
    void mathematicsReadsNoFilesAndWritesNoLogs() {
        noClasses()
                .that()
                .resideInAnyPackage(ROOT + "tensor..", ROOT + "layout..", ROOT + "kernel..", ROOT + "mixer..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("java.io..", "java.nio..", "org.slf4j..", "com.fasterxml..")
                .check(MODEL);
    }

    @Test
    void everyArrayIsDjlsOwnWhateverTheEngine() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAPackage("ai.djl.pytorch..")
                .check(MODEL);
    }

    /** The engine records for one at a time, so there is one place where they wait for each other. */
    @Test
    void copiesOfOtherTypesAreMadeInTheRoomOfTensors() throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
            assertThat(files.filter(file -> file.toString().endsWith(".java"))
                            .filter(file -> !file.getParent().endsWith("tensor"))
                            .filter(ArchitectureTest::asksAConversionToCopy))
                    .as("toType(type, true) copies nothing where the array has that type: OwnedArrays.copy does")
                    .isEmpty();
        }
    }

    private static boolean asksAConversionToCopy(Path file) {
        try {
            return Pattern.compile("\\.toType\\((?:[^()]|\\(\\))*, true\\)")
                    .matcher(Files.readString(file))
                    .find();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void gradientsAreTakenInOnePlace() {
        noClasses()
                .that()
                .doNotHaveFullyQualifiedName(ROOT + "tensor.GradientRecording")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("ai.djl.training..")
                .check(MODEL);
    }
}
