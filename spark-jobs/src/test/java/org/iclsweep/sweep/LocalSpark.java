package org.iclsweep.sweep;

import java.util.stream.Stream;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;

/** The one Spark session of all tests of this process: two slots. */
public final class LocalSpark {
    private static final SparkSession SESSION = SparkSession.builder()
            .config(new SparkConf()
                    .setMaster("local[2]")
                    .setAppName("tests")
                    .set("spark.ui.enabled", "false")
                    // Waves of one batch, one at a time.
                    .set("spark.iclsweep.waveSeconds", "0")
                    .set("spark.iclsweep.waveBatches", "1")
                    .set("spark.iclsweep.wavesInFlight", "1")
                    // Tables of a few hundred rows: the default of 200 makes 200 tasks of each shuffle.
                    .set("spark.sql.shuffle.partitions", "2")
                    // For such tables the compilation of generated code takes longer than the work.
                    .set("spark.sql.codegen.wholeStage", "false")
                    .set("spark.sql.codegen.factoryMode", "NO_CODEGEN")
                    .set("spark.driver.host", "127.0.0.1")
                    .set("spark.driver.bindAddress", "127.0.0.1")
                    .set("spark.hadoop.mapreduce.fileoutputcommitter.algorithm.version", "1")
                    .set("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS")
                    .set("spark.sql.session.timeZone", "UTC"))
            .getOrCreate();

    private LocalSpark() {}

    public static SparkSession session() {
        return SESSION;
    }

    /** Waits until no task of a job that was cancelled runs any more. */
    public static void awaitIdle() {
        while (Stream.of(SESSION.sparkContext().statusTracker().getExecutorInfos())
                .anyMatch(executor -> executor.numRunningTasks() > 0)) {
            try {
                Thread.sleep(20);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
