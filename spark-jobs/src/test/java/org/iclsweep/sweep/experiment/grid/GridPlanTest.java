package org.iclsweep.sweep.experiment.grid;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.iclsweep.sweep.SweepFiles;
import org.iclsweep.sweep.experiment.SweepPlan;
import org.iclsweep.sweep.run.Batch;
import org.iclsweep.sweep.run.Wave;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GridPlanTest {
    @TempDir
    private Path directory;

    @Test
    void everyPointOfTheGridIsOneTrial() throws IOException {
        SweepPlan<GridSpecification, Trial> plan = plan("sweep.demonstrations={shots=[0, 2, 4], sets-per-task=5}");

        // 2 precisions × 1 method × 2 tasks × 5 sets × 3 shot counts
        assertThat(plan.size()).isEqualTo(60);
        Set<String> points = new HashSet<>();
        Set<String> ids = new HashSet<>();
        for (long i = 0; i < plan.size(); i++) {
            Trial trial = plan.trial(i);
            assertThat(trial.index()).isEqualTo(i);
            points.add(trial.dtype() + trial.task().name() + trial.setIndex() + "/" + trial.shots());
            ids.add(trial.id());
        }
        assertThat(points).hasSize(60);
        assertThat(ids).hasSize(60);
        assertThatThrownBy(() -> plan.trial(60)).hasMessageContaining("the trials 0 to 59, not 60");
    }

    @Test
    void theShotCountsOfOneSetStandTogether() throws IOException {
        SweepPlan<GridSpecification, Trial> plan = plan("sweep.demonstrations={shots=[0, 2, 4], sets-per-task=5}");

        for (long i = 0; i < plan.size(); i++) {
            Trial trial = plan.trial(i);
            Trial first = plan.trial(i - i % 3);
            assertThat(block(trial)).isEqualTo(block(first));
            assertThat(trial.setIndex()).isEqualTo(first.setIndex());
            assertThat(trial.shots()).isEqualTo(List.of(0, 2, 4).get((int) (i % 3)));
        }
    }

    @Test
    void allPermutationsGiveEveryOrderOfEveryShotCount() throws IOException {
        SweepPlan<GridSpecification, Trial> plan =
                plan("sweep.demonstrations={shots=[1, 3], sets-per-task=2, order=all-permutations}");

        // a set has 1! + 3! trials
        assertThat(plan.size()).isEqualTo(2 * 2 * 2 * 7);
        assertThat(LongStream.range(0, 7).map(i -> plan.trial(i).orderIndex()))
                .containsExactly(0L, 0L, 1L, 2L, 3L, 4L, 5L);
        assertThat(IntStream.range(0, 7).map(i -> plan.trial(i).shots())).containsExactly(1, 3, 3, 3, 3, 3, 3);
    }

    /** A wave that begins or ends in a batch has a part of it: one of an earlier version, or one that was lost. */
    @ParameterizedTest(name = "waves of {0}, batches of {1}")
    @CsvSource({"7, 3", "16, 128", "1, 1", "1000, 4", "12, 2"})
    void batchesCoverThePlanOnceHoweverWavesAreCutAndABatchStaysInItsBlock(int waveTrials, int batchTrials)
            throws IOException {
        SweepPlan<GridSpecification, Trial> plan = plan(
                "sweep.demonstrations={shots=[0, 2, 4], sets-per-task=5}",
                "sweep.execution.batch-trials=" + batchTrials);

        List<Long> covered = new ArrayList<>();
        for (long first = 0; first < plan.size(); first += waveTrials) {
            Wave wave = new Wave(0, first, Math.min(plan.size(), first + waveTrials));
            for (Batch batch : plan.batches(wave)) {
                assertThat(batch.size()).isBetween(1, batchTrials);
                List<Trial> trials = plan.trials(batch);
                assertThat(trials).allMatch(trial -> block(trial).equals(block(trials.get(0))));
                trials.forEach(trial -> assertThat(plan.batchOf(trial.index()))
                        .satisfies(whole -> assertThat(whole.first()).isLessThanOrEqualTo(batch.first()))
                        .satisfies(whole -> assertThat(whole.end()).isGreaterThanOrEqualTo(batch.end())));
                trials.forEach(trial -> covered.add(trial.index()));
            }
        }
        assertThat(covered)
                .containsExactlyElementsOf(
                        LongStream.range(0, plan.size()).boxed().toList());
    }

    /** Some ten seconds of a core, in whole sets of three trials: 42 sets of a small model, one of a large one. */
    @ParameterizedTest(name = "hidden {0}: batches of {1}")
    @CsvSource({"16, 126", "512, 12", "4096, 3"})
    void aBatchOfALargeModelIsNoMoreThanAKillMayCost(int hidden, int batch) throws IOException {
        SweepPlan<GridSpecification, Trial> plan = plan(
                "sweep.models=[{ random { model_type = linear_llama, hidden_size = %d, layers = 24, heads = 2, vocab = 32,"
                                .formatted(hidden)
                        + " input_size = 8, icl_labels = [1, 2, 3, 4], seed = 1 } }]",
                "sweep.demonstrations={ shots = [0, 2, 4], sets-per-task = 100 }");
        assertThat(plan.batchOf(0).size()).isEqualTo(batch);
        assertThat(plan.work(2)).isGreaterThan(plan.work(0));
    }

    @Test
    void aTrialIsTheSameFunctionOfItsIndexInEveryProcess() throws IOException {
        assertThat(plan().trial(42)).isEqualTo(plan().trial(42));
        assertThat(plan("sweep.demonstrations.seed=8").trial(42).id())
                .isNotEqualTo(plan().trial(42).id());
    }

    @Test
    void theAuditTakesItsFractionOfTheTrials() throws IOException {
        SweepPlan<GridSpecification, Trial> plan =
                plan("sweep.evaluation.audit.fraction=0.25", "sweep.demonstrations.sets-per-task=400");
        long audited = LongStream.range(0, plan.size())
                .filter(i -> plan.trial(i).audited())
                .count();
        assertThat(audited / (double) plan.size()).isCloseTo(0.25, within(0.02));
    }

    @Test
    void aMillionTrialsTakeNoMemory() throws IOException {
        SweepPlan<GridSpecification, Trial> plan = plan("sweep.demonstrations.sets-per-task=1000000");
        assertThat(plan.size()).isEqualTo(24_000_000);
        assertThat(plan.batchOf(23_999_999).size()).isLessThanOrEqualTo(128);
        assertThat(plan.trial(23_999_999).setIndex()).isEqualTo(999_999);
    }

    private SweepPlan<GridSpecification, Trial> plan(String... settings) throws IOException {
        return SweepFiles.in(directory).plan(settings);
    }

    private static List<Object> block(Trial trial) {
        return List.of(trial.model(), trial.dtype(), trial.method(), trial.task());
    }
}
