package org.iclsweep.sweep.job;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.LongStream;
import org.iclsweep.sweep.LocalSpark;
import org.iclsweep.sweep.SweepFiles;
import org.iclsweep.sweep.experiment.ArithmeticRunners;
import org.iclsweep.sweep.experiment.SweepPlan;
import org.iclsweep.sweep.experiment.grid.GridSpecification;
import org.iclsweep.sweep.experiment.grid.Trial;
import org.iclsweep.sweep.run.Batch;
import org.iclsweep.sweep.run.Wave;
import org.iclsweep.sweep.table.Storage;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Quantities that do not grow with a sweep. The measurements are left in {@code target/soak/}. */
@Tag("soak")
class ScaleTest {
    /** Two precisions, two tasks, six shot counts. */
    private static final int TRIALS_PER_SET = 24;

    private static final int SAMPLES = 10;
    /** MiB. */
    private static final double HEAP_GROWTH = 64;
    /** MiB of an executor for a thousand trials, after its first thousand batches. */
    private static final double RESIDENT_GROWTH = 1;

    private static final String DRIVER = "driver";
    private static final String DRIVER_COLUMNS = "trials,seconds,committed_waves,heap_mib,resident_mib";
    private static final String COST_COLUMNS = "trials,processor_microseconds_per_trial";

    @TempDir
    private Path directory;

    @ParameterizedTest(name = "{0} trials")
    @ValueSource(ints = {1_000, 100_000, 1_000_000})
    void theDriversHeapStaysFlat(int trials) throws IOException {
        int sets = (trials + TRIALS_PER_SET - 1) / TRIALS_PER_SET;
        int waves = Math.max(SAMPLES, sets * TRIALS_PER_SET / 4096);
        int batches = Math.max(1, sets * TRIALS_PER_SET / (120 * waves));
        // A thousand would be done before they can be looked at.
        List<String> settings = new ArrayList<>(List.of("spark.iclsweep.waveBatches=" + batches));
        if (trials <= 1_000) {
            settings.add("faults=millis=1000");
        }
        long begun = System.nanoTime();
        DriverProcess driver = DriverProcess.start(
                directory, settings, arguments("local[1]", "sweep.demonstrations.sets-per-task=" + sets));
        List<ProcessMemory> memory = new ArrayList<>();
        for (int sample = 0; sample < SAMPLES; sample++) {
            int wave = Math.max(1, (int) ((long) sample * (waves - 1) / SAMPLES));
            driver.until(() -> committed() >= wave);
            memory.add(ProcessMemory.of(driver.handle()));
            write(
                    DRIVER,
                    DRIVER_COLUMNS,
                    "%d,%.0f,%d,%.1f,%.1f"
                            .formatted(
                                    trials,
                                    (System.nanoTime() - begun) / 1e9,
                                    committed(),
                                    memory.get(sample).heap(),
                                    memory.get(sample).resident()));
        }
        assertThat(driver.exitCode()).as(driver.said()).isZero();
        write(DRIVER, DRIVER_COLUMNS, "%d,%.0f,%d,,".formatted(trials, (System.nanoTime() - begun) / 1e9, committed()));
        assertThat(committed()).isGreaterThan(SAMPLES / 2);
        assertThat(memory)
                .allSatisfy(sample ->
                        assertThat(sample.heap()).isLessThan(memory.get(0).heap() + HEAP_GROWTH));
        assertThat(SweepRows.read(output()).select("trial_id").distinct().count())
                .isEqualTo((long) sets * TRIALS_PER_SET);
    }

    /** The plan of a million trials, all of its batches and all of its ids, on one thread. */
    @Test
    void aPlanOfAMillionTrialsTakesSeconds() throws IOException {
        long begun = System.nanoTime();
        SweepPlan<GridSpecification, Trial> plan = SweepRows.plan(
                directory, "plan", new String[] {"sweep.demonstrations.sets-per-task=" + 1_000_000 / TRIALS_PER_SET});
        double made = (System.nanoTime() - begun) / 1e9;
        long trials = plan.batches(new Wave(0, 0, plan.size())).stream()
                .mapToLong(Batch::size)
                .sum();
        double batches = (System.nanoTime() - begun) / 1e9 - made;
        long different =
                LongStream.range(0, plan.size()).mapToObj(plan::id).distinct().count();
        double ids = (System.nanoTime() - begun) / 1e9 - made - batches;
        write(
                "plan",
                "trials,plan_seconds,batches_seconds,ids_seconds",
                "%d,%.3f,%.3f,%.3f".formatted(trials, made, batches, ids));
        assertThat(trials).isEqualTo(plan.size()).isGreaterThan(999_000);
        assertThat(different).isEqualTo(trials);
    }

