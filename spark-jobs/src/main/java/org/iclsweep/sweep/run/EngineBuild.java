package org.iclsweep.sweep.run;

import com.sun.jna.Function;
import com.sun.jna.Memory;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The way in which the loaded libtorch computes on the CPU, in its own words.
 *
 * @param blas the library of matrix products and its version, as {@code mkl (Intel(R) oneAPI Math Kernel Library
 *     Version 2024.2-Product Build …)}
 * @param capability the widest instructions of its own loops, as {@code AVX512}; those of the BLAS may be others
 * @param threads the threads of an operation
 */
public record EngineBuild(String blas, String capability, String threads) {
    /**
     * {@code std::string at::show_config()} and {@code std::string at::get_parallel_info()}, by the GNU library's
     * names.
     */
    private static final String CONFIG = "_ZN2at11show_configB5cxx11Ev";

    private static final String PARALLEL = "_ZN2at17get_parallel_infoB5cxx11Ev";
    /** The size of a {@code std::string} of the GNU library, whose first word points to its characters. */
    private static final long STRING_BYTES = 32;

    /**
     * The build of the libtorch that this process has loaded; empty where it cannot be asked: other processors than
     * x86-64 return a string in another way, and other builds have other names.
     */
    public static Optional<EngineBuild> ofLoaded() {
        if (!"amd64".equals(System.getProperty("os.arch"))) {
            return Optional.empty();
        }
        try {
            return loaded("libtorch_cpu.so")
                    .map(NativeLibrary::getInstance)
                    .map(torch -> of(text(torch, CONFIG), text(torch, PARALLEL)));
        } catch (UnsatisfiedLinkError | IOException e) {
            return Optional.empty();
        }
    }

    /** The parts that count of {@code config} and {@code parallel}, as libtorch 2 writes them. */
    static EngineBuild of(String config, String parallel) {
        String version =
                first("- (.*(?:Math Kernel Library|OpenBLAS).*)", config).orElse("");
        String blas = first("BLAS_INFO=(\\w+)", config).orElse("unknown BLAS");
        return new EngineBuild(
                version.isEmpty() ? blas : blas + " (" + version.strip() + ")",
                first("CPU capability usage: (\\S+)", config).orElse("unknown"),
                first("at::get_num_threads\\(\\) : (\\d+)", parallel).orElse("unknown"));
    }

    private static Optional<String> first(String pattern, String text) {
        Matcher matcher = Pattern.compile(pattern).matcher(text);
        return matcher.find() ? Optional.of(matcher.group(1)) : Optional.empty();
    }

    /** The path of a library that this process has mapped. */
    private static Optional<String> loaded(String file) throws IOException {
        try (Stream<String> maps = Files.lines(Path.of("/proc/self/maps"))) {
            return maps.filter(line -> line.endsWith("/" + file))
                    .map(line -> line.substring(line.indexOf('/')))
                    .findFirst();
        }
    }

    /** The result of a function that returns a string: the caller's memory for it is the first argument. */
    private static String text(NativeLibrary library, String function) {
        try (Memory result = new Memory(STRING_BYTES)) {
            Function asked = library.getFunction(function);
            asked.invokeVoid(new Object[] {result});
            Pointer characters = result.getPointer(0);
            return characters.getString(0, "UTF-8");
        }
    }

    @Override
    public String toString() {
        return "%s, CPU capability %s, threads of an operation: %s".formatted(blas, capability, threads);
    }
}
