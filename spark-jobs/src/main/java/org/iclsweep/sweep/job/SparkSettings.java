package org.iclsweep.sweep.job;

import java.io.IOException;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.permission.FsAction;
import org.apache.spark.SparkConf;
import org.iclsweep.sweep.config.ExecutionSpec;

/** What a sweep needs of Spark's settings, what it refuses, and what it adds to those of the user. */
final class SparkSettings {
    private static final String COMMITTER = "spark.hadoop.mapreduce.fileoutputcommitter.algorithm.version";
    private static final String OVERWRITE = "spark.sql.sources.partitionOverwriteMode";
    private static final String EXECUTOR_OPTIONS = "spark.executor.extraJavaOptions";
    /** local, local[2], local[*], local[2,4]: one process. Not local-cluster[…], which has executors of its own. */
    private static final Pattern LOCAL = Pattern.compile("local(?:\\[(\\d+|\\*)(?:,\\d+)?\\])?");

    private static final String EVENT_LOG = "spark.eventLog.enabled";

    private SparkSettings() {}

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
                // A batch that kills takes three executors along before the killer is known; two of them may meet.
                .setIfMissing("spark.task.maxFailures", "16")
                .set(COMMITTER, "1")
                .set("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS")
                .set("spark.sql.session.timeZone", "UTC");
        if (isLocal(spark)) {
            spark.setIfMissing("spark.ui.enabled", "false")
                    .setIfMissing("spark.driver.host", "127.0.0.1")
                    .setIfMissing("spark.driver.bindAddress", "127.0.0.1");
        }
        dropEventLogThatCannotBeWritten(spark);
        limitThreads(spark, threads(spark, execution));
        return spark;
    }

    /** Intra-op threads of each slot: as asked for, but no more than there are cores for. */
    static int threads(SparkConf spark, ExecutionSpec execution) {
        int cores = Runtime.getRuntime().availableProcessors();
        int share = isLocal(spark) ? cores / localSlots(spark, cores) : spark.getInt("spark.task.cpus", 1);
        int most = Math.max(1, share);
        if (execution.threadsPerTask() > most) {
            System.err.printf(
                    "sweep.execution.threads-per-task = %d is more than each task slot has cores: %d is used%n",
                    execution.threadsPerTask(), most);
        }
        return Math.min(execution.threadsPerTask(), most);
    }

    private static boolean isLocal(SparkConf spark) {
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
        StringBuilder options = new StringBuilder(spark.get(EXECUTOR_OPTIONS, ""));
        engine.forEach((key, value) -> {
            if (System.getProperty(key) == null) {
                System.setProperty(key, value);
            }
            if (options.indexOf("-D" + key + "=") < 0) {
                options.append(" -D").append(key).append('=').append(value);
            }
        });
        spark.set(EXECUTOR_OPTIONS, options.toString().strip());
        spark.setIfMissing("spark.executorEnv.OMP_NUM_THREADS", count);
        spark.setIfMissing("spark.executorEnv.MKL_NUM_THREADS", count);
        spark.setIfMissing("spark.executorEnv.DJL_OFFLINE", "true");
        // relative to the executor's own working directory, so that no two unpack into the same place
        spark.setIfMissing("spark.executorEnv.DJL_CACHE_DIR", "djl-cache");
    }

    /** Results do not depend on Spark's event log: better none than no sweep. */
    private static void dropEventLogThatCannotBeWritten(SparkConf spark) {
        if (!spark.getBoolean(EVENT_LOG, false)) {
            return;
        }
        Path directory = new Path(spark.get("spark.eventLog.dir", "file:///tmp/spark-events"));
        try {
            FileSystem files = directory.getFileSystem(new Configuration());
            files.access(directory, FsAction.WRITE_EXECUTE);
        } catch (IOException e) {
            System.err.printf("no event log is written: spark.eventLog.dir = %s: %s%n", directory, e);
            spark.set(EVENT_LOG, "false");
        }
    }
}
