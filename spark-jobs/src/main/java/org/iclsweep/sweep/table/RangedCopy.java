package org.iclsweep.sweep.table;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;

/**
 * Copies of files of another file system, each in ranges that several streams bring at the same time. Ranges that have
 * arrived can be read from the beginning while the rest is on its way, as for their digest.
 */
final class RangedCopy implements AutoCloseable {
    /** Bytes of a range. */
    static final long RANGE = 64L << 20;
    /** Ranges that are brought at the same time. */
    static final int STREAMS = 8;

    private static final int BLOCK = 1 << 20;

    private final FileSystem files;
    private final long range;
    private final ExecutorService streams;
    private final AtomicBoolean closed = new AtomicBoolean();

    RangedCopy(FileSystem files) {
        this(files, RANGE);
    }

    RangedCopy(FileSystem files, long range) {
        this.files = files;
        this.range = range;
        this.streams = Executors.newFixedThreadPool(STREAMS, work -> {
            Thread thread = new Thread(work, "icl-sweep-fetch");
            thread.setDaemon(true);
            return thread;
        });
    }

    /** Begins to copy a file to {@code to}, which has its full length at once. */
    Arriving begin(FileStatus file, Path to) throws IOException {
        try (FileChannel whole = FileChannel.open(to, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            if (file.getLen() > 0) {
                whole.write(ByteBuffer.wrap(new byte[1]), file.getLen() - 1);
            }
        }
        List<CompletableFuture<Void>> ranges = new ArrayList<>();
        for (long from = 0; from < file.getLen(); from += range) {
            long start = from;
            long end = Math.min(file.getLen(), from + range);
            ranges.add(CompletableFuture.runAsync(() -> bring(file, start, end, to), streams));
        }
        return new Arriving(to, file.getLen(), range, ranges);
    }

    private void bring(FileStatus file, long from, long end, Path to) {
        try (FSDataInputStream in = open(file, from, end);
                FileChannel out = FileChannel.open(to, StandardOpenOption.WRITE)) {
            in.seek(from);
            byte[] block = new byte[BLOCK];
            for (long at = from; at < end; ) {
                if (closed.get()) {
                    throw new InterruptedIOException("given up");
                }
                int read = in.read(block, 0, (int) Math.min(block.length, end - at));
                if (read < 0) {
                    throw new EOFException("%s: expected %s bytes, found an end after %s"
                            .formatted(file.getPath(), file.getLen(), at));
                }
                for (ByteBuffer rest = ByteBuffer.wrap(block, 0, read); rest.hasRemaining(); ) {
                    at += out.write(rest, at);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A stream that is told which part is read from it: object stores ask for no more than that. */
    private FSDataInputStream open(FileStatus file, long from, long end) throws IOException {
        try {
            return files.openFile(file.getPath())
                    .opt("fs.option.openfile.read.policy", "sequential")
                    .optLong("fs.option.openfile.split.start", from)
                    .optLong("fs.option.openfile.split.end", end)
                    .optLong("fs.option.openfile.length", file.getLen())
                    .build()
                    .join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof IOException cause ? cause : new IOException(e.getCause());
        }
    }

    /** Gives up what has not arrived. */
    @Override
    public void close() {
        closed.set(true);
        streams.shutdownNow();
    }

    /** A file some of whose ranges have arrived. */
    record Arriving(Path file, long length, long range, List<CompletableFuture<Void>> ranges) {
        Arriving {
            ranges = List.copyOf(ranges);
        }

        /** Waits for all of it. */
        void await() throws IOException {
            for (int i = 0; i < ranges.size(); i++) {
                await(i);
            }
        }

        private void await(int number) throws IOException {
            try {
                ranges.get(number).join();
            } catch (CompletionException e) {
                throw e.getCause() instanceof UncheckedIOException cause ? cause.getCause() : new IOException(e);
            }
        }

        /** Its bytes, each range as soon as it is there. */
        InputStream stream() throws IOException {
            InputStream there = Files.newInputStream(file);
            return new InputStream() {
                private long at;

                @Override
                public int read() throws IOException {
                    byte[] one = new byte[1];
                    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
                }

                @Override
                public int read(byte[] to, int offset, int most) throws IOException {
                    if (at >= length) {
                        return -1;
                    }
                    int number = Math.toIntExact(at / range);
                    await(number);
                    long end = Math.min(length, (number + 1) * range);
                    int read = there.read(to, offset, (int) Math.min(most, end - at));
                    at += Math.max(0, read);
                    return read;
                }

                @Override
                public void close() throws IOException {
                    there.close();
                }
            };
        }
    }
}
