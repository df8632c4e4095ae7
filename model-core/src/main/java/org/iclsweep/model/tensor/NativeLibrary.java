package org.iclsweep.model.tensor;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import java.util.Locale;
import java.util.Map;
import java.util.MissingResourceException;
import java.util.Optional;
import java.util.ResourceBundle;

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
        String torch = torchVersion();
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

    /** The version of libtorch that DJL's engine is made for. */
    private static String torchVersion() {
        try {
            return ResourceBundle.getBundle("pytorch-engine", Locale.ROOT, Engine.class.getClassLoader())
                    .getString("pytorch_version");
        } catch (MissingResourceException e) {
            return "VERSION";
        }
    }
}
