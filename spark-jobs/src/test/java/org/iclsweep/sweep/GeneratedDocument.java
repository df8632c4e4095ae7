package org.iclsweep.sweep;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A document that is made from code: the file in docs/ must be what the code says now. */
public final class GeneratedDocument {
    private static final Path DOCS = Path.of("..", "docs");

    private GeneratedDocument() {}

    public static void assertUpToDate(String name, String text) throws IOException {
        Path file = DOCS.resolve(name);
        if (Boolean.getBoolean("icl.sweep.write-docs")) {
            Files.createDirectories(DOCS);
            Files.writeString(file, text);
        }
        assertThat(file)
                .as("written anew with -Dicl.sweep.write-docs=true")
                .exists()
                .hasContent(text);
    }
}
