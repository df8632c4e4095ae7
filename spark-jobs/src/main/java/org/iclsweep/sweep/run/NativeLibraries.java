package org.iclsweep.sweep.run;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.engine.StandardCapabilities;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.util.Utils;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * The parts of the engine that have to fit: DJL's API, its PyTorch engine, its native interface (JNI), and libtorch.
 * They come from four jars, and a mixture loads and then fails where nobody looks for it.
 *
 * @param api DJL's version, as {@code 0.36.0}
 * @param engine that of the PyTorch engine
 * @param jni that of the native interface: libtorch's and DJL's, as {@code 2.7.1-0.36.0}
 * @param libtorch that of libtorch, as {@code 2.7.1-20250812}
 */
public record NativeLibraries(String api, String engine, String jni, String libtorch) {
    private static final String ABSENT = "absent";

    /** The libraries on this thread's class path; nothing is loaded. */
    static NativeLibraries onClassPath() {
        String bundled = property("native/lib/pytorch.properties", "version");
        String libtorch = System.getenv("PYTORCH_LIBRARY_PATH") == null
                ? bundled
                : System.getenv().getOrDefault("PYTORCH_VERSION", bundled);
        return new NativeLibraries(
                String.valueOf(Engine.getDjlVersion()),
                property("pytorch-engine.properties", "djl_version"),
                property("jnilib/pytorch.properties", "jni_version"),
                libtorch);
    }

    /**
     * Loads libtorch, once a JVM, and computes with it.
     *
     * @throws UnfitMachineException saying what is missing and what to do
     * @throws UncheckedIOException if there is no room to unpack it
     */
    public static NativeLibraries load(String executor) {
        NativeLibraries versions = onClassPath();
        versions.requireFitting(executor);
        EngineCache.claim();
        LibtorchPath.prepare(System.getenv(LibtorchPath.VARIABLE), System.getenv(LibtorchPath.FLAVOUR));
        try (NDManager manager = Engine.getEngine("PyTorch").newBaseManager(Device.cpu())) {
            if (manager.ones(new Shape(2, 2)).sum().getFloat() != 4) {
                throw new IllegalStateException("libtorch cannot add");
            }
        } catch (RuntimeException | LinkageError e) {
            if (FullDisk.isBehind(e)) {
                throw new UncheckedIOException(
                        "libtorch cannot be unpacked into DJL_CACHE_DIR on executor " + executor,
                        new IOException(FullDisk.WORDS, e));
            }
            throw new UnfitMachineException(
                    "the native library libtorch cannot be loaded on executor %s: %s. %s. `icl-sweep doctor --executors` checks"
                                    .formatted(executor, root(e), remedy(System.getenv(LibtorchPath.VARIABLE), root(e)))
                            + " each executor",
                    e);
        }
        return versions;
    }

    /** The conditions of the libtorch that is bundled, or of the one at a path. */
    static String remedy(@Nullable String libraryPath, Throwable failure) {
        if (libraryPath == null) {
            return "It is unpacked into DJL_CACHE_DIR, here %s, which must be writable and not mounted noexec; it needs glibc 2.28 or later"
                    .formatted(Utils.getEngineCacheDir());
        }
        return String.valueOf(failure.getMessage()).contains("libcuda.so")
                ? "NVIDIA's driver is not here: without %s=%s the libtorch for the CPU is taken"
                        .formatted(LibtorchPath.VARIABLE, libraryPath)
                : "%s=%s must have libtorch %s, and %s one of %s"
                        .formatted(
                                LibtorchPath.VARIABLE,
                                libraryPath,
                                torchOfInterface(),
                                LibtorchPath.FLAVOUR,
                                GpuSetup.flavoursOnClassPath());
    }

    /** The version of libtorch that the native interface on the class path is made for. */
    static String torchOfInterface() {
        return property("jnilib/pytorch.properties", "jni_version").replaceFirst("-.*", "");
    }

    /** Number of GPUs that the loaded libtorch can use: none, if it is built for the CPU. */
    public static int usableGpus() {
        Engine engine = Engine.getEngine("PyTorch");
        return engine.hasCapability(StandardCapabilities.CUDA) ? engine.getGpuCount() : 0;
    }

    void requireFitting(String executor) {
        String released = libtorch.replaceFirst("-\\d{8}$", "");
        if (!api.equals(engine) || !jni.equals(released + "-" + api)) {
            throw new UnfitMachineException(
                    "the parts of the engine on executor %s do not fit: %s. Take them all from one build of icl-sweep, and no"
                                    .formatted(executor, this)
                            + " others on the class path");
        }
    }

    @Override
    public String toString() {
        return "ai.djl:api %s, pytorch-engine %s, pytorch-jni %s, libtorch %s".formatted(api, engine, jni, libtorch);
    }

    private static String property(String resource, String key) {
        try (@Nullable InputStream in = Thread.currentThread().getContextClassLoader().getResourceAsStream(resource)) {
            Properties properties = new Properties();
            if (in != null) {
                properties.load(in);
            }
            return properties.getProperty(key, ABSENT);
        } catch (IOException e) {
            return "unreadable: " + e;
        }
    }

    private static Throwable root(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root;
    }
}
