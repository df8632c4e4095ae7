package org.iclsweep.sweep.job;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.permission.FsAction;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.RuntimeConfig;
import org.iclsweep.sweep.config.ExecutionSpec;
import org.iclsweep.sweep.config.InputFiles;
import org.iclsweep.sweep.table.LocalFiles;

/** The settings of Spark that a sweep needs, those that it refuses, and those that it adds to the user's. */
final class SparkSettings {
    private static final String COMMITTER = "spark.hadoop.mapreduce.fileoutputcommitter.algorithm.version";
    private static final String OVERWRITE = "spark.sql.sources.partitionOverwriteMode";
    private static final String EXECUTOR_OPTIONS = "spark.executor.extraJavaOptions";
    /** local, local[2], local[*], local[2,4]: one process. Not local-cluster[…], which has executors of its own. */
    private static final Pattern LOCAL = Pattern.compile("local(?:\\[(\\d+|\\*)(?:,\\d+)?\\])?");

    private static final Pattern MASTER =
            Pattern.compile(LOCAL.pattern() + "|local-cluster\\[.*\\]|spark://.+|k8s://.+|yarn");

    private static final Pattern NUM_THREADS = Pattern.compile("\\s*-Dai\\.djl\\.pytorch\\.num_threads=(\\d+)");
    /**
     * Milliseconds after which the C library is told to give back what batches have freed; it keeps gigabytes of it
     * otherwise. Known from JDK 17.0.9 on.
     */
    private static final String TRIM = "-XX:TrimNativeHeapInterval=";

    private static final String OPEN_MP = "spark.executorEnv.OMP_NUM_THREADS";
    private static final String MKL = "spark.executorEnv.MKL_NUM_THREADS";
    private static final String REDACTION = "spark.redaction.regex";
    /** Settings, and values that name them such as a command line, that are not shown: Spark's own first. */
    private static final String SECRETS =
            "(?i)secret|password|passwd|token|credential|signature|access[._-]?key|account[._-]?key"
                    + "|shared[._-]?key|encryption[._-]?key|private[._-]?key|keytab|fs\\.s3a\\.[\\w.-]*key|fs\\.azure\\.sas"
                    + "|://[^/@\\s]+:[^/@\\s]+@|[?&]sig=";

    private static final String EVENT_LOG = "spark.eventLog.enabled";

    /**
     * The seconds that a wave is to take: what a driver that is killed has lost at most, but for trials that take
     * longer.
     */
    private static final String WAVE_SECONDS = "spark.iclsweep.waveSeconds";
    /** The least batches of a wave, if not one for each slot. */
    private static final String WAVE_BATCHES = "spark.iclsweep.waveBatches";
    /**
     * The most waves that are worked on at a time: the next one's tasks fill the slots that the last tasks of the
     * others leave free.
     */
    private static final String WAVES_IN_FLIGHT = "spark.iclsweep.wavesInFlight";

    private SparkSettings() {}

    static double waveSeconds(RuntimeConfig spark) {
        return Double.parseDouble(spark.get(WAVE_SECONDS, "60"));
    }

    /** The least batches of a wave. */
    static int waveBatches(RuntimeConfig spark, int slots) {
        return Integer.parseInt(spark.get(WAVE_BATCHES, Integer.toString(slots)));
    }

    static int wavesInFlight(RuntimeConfig spark) {
        return Math.max(1, Integer.parseInt(spark.get(WAVES_IN_FLIGHT, "32")));
    }

    /** Settings under which Spark shows files of failed tasks, or deletes committed ones. */
    static void refuseUnsafe(SparkConf spark) {
        if (!spark.get(COMMITTER, "1").equals("1")) {
            throw new WrongSettingException(
                    "%s=%s: a failed task's files would be visible; remove the setting, or set 1"
                            .formatted(COMMITTER, spark.get(COMMITTER)));
        }
        if (spark.get(OVERWRITE, "static").equalsIgnoreCase("dynamic")) {
            throw new WrongSettingException(
                    OVERWRITE + "=dynamic: two attempts would write the same file; remove the setting, or set static");
        }
    }

