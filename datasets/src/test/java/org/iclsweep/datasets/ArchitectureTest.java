package org.iclsweep.datasets;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
    private static final JavaClasses DATASETS = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("org.iclsweep.datasets");

    @Test
    void datasetsKnowNeitherDjlNorSparkNorTheModulesAboveThem() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("ai.djl..", "org.apache.spark..", "org.iclsweep.model..", "org.iclsweep.sweep..")
                .check(DATASETS);
    }

    @Test
    void whatMakesDrawsReproducibleNeedsOnlyTheJdk() {
        classes()
                .that()
                .resideInAPackage("..reproducible..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("java..", "org.iclsweep.datasets.reproducible..", "org.jspecify..")
                .check(DATASETS);
    }

    @Test
    void noDrawTakesItsRandomNumbersFromAnywhereElse() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.util.Random")
                .orShould()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.util.concurrent.ThreadLocalRandom")
                .check(DATASETS);
    }
}
