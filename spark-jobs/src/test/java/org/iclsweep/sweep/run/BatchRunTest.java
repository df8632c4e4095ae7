package org.iclsweep.sweep.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.iclsweep.sweep.SweepFiles;
import org.iclsweep.sweep.config.SweepConfiguration;
import org.iclsweep.sweep.experiment.ArithmeticRunners;
import org.iclsweep.sweep.experiment.SweepPlan;
import org.iclsweep.sweep.experiment.grid.FailedTrial;
import org.iclsweep.sweep.experiment.grid.GridSpecification;
import org.iclsweep.sweep.experiment.grid.Trial;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@Tag("faults")
class BatchRunTest {
    @TempDir
    private Path directory;

    private final Notes notes = new Notes();
    private List<Trial> batch = List.of();

    @BeforeEach
    void aBatchOfTwelveTrials() throws IOException {
        SweepPlan<GridSpecification, Trial> plan = SweepFiles.in(directory).plan();
        batch = LongStream.range(0, 12).mapToObj(plan::trial).toList();
    }

    @Test
    void aTrialThatFailsIsTheOnlyOneThatFails() {
        List<TrialOutcome> outcomes = run(ArithmeticRunners.SOUND.withFailing(3L, 8L));

        assertThat(failures(outcomes)).containsExactly("3 NON_FINITE", "8 NON_FINITE");
        assertThat(outcomes.get(3)).isInstanceOfSatisfying(FailedTrial.class, failed -> {
            assertThat(failed.message()).isEqualTo("layer 1: the state is not finite");
            assertThat(failed.set()).isNotNull();
        });
        assertThat(notes.open).isEmpty();
    }

    @Test
    void aFailureWithoutANameIsFoundOneByOne() {
        assertThat(failures(run(ArithmeticRunners.SOUND.withAnonymous(5L)))).containsExactly("5 INTERNAL");
    }

    @Test
    void outOfMemoryHalvesTheBatchDownToTheTrialThatIsTooLarge() {
        assertThat(failures(run(ArithmeticRunners.SOUND.withTooLarge(7L)))).containsExactly("7 OUT_OF_MEMORY");
    }

    @Test
    void aTrialForWhichTheNativeLibraryIsRefusedMemoryIsTheOnlyOneThatFails() {
        TrialRunner<Trial> sound = ArithmeticRunners.SOUND.runner(sweep(), Device.cpu());
        TrialRunner<Trial> greedy = runner(trials -> {
            if (trials.stream().anyMatch(trial -> trial.index() == 9)) {
                try (NDManager manager = NDManager.newBaseManager()) {
                    manager.zeros(new Shape(1L << 50)); // four pebibytes: no machine has so many addresses
                }
            }
            return sound.run(trials);
        });
        List<TrialOutcome> outcomes = new BatchRun<>(greedy, notes).run("batch-0", batch);
        assertThat(failures(outcomes)).containsExactly("9 OUT_OF_MEMORY");
        assertThat(outcomes).hasSize(12);
    }

    @Test
    void credentialsInAFailureDoNotReachItsRow() {
        TrialRunner<Trial> failing = runner(trials -> {
            throw new IllegalStateException("s3a://AKIA:hush@bucket/model: access denied");
        });
        assertThat(new BatchRun<>(failing, notes).run("batch-0", batch))
                .hasSize(12)
                .allSatisfy(outcome -> assertThat(((FailedTrial) outcome).message())
                        .contains("s3a://***@bucket/model: access denied")
                        .doesNotContain("hush"));
    }

    @Test
    void whatIsNoTrialsFaultIsThrown() {
        assertThatThrownBy(() -> run(ArithmeticRunners.SOUND.withDiskFull(2L)))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("No space left");
        assertThat(notes.open).as("an attempt that came back leaves no note").isEmpty();
    }

