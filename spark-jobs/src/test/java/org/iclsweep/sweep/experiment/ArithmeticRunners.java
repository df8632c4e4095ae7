package org.iclsweep.sweep.experiment;

import ai.djl.Device;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Field;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.iclsweep.model.conversion.ConvertedModels;
import org.iclsweep.model.exactness.Answered;
import org.iclsweep.model.exactness.Measurement;
import org.iclsweep.model.exactness.Measurement.LayerError;
import org.iclsweep.model.exactness.QueryErrors;
import org.iclsweep.sweep.config.SweepConfiguration;
import org.iclsweep.sweep.config.SweepDocument;
import org.iclsweep.sweep.experiment.conversion.ConversionExperiment;
import org.iclsweep.sweep.experiment.conversion.ConversionResult;
import org.iclsweep.sweep.experiment.conversion.ConversionResult.Prediction;
import org.iclsweep.sweep.experiment.grid.FailedTrial;
import org.iclsweep.sweep.experiment.grid.Flag;
import org.iclsweep.sweep.experiment.grid.GridSpecification;
import org.iclsweep.sweep.experiment.grid.MeasuredTrial;
import org.iclsweep.sweep.experiment.grid.PromptTokens;
import org.iclsweep.sweep.experiment.grid.SetIdentity;
import org.iclsweep.sweep.experiment.grid.Trial;
import org.iclsweep.sweep.run.ErrorCode;
import org.iclsweep.sweep.run.Seconds;
import org.iclsweep.sweep.run.Slot;
import org.iclsweep.sweep.run.TaskDevice;
import org.iclsweep.sweep.run.TrialFailure;
import org.iclsweep.sweep.run.TrialOutcome;
import org.iclsweep.sweep.run.TrialRunner;
import org.iclsweep.sweep.run.UnfitMachineException;

/**
 * Runners that compute arithmetic on the trial's index instead of a model: the same rows whoever computes them. Some
 * trials have faults.
 *
 * @param failing trials that fail by name
 * @param anonymous trials that fail without saying which
 * @param tooLarge trials that need more memory than there is beside them, and alone too
 * @param killers trials that take their process down: it reads from address 0
 * @param hanging trials that never end, the first time that anybody tries them
 * @param unreadable trials that meet an error of input and output, with what it says
 * @param unfit whether the machine lacks something
 * @param millis how long a batch takes
 */
