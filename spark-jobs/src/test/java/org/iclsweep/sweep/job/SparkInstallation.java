package org.iclsweep.sweep.job;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A Spark installation as its own scripts see it: a directory with {@code jars/}, here of the tests' class path. */
record SparkInstallation(Path home) {

    static SparkInstallation in(Path directory) throws IOException {
        Path jars = Files.createDirectories(directory.resolve("spark/jars"));
        for (String entry : DriverProcess.classPath().split(File.pathSeparator, -1)) {
            Path link = jars.resolve(String.valueOf(Path.of(entry).getFileName()));
            if (entry.endsWith(".jar") && !Files.exists(link)) {
                Files.createSymbolicLink(link, Path.of(entry));
            }
        }
        return new SparkInstallation(directory.resolve("spark"));
    }

    /** For the environment of everything that starts executors. */
    Map<String, String> variables() {
        return Map.of("SPARK_HOME", home.toString(), "SPARK_SCALA_VERSION", "2.13", "SPARK_LOCAL_IP", "127.0.0.1");
    }

    /** For a driver whose executors are processes of their own. */
    List<String> properties(String faults, String... more) {
        List<String> properties = new ArrayList<>(List.of(
                "faults=" + faults,
                "spark.executor.extraClassPath=" + DriverProcess.classPath(),
                "spark.executor.extraJavaOptions=-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:ErrorFile=/dev/null"
                        + " -XX:-CreateCoredumpOnCrash "
                        + String.join(" ", DriverProcess.ownOptions()),
                "spark.executor.memory=512m",
                "spark.driver.host=127.0.0.1",
                "spark.ui.enabled=false"));
        properties.addAll(List.of(more));
        return properties;
    }
}