    /** The user's settings and what a sweep adds. */
    static SparkConf complete(SparkConf user, String name, ExecutionSpec execution) {
        SparkConf spark = user.clone()
                .setIfMissing("spark.app.name", "icl-sweep " + name)
                .setIfMissing("spark.master", "local[*]")
                .setIfMissing("spark.ui.showConsoleProgress", "false")
                // A page that nobody logs in to, on every interface of the driver, and one that ends jobs.
                .setIfMissing("spark.ui.enabled", "false")
                .setIfMissing("spark.ui.killEnabled", "false")
                .set(REDACTION, redaction(user))
                // A wave that is written does not wait for the tasks of the next one.
                .setIfMissing("spark.scheduler.mode", "FAIR")
                .set("spark.plugins", SweepMetrics.among(user.get("spark.plugins", "")))
                // A batch that kills takes three executors along before the killer is known; two of them may meet.
                .setIfMissing("spark.task.maxFailures", "16")
                .set(COMMITTER, "1")
                .set("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS")
                .set("spark.sql.session.timeZone", "UTC");
        requireMaster(spark.get("spark.master"));
        if (isLocal(spark)) {
            spark.setIfMissing("spark.driver.host", "127.0.0.1")
                    .setIfMissing("spark.driver.bindAddress", "127.0.0.1")
                    .setIfMissing("spark.hadoop." + LocalFiles.SETTING, LocalFiles.class.getName())
                    // The counts of a wave are shuffled; 200 partitions are 200 tasks of nothing.
                    .setIfMissing(
                            "spark.sql.shuffle.partitions",
                            Integer.toString(
                                    localSlots(spark, Runtime.getRuntime().availableProcessors())));
        }
        dropEventLogThatCannotBeWritten(spark);
        GpuStages.arrange(spark, execution.gpu(), isLocal(spark));
        int threads = threads(spark, execution);
        if (asked(spark, execution) > threads) {
            System.err.printf(
                    "sweep.execution.threads-per-task or Spark's settings: expected at most %2$d threads for each task, the cores of"
                            + " its slot, found %1$d; %2$d is used%n",
                    asked(spark, execution), threads);
        }
        limitThreads(spark, threads);
        if (!isLocal(spark)) {
            prepareExecutors(spark);
        }
        return spark;
    }

    /**
     * The names of secrets, of Spark and of file systems, and those that the user adds: left out of event logs and
     * pages.
     */
    private static String redaction(SparkConf user) {
        return user.contains(REDACTION) ? SECRETS + "|(?:" + user.get(REDACTION) + ")" : SECRETS;
    }

    private static void requireMaster(String master) {
        if (!MASTER.matcher(master).matches() || master.startsWith("local[0")) {
            throw new WrongSettingException("spark.master: expected local, local[N] with N of at least 1, local[*],"
                    + " spark://HOST:PORT, yarn or k8s://URL, found \"" + master + "\"; give one with --master");
        }
    }

    /** Intra-op threads of each slot: as asked for, but no more than there are cores for. */
    static int threads(SparkConf spark, ExecutionSpec execution) {
        int cores = Runtime.getRuntime().availableProcessors();
        int share = isLocal(spark) ? cores / localSlots(spark, cores) : spark.getInt("spark.task.cpus", 1);
        return Math.min(asked(spark, execution), Math.max(1, share));
    }

    /** Whoever sets the engine's own option, or OpenMP's, has asked too. */
    private static int asked(SparkConf spark, ExecutionSpec execution) {
        Matcher option = NUM_THREADS.matcher(spark.get(EXECUTOR_OPTIONS, ""));
        int asked = option.find() ? Integer.parseInt(option.group(1)) : execution.threadsPerTask();
        return Math.max(1, Math.max(asked, Math.max(spark.getInt(OPEN_MP, 1), spark.getInt(MKL, 1))));
    }

