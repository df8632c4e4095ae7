package org.iclsweep.sweep.cli;

import java.nio.file.Path;
import picocli.CommandLine.Mixin;

/** The options of a command that runs a model: {@code --dtype}, {@code --device}, {@code --special-tokens}. */
final class ArithmeticOptions {
    @Mixin
    private DtypeOption dtype = new DtypeOption();

    @Mixin
    private DeviceOption device = new DeviceOption();

    @Mixin
    private TokenOptions tokens = new TokenOptions();

    /** The model of a directory, in this arithmetic. */
    ModelOnDisk open(Path directory) {
        return ModelOnDisk.open(directory, dtype.get(), device.get(), tokens.special());
    }
}
