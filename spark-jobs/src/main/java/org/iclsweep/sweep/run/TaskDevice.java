package org.iclsweep.sweep.run;

import ai.djl.Device;
import java.util.function.IntSupplier;
import org.iclsweep.sweep.config.GpuPolicy;

/** Which device a task computes on: from what Spark gave it, what libtorch can use, and what the sweep asks for. */
public final class TaskDevice {
    static final String GPU = "gpu:";

    private TaskDevice() {}

    /**
     * The device.
     *
     * @param usable number of GPUs that libtorch can use; asked only where it matters
     * @throws UnfitMachineException if a GPU is required and there is none
     */
    public static Device of(GpuPolicy policy, Slot slot, IntSupplier usable) {
        if (policy == GpuPolicy.OFF) {
            return Device.cpu();
        }
        if (!slot.device().startsWith(GPU)) {
            return without(
                    policy,
                    "executor %s was given no GPU; ask for them with spark.executor.resource.gpu.amount"
                                    .formatted(slot.executor())
                            + " and spark.task.resource.gpu.amount");
        }
        int index = index(slot);
        int there = usable.getAsInt();
        return index < there
                ? Device.gpu(index)
                : without(
                        policy,
                        "executor %s was given GPU %s, but libtorch can use %s there; it takes a CUDA build of"
                                        .formatted(slot.executor(), index, there)
                                + " libtorch, and its driver");
    }

    /** As the table has it. */
    public static String name(Device device) {
        return device.isGpu() ? GPU + device.getDeviceId() : "cpu";
    }

    private static Device without(GpuPolicy policy, String why) {
        if (policy == GpuPolicy.REQUIRE) {
            throw new UnfitMachineException("sweep.execution.gpu = require: " + why + " (docs/how-to/cluster.md)");
        }
        return Device.cpu();
    }

    private static int index(Slot slot) {
        String address = slot.device().substring(GPU.length());
        try {
            return Integer.parseUnsignedInt(address);
        } catch (NumberFormatException e) {
            throw new UnfitMachineException(
                    "executor %s was given the GPU \"%s\"; the discovery script has to print"
                                    .formatted(slot.executor(), address)
                            + " indices, as conf/spark/gpu-discovery does",
                    e);
        }
    }
}
