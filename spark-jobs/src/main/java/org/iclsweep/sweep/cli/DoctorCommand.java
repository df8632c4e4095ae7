package org.iclsweep.sweep.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.iclsweep.sweep.job.ExecutorCheck;
import org.iclsweep.sweep.job.ExitCode;
import org.iclsweep.sweep.run.EngineBuild;
import org.iclsweep.sweep.run.GpuSetup;
import org.iclsweep.sweep.run.MachineFaults;
import org.iclsweep.sweep.run.NativeLibraries;
import org.iclsweep.sweep.run.UnfitMachineException;
import org.iclsweep.sweep.table.Json;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The command {@code doctor}: a check of Java, native libraries, GPUs, Spark and disk. */
@Command(
        name = "doctor",
        description = "Checks Java, native libraries, GPUs, Spark and disk; names what is missing, and the remedy.",
        footer = "bin/icl-sweep doctor")
final class DoctorCommand implements Callable<Integer> {
    private static final int JAVA = 17;
    private static final long GIB = 1L << 30;

    @Option(names = "--executors", description = "Check the executors too; --master implies it.")
    private boolean executors;

    @Option(
            names = "--master",
            paramLabel = "URL",
            description = "Check the executors of this master of Spark; default: that of spark-submit, else local[*].")
    private @Nullable String master;

    @Option(names = "--json", description = "Print one JSON object: sound, and the checks.")
    private boolean json;

    private final PrintStream out = System.out;
    private final List<Check> checks = new ArrayList<>();
    private boolean sound = true;

    /**
     * A check.
     *
     * @param found what is there, or what is missing
     * @param remedy empty for a sound check, and where there is none
     */
    private record Check(String check, boolean sound, String found, String remedy) {}

    /** One check: its finding, or an exception whose message names the fault. */
    private interface Look {
        String finding() throws IOException, SQLException;
    }

    @Override
    public Integer call() {
        look("java", DoctorCommand::java, "install a JDK, version 17 or later");
        look("memory", DoctorCommand::memory, "");
        look("temp", MachineFaults::temporaryDirectory, "");
        look("files", MachineFaults::openFilesInWords, "");
        look("libtorch", DoctorCommand::libtorch, "see docs/how-to/cluster.md");
        look("engine", DoctorCommand::engine, "");
        gpu();
        look(
                "tables",
                DoctorCommand::duckdb,
                "java.io.tmpdir must take its native library, and the DuckDB jar must have one for this machine");
        look("disk", DoctorCommand::disk, "go to a directory that can be written and has a GiB free");
        look("data", DoctorCommand::data, "");
        if (executors || master != null) {
            look("spark", this::askExecutors, "see docs/how-to/cluster.md and the executors' logs");
        } else {
            look("spark", () -> org.apache.spark.package$.MODULE$.SPARK_VERSION(), "");
        }
        if (json) {
            out.print(Json.write(Map.of("sound", sound, "checks", checks)));
        }
        return (sound ? ExitCode.DONE : ExitCode.UNFIT_MACHINE).code();
    }

    private void look(String what, Look look, String advice) {
        try {
            tell(new Check(what, true, look.finding(), ""));
        } catch (Exception | LinkageError e) {
            sound = false;
            tell(new Check(what, false, firstLine(e), advice));
        }
    }

    private void tell(Check check) {
        checks.add(check);
        if (!json) {
            out.printf("%-9s %s%s%n", check.check(), check.sound() ? "" : "MISSING: ", check.found());
            if (!check.remedy().isEmpty()) {
                out.printf("%-9s -> %s%n", "", check.remedy());
            }
        }
    }

    /** Sound without a GPU; a part that is missing where there is one is named, and sweeps compute on the CPU. */
    private void gpu() {
        try {
            GpuSetup setup = GpuSetup.ofThisMachine();
            tell(new Check("gpu", true, setup.toString(), setup.lack().orElse("")));
        } catch (RuntimeException | LinkageError e) {
            tell(new Check("gpu", true, "not looked for without libtorch", ""));
        }
    }

    private static String java() throws IOException {
        int feature = Runtime.version().feature();
        if (feature < JAVA) {
            throw new IOException("expected Java " + JAVA + " or later, found " + feature);
        }
        return Runtime.version() + " (" + System.getProperty("java.vendor") + "), heap up to "
                + Runtime.getRuntime().maxMemory() / GIB + " GiB";
    }

    private static String memory() {
        int cores = Runtime.getRuntime().availableProcessors();
        if (ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean system) {
            return String.format(
                    Locale.ROOT,
                    "%d cores, %.1f GiB, %.1f GiB of it free",
                    cores,
                    system.getTotalMemorySize() / (double) GIB,
                    system.getFreeMemorySize() / (double) GIB);
        }
        return cores + " cores";
    }

    private static String libtorch() {
        return NativeLibraries.load("of this machine").toString();
    }

    private static String engine() {
        return EngineBuild.ofLoaded()
                .map(EngineBuild::toString)
                .orElse("this build of libtorch does not tell how it computes (docs/explanation/performance.md)");
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
            throw new IOException(String.format(
                    Locale.ROOT,
                    "%.1f GiB free in %s%s",
                    free / (double) GIB,
                    here,
                    Files.isWritable(here) ? "" : ", which cannot be written"));
        }
        return String.format(Locale.ROOT, "%.1f GiB free in %s", free / (double) GIB, here);
    }

    private static String data() {
        String data = System.getenv("ICL_SWEEP_DATA");
        if (data == null) {
            return "ICL_SWEEP_DATA is not set; only sweeps over text data sets need it (docs/reference/datasets.md)";
        }
        return data + (Files.isDirectory(Path.of(data)) ? "" : " is not a directory; see docs/reference/datasets.md");
    }

    private String askExecutors() {
        List<ExecutorCheck.Finding> findings = ExecutorCheck.run(master);
        sound &= findings.stream().allMatch(ExecutorCheck.Finding::sound);
        String executors = findings.stream()
                .map(finding -> "%n%9s %s".formatted("", finding))
                .collect(Collectors.joining());
        return org.apache.spark.package$.MODULE$.SPARK_VERSION() + ", " + findings.size() + " executors" + executors;
    }

    private static String firstLine(Throwable failure) {
        String message = failure instanceof UnfitMachineException ? failure.getMessage() : failure.toString();
        return String.valueOf(message).lines().findFirst().orElse("");
    }
}