    static boolean isLocal(SparkConf spark) {
        return LOCAL.matcher(spark.get("spark.master")).matches();
    }

    private static int localSlots(SparkConf spark, int cores) {
        Matcher local = LOCAL.matcher(spark.get("spark.master"));
        if (!local.matches() || local.group(1) == null) {
            return 1;
        }
        return local.group(1).equals("*") ? cores : Integer.parseInt(local.group(1));
    }

    /** The number of threads has to be known before the engine starts, on the executors and, in local mode, here. */
    private static void limitThreads(SparkConf spark, int threads) {
        String count = Integer.toString(threads);
        Map<String, String> engine = Map.of(
                "ai.djl.pytorch.num_threads", count, "ai.djl.pytorch.num_interop_threads", "1", "DJL_OFFLINE", "true");
        StringBuilder options = new StringBuilder(
                NUM_THREADS.matcher(spark.get(EXECUTOR_OPTIONS, "")).replaceAll(""));
        engine.forEach((key, value) -> {
            if (System.getProperty(key) == null || (isLocal(spark) && key.equals("ai.djl.pytorch.num_threads"))) {
                System.setProperty(key, value);
            }
            if (options.indexOf("-D" + key + "=") < 0) {
                options.append(" -D").append(key).append('=').append(value);
            }
        });
        if (options.indexOf(TRIM) < 0) {
            options.append(" -XX:+IgnoreUnrecognizedVMOptions ").append(TRIM).append("60000");
        }
        spark.set(EXECUTOR_OPTIONS, options.toString().strip());
        spark.set(OPEN_MP, count);
        spark.set(MKL, count);
        spark.setIfMissing("spark.executorEnv.DJL_OFFLINE", "true");
        // CUDA's indices are those of nvidia-smi
        spark.setIfMissing("spark.executorEnv.CUDA_DEVICE_ORDER", "PCI_BUS_ID");
        // Java names files in the character set of the locale: in that of a bare container, some cannot be opened
        spark.setIfMissing("spark.executorEnv.LC_ALL", "C.UTF-8");
        // relative to the executor's own working directory, so that no two unpack into the same place
        spark.setIfMissing("spark.executorEnv.DJL_CACHE_DIR", "djl-cache");
        spark.setIfMissing("spark.executorEnv.ICL_SWEEP_CACHE", "icl-sweep-cache");
    }

    /** Executors have none of this process's class path, and most of them should be there before work is dealt out. */
    private static void prepareExecutors(SparkConf spark) {
        spark.setIfMissing("spark.scheduler.minRegisteredResourcesRatio", "1.0");
        Path assembled = Path.of(System.getProperty(InputFiles.HOME, ""), "spark-jobs", "target", "icl-sweep", "lib");
        if (System.getProperty(InputFiles.HOME) != null && !spark.contains("spark.jars")) {
            try (Stream<Path> jars = Files.list(assembled)) {
                spark.set(
                        "spark.jars",
                        jars.map(jar -> jar.toUri().toString()).sorted().collect(Collectors.joining(",")));
            } catch (IOException e) {
                System.err.printf("no jars for executors in %s: %s%n", assembled, e);
            }
        }
    }

    /** Results do not depend on Spark's event log: better none than no sweep. */
    private static void dropEventLogThatCannotBeWritten(SparkConf spark) {
        if (!spark.getBoolean(EVENT_LOG, false)) {
            return;
        }
        var directory = new org.apache.hadoop.fs.Path(spark.get("spark.eventLog.dir", "file:///tmp/spark-events"));
        try {
            FileSystem files = directory.getFileSystem(new Configuration());
            files.access(directory, FsAction.WRITE_EXECUTE);
        } catch (IOException e) {
            System.err.printf("no event log is written: spark.eventLog.dir = %s: %s%n", directory, e);
            spark.set(EVENT_LOG, "false");
        }
    }
}
