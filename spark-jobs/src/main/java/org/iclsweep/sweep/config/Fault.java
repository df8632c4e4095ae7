package org.iclsweep.sweep.config;

import com.typesafe.config.ConfigOrigin;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * One fault of a configuration.
 *
 * @param key the full path of the key, as {@code sweep.demonstrations.seed}
 * @param where the file and line, or the option of the command line
 * @param problem what was expected and what was found
 */
public record Fault(String key, String where, String problem) {

    public static Fault at(String key, ConfigOrigin origin, String problem) {
        return new Fault(key, place(origin), problem);
    }

    /** A text that no file can be called on this machine: with a NUL, or a character outside of its encoding. */
    public static Fault ofFileName(Path configuration, InvalidPathException e) {
        String name = e.getInput().replace("\0", "\\u0000");
        return new Fault(
                "sweep", configuration.toString(), "\"%s\" is no file name: %s".formatted(name, e.getReason()));
    }

    private static String place(ConfigOrigin origin) {
        @Nullable String file = origin.filename();
        if (file == null) {
            return origin.description();
        }
        return origin.lineNumber() > 0 ? file + ":" + origin.lineNumber() : file;
    }

    @Override
    public String toString() {
        return where + ": " + key + ": " + problem;
    }
}
