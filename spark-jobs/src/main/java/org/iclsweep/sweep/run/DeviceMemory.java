package org.iclsweep.sweep.run;

import ai.djl.Device;
import ai.djl.util.cuda.CudaUtils;
import java.lang.management.ManagementFactory;

/** The memory of this machine's devices, and the parts of it that models and batches may take. */
@FunctionalInterface
public interface DeviceMemory {
    /** The memory of this machine and of its GPUs. */
    DeviceMemory OF_THIS_MACHINE = device -> device.isGpu()
            ? CudaUtils.getGpuMemory(device).getMax()
            : ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean system
                    ? system.getTotalMemorySize()
                    : Runtime.getRuntime().maxMemory();

    /** Bytes of the device's memory, free and taken. */
    long total(Device device);

    /** Bytes that loaded models may take together: half of a GPU's memory, a quarter of a machine's. */
    default long ofModels(Device device) {
        return total(device) / (device.isGpu() ? 2 : 4);
    }

    /**
     * Bytes that one batch may take: an eighth of a GPU's memory, as the shipped settings let four tasks share it. A
     * machine's memory bounds no batch: the same batches, and so the same bits, on every machine without a GPU.
     */
    default long ofBatch(Device device) {
        return device.isGpu() ? total(device) / 8 : Long.MAX_VALUE;
    }
}
