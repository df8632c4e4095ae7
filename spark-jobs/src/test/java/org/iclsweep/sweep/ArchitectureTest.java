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
                .resideInAnyPackage("..sweep.config..", "..sweep.plan..", "..sweep.trial..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.apache.spark..", "org.apache.hadoop..", "scala..")
                .check(CLASSES);
    }

    @Test
    void dataMoveOneWay() {
        noClasses()
                .that()
                .resideInAPackage("..sweep.config..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("..sweep.plan..", "..sweep.trial..", "..sweep.table..", "..sweep.job..")
                .check(CLASSES);
        noClasses()
                .that()
                .resideInAPackage("..sweep.trial..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("..sweep.plan..", "..sweep.table..", "..sweep.job..", "..sweep.cli..")
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
