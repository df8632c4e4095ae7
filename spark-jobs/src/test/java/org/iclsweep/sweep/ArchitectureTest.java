package org.iclsweep.sweep;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import java.util.Map;
import org.iclsweep.sweep.experiment.Experiments;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Which room may know which. One direction; a new room has to be entered here. */
class ArchitectureTest {
    private static final String ROOT = "org.iclsweep.sweep.";
    private static final String EXPERIMENT = ROOT + "experiment";

    /** Each room, and the rooms of this module that it may import. */
    static final Map<String, List<String>> ROOMS = Map.of(
            "config", List.of(),
            "run", List.of("config"),
            "table", List.of("config", "run"),
            "experiment", List.of("config", "run", "table"),
            "job", List.of("config", "run", "table", "experiment"),
            "report", List.of("config", "run", "table"),
            "cli", List.of("config", "run", "table", "experiment", "job", "report"));

    static final List<String> NAMES = ROOMS.keySet().stream().sorted().toList();

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("org.iclsweep.sweep");

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
                .check(CLASSES);
    }

    @Test
    void everyClassIsInARoom() {
        classes()
                .should()
                .resideInAnyPackage(
                        NAMES.stream().map(name -> ROOT + name + "..").toArray(String[]::new))
                .check(CLASSES);
    }

    @Test
    void noTwoKindsOfSweepsNeedEachOther() {
        slices().matching(EXPERIMENT + ".(*)..").should().beFreeOfCycles().check(CLASSES);
    }

    /** The engine is Spark's: a kind of sweep is computed, and its rows are declared, without it. */
    @Test
    void configurationRunsAndKindsKnowNoSpark() {
        noClasses()
                .that()
                .resideInAnyPackage(ROOT + "config..", ROOT + "run..", EXPERIMENT + ".*..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.apache.spark..", "org.apache.hadoop..", "scala..")
                .check(CLASSES);
    }

    @Test
    void theEngineKnowsNoKindOfSweep() {
        String[] kinds = Experiments.ALL.stream()
                .map(experiment -> experiment.getClass().getPackageName())
                .toArray(String[]::new);
        noClasses()
                .that()
                .resideInAnyPackage(ROOT + "config..", ROOT + "run..", ROOT + "table..", ROOT + "job..", ROOT + "cli..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(kinds)
                .check(CLASSES);
    }
}
