package org.iclsweep.sweep.job;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/** The version of this program, as the build wrote it down. */
public final class CodeVersion {
    /** As in {@code 0.1.0}. */
    public static final String CURRENT = read();

    private CodeVersion() {}

    private static String read() {
        try (@Nullable InputStream in = CodeVersion.class.getResourceAsStream("/icl-sweep.properties")) {
            if (in == null) {
                throw new IllegalStateException("icl-sweep.properties is not on the class path");
            }
            Properties properties = new Properties();
            properties.load(in);
            return properties.getProperty("version", "unknown");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
