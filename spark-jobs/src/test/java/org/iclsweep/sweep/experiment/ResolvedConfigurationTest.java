package org.iclsweep.sweep.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.iclsweep.datasets.fault.Reader;
import org.iclsweep.model.generalization.RunSettings;
import org.iclsweep.sweep.config.ExecutionSpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The file {@code sweep.resolved.conf} of every kind. */
class ResolvedConfigurationTest {
    @TempDir
    private Path directory;

    @ParameterizedTest(name = "{0}")
    @MethodSource("org.iclsweep.sweep.experiment.SmallSweeps#kinds")
    void itHasEveryDefaultOfTheSweepAndReadsBackToTheSamePlan(Experiment<?, ?> kind) throws IOException {
        SweepPlan<?, ?> plan = SmallSweeps.plan(kind, directory, "output");
        Config sweep = resolved(plan).getConfig("sweep");
        assertThat(sweep.root().keySet()).contains("name", "kind");
        assertThat(sweep.getString("output")).isEqualTo(plan.sweep().output());
        assertThat(sweep.getObject("execution").keySet())
                .containsExactlyInAnyOrderElementsOf(new Reader().keys(ExecutionSpec.class));

        Path file = Files.writeString(
                directory.resolve("resolved.conf"), plan.sweep().resolved());
        SweepPlan<?, ?> again = Experiments.read(file, List.of());
        assertThat(again.digest()).isEqualTo(plan.digest());
        assertThat(again.size()).isEqualTo(plan.size());
        assertThat(again.sweep().execution()).isEqualTo(plan.sweep().execution());
        assertThat(again.sweep().resolved()).isEqualTo(plan.sweep().resolved());
    }

    @Test
    void aVariantOfAGeneralizationHasEveryKeyOfItsTrainings() throws IOException {
        SweepPlan<?, ?> plan =
                SmallSweeps.plan(Experiments.named("generalization").orElseThrow(), directory, "output");
        for (ConfigObject variant : resolved(plan).getObjectList("sweep.variants")) {
            assertThat(variant.keySet()).contains("name").containsAll(new Reader().keys(RunSettings.class));
        }
    }

    @Test
    void theExecutionOfTrainingsIsNoPartOfTheirPlan() throws IOException {
        SmallSweeps.plan(Experiments.named("training").orElseThrow(), directory, "output");
        String digest = digest("sweep.execution.batch-trials=1");
        assertThat(digest("sweep.execution={ batch-trials = 1, strict = true }"))
                .isEqualTo(digest);
        assertThat(digest("sweep.execution.batch-trials=2")).isEqualTo(digest);
    }

    private String digest(String setting) {
        return Experiments.read(directory.resolve("sweep.conf"), List.of(setting))
                .digest();
    }

    private static Config resolved(SweepPlan<?, ?> plan) {
        return ConfigFactory.parseString(plan.sweep().resolved());
    }
}
