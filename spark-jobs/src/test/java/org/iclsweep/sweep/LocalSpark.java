package org.iclsweep.sweep;

import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;

/** The one Spark session of all tests of this process: two slots. */
public final class LocalSpark {
    private static final SparkSession SESSION = SparkSession.builder()
            .config(new SparkConf()
                    .setMaster("local[2]")
                    .setAppName("tests")
                    .set("spark.ui.enabled", "false")
                    // Tables of a few hundred rows: the default of 200 makes 200 tasks of each shuffle.
                    .set("spark.sql.shuffle.partitions", "2")
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
}
