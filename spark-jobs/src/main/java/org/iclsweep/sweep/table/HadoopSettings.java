package org.iclsweep.sweep.table;

import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;

/** Hadoop's settings as Spark's users give them: {@code spark.hadoop.*}, on the driver and on executors alike. */
final class HadoopSettings {
    private static final String PREFIX = "spark.hadoop.";

    /** The settings that Hadoop has by itself; reading them takes longer than a small file. */
    private static final Configuration OWN = new Configuration();

    private HadoopSettings() {}

    static Configuration ofThisProcess() {
        SparkEnv env = SparkEnv.get();
        return of(env == null ? new SparkConf() : env.conf());
    }

    static Configuration of(SparkConf spark) {
        Configuration hadoop = new Configuration(OWN);
        for (scala.Tuple2<String, String> setting : spark.getAllWithPrefix(PREFIX)) {
            hadoop.set(setting._1(), setting._2());
        }
        return hadoop;
    }
}