public record ArithmeticRunners(
        Set<Long> failing,
        Set<Long> anonymous,
        Set<Long> tooLarge,
        Set<Long> killers,
        Set<Long> hanging,
        Map<Long, String> unreadable,
        boolean unfit,
        long millis)
        implements Experiment<GridSpecification, Trial> {
    private static final ConversionExperiment CONVERSIONS = new ConversionExperiment();

    /** No faults. */
    public static final ArithmeticRunners SOUND =
            new ArithmeticRunners(Set.of(), Set.of(), Set.of(), Set.of(), Set.of(), Map.of(), false, 0);

    public ArithmeticRunners withFailing(Long... indices) {
        return new ArithmeticRunners(Set.of(indices), anonymous, tooLarge, killers, hanging, unreadable, unfit, millis);
    }

    public ArithmeticRunners withAnonymous(Long... indices) {
        return new ArithmeticRunners(failing, Set.of(indices), tooLarge, killers, hanging, unreadable, unfit, millis);
    }

    public ArithmeticRunners withTooLarge(Long... indices) {
        return new ArithmeticRunners(failing, anonymous, Set.of(indices), killers, hanging, unreadable, unfit, millis);
    }

    public ArithmeticRunners withKillers(Long... indices) {
        return new ArithmeticRunners(failing, anonymous, tooLarge, Set.of(indices), hanging, unreadable, unfit, millis);
    }

    public ArithmeticRunners withHanging(Long... indices) {
        return new ArithmeticRunners(failing, anonymous, tooLarge, killers, Set.of(indices), unreadable, unfit, millis);
    }

    public ArithmeticRunners withDiskFull(Long... indices) {
        return withUnreadable("No space left on device", indices);
    }

    public ArithmeticRunners withUnreadable(String message, Long... indices) {
        Map<Long, String> all = Stream.of(indices).collect(Collectors.toMap(index -> index, index -> message));
        return new ArithmeticRunners(failing, anonymous, tooLarge, killers, hanging, all, unfit, millis);
    }

    public ArithmeticRunners onUnfitMachine() {
        return new ArithmeticRunners(failing, anonymous, tooLarge, killers, hanging, unreadable, true, millis);
    }

    public ArithmeticRunners taking(long millisPerBatch) {
        return new ArithmeticRunners(failing, anonymous, tooLarge, killers, hanging, unreadable, unfit, millisPerBatch);
    }

    /** The same plan with these runners. */
    public SweepPlan<GridSpecification, Trial> on(SweepPlan<GridSpecification, Trial> plan) {
        return new SweepPlan<>(this, plan.sweep());
    }

    @Override
    public String kind() {
        return CONVERSIONS.kind();
    }

    @Override
    public List<KeyBlock> keys() {
        return CONVERSIONS.keys();
    }

    @Override
    public SweepConfiguration<GridSpecification> read(SweepDocument document) {
        return CONVERSIONS.read(document);
    }

    @Override
    public Plan<Trial> plan(GridSpecification specification) {
        return CONVERSIONS.plan(specification);
    }

    @Override
    public List<SweepInput> inputs(GridSpecification specification) {
        return CONVERSIONS.inputs(specification);
    }

    @Override
    public List<ResultTable<?>> tables() {
        return CONVERSIONS.tables();
    }

    @Override
    public String results() {
        return new ConversionExperiment().results();
    }

    @Override
    public List<Stratum> strata(SweepPlan<GridSpecification, Trial> plan) {
        return CONVERSIONS.strata(plan);
    }

    @Override
    public List<String> estimate(SweepPlan<GridSpecification, Trial> plan, long done) {
        return CONVERSIONS.estimate(plan, done);
    }

    @Override
    public TaskDevice device(SweepConfiguration<GridSpecification> sweep, Slot slot) {
        if (unfit) {
            throw new UnfitMachineException("libtorch cannot be loaded: install glibc 2.28 or later");
        }
        return new TaskDevice(Device.cpu(), Optional.empty());
    }

    @Override
    public TrialRunner<Trial> runner(SweepConfiguration<GridSpecification> sweep, Device device) {
        return new Runner(Path.of(sweep.output()));
    }

    /** The file that is there once somebody hangs at a trial. It holds the id of the process. */
    public static Path hangingAt(Path output, long index) {
        return output.resolve(".hanging-" + index);
    }

    /** Hangs for ever at a trial, if nobody has done so before. */
    static void hangOnce(Path output, long index) {
        try {
            Path unfinished = Files.createTempFile(output, ".pid", "");
            Files.writeString(unfinished, Long.toString(ProcessHandle.current().pid()));
            Files.createLink(hangingAt(output, index), unfinished);
            Files.delete(unfinished);
            sleep(Long.MAX_VALUE);
        } catch (FileAlreadyExistsException e) {
            // the second time
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void sleep(long time) {
        try {
            Thread.sleep(time);
        } catch (InterruptedException e) {
            throw new IllegalStateException("interrupted", e);
        }
    }

    private final class Runner implements TrialRunner<Trial> {
        private final Path output;

        Runner(Path output) {
            this.output = output;
        }

        @Override
        public List<TrialOutcome> run(List<Trial> batch) {
            sleep(millis);
            List<TrialOutcome> outcomes = new ArrayList<>();
            for (Trial trial : batch) {
                fail(trial);
                outcomes.add(result(trial));
            }
            return outcomes;
        }

        @Override
        public TrialOutcome failed(Trial trial, ErrorCode code, String message) {
            return FailedTrial.of(trial, code, message, set(trial));
        }

        private void fail(Trial trial) {
            if (killers.contains(trial.index())) {
                crash();
            }
            if (hanging.contains(trial.index())) {
                hangOnce(output, trial.index());
            }
            String error = unreadable.get(trial.index());
            if (error != null) {
                throw new UncheckedIOException(new IOException(error));
            }
            if (failing.contains(trial.index())) {
                throw TrialFailure.of(trial, ErrorCode.NON_FINITE, "layer 1: the state is not finite");
            }
            if (anonymous.contains(trial.index())) {
                throw new IllegalStateException("something broke");
            }
            if (tooLarge.contains(trial.index())) {
                throw new IllegalStateException("DefaultCPUAllocator: can't allocate memory");
            }
        }
    }

    /** SIGSEGV in native code; nothing of it is left on disk. */
    static void crash() {
        try {
            Field unsafe = sun.misc.Unsafe.class.getDeclaredField("theUnsafe");
            unsafe.setAccessible(true);
            ((sun.misc.Unsafe) unsafe.get(null)).getByte(0L);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static SetIdentity set(Trial trial) {
        return new SetIdentity(
                "set-" + trial.setIndex() + "-" + trial.shots(),
                LongStream.range(0, trial.shots()).boxed().collect(Collectors.toList()),
                "sampled",
                trial.setIndex());
    }

    private static TrialOutcome result(Trial trial) {
        double small = trial.index() * 1e-9;
        double half = 0.5 + trial.index() % 7 / 100.0;
        List<LayerError> layers = List.of(new LayerError(0, 3.5, small));
        Measurement measured = new Measurement(
                List.of(new Answered(0, false, 2.0, null, null, null)),
                List.of(new Answered(1, true, half, null, 0.5, null)),
                new Measurement.Comparison(
                        List.of(new Answered(1, true, half, null, 0.5, null)),
                        List.of(new QueryErrors(small, small, small * small, small, 1, true)),
                        null,
                        null),
                layers,
                new ConvertedModels.Size(100, 400, 0),
                true);
        ConversionResult result = new ConversionResult(
                measured,
                trial.index() % 2 == 0 ? layers : null,
                trial.index() % 3 == 0 ? List.of(new Prediction(7, "a", "b", "a", null, 0.5, null)) : null);
        return new MeasuredTrial<>(
                trial,
                set(trial),
                new PromptTokens(10L * trial.shots(), 640, 0),
                64,
                trial.index() % 5 == 0 ? List.of(new Flag(Flag.Code.ILL_CONDITIONED, 1, 1e-7)) : List.of(),
                result,
                trial.audited() ? small / 100 : null,
                new Seconds(0.1, 0.2, 0.3));
    }

    /** Reads faults from the command line of a test's own process, as {@code kill=17,18}. */
    public static ArithmeticRunners parse(String text) {
        ArithmeticRunners runners = SOUND;
        for (String part : text.split(";", -1)) {
            String[] sides = part.split("=", -1);
            if (sides.length < 2) {
                continue;
            }
            Set<Long> numbers = new TreeSet<>();
            for (String number : sides[1].split(",", -1)) {
                numbers.add(Long.valueOf(number));
            }
            Long[] indices = numbers.toArray(Long[]::new);
            runners = switch (sides[0]) {
                case "fail" -> runners.withFailing(indices);
                case "kill" -> runners.withKillers(indices);
                case "hang" -> runners.withHanging(indices);
                case "full" -> runners.withDiskFull(indices);
                case "reset" -> runners.withUnreadable("Connection reset by peer", indices);
                case "millis" -> runners.taking(indices[0]);
                default -> throw new IllegalArgumentException(part);
            };
        }
        return runners;
    }
}
