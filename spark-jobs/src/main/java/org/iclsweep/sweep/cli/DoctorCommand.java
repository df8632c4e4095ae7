package org.iclsweep.sweep.cli;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.iclsweep.sweep.job.ExitCode;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code doctor}: what is there, what is missing, what to do. */
@Command(
        name = "doctor",
        description = "Java, native libraries, GPUs, Spark, disk: what is there, what is missing, what to do.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class DoctorCommand implements Callable<Integer> {
    private static final int JAVA = 17;
    private static final long GIB = 1L << 30;

    @Option(names = "--executors", description = "Asks the executors of --master too.")
    private boolean executors;

    @Option(
            names = "--master",
            paramLabel = "URL",
            description = "Spark's master; default: spark-submit's, or local[*].")
    private @Nullable String master;

    private final PrintStream out = System.out;
    private boolean sound = true;

    /** A look at one thing; what it throws is what is missing. */
    private interface Look {
        String finding() throws IOException, SQLException;
    }

    @Override
    public Integer call() {
        look("java", DoctorCommand::java, "install a JDK, version 17 or later");
        look("memory", DoctorCommand::memory, "");
        look(
                "libtorch",
                DoctorCommand::libtorch,
                "it is unpacked into DJL_CACHE_DIR (default ~/.djl.ai): that must be"
                        + " writable and allow to execute, and glibc must be 2.28 or later");
        look("gpu", () -> Engine.getEngine("PyTorch").getGpuCount() + " seen by libtorch", "");
        look("tables", DoctorCommand::duckdb, "the DuckDB jar has no native library for this machine");
        look("disk", DoctorCommand::disk, "make room in the current directory");
        look("data", DoctorCommand::data, "");
        if (executors) {
            look("spark", this::askExecutors, "see docs/ and the executors' logs");
        } else {
            look("spark", () -> org.apache.spark.package$.MODULE$.SPARK_VERSION(), "");
        }
        return (sound ? ExitCode.DONE : ExitCode.UNFIT_MACHINE).code();
    }

    private void look(String what, Look look, String advice) {
        try {
            out.printf("%-9s %s%n", what, look.finding());
        } catch (Exception | LinkageError e) {
            sound = false;
            out.printf("%-9s MISSING: %s%n", what, firstLine(e));
            if (!advice.isEmpty()) {
                out.printf("%-9s -> %s%n", "", advice);
            }
        }
    }

    private static String java() throws IOException {
        int feature = Runtime.version().feature();
        if (feature < JAVA) {
            throw new IOException("Java " + feature + " is too old");
        }
        return Runtime.version() + " (" + System.getProperty("java.vendor") + "), heap up to "
                + Runtime.getRuntime().maxMemory() / GIB + " GiB";
    }

    private static String memory() {
        int cores = Runtime.getRuntime().availableProcessors();
        if (ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean system) {
            return "%d cores, %.1f GiB, %.1f GiB of it free"
                    .formatted(
                            cores,
                            system.getTotalMemorySize() / (double) GIB,
                            system.getFreeMemorySize() / (double) GIB);
        }
        return cores + " cores";
    }

    private static String libtorch() throws IOException {
        Engine engine = Engine.getEngine("PyTorch");
        try (NDManager manager = engine.newBaseManager()) {
            if (manager.ones(new Shape(2, 2)).sum().getFloat() != 4) {
                throw new IOException("libtorch cannot add");
            }
        }
        return engine.getEngineName() + " " + engine.getVersion();
    }

    private static String duckdb() throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:duckdb:")) {
            return "DuckDB " + connection.getMetaData().getDatabaseProductVersion();
        }
    }

    private static String disk() throws IOException {
        Path here = Path.of("").toAbsolutePath();
        long free = Files.getFileStore(here).getUsableSpace();
        if (free < GIB || !Files.isWritable(here)) {
            throw new IOException("%.1f GiB free in %s%s"
                    .formatted(free / (double) GIB, here, Files.isWritable(here) ? "" : ", which cannot be written"));
        }
        return "%.1f GiB free in %s".formatted(free / (double) GIB, here);
    }

    private static String data() {
        String data = System.getenv("ICL_SWEEP_DATA");
        if (data == null) {
            return "ICL_SWEEP_DATA is not set; only sweeps over text data sets need it (docs/datasets.md)";
        }
        return data + (Files.isDirectory(Path.of(data)) ? "" : " is no directory; see docs/datasets.md");
    }

    private String askExecutors() {
        SparkConf conf = new SparkConf().setIfMissing("spark.app.name", "icl-sweep doctor");
        if (master != null) {
            conf.setMaster(master);
        }
        conf.setIfMissing("spark.master", "local[*]").setIfMissing("spark.ui.enabled", "false");
        SparkSession spark = SparkSession.builder().config(conf).getOrCreate();
        try {
            int slots = spark.sparkContext().defaultParallelism();
            List<String> answers = new JavaSparkContext(spark.sparkContext())
                    .parallelize(IntStream.range(0, slots).boxed().toList(), slots)
                    .map(slot -> "executor " + SparkEnv.get().executorId() + ": " + libtorch())
                    .distinct()
                    .collect();
            return spark.version() + ", " + slots + " slots; " + String.join("; ", answers);
        } finally {
            spark.stop();
        }
    }

    private static String firstLine(Throwable failure) {
        return failure.toString().lines().findFirst().orElse("");
    }
}
