package org.iclsweep.sweep.experiment;

import ai.djl.Device;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import org.iclsweep.sweep.config.SweepConfiguration;
import org.iclsweep.sweep.config.SweepDocument;
import org.iclsweep.sweep.run.ErrorCode;
import org.iclsweep.sweep.run.PlannedTrial;
import org.iclsweep.sweep.run.Slot;
import org.iclsweep.sweep.run.TaskDevice;
import org.iclsweep.sweep.run.TrialFailure;
import org.iclsweep.sweep.run.TrialOutcome;
import org.iclsweep.sweep.run.TrialRunner;
import org.iclsweep.sweep.run.UnfitMachineException;

/**
 * A kind of sweep with a fault at one of its trials; all others are run as they are.
 *
 * @param index of the trial with the fault
 */
public record Faulty<S extends Serializable, T extends PlannedTrial>(Experiment<S, T> sound, Fault fault, long index)
        implements Experiment<S, T> {
    /** The fault at the trial. */
    public enum Fault {
        /** It fails, and names itself. */
        NAMED,
        /** Its batch fails, and nobody says which trial it was. */
        ANONYMOUS,
        /** Its batch needs more memory than there is. */
        TOO_LARGE,
        /** The disk is full. */
        DISK_FULL,
        /** The runner has no outcome for it. */
        FORGOTTEN,
        /** It takes its process down, whenever it is tried. */
        KILLER,
        /** It never ends, the first time that anybody tries it. */
        HANGING,
        /** The machine cannot run trials at all. */
        UNFIT_MACHINE
    }

    /** The same sweep with this fault. */
    public static <S extends Serializable, T extends PlannedTrial> SweepPlan<S, T> plan(
            SweepPlan<S, T> plan, Fault fault, long index) {
        return new SweepPlan<>(new Faulty<>(plan.experiment(), fault, index), plan.sweep());
    }

    @Override
    public String kind() {
        return sound.kind();
    }

    @Override
    public List<KeyBlock> keys() {
        return sound.keys();
    }

    @Override
    public SweepConfiguration<S> read(SweepDocument document) {
        return sound.read(document);
    }

    @Override
    public Plan<T> plan(S specification) {
        return sound.plan(specification);
    }

    @Override
    public List<SweepInput> inputs(S specification) {
        return sound.inputs(specification);
    }

    @Override
    public List<ResultTable<?>> tables() {
        return sound.tables();
    }

    @Override
    public String results() {
        return sound.results();
    }

    @Override
    public List<Stratum> strata(SweepPlan<S, T> plan) {
        return sound.strata(plan);
    }

    @Override
    public List<String> estimate(SweepPlan<S, T> plan, long done) {
        return List.of();
    }

    @Override
    public TaskDevice device(SweepConfiguration<S> sweep, Slot slot) {
        if (fault == Fault.UNFIT_MACHINE) {
            throw new UnfitMachineException("libtorch cannot be loaded: install glibc 2.28 or later");
        }
        return sound.device(sweep, slot);
    }

    @Override
    public TrialRunner<T> runner(SweepConfiguration<S> sweep, Device device) {
        TrialRunner<T> runner = sound.runner(sweep, device);
        return new TrialRunner<>() {
            @Override
            public List<? extends TrialOutcome> run(List<T> batch) {
                List<T> meeting =
                        batch.stream().filter(trial -> trial.index() == index).toList();
                if (!meeting.isEmpty()) {
                    meet(meeting.get(0), Path.of(sweep.output()));
                }
                List<? extends TrialOutcome> outcomes = runner.run(batch);
                return fault == Fault.FORGOTTEN && !meeting.isEmpty()
                        ? outcomes.subList(0, outcomes.size() - 1)
                        : outcomes;
            }

            @Override
            public TrialOutcome failed(T trial, ErrorCode code, String message) {
                return runner.failed(trial, code, message);
            }

            @Override
            public void close() {
                runner.close();
            }
        };
    }

    private void meet(T trial, Path output) {
        switch (fault) {
            case NAMED -> throw TrialFailure.of(trial, ErrorCode.NON_FINITE, "layer 1: the state is not finite");
            case ANONYMOUS -> throw new IllegalStateException("something broke");
            case TOO_LARGE -> throw new IllegalStateException("DefaultCPUAllocator: can't allocate memory");
            case KILLER -> ArithmeticRunners.crash();
            case HANGING -> ArithmeticRunners.hangOnce(output, trial.index());
            case DISK_FULL -> throw new UncheckedIOException(new IOException("No space left on device"));
            default -> {
                // met elsewhere
            }
        }
    }
}
