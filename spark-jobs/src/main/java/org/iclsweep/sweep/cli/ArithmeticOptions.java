package org.iclsweep.sweep.cli;

import ai.djl.ndarray.types.DataType;
import java.nio.file.Path;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of a command that runs a model: {@code --dtype}, {@code --device}, {@code --special-tokens}. */
final class ArithmeticOptions {
    @Option(names = "--dtype", defaultValue = "float64", description = "float64 (default) or float32.")
    private String dtype = "float64";

    @Mixin
    private DeviceOption device = new DeviceOption();

    @Mixin
    private TokenOptions tokens = new TokenOptions();

    /** The model of a directory, in this arithmetic. */
    ModelOnDisk open(Path directory) {
        DataType type = switch (dtype) {
            case "float64" -> DataType.FLOAT64;
            case "float32" -> DataType.FLOAT32;
            default -> throw new WrongInputException("--dtype: expected float64 or float32, found " + dtype);
        };
        return ModelOnDisk.open(directory, type, device.get(), tokens.special());
    }
}