    static Stream<Arguments> unlinked() {
        return Stream.of(
                Arguments.of(new UnsatisfiedLinkError("libtorch.so"), "native library"),
                Arguments.of(
                        new NoClassDefFoundError("org/apache/commons/math3/linear/RealMatrix"), "a jar of the build"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("unlinked")
    void whatCannotBeLinkedIsTheMachinesFault(LinkageError failure, String said) {
        TrialRunner<Trial> unlinked = runner(trials -> {
            throw failure;
        });
        assertThatThrownBy(() -> new BatchRun<>(unlinked, notes).run("batch-0", batch))
                .isInstanceOf(UnfitMachineException.class)
                .hasMessageContainingAll(said, failure.getMessage());
    }

    @Test
    void aBatchThatWasLostTwiceIsRunOneByOneWithANoteBeforeEachTrial() {
        notes.lost.addAll(List.of("batch-0", "batch-0"));
        assertThat(failures(run(ArithmeticRunners.SOUND))).isEmpty();
        assertThat(notes.made).hasSize(12).allMatch(note -> note.startsWith("batch-0-trial-"));
    }

    @Test
    void theTrialWhoseOwnNoteIsFoundAgainIsTheOneThatKills() {
        notes.lost.addAll(
                List.of("batch-0", "batch-0", "batch-0-trial-" + batch.get(4).id()));
        // it would end this process if it were run
        assertThat(failures(run(ArithmeticRunners.SOUND.withKillers(4L)))).containsExactly("4 NATIVE_CRASH");
    }

    @Test
    void aBatchThatWasLostOnceIsTriedAgainAsItIs() {
        notes.lost.add("batch-0");
        run(ArithmeticRunners.SOUND);
        assertThat(notes.made).containsExactly("batch-0");
    }

    @Test
    void aRunnerThatLosesATrialIsFoundOut() {
        TrialRunner<Trial> forgetful = runner(trials -> ArithmeticRunners.SOUND
                .runner(sweep(), Device.cpu())
                .run(trials)
                .subList(0, trials.size() - 1));
        assertThat(new BatchRun<>(forgetful, notes).run("batch-0", batch))
                .allSatisfy(outcome -> assertThat(outcome)
                        .isInstanceOfSatisfying(
                                FailedTrial.class,
                                failed -> assertThat(failed.message())
                                        .contains("a runner must return one outcome for each trial")));
    }

    private List<TrialOutcome> run(ArithmeticRunners runners) {
        TrialRunner<Trial> runner = runners.runner(sweep(), Device.cpu());
        List<TrialOutcome> outcomes = new BatchRun<>(runner, notes).run("batch-0", batch);
        assertThat(outcomes).extracting(TrialOutcome::trial).containsExactlyElementsOf(batch);
        return outcomes;
    }

    private SweepConfiguration<GridSpecification> sweep() {
        try {
            return SweepFiles.in(directory).plan().sweep();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private TrialRunner<Trial> runner(Function<List<Trial>, List<? extends TrialOutcome>> run) {
        TrialRunner<Trial> sound = ArithmeticRunners.SOUND.runner(sweep(), Device.cpu());
        return new TrialRunner<>() {
            @Override
            public List<? extends TrialOutcome> run(List<Trial> trials) {
                return run.apply(trials);
            }

            @Override
            public TrialOutcome failed(Trial trial, ErrorCode code, String message) {
                return sound.failed(trial, code, message);
            }
        };
    }

    private static List<String> failures(List<TrialOutcome> outcomes) {
        List<String> failures = new ArrayList<>();
        for (TrialOutcome outcome : outcomes) {
            if (outcome instanceof FailedTrial failed) {
                failures.add(failed.trial().index() + " " + failed.code());
            }
        }
        return failures;
    }

    private static final class Notes implements AttemptJournal {
        private final List<String> lost = new ArrayList<>();
        private final List<String> made = new ArrayList<>();
        private final List<String> open = new ArrayList<>();

        @Override
        public int lost(String unit) {
            return (int) lost.stream().filter(unit::equals).count();
        }

        @Override
        public Note begin(String unit) {
            made.add(unit);
            open.add(unit);
            return () -> open.remove(unit);
        }
    }
}
