package org.iclsweep.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.apache.commons.io.FileUtils;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;
import org.iclsweep.datasets.reproducible.Digest;
import org.iclsweep.sweep.experiment.Experiments;
import org.iclsweep.sweep.experiment.SweepPlan;
import org.iclsweep.sweep.job.ExitCode;
import org.iclsweep.sweep.job.StopSignal;
import org.iclsweep.sweep.job.SweepOutcome;
import org.iclsweep.sweep.job.SweepRun;
import org.iclsweep.sweep.table.Manifest;
import org.iclsweep.sweep.table.Manifests;
import org.iclsweep.sweep.table.Storage;
import org.iclsweep.sweep.table.WaveTables;

/**
 * The seconds that a directory of many waves takes to commit one more, to be counted by {@code status}, to be listed
 * for {@code query} and to be taken up again by {@code run}: {@code benchmarks/bookkeeping [--keep] [--at URI] WAVES…}.
 * Each wave has ten trials and one file; files are links to a single one. One JSON object a line. With {@code --keep}
 * the directories stay, and one that is there is taken as it is.
 */
public final class Bookkeeping {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int TRIALS = 10;
    private static final int TIMED = 200;
    private static final int WRITERS = 16;
    private static final String SWEEP = """
            sweep {
              name = "bookkeeping"
              models = [ { random { model_type = linear_llama, hidden_size = 16, layers = 1, heads = 1, vocab = 64, seed = 1 } } ]
              tasks = [ { name = random-tokens, context-tokens = 12, query-tokens = 2, vocabulary = 64 } ]
              demonstrations { shots = [1], sets-per-task = %s, seed = 7 }
              evaluation { queries-per-set = 1, audit { fraction = 0 } }
              execution { batch-trials = %s }
              output = "%s"
            }
            """;

    private static final String ROWS =
            "COPY (SELECT 'trial' || range AS trial_id, 'ok' AS status FROM range(%s)) TO '%s' (FORMAT parquet)";

    private final SparkSession spark;
    private final Path scratch;
    private final Path template;
    private final String at;
    private final boolean keep;

    private Bookkeeping(SparkSession spark, Path scratch, Path template, String at, boolean keep) {
        this.spark = spark;
        this.scratch = scratch;
        this.template = template;
        this.at = at;
        this.keep = keep;
    }

    public static void main(String[] args) throws Exception {
        List<String> asked = new ArrayList<>(List.of(args));
        Path scratch = Files.createTempDirectory("bookkeeping");
        String at = scratch.toString();
        boolean keep = asked.remove("--keep");
        if (asked.get(0).equals("--at")) {
            at = asked.get(1);
            asked = asked.subList(2, asked.size());
        }
        SparkSession spark = SparkSession.builder()
                .config(new SparkConf()
                        .setMaster("local[2]")
                        .setAppName("bookkeeping")
                        .set("spark.ui.enabled", "false"))
                .getOrCreate();
        try {
            Path template = scratch.resolve("template.parquet");
            try (Connection duckdb = DriverManager.getConnection("jdbc:duckdb:");
                    Statement statement = duckdb.createStatement()) {
                statement.execute(ROWS.formatted(TRIALS, template));
            }
            Bookkeeping bench = new Bookkeeping(spark, scratch, template, at, keep);
            for (String waves : asked) {
                bench.run(Integer.parseInt(waves));
            }
        } finally {
            FileUtils.deleteDirectory(scratch.toFile());
        }
        System.exit(0); // Spark leaves threads behind
    }

    private static SweepPlan<?, ?> plan(Path scratch, int waves, String output) throws IOException {
        Path file = Files.writeString(scratch.resolve("sweep.conf"), SWEEP.formatted(TRIALS * waves, TRIALS, output));
        return Experiments.read(file, List.of());
    }

    private static List<String> tables(SweepPlan<?, ?> plan) {
        return plan.experiment().tableNames();
    }

    private void run(int waves) throws Exception {
        String output = at + "/waves-" + waves;
        SweepPlan<?, ?> plan = plan(scratch, waves, output);
        Storage storage = Storage.at(output);
        FileSystem files = new org.apache.hadoop.fs.Path(output)
                .getFileSystem(spark.sparkContext().hadoopConfiguration());
        if (!storage.exists("plan.json")) {
            write(waves, plan, storage, files);
            print(waves, "resume, the first time", StepCost.of(files, () -> resume(plan)));
        }
        print(waves, "resume", StepCost.of(files, () -> resume(plan)));
        print(
                waves,
                "files of a query",
                StepCost.of(
                        files,
                        () -> Manifests.of(storage, tables(plan))
                                .files(tables(plan).get(0))
                                .size()));
        print(waves, "status", command("status", output));
        print(waves, "status --check", command("status", output, "--check"));
        print(waves, "query", command("query", output, "SELECT count(*) FROM trials"));
        if (keep) {
            return;
        }
        if (output.contains("://")) {
            storage.delete("");
        } else {
            FileUtils.deleteDirectory(Path.of(output).toFile());
        }
    }

