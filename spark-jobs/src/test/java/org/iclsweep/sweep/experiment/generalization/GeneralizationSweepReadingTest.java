package org.iclsweep.sweep.experiment.generalization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.iclsweep.datasets.fault.InputException;
import org.iclsweep.sweep.SweepFiles;
import org.iclsweep.sweep.experiment.SweepPlan;
import org.iclsweep.sweep.experiment.generalization.GeneralizationSpecification.Variant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GeneralizationSweepReadingTest {
    @TempDir
    private Path directory;

    private GeneralizationSpecification read(String body, String... settings) {
        return plan(body, settings).sweep().specification();
    }

    private String digest(String body, String... settings) {
        return plan(body, settings).digest();
    }

    private SweepPlan<GeneralizationSpecification, GeneralizationTrial> plan(String body, String... settings) {
        try {
            Path file = directory.resolve("patterns.conf");
            Files.writeString(
                    file,
                    "sweep {\n  name = patterns\n  kind = generalization\n  output = out\n%s\n}\n".formatted(body));
            return SweepFiles.read(file, List.of(settings));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static final String UNSEEN = "evaluations = [ { name = unseen } ]";

    @Test
    void everyVariantIsTrainedWithEveryCombinationOfWhatIsVaried() {
        GeneralizationSpecification sweep = read(UNSEEN + """

                  variants = [ { name = a }, { name = b, neurons = 50 } ]
                  training { length = 7 }
                  vary {
                    learning-rate = [0.1, 0.2]
                    alpha = [0.5, 1.0]
                  }
                """);
        assertThat(sweep.variants())
                .extracting(Variant::name)
                .containsExactly(
                        "a learning-rate=0.1 alpha=0.5",
                        "a learning-rate=0.1 alpha=1",
                        "a learning-rate=0.2 alpha=0.5",
                        "a learning-rate=0.2 alpha=1",
                        "b learning-rate=0.1 alpha=0.5",
                        "b learning-rate=0.1 alpha=1",
                        "b learning-rate=0.2 alpha=0.5",
                        "b learning-rate=0.2 alpha=1");
        Variant last = sweep.variants().get(7);
        assertThat(last.settings().architecture().neurons()).isEqualTo(50);
        assertThat(last.settings().optimization().learningRate()).isEqualTo(0.2);
        assertThat(last.settings().alpha()).isEqualTo(1);
        assertThat(last.settings().length()).isEqualTo(7);
        assertThat(last.keys()).containsEntry("neurons", "50").containsEntry("relevant", "6");
        assertThat(sweep.size()).isEqualTo(80);
        assertThat(sweep.trial(11, "id").seed()).isEqualTo(2);
        assertThat(sweep.trial(11, "id").variant()).isEqualTo(sweep.variants().get(1));
    }

    @Test
    void onlyWhatChangesRowsChangesTheDigest() {
        String digest = digest(UNSEEN);
        assertThat(digest(UNSEEN, "sweep.output=elsewhere")).isEqualTo(digest);
        assertThat(digest(UNSEEN, "sweep.execution.max-failed-fraction=1")).isEqualTo(digest);
        assertThat(digest(UNSEEN, "sweep.training.kappa=0.4")).isNotEqualTo(digest);
        assertThat(digest(UNSEEN, "sweep.seeds=[1]")).isNotEqualTo(digest);
        assertThat(digest("evaluations = [ { name = unseen, prompts = 5 } ]")).isNotEqualTo(digest);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "sweep.training.dimension=29 | expected at least relevant + irrelevant = 30 for orthogonal patterns, found 29",
                "sweep.training.alpha=1.5 | expected a number from 0 to 1",
                "sweep.training.shifts=[6] | shifts: expected numbers below relevant = 6, found [6]",
                "sweep.training.least-length=21 | least-length: expected at most length = 20, found 21",
                "sweep.training.coverage=all | which leaves no task unseen",
                "sweep.training.neurns=5 | found the unknown key neurns; write neurons",
                "sweep.vary.alpha=0.5 | sweep.vary.alpha: expected a list of values, found 0.5",
                "sweep.vary.alpha=[2] | expected a number from 0 to 1, found 2",
                "sweep.variants=[{name=a},{name=a,alpha=0.5}] | expected names that differ, found \"a\" twice",
                "sweep.evaluations=[{name=a,relevant=combined,sum=1.5}] | c₁² + c₂² = 1, from −√2 to √2, found 1.5",
                "sweep.evaluations=[{name=a,tasks=most}] | expected one of seen, unseen, all",
                "sweep.evaluations=[{name=a},{name=a,length=5}] | expected names that differ, found \"a\" twice",
                "sweep.models=[] | found the unknown key models; leave it out"
            })
    void whatCannotBeIsRefusedBeforeAnythingRuns(String setting, String message) {
        assertThatThrownBy(() -> read(UNSEEN, setting))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(message.strip());
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "{ model = multi-layer, heads = 3 } | heads: expected a divisor of hidden = 64, found 3",
                "{ model = multi-layer, stop = 0.1 } | stop: expected 0 with model = multi-layer",
                "{ relevant = 2, shifts = [1] } | alpha: expected 1 with relevant = 2",
            })
    void whatATrainingCannotBeIsRefused(String training, String message) {
        assertThatThrownBy(() -> read(UNSEEN, "sweep.training=" + training))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(message.strip());
    }

    @Test
    void anEvaluationThatATrainingDoesNotFitIsRefusedWithBoth() {
        String body = "training { relevant = 4, shifts = [1] }\n evaluations = [ { name = ood, relevant = combined } ]";
        assertThatThrownBy(() -> read(body))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(
                        "evaluations[0].alpha: expected 1 for the training base, which has 2 patterns and no others");
        String three =
                "training { relevant = 3, shifts = [1] }\n evaluations = [ { name = ood, relevant = combined } ]";
        assertThatThrownBy(() -> read(three)).hasMessageContaining("leaves fewer than 2 patterns out of the domain");
    }
}
