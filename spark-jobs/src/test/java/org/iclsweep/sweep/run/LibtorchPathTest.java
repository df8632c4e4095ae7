package org.iclsweep.sweep.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The files of PyTorch's wheels, all of them empty. */
class LibtorchPathTest {
    @TempDir
    private Path packages;

    @Test
    void theBuildOfTheNativeInterfaceFollowsFromTheLibtorch() throws IOException {
        Path libtorch = Files.createDirectories(packages.resolve("torch/lib"));
        TreeSet<String> flavours = new TreeSet<>(List.of("cpu", "cu128"));
        assertThat(LibtorchPath.flavourOf(libtorch, flavours)).contains("cpu");
        Files.createFile(libtorch.resolve("libtorch_cuda.so"));
        assertThat(LibtorchPath.flavourOf(libtorch, flavours)).contains("cu128");
        assertThat(LibtorchPath.flavourOf(libtorch, new TreeSet<>(List.of("cpu"))))
                .isEmpty();
    }

    @Test
    void theRuntimeOfCudaIsThatBesideTheLibtorch() throws IOException {
        Path libtorch = Files.createDirectories(packages.resolve("torch/lib"));
        assertThat(LibtorchPath.runtimeOf(libtorch)).isEmpty();
        Path runtime = Files.createDirectories(packages.resolve("nvidia/cuda_runtime/lib"));
        assertThat(LibtorchPath.runtimeOf(libtorch)).contains(runtime);
    }
}
