package org.iclsweep.sweep.run;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The GPUs that CUDA shows to this process, in its order: those that {@code CUDA_VISIBLE_DEVICES} names, else all of
 * the machine.
 *
 * @param named the variable's entries: indices, UUIDs (GPU-…) and MIG instances (MIG-…), up to the first -1; null where
 *     it is not set
 */
record VisibleDevices(@Nullable List<String> named) {
    static final String VARIABLE = "CUDA_VISIBLE_DEVICES";
    private static final String MIG = "MIG-";

    VisibleDevices {
        named = named == null ? null : List.copyOf(named);
    }

    static VisibleDevices of(@Nullable String variable) {
        return new VisibleDevices(
                variable == null
                        ? null
                        : Arrays.stream(variable.split(",", -1))
                                .map(String::strip)
                                .takeWhile(entry -> !entry.isEmpty() && !entry.equals("-1"))
                                .toList());
    }

    /**
     * Those of this process, with {@code address} taken. Of a GPU that is divided, CUDA shows a process one instance,
     * by itself the first: an instance that this process was given becomes its visible one, which works until CUDA
     * starts.
     */
    static synchronized VisibleDevices taking(String address) {
        VisibleDevices now = ofThisProcess();
        if (now.named == null && address.startsWith(MIG)) {
            libc("setenv").invokeInt(new Object[] {VARIABLE, address, 1});
            return ofThisProcess();
        }
        return now;
    }

    /** Those of this process, by its environment as native code reads it, which Java's own copy does not follow. */
    static VisibleDevices ofThisProcess() {
        return of(libc("getenv").invokeString(new Object[] {VARIABLE}, false));
    }

    private static Function libc(String name) {
        return NativeLibrary.getInstance("c").getFunction(name);
    }

    /** CUDA's index of an address of {@code conf/spark/gpu-discovery}; empty if the GPU is not shown. */
    OptionalInt index(String address) {
        if (named == null) {
            return address.matches("\\d{1,6}") ? OptionalInt.of(Integer.parseInt(address)) : OptionalInt.empty();
        }
        List<String> entries = named;
        return IntStream.range(0, entries.size())
                .filter(i -> entries.get(i).equals(address))
                .findFirst();
    }

    @Override
    public String toString() {
        return named == null ? VARIABLE + " not set" : VARIABLE + "=" + String.join(",", named);
    }
}