    private boolean resume(SweepPlan<?, ?> plan) {
        SweepOutcome outcome = SweepRun.run(spark, plan, StopSignal.never());
        if (outcome.exit() != ExitCode.DONE) {
            throw new IllegalStateException(outcome.message());
        }
        return true;
    }

    /** Writes a directory, and measures its last commits. */
    private void write(int waves, SweepPlan<?, ?> plan, Storage storage, FileSystem files) throws Exception {
        storage.makeDirectory("");
        AtomicBoolean durable = new AtomicBoolean();
        WaveTables waveTables = tables(plan, storage, durable);
        waveTables.claim(plan.record(), plan.sweep().resolved(), plan::id, System.err::println);
        writeFiles(plan, plan.sweep().output(), waves);
        int timed = Math.min(TIMED, waves / 2);
        inParallel(waves - timed, wave -> {
            waveTables.commit(manifest(plan, wave), () -> {});
            return true;
        });
        durable.set(true);
        StepCost commits = StepCost.of(files, () -> {
            for (int wave = waves - timed; wave < waves; wave++) {
                waveTables.commit(manifest(plan, wave), () -> {});
            }
            return true;
        });
        print(waves, "commit", commits.over(timed));
    }

    /** Of waves whose files are in their places; {@code durable}: with what a loss of power needs. */
    private static WaveTables tables(SweepPlan<?, ?> plan, Storage storage, AtomicBoolean durable) {
        Storage placed = (Storage) Proxy.newProxyInstance(
                Storage.class.getClassLoader(), new Class<?>[] {Storage.class}, (proxy, method, arguments) -> {
                    try {
                        return switch (method.getName()) {
                            case "movesDirectories" -> false;
                            case "publish" ->
                                durable.get()
                                        ? method.invoke(storage, arguments)
                                        : storage.create((String) arguments[0], (String) arguments[1]);
                            default -> method.invoke(storage, arguments);
                        };
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
        return new WaveTables(placed, plan.experiment().schemas(), plan.digest());
    }

    private Manifest manifest(SweepPlan<?, ?> plan, int wave) throws IOException {
        Manifest.DataFile file = new Manifest.DataFile(name(plan, wave), Files.size(template), Digest.of(template));
        return new Manifest(
                wave,
                plan.digest(),
                (long) TRIALS * wave,
                (long) TRIALS * wave + TRIALS,
                0,
                List.of(new Manifest.Part(tables(plan).get(0), TRIALS, List.of(file))));
    }

    private static String name(SweepPlan<?, ?> plan, int wave) {
        return String.format(
                Locale.ROOT, "%s/wave=%06d/part-0.zstd.parquet", tables(plan).get(0), wave);
    }

    private void writeFiles(SweepPlan<?, ?> plan, String output, int waves) throws Exception {
        if (!output.contains("://")) {
            for (int wave = 0; wave < waves; wave++) {
                Path file = Path.of(output).resolve(name(plan, wave));
                Files.createDirectories(file.getParent());
                link(file, wave);
            }
            return;
        }
        byte[] bytes = Files.readAllBytes(template);
        Configuration settings = spark.sparkContext().hadoopConfiguration();
        FileSystem files = new org.apache.hadoop.fs.Path(output).getFileSystem(settings);
        inParallel(waves, wave -> {
            try (OutputStream out = files.create(new org.apache.hadoop.fs.Path(output, name(plan, wave)), true)) {
                out.write(bytes);
            }
            return true;
        });
    }

    /** File systems allow tens of thousands of links to a file. */
    private void link(Path file, int wave) throws IOException {
        Path source = scratch.resolve("template-" + wave / 10_000);
        if (!Files.exists(source)) {
            Files.copy(template, source);
        }
        Files.createLink(file, source);
    }

    private interface Work {
        Object run(int wave) throws Exception;
    }

    private static void inParallel(int waves, Work work) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(WRITERS);
        try {
            List<Future<Object>> begun = IntStream.range(0, waves)
                    .mapToObj(wave -> threads.submit(() -> work.run(wave)))
                    .toList();
            for (Future<Object> one : begun) {
                one.get();
            }
        } finally {
            threads.shutdown();
        }
    }

    private StepCost command(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(ProcessHandle.current().info().command().orElse("java"));
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.add("-Dspark.hadoop.fs.iostatistics.logging.level=warn"); // at the end of a process
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), "org.iclsweep.sweep.cli.Main"));
        command.addAll(List.of(arguments));
        return StepCost.of(command, scratch.resolve("said"));
    }

    private static void print(int waves, String what, StepCost cost) {
        System.out.println(JSON.createObjectNode()
                .put("waves", waves)
                .put("what", what)
                .put("seconds", Benchmarks.rounded(cost.clock()))
                .put("processors", Benchmarks.rounded(cost.processors()))
                .put("requests", Benchmarks.rounded(cost.requests()))
                .put("load", ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage()));
    }
}
