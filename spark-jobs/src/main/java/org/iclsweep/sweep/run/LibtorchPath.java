package org.iclsweep.sweep.run;

import com.sun.jna.NativeLibrary;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/**
 * A libtorch at a path of its own, as that of PyTorch's wheels: DJL takes it by one environment variable, and by two
 * more things that follow from it, the build of the native interface and CUDA's runtime library, by which it counts
 * GPUs.
 */
final class LibtorchPath {
    /** The environment variable with the path. */
    static final String VARIABLE = "PYTORCH_LIBRARY_PATH";
    /** The environment variable, or system property, with the build of the native interface: cpu, cu128. */
    static final String FLAVOUR = "PYTORCH_FLAVOR";
    /** CUDA's runtime as wheels have it, from torch/lib: of CUDA 12, and of later ones. */
    private static final List<String> RUNTIMES =
            List.of("../../nvidia/cuda_runtime/lib", "../../nvidia/cu13/lib", "../../nvidia/cu14/lib");

    private LibtorchPath() {}

    /** Sets what follows from the path, before the engine starts; nothing where there is none. */
    static void prepare(@Nullable String path, @Nullable String flavour) {
        if (path == null) {
            return;
        }
        Path directory = Path.of(path);
        if (flavour == null && System.getProperty(FLAVOUR) == null) {
            flavourOf(directory, GpuSetup.flavoursOnClassPath()).ifPresent(found -> System.setProperty(FLAVOUR, found));
        }
        runtimeOf(directory).ifPresent(runtime -> NativeLibrary.addSearchPath("cudart", runtime.toString()));
    }

    /** The build of the native interface for a libtorch, of those that there are: where it is for CUDA, the last. */
    static Optional<String> flavourOf(Path libtorch, SortedSet<String> flavours) {
        boolean cuda = Files.exists(libtorch.resolve("libtorch_cuda.so"));
        return flavours.stream()
                .filter(flavour -> flavour.startsWith("cu") == cuda)
                .reduce((first, second) -> second);
    }

    /** The directory of CUDA's runtime beside a libtorch of PyTorch's wheels. */
    static Optional<Path> runtimeOf(Path libtorch) {
        return RUNTIMES.stream()
                .map(runtime -> libtorch.resolve(runtime).normalize())
                .filter(Files::isDirectory)
                .findFirst();
    }
}
