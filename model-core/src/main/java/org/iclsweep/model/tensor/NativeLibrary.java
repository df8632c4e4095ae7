package org.iclsweep.model.tensor;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * libtorch and its native interface. Both are optional dependencies of this library: whoever uses it adds those of the
 * own platform, or names an installed libtorch by {@code PYTORCH_LIBRARY_PATH}.
 */
public final class NativeLibrary {
    private NativeLibrary() {}

    /**
     * A manager that owns arrays on {@code device}, to be closed by the caller.
     *
     * @throws IllegalStateException if the native libraries are not on the class path, with the artefacts to add
     */
    public static NDManager newManager(Device device) {
        absent(Thread.currentThread().getContextClassLoader(), System.getenv()).ifPresent(absence -> {
            throw new IllegalStateException(absence);
        });
        return NDManager.newBaseManager(device);
    }

    /** The message about what is not on the class path of {@code loader}; empty where nothing is amiss. */
    static Optional<String> absent(ClassLoader loader, Map<String, String> environment) {
        String djl = Engine.getDjlVersion();
        String torch = Optional.ofNullable(property("pytorch-engine.properties", "pytorch_version"))
                .orElse("VERSION");
        if (loader.getResource("jnilib/pytorch.properties") == null) {
            return Optional.of(("class path: expected libtorch's native interface, found none; add the artefact"
                            + " ai.djl.pytorch:pytorch-jni:%s-%s")
                    .formatted(torch, djl));
        }
        boolean installed = environment.containsKey("PYTORCH_LIBRARY_PATH");
        if (!installed && loader.getResource("native/lib/pytorch.properties") == null) {
            return Optional.of(("class path: expected libtorch, found none; add the artefact"
                            + " ai.djl.pytorch:pytorch-native-cpu:%s with the classifier of this platform"
                            + " (linux-x86_64), or set PYTORCH_LIBRARY_PATH to the directory of an installed libtorch")
                    .formatted(torch));
        }
        return Optional.empty();
    }

    private static @Nullable String property(String resource, String key) {
        try (@Nullable InputStream in = Engine.class.getClassLoader().getResourceAsStream(resource)) {
            Properties properties = new Properties();
            if (in != null) {
                properties.load(in);
            }
            return properties.getProperty(key);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