    /**
     * In processor seconds, sweeps of a thousand before and after the large one: what else the machine does slows both.
     * Waves of a thousand trials.
     */
    @Test
    void aTrialOfAHundredThousandCostsAsMuchAsOneOfAThousand() throws IOException {
        for (int warming = 0; warming < 40; warming++) {
            thousand("warm-" + warming);
        }
        double before = thousands("before");
        double ofHundredThousand = costOf("hundred-thousand", 4167);
        double ofThousand = (before + thousands("after")) / 2;
        write("cost", COST_COLUMNS, "1008,%.1f".formatted(1e6 * ofThousand));
        write("cost", COST_COLUMNS, "100008,%.1f".formatted(1e6 * ofHundredThousand));
        assertThat(ofHundredThousand).isLessThan(1.05 * ofThousand);
    }

    private double thousands(String name) throws IOException {
        int sweeps = 10;
        double cost = 0;
        for (int sweep = 0; sweep < sweeps; sweep++) {
            cost += thousand(name + "-" + sweep) / sweeps;
        }
        return cost;
    }

    private double thousand(String name) throws IOException {
        return costOf(name, 42);
    }

    private double costOf(String name, int sets) throws IOException {
        SweepPlan<GridSpecification, Trial> plan =
                SweepRows.plan(directory, name, new String[] {"sweep.demonstrations.sets-per-task=" + sets});
        OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        long before = system.getProcessCpuTime();
        SweepRun.run(LocalSpark.session(), ArithmeticRunners.SOUND.on(plan), StopSignal.never());
        return (system.getProcessCpuTime() - before) / 1e9 / plan.size();
    }

    /** A real model, four prompts of 64 tokens a batch, in an executor of its own process. */
    @Test
    void anExecutorsMemoryStaysFlatOverTenThousandBatches() throws IOException {
        SparkInstallation spark = SparkInstallation.in(directory);
        DriverProcess driver = DriverProcess.start(
                directory,
                spark.variables(),
                spark.properties("", "models=true"),
                arguments(
                        "local-cluster[1,1,1024]",
                        "sweep.models=[{ random { model_type = linear_llama, hidden_size = 32, layers = 2, heads = 2,"
                                + " vocab = 64, seed = 5 }, dtypes = [float32] }]",
                        "sweep.tasks=[{ name = random-tokens, context-tokens = 64, query-tokens = 8, vocabulary = 64 }]",
                        "sweep.demonstrations={ shots = [1], sets-per-task = 40000 }",
                        "sweep.evaluation={ queries-per-set = 4, audit { fraction = 0 } }",
                        "sweep.execution={ batch-trials = 4 }"));
        List<ProcessMemory> memory = new ArrayList<>();
        for (int wave = 1; wave < SAMPLES; wave++) {
            int waves = wave;
            driver.until(() -> committed() >= waves);
            ProcessHandle executor = driver.handle().descendants().findFirst().orElseThrow();
            memory.add(ProcessMemory.of(executor));
            ProcessMemory now = memory.get(wave - 1);
            write(
                    "executor",
                    "batches,heap_mib,resident_mib",
                    "%d,%.1f,%.1f".formatted(1000 * committed(), now.heap(), now.resident()));
        }
        assertThat(driver.exitCode()).as(driver.said()).isZero();
        assertThat(committed()).isEqualTo(SAMPLES);
        ProcessMemory first = memory.get(0);
        ProcessMemory last = memory.get(memory.size() - 1);
        assertThat(last.heap()).isLessThan(first.heap() + HEAP_GROWTH);
        double thousands = (SAMPLES - 2) * 4.0; // waves of 4,000 trials between the two
        assertThat(last.resident()).isLessThan(first.resident() + RESIDENT_GROWTH * thousands);
    }

    private String[] arguments(String master, String... settings) throws IOException {
        return SweepRows.arguments(directory, master, SweepRows.settings(directory, "scale", settings));
    }

    private int committed() {
        return SweepRows.committed(Storage.at(output().toString())).size();
    }

    private Path output() {
        return SweepFiles.in(directory).output().resolve("scale");
    }

    static void write(String name, String header, String line) {
        try {
            Path file = Files.createDirectories(Path.of("target", "soak")).resolve(name + ".csv");
            if (!Files.exists(file)) {
                Files.writeString(file, header + "\n");
            }
            Files.writeString(file, line + "\n", StandardOpenOption.APPEND);
            System.out.printf(Locale.ROOT, "%s: %s%n", name, line);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
