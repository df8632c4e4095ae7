package org.iclsweep.sweep.cli;

import ai.djl.Device;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.iclsweep.sweep.run.NativeLibraries;
import org.iclsweep.sweep.run.UnfitMachineException;
import picocli.CommandLine.Option;

/** The option {@code --device}: the CPU or a GPU. */
final class DeviceOption {
    private static final Pattern GPU = Pattern.compile("gpu:(\\d{1,3})");

    @Option(
            names = "--device",
            paramLabel = "DEVICE",
            defaultValue = "cpu",
            description = "Device: cpu (default), or gpu:N with a CUDA build of libtorch (docs/how-to/cluster.md).")
    private String device = "cpu";

    /**
     * The device.
     *
     * @throws WrongInputException if the value names no device
     * @throws UnfitMachineException if this machine's libtorch has no such GPU
     */
    Device get() {
        if (device.equals("cpu")) {
            return Device.cpu();
        }
        Matcher gpu = GPU.matcher(device);
        if (!gpu.matches()) {
            throw new WrongInputException("--device: expected cpu or gpu:0, gpu:1, …, found " + device);
        }
        int index = Integer.parseInt(gpu.group(1));
        NativeLibraries.load("of this machine");
        int usable = NativeLibraries.usableGpus();
        if (index >= usable) {
            throw new UnfitMachineException("--device: expected one of the " + usable
                    + " GPUs that libtorch can use here, found " + device
                    + "; install a CUDA build of libtorch, and its driver (docs/how-to/cluster.md)");
        }
        return Device.gpu(index);
    }
}
