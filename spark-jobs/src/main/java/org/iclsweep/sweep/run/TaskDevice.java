package org.iclsweep.sweep.run;

import ai.djl.Device;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.IntSupplier;
import org.iclsweep.sweep.config.GpuPolicy;

/**
 * The device that a task computes on: by the GPU that Spark gave it, those that libtorch can use, and the policy of the
 * sweep.
 *
 * @param lack the reason why it is the CPU although Spark gave the task a GPU; empty otherwise
 */
public record TaskDevice(Device device, Optional<String> lack) {
    static final String GPU = "gpu:";

    /**
     * The device of a slot of this process, whose libtorch is loaded.
     *
     * @throws UnfitMachineException if libtorch cannot be loaded, or a GPU is required and there is none
     */
    public static TaskDevice of(GpuPolicy policy, Slot slot) {
        boolean wanted = policy != GpuPolicy.OFF && isGpu(slot);
        VisibleDevices visible = wanted ? VisibleDevices.taking(address(slot)) : new VisibleDevices(null);
        NativeLibraries.load(slot.executor());
        return of(policy, slot, visible, NativeLibraries::usableGpus);
    }

    /**
     * The same.
     *
     * @param usable number of GPUs that libtorch can use; asked only where it matters
     * @throws UnfitMachineException if a GPU is required and there is none
     */
    static TaskDevice of(GpuPolicy policy, Slot slot, VisibleDevices visible, IntSupplier usable) {
        if (policy == GpuPolicy.OFF) {
            return new TaskDevice(Device.cpu(), Optional.empty());
        }
        if (!isGpu(slot)) {
            if (policy == GpuPolicy.REQUIRE) {
                throw required("executor %s was given no GPU; ask for them with spark.executor.resource.gpu.amount and"
                                .formatted(slot.executor())
                        + " spark.task.resource.gpu.amount");
            }
            return new TaskDevice(Device.cpu(), Optional.empty());
        }
        String given = "executor %s was given GPU %s, but ".formatted(slot.executor(), address(slot));
        OptionalInt index = visible.index(address(slot));
        if (index.isEmpty()) {
            return without(
                    policy,
                    given + "its process is shown no such GPU (" + visible
                            + "); take the addresses of conf/spark/gpu-discovery, and of a divided GPU one instance for each executor");
        }
        int there = usable.getAsInt();
        return index.getAsInt() < there
                ? new TaskDevice(Device.gpu(index.getAsInt()), Optional.empty())
                : without(
                        policy,
                        given
                                + "libtorch can use %s there (%s); it takes a CUDA build of libtorch, and its driver"
                                        .formatted(there, visible));
    }

    /** As the table has it. */
    public String name() {
        return device.isGpu() ? GPU + device.getDeviceId() : "cpu";
    }

    private static TaskDevice without(GpuPolicy policy, String why) {
        if (policy == GpuPolicy.REQUIRE) {
            throw required(why);
        }
        return new TaskDevice(Device.cpu(), Optional.of(why));
    }

    private static UnfitMachineException required(String why) {
        return new UnfitMachineException("sweep.execution.gpu = require: " + why + " (docs/how-to/cluster.md)");
    }

    private static boolean isGpu(Slot slot) {
        return slot.device().startsWith(GPU);
    }

    private static String address(Slot slot) {
        return slot.device().substring(GPU.length());
    }
}
