package org.iclsweep.sweep;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("org.iclsweep.sweep");

    @Test
    void configurationPlanAndTrialsKnowNoSpark() {
        noClasses()
                .that()
                .resideInAnyPackage("..sweep.config..", "..sweep.run..", "..sweep.experiment..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.apache.spark..", "org.apache.hadoop..", "scala..")
                .check(CLASSES);
    }

    @Test
    void dataMoveOneWay() {
        noClasses()
                .that()
                .resideInAnyPackage("..sweep.config..", "..sweep.run..", "..sweep.experiment..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("..sweep.job..", "..sweep.cli..")
                .check(CLASSES);
        noClasses()
                .that()
                .resideInAPackage("..sweep.table..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("..sweep.job..", "..sweep.cli..")
                .check(CLASSES);
    }
}
