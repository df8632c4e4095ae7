package org.iclsweep.model;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;

/** Numbers that tests measure on their way, for the documents that quote them: target/measured/NAME.txt. */
public final class Measured {
    private Measured() {}

    public static void line(String name, String format, Object... values) {
        Path file = Path.of("target", "measured", name + ".txt");
        String line = String.format(Locale.ROOT, format, values);
        try {
            Files.createDirectories(file.getParent());
            Files.writeString(file, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
