package org.iclsweep.sweep;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.mapreduce.util.ConfigUtil;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;
import org.iclsweep.sweep.table.LocalFiles;

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
                    .set("spark.hadoop." + LocalFiles.SETTING, LocalFiles.class.getName())
                    .set("spark.hadoop.mapreduce.fileoutputcommitter.algorithm.version", "1")
                    .set("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS")
                    .set("spark.sql.session.timeZone", "UTC"))
            .getOrCreate();

    static {
        // Each write and each of its tasks takes all of Hadoop's settings along: half of them are of YARN, which is not
        // here.
        ConfigUtil.loadResources();
        Configuration hadoop = SESSION.sparkContext().hadoopConfiguration();
        List<String> names = new ArrayList<>();
        hadoop.forEach(setting -> names.add(setting.getKey()));
        names.stream().filter(name -> name.startsWith("yarn.")).forEach(hadoop::unset);
    }

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
