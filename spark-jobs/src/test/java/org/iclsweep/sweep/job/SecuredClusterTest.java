package org.iclsweep.sweep.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.iclsweep.sweep.LocalSpark;
import org.iclsweep.sweep.experiment.Experiments;
import org.iclsweep.sweep.job.StandaloneCluster.Ended;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A sweep on a cluster of processes with conf/spark/secure.conf: authentication and encryption on, ports closed. */
@Tag("soak")
class SecuredClusterTest {
    private static final String SWEEP = "org.iclsweep.sweep.job.Sweep";
    private static final String SECRET = "5e8dd316726b0335";

    private static final String KEY = "bm90LWEta2V5LW9mLWF6dXJl";

    /** A part of what a driver tells the master about its application. */
    private static final String PLAIN = "DJL_CACHE_DIR";

    @TempDir
    private static Path directory;

    private static Path settings = Path.of("");
    private static Optional<StandaloneCluster> running = Optional.empty();

    @BeforeAll
    static void startTheCluster() throws IOException, InterruptedException {
        settings = directory.resolve("secure.conf");
        Files.createFile(settings, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(
                settings,
                Files.readString(StandaloneCluster.HOME.resolve("conf/spark/secure.conf"))
                        + "spark.authenticate.secret " + SECRET + "\n");
        Files.writeString(directory.resolve("sweep.conf"), """
                sweep {
                  name = secured
                  models = [ { random { model_type = linear_llama, hidden_size = 16, layers = 2, heads = 2, vocab = 64, seed = 1 }
                               dtypes = [float64] } ]
                  tasks = [ { name = random-tokens, context-tokens = 24, query-tokens = 4, vocabulary = 64 } ]
                  demonstrations { sets-per-task = 16, shots = [1] }
                  execution { batch-trials = 4, gpu = off }
                  output = "%s"
                }
                """.formatted(directory.resolve("here")));
        running = Optional.of(StandaloneCluster.start(
                Files.createDirectories(directory.resolve("cluster")),
                List.of("--properties-file", settings.toString())));
    }

    @AfterAll
    static void stopTheCluster() {
        running.ifPresent(StandaloneCluster::close);
    }

    private static StandaloneCluster cluster() {
        return running.orElseThrow();
    }

    private static Ended submit(String master, String output, List<String> more)
            throws IOException, InterruptedException {
        List<String> options = new ArrayList<>(cluster().small("spark.executor.resource.gpu.amount=0"));
        options.addAll(List.of("--master", master));
        more.forEach(setting -> options.addAll(List.of("--conf", setting)));
        return cluster()
                .submit(
                        options,
                        SWEEP,
                        List.of(
                                directory.resolve("sweep.conf").toString(),
                                "--set",
                                "sweep.output=" + directory.resolve(output)));
    }

    /** The settings of the file, for a driver. */
    private static List<String> secured() {
        Map<String, String> read = ClusterFilesTest.read(settings);
        return read.entrySet().stream()
                .map(setting -> setting.getKey() + "=" + setting.getValue())
                .toList();
    }

    @Test
    void theRowsAreThoseOfOneMachineAndNothingIsReadOnTheWay() throws IOException, InterruptedException {
        SweepRun.run(
                LocalSpark.session(), Experiments.read(directory.resolve("sweep.conf"), List.of()), StopSignal.never());
        Path events = Files.createDirectories(directory.resolve("events"));
        List<String> settings = new ArrayList<>(secured());
        settings.addAll(List.of(
                "spark.eventLog.enabled=true",
                "spark.eventLog.dir=" + events.toUri(),
                "spark.eventLog.compress=false",
                "spark.hadoop.fs.azure.account.key.mine.dfs.core.windows.net=" + KEY));
        try (Recorder way = new Recorder(cluster().port())) {
            Ended ended = submit(way.master(), "there", settings);
            assertThat(ended.exitCode()).as(ended.said() + cluster().logs()).isZero();
            assertThat(way.recorded()).as("something was sent").hasSizeGreaterThan(1000);
            assertThat(way.recorded())
                    .doesNotContain(PLAIN)
                    .doesNotContain(SECRET)
                    .doesNotContain(KEY);
        }
        assertThat(SweepRows.content(directory.resolve("there"), "true"))
                .isEqualTo(SweepRows.content(directory.resolve("here"), "true"));
        String written = texts(directory.resolve("there"))
                + texts(events)
                + cluster().logs()
                + cluster().log("master.log")
                + cluster().log("worker-0.log")
                + cluster().log("worker-1.log");
        assertThat(written)
                .contains("SparkListenerEnvironmentUpdate", "fs.azure.account.key.mine")
                .doesNotContain(SECRET)
                .doesNotContain(KEY);
    }

    private static String texts(Path directory) throws IOException {
        StringBuilder all = new StringBuilder();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                all.append(Files.readString(file, StandardCharsets.ISO_8859_1));
            }
        }
        return all.toString();
    }

    @Test
    void aDriverWithoutTheSecretOrWithAnotherIsRefusedBeforeAnyWork() throws IOException, InterruptedException {
        List<String> other = new ArrayList<>(secured());
        other.replaceAll(setting -> setting.replace(SECRET, "another"));
        for (List<String> settings : List.of(List.<String>of(), other)) {
            Ended ended = submit(cluster().master(), "refused", settings);
            assertThat(ended.exitCode()).as(ended.said()).isEqualTo(5);
            assertThat(ended.said()).contains("spark.master: expected a standalone master at ");
            assertThat(directory.resolve("refused")).doesNotExist();
        }
    }

    @Test
    void applicationsCannotBeSubmittedOverHttp() throws IOException {
        assertThat(cluster().log("master.log")).doesNotContain("REST server");
    }

    /** A relay to a port of this machine that keeps what is sent to it. */
    private static final class Recorder implements AutoCloseable {
        private final ServerSocket server;
        private final int port;
        private final ByteArrayOutputStream recorded = new ByteArrayOutputStream();
        private final List<Socket> sockets = new ArrayList<>();

        Recorder(int port) throws IOException {
            this.port = port;
            this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
            start(this::accept);
        }

        private static void start(Runnable work) {
            Thread thread = new Thread(work);
            thread.setDaemon(true);
            thread.start();
        }

        private void accept() {
            try {
                while (true) {
                    Socket client = server.accept();
                    Socket master = new Socket(InetAddress.getLoopbackAddress(), port);
                    synchronized (sockets) {
                        sockets.addAll(List.of(client, master));
                    }
                    start(() -> relay(client, master));
                    start(() -> relay(master, client));
                }
            } catch (IOException e) {
                // closed
            }
        }

        private void relay(Socket from, Socket to) {
            try (InputStream in = from.getInputStream();
                    OutputStream out = to.getOutputStream()) {
                byte[] buffer = new byte[1 << 16];
                for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                    synchronized (recorded) {
                        recorded.write(buffer, 0, read);
                    }
                    out.write(buffer, 0, read);
                    out.flush();
                }
            } catch (IOException e) {
                // closed
            }
        }

        String master() {
            return "spark://127.0.0.1:" + server.getLocalPort();
        }

        String recorded() {
            synchronized (recorded) {
                return recorded.toString(StandardCharsets.ISO_8859_1);
            }
        }

        @Override
        public void close() throws IOException {
            server.close();
            synchronized (sockets) {
                for (Socket socket : sockets) {
                    socket.close();
                }
            }
        }
    }
}
