package org.iclsweep.datasets.task;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * The lines of a UTF-8 file, taken strictly: what is not UTF-8 is a fault with its line, never a replacement character,
 * and no line takes more than {@link #LONGEST_LINE} bytes of memory.
 */
final class Utf8Lines {
    /** 16 MiB. */
    static final int LONGEST_LINE = 16 << 20;

    private static final int CHUNK = 1 << 16;
    private static final char BYTE_ORDER_MARK = '\uFEFF';

    private final Path file;
    private final DataFaults faults;
    private final LineConsumer lines;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private long lineNumber = 1;
    private boolean tooLong;

    private Utf8Lines(Path file, DataFaults faults, LineConsumer lines) {
        this.file = file;
        this.faults = faults;
        this.lines = lines;
    }

    /** Takes one line, without its end; lines count from 1. */
    interface LineConsumer {
        void line(long number, String text);
    }

    /** Hands every sound line of the file on, until there are too many faults. */
    static void read(Path file, DataFaults faults, LineConsumer lines) throws IOException {
        new Utf8Lines(file, faults, lines).read();
    }

    private void read() throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] chunk = new byte[CHUNK];
            for (int length = in.read(chunk); length >= 0 && !faults.full(); length = in.read(chunk)) {
                split(chunk, length);
            }
        }
        if (line.size() > 0 || tooLong) {
            endOfLine();
        }
    }

    private void split(byte[] chunk, int length) {
        int start = 0;
        for (int i = 0; i < length && !faults.full(); i++) {
            if (chunk[i] == '\n') {
                append(chunk, start, i);
                endOfLine();
                start = i + 1;
            }
        }
        append(chunk, start, length);
    }

    private void append(byte[] chunk, int from, int to) {
        if (line.size() + (to - from) > LONGEST_LINE) {
            tooLong = true;
            line.reset();
        }
        if (!tooLong) {
            line.write(chunk, from, to - from);
        }
    }

    private void endOfLine() {
        if (tooLong) {
            faults.add(where(), "a line of more than 16 MiB", "one row per line");
        } else {
            decode(line.toByteArray());
        }
        line.reset();
        tooLong = false;
        lineNumber++;
    }

    private void decode(byte[] bytes) {
        CharsetDecoder decoder = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
        ByteBuffer in = ByteBuffer.wrap(bytes);
        CharBuffer out = CharBuffer.allocate(bytes.length);
        CoderResult result = decoder.decode(in, out, true);
        if (result.isError()) {
            faults.add(
                    where(),
                    String.format(
                            Locale.ROOT,
                            "the byte 0x%02X at offset %s of the line, which is not UTF-8",
                            bytes[in.position()],
                            in.position()),
                    "a file saved as UTF-8");
            return;
        }
        lines.line(lineNumber, withoutMarks(out.flip().toString()));
    }

    private String withoutMarks(String text) {
        int from = lineNumber == 1 && !text.isEmpty() && text.charAt(0) == BYTE_ORDER_MARK ? 1 : 0;
        int to = text.endsWith("\r") ? text.length() - 1 : text.length();
        return text.substring(Math.min(from, to), to);
    }

    private String where() {
        return file + ":" + lineNumber;
    }
}
