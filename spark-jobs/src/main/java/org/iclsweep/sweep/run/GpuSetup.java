package org.iclsweep.sweep.run;

import ai.djl.engine.Engine;
import ai.djl.engine.StandardCapabilities;
import ai.djl.util.Platform;
import com.sun.jna.NativeLibrary;
import java.io.IOException;
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The parts that have to be there before libtorch computes on a GPU.
 *
 * @param driverGpus number of GPUs that NVIDIA's driver lists
 * @param cuda true if the loaded libtorch is built for CUDA
 * @param cudart true if CUDA's runtime library is found, by which GPUs are counted
 * @param flavours the builds of the native interface that are on the class path: cpu, cu128
 * @param visible the variable CUDA_VISIBLE_DEVICES, as {@code NAME=VALUE} or as not set
 * @param usable number of GPUs that libtorch can use
 */
public record GpuSetup(
        int driverGpus, boolean cuda, boolean cudart, SortedSet<String> flavours, String visible, int usable) {
    private static final String INTERFACE = "jnilib/pytorch.properties";

    public GpuSetup {
        flavours = new TreeSet<>(flavours);
    }

    /** The parts on this machine, whose libtorch is loaded. */
    public static GpuSetup ofThisMachine() {
        return new GpuSetup(
                driverGpusOf(listed()),
                Engine.getEngine("PyTorch").hasCapability(StandardCapabilities.CUDA)
                        || isLoadable("torch_cuda", System.getenv(LibtorchPath.VARIABLE)),
                isLoadable("cudart", null),
                flavoursOnClassPath(),
                VisibleDevices.ofThisProcess().toString(),
                NativeLibraries.usableGpus());
    }

    /**
     * The next thing to do for a GPU; empty where nothing is missing, or there is no GPU and no sign that one is
     * wanted.
     */
    public Optional<String> lack() {
        if (usable > 0 || (driverGpus == 0 && !cuda)) {
            return Optional.empty();
        }
        if (driverGpus == 0) {
            return Optional.of(
                    "libtorch is built for CUDA, but NVIDIA's driver lists no GPU: install the driver, or start the"
                            + " container with its GPUs");
        }
        if (!cuda) {
            return Optional.of(
                    "libtorch is built for the CPU: set PYTORCH_LIBRARY_PATH to the torch/lib of torch %s for CUDA, as"
                                    .formatted(NativeLibraries.torchOfInterface())
                            + " conf/spark/Dockerfile.gpu does");
        }
        if (!cudart) {
            return Optional.of(
                    "libcudart.so is not found: add the lib of CUDA's runtime to LD_LIBRARY_PATH, with a link of that name");
        }
        return Optional.of("libtorch sees none of the driver's %s GPUs: look at %s, and at the driver's version"
                .formatted(driverGpus, visible));
    }

    @Override
    public String toString() {
        return "%s usable, %s listed by the driver, libtorch for %s, native interface for %s, libcudart %s, %s"
                .formatted(
                        usable,
                        driverGpus,
                        cuda ? "CUDA" : "the CPU",
                        String.join(" and ", flavours),
                        cudart ? "found" : "not found",
                        visible);
    }

    /** The number of GPUs of a list by {@code nvidia-smi -L}. */
    static int driverGpusOf(String list) {
        return (int) list.lines().filter(line -> line.startsWith("GPU ")).count();
    }

    private static String listed() {
        try {
            Process process = new ProcessBuilder("nvidia-smi", "-L")
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return ""; // no driver
        }
    }

    private static boolean isLoadable(String library, @Nullable String directory) {
        try {
            if (directory != null) {
                NativeLibrary.addSearchPath(library, directory);
            }
            NativeLibrary.getInstance(library);
            return true;
        } catch (UnsatisfiedLinkError e) {
            return false;
        }
    }

    /** The builds of the native interface for this system that the jar has. */
    static SortedSet<String> flavoursOnClassPath() {
        SortedSet<String> found = new TreeSet<>();
        @Nullable URL jar = Thread.currentThread().getContextClassLoader().getResource(INTERFACE);
        Pattern library = Pattern.compile(
                "jnilib/" + Platform.detectPlatform("pytorch").getClassifier() + "/([^/]+)/.*djl_torch\\..*");
        try {
            if (jar != null && jar.openConnection() instanceof JarURLConnection connection) {
                try (Stream<String> names = connection.getJarFile().stream().map(entry -> entry.getName())) {
                    names.map(library::matcher)
                            .filter(Matcher::matches)
                            .forEach(flavour -> found.add(flavour.group(1)));
                }
            }
        } catch (IOException e) {
            return found; // who loads it says why
        }
        return found;
    }
}
