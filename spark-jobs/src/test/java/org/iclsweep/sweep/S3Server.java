package org.iclsweep.sweep;

import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkEnv;
import org.junit.jupiter.api.Assumptions;

/**
 * S3 for tests: a server in a process of its own with one bucket, that keeps objects in memory (on directories it could
 * not delete a prefix, as S3 can). Its jars are those that {@code -Pobject-store} copies; without them a test is left
 * out.
 */
public final class S3Server implements AutoCloseable {
    private static final Path HOME = Path.of("..").toAbsolutePath().normalize();
    private static final Path JARS = HOME.resolve("object-store/target/s3proxy");
    private static final String BUCKET = "sweeps";
    private static final String HADOOP = "spark.hadoop.";

    private final ServerProcess process;
    private final String endpoint;

    private S3Server(ServerProcess process, String endpoint) {
        this.process = process;
        this.endpoint = endpoint;
    }

    /** @param directory for its settings and its log */
    public static S3Server start(Path directory) throws IOException, InterruptedException {
        Assumptions.assumeTrue(Files.isDirectory(JARS), "no S3 server: run with -Pobject-store");
        int port = FreePort.any();
        String endpoint = "http://127.0.0.1:" + port;
        Path properties = Files.writeString(directory.resolve("s3proxy.properties"), """
                s3proxy.endpoint=%s
                s3proxy.authorization=none
                jclouds.provider=transient
                jclouds.identity=local
                jclouds.credential=local
                """.formatted(endpoint));
        Path quiet = Files.writeString(directory.resolve("logback.xml"), """
                <configuration>
                  <appender name="out" class="ch.qos.logback.core.ConsoleAppender"><encoder><pattern>%m%n</pattern></encoder></appender>
                  <root level="warn"><appender-ref ref="out"/></root>
                </configuration>
                """);
        ServerProcess process = ServerProcess.start(
                directory.resolve("s3.log"),
                List.of(
                        "-Dlogback.configurationFile=" + quiet,
                        "-cp",
                        JARS + "/*",
                        "org.gaul.s3proxy.Main",
                        "--properties",
                        properties.toString()));
        process.await(() -> listens(port));
        makeBucket(endpoint);
        return new S3Server(process, endpoint);
    }

    /** The URI of its bucket, without a slash at the end. */
    public String root() {
        return "s3a://" + BUCKET;
    }

    /** The settings of Spark with which drivers and executors reach it. */
    public Map<String, String> settings() {
        Map<String, String> all = new TreeMap<>();
        all.put("spark.hadoop.fs.s3a.endpoint", endpoint);
        all.put("spark.hadoop.fs.s3a.endpoint.region", "us-east-1");
        all.put("spark.hadoop.fs.s3a.path.style.access", "true");
        all.put("spark.hadoop.fs.s3a.access.key", "local");
        all.put("spark.hadoop.fs.s3a.secret.key", "local");
        // The server answers 501 to the checksum with which this SDK deletes several objects at once.
        all.put("spark.hadoop.fs.s3a.multiobjectdelete.enable", "false");
        return all;
    }

    /** Gives the settings to this process too. */
    public void useInThisProcess() {
        Configuration hadoop = LocalSpark.session().sparkContext().hadoopConfiguration();
        settings().forEach((key, value) -> {
            SparkEnv.get().conf().set(key, value);
            hadoop.set(key.substring(HADOOP.length()), value);
        });
    }

    private static boolean listens(int port) {
        try (Socket socket = new Socket("127.0.0.1", port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    private static void makeBucket(String endpoint) throws IOException, InterruptedException {
        HttpRequest put = HttpRequest.newBuilder(URI.create(endpoint + "/" + BUCKET))
                .PUT(HttpRequest.BodyPublishers.noBody())
                .build();
        int status = HttpClient.newHttpClient()
                .send(put, HttpResponse.BodyHandlers.discarding())
                .statusCode();
        if (status != 200) {
            throw new IOException("the bucket was answered with " + status);
        }
    }

    @Override
    public void close() {
        process.stop();
    }
}
