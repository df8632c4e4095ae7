package org.iclsweep.sweep.run;

import ai.djl.util.Utils;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.iclsweep.sweep.config.PrivateDirectory;

/**
 * The directories that DJL unpacks native libraries into and loads them from: DJL_CACHE_DIR and ENGINE_CACHE_DIR, by
 * default {@code ~/.djl.ai}. They are this user's alone before anything is loaded.
 */
public final class EngineCache {
    private static final String VARIABLE = "DJL_CACHE_DIR";

    private EngineCache() {}

    /**
     * Makes the directories that are not there, and refuses those that others can put files into. Without a home that
     * can be written, DJL would turn to the directory of all users' temporary files: it gets another.
     *
     * @throws UnfitMachineException naming the directory, and what is wrong with it
     */
    public static void claim() {
        requirePrivateTemporaryFiles();
        if (isUnnamed() && !Files.isWritable(Path.of(System.getProperty("user.home")))) {
            Path own = PrivateDirectory.ofThisUser();
            System.setProperty(VARIABLE, own.resolve("engine").toString());
            System.setProperty("jna.tmpdir", own.toString()); // its own choice is as well known
        }
        for (Path directory : List.of(Utils.getCacheDir(), Utils.getEngineCacheDir())) {
            PrivateDirectory.claim(directory).ifPresent(fault -> {
                throw new UnfitMachineException(
                        ("%s: %s: %s: native libraries are loaded from there; delete it, take the permission away (chmod -R"
                                        + " go-w), or name another with %1$s")
                                .formatted(VARIABLE, directory, fault));
            });
        }
    }

    private static boolean isUnnamed() {
        return Optional.ofNullable(Utils.getEnvOrSystemProperty(VARIABLE))
                .orElse("")
                .isEmpty();
    }

    /**
     * Requires a directory of temporary files in which nobody replaces those of others: DuckDB and codecs unpack their
     * libraries there, into new files.
     *
     * @throws UnfitMachineException naming the directory
     */
    public static void requirePrivateTemporaryFiles() {
        Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
        PrivateDirectory.replaceable(temporary).ifPresent(fault -> {
            throw new UnfitMachineException(
                    "java.io.tmpdir: %s; chmod +t it, or name another with ICL_SWEEP_JAVA_OPTIONS=-Djava.io.tmpdir=DIR"
                            .formatted(fault));
        });
    }
}
