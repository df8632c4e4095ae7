package org.iclsweep.datasets.fault;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Texts in UTF-8 as editors save them: with or without a byte order mark, which is no part of the text. */
public final class Utf8Text {
    private static final String BYTE_ORDER_MARK = "\uFEFF";

    private Utf8Text() {}

    /**
     * The text of a file.
     *
     * @throws java.nio.charset.CharacterCodingException if it is not UTF-8
     * @throws IOException if it cannot be read
     */
    public static String of(Path file) throws IOException {
        return withoutMark(Files.readString(file));
    }

    /** The beginning of a file's text without the mark. */
    public static String withoutMark(String text) {
        return text.startsWith(BYTE_ORDER_MARK) ? text.substring(BYTE_ORDER_MARK.length()) : text;
    }
}
