package org.iclsweep.sweep;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file of the project that is made from code, and must be what the code makes now. */
public final class GeneratedDocument {
    private static final Path ROOT = Path.of("..");

    private GeneratedDocument() {}

    /** Fails where the file, by its path from the project's root, has another text; or writes it anew. */
    public static void assertUpToDate(String path, String text) throws IOException {
        Path file = ROOT.resolve(path);
        if (Boolean.getBoolean("icl.sweep.write-docs")) {
            Files.createDirectories(file.getParent());
            Files.writeString(file, text);
        }
        assertThat(file)
                .as("written anew with -Dicl.sweep.write-docs=true")
                .exists()
                .hasContent(text);
    }
}
