package org.iclsweep.sweep.job;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A small file system of its own at a directory, where the user may mount one; else the test is skipped. */
record Mount(Path directory) implements AutoCloseable {

    static Mount tmpfs(Path directory, String options) throws IOException {
        assumeTrue(
                ends("mount", "-t", "tmpfs", "-o", options, "tmpfs", directory.toString()),
                "a tmpfs cannot be mounted here: this needs root");
        return new Mount(directory);
    }

    void remount(String options) throws IOException {
        if (!ends("mount", "-o", "remount," + options, directory.toString())) {
            throw new IOException("cannot remount " + directory);
        }
    }

    @Override
    public void close() throws IOException {
        if (!ends("umount", directory.toString()) && !ends("umount", "--lazy", directory.toString())) {
            throw new IOException("cannot unmount " + directory);
        }
    }

    @Override
    public String toString() {
        return directory.toString();
    }

    private static boolean ends(String... command) throws IOException {
        try {
            return new ProcessBuilder(new ArrayList<>(List.of(command)))
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        } catch (IOException e) {
            return false; // no such command on this machine
        }
    }
}
