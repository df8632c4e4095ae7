package org.iclsweep.sweep.table;

import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;

/** Hadoop's settings as Spark's users give them: {@code spark.hadoop.*}, on the driver and on executors alike. */
final class HadoopSettings {
    private static final String PREFIX = "spark.hadoop.";

    private HadoopSettings() {}

    static Configuration ofThisProcess() {
        SparkEnv env = SparkEnv.get();
        return of(env == null ? new SparkConf() : env.conf());
    }

    static Configuration of(SparkConf spark) {
        Configuration hadoop = new Configuration();
        for (scala.Tuple2<String, String> setting : spark.getAllWithPrefix(PREFIX)) {
            hadoop.set(setting._1(), setting._2());
        }
        return hadoop;
    }
}
