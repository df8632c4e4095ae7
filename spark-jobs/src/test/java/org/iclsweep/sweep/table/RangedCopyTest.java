package org.iclsweep.sweep.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.iclsweep.model.checkpoint.Checkpoint;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Copies from Hadoop's file system of this machine, in ranges of a hundred bytes. */
class RangedCopyTest {
    private static final long RANGE = 100;

    @TempDir
    private Path directory;

    private final Watched files = new Watched();

    /** This machine's file system, with a note of each stream; it may wait for a second one, or break. */
    private static final class Watched extends RawLocalFileSystem {
        private final ConcurrentLinkedQueue<String> opened = new ConcurrentLinkedQueue<>();
        private CountDownLatch together = new CountDownLatch(0);
        private boolean broken;

        @Override
        public FSDataInputStream open(org.apache.hadoop.fs.Path file, int buffer) throws IOException {
            opened.add(file.getName());
            together.countDown();
            try {
                assertThat(together.await(30, TimeUnit.SECONDS))
                        .as("several streams at the same time")
                        .isTrue();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            if (broken) {
                throw new IOException("the connection is broken");
            }
            return super.open(file, buffer);
        }
    }

    @BeforeEach
    void start() throws IOException {
        files.initialize(URI.create("file:///"), new Configuration());
    }

    private org.apache.hadoop.fs.FileStatus written(String name, byte[] bytes) throws IOException {
        return files.getFileStatus(new org.apache.hadoop.fs.Path(
                Files.write(directory.resolve(name), bytes).toUri()));
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    @ParameterizedTest(name = "{0} bytes")
    @ValueSource(ints = {0, 1, 99, 100, 101, 1000, 12345})
    void aCopyIsTheOriginalWhateverItsRanges(int length) throws IOException {
        byte[] bytes = random(length);
        Path to = directory.resolve("copy");
        try (RangedCopy copy = new RangedCopy(files, RANGE)) {
            RangedCopy.Arriving arriving = copy.begin(written("original", bytes), to);
            try (InputStream stream = arriving.stream()) {
                assertThat(stream.readAllBytes()).as("as it arrives").isEqualTo(bytes);
            }
            arriving.await();
        }
        assertThat(Files.readAllBytes(to)).isEqualTo(bytes);
        assertThat(files.opened).hasSize((length + 99) / 100);
    }

    @Test
    void rangesAreBroughtAtTheSameTime() throws IOException {
        files.together = new CountDownLatch(RangedCopy.STREAMS);
        try (RangedCopy copy = new RangedCopy(files, RANGE)) {
            copy.begin(written("original", random(800)), directory.resolve("copy"))
                    .await();
        }
        assertThat(files.opened).hasSize(8);
    }

    @Test
    void aRangeThatIsLostFailsTheCopyAndWhoReadsIt() throws IOException {
        files.broken = true;
        try (RangedCopy copy = new RangedCopy(files, RANGE)) {
            RangedCopy.Arriving arriving = copy.begin(written("original", random(250)), directory.resolve("copy"));
            assertThatThrownBy(arriving::await).isInstanceOf(IOException.class).hasMessage("the connection is broken");
            assertThatThrownBy(() -> arriving.stream().readAllBytes()).hasMessage("the connection is broken");
        }
    }

    @Test
    void anOriginalThatHasBecomeShorterFailsTheCopy() throws IOException {
        var status = written("original", random(250));
        Files.write(directory.resolve("original"), random(120));
        try (RangedCopy copy = new RangedCopy(files, RANGE)) {
            assertThatThrownBy(
                            () -> copy.begin(status, directory.resolve("copy")).await())
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("expected 250 bytes, found an end after ");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"models/text-icl", "models/induction"})
    void aCheckpointHasItsDigestWhenItHasArrived(String model) throws IOException {
        Path there = Path.of("..").toAbsolutePath().normalize().resolve(model);
        List<org.apache.hadoop.fs.FileStatus> wanted = Arrays.stream(
                        files.listStatus(new org.apache.hadoop.fs.Path(there.toUri())))
                .filter(file -> file.isFile() && file.getPath().getName().matches(".*\\.(json|safetensors|txt|jinja)"))
                .toList();
        try (RangedCopy copy = new RangedCopy(files, 1 << 16)) {
            assertThat(CheckpointCopy.bring(copy, wanted, directory))
                    .contains(Checkpoint.open(there).sha256());
        }
        assertThat(Checkpoint.open(directory).sha256())
                .isEqualTo(Checkpoint.open(there).sha256());
    }

    @Test
    void filesThatAreNoCheckpointHaveNoDigest() throws IOException {
        Path into = Files.createDirectories(directory.resolve("into"));
        try (RangedCopy copy = new RangedCopy(files, RANGE)) {
            assertThat(CheckpointCopy.bring(copy, List.of(written("train.jsonl", random(300))), into))
                    .isEmpty();
        }
        assertThat(into.resolve("train.jsonl")).hasBinaryContent(random(300));
    }
}
