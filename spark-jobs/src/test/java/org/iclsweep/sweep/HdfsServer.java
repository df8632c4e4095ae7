package org.iclsweep.sweep;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/**
 * HDFS for tests: a name node and a data node in a process of their own. Its jars are those that {@code -Pobject-store}
 * copies; without them a test is left out.
 */
public final class HdfsServer implements AutoCloseable {
    private static final Path JARS = Path.of("..").toAbsolutePath().normalize().resolve("object-store/target/hdfs");

    private final ServerProcess process;
    private final String root;

    private HdfsServer(ServerProcess process, String root) {
        this.process = process;
        this.root = root;
    }

    /** @param directory for its files */
    public static HdfsServer start(Path directory) throws IOException {
        Assumptions.assumeTrue(Files.isDirectory(JARS), "no HDFS: run with -Pobject-store");
        int port = FreePort.any();
        Path up = directory.resolve("hdfs.up");
        ServerProcess process = ServerProcess.start(
                directory.resolve("hdfs.log"),
                List.of(
                        "-Dtest.build.data=" + directory.resolve("hdfs"),
                        "-cp",
                        JARS + "/*:"
                                + System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        "org.apache.hadoop.test.MiniDFSClusterManager",
                        "-format",
                        "-datanodes",
                        "1",
                        "-nnport",
                        Integer.toString(port),
                        "-writeDetails",
                        up.toString()));
        process.await(() -> Files.exists(up));
        return new HdfsServer(process, "hdfs://127.0.0.1:" + port);
    }

    /** The URI of its root, without a slash at the end. */
    public String root() {
        return root;
    }

    @Override
    public void close() {
        process.stop();
    }
}
