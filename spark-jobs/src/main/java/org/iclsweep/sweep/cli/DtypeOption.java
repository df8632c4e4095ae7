package org.iclsweep.sweep.cli;

import ai.djl.ndarray.types.DataType;
import picocli.CommandLine.Option;

/** The option {@code --dtype}: the type that a model is computed in. */
final class DtypeOption {
    @Option(names = "--dtype", defaultValue = "float64", description = "float64 (default) or float32.")
    private String dtype = "float64";

    /** The type; a {@link WrongInputException} where the value names none. */
    DataType get() {
        return switch (dtype) {
            case "float64" -> DataType.FLOAT64;
            case "float32" -> DataType.FLOAT32;
            default -> throw new WrongInputException("--dtype: expected float64 or float32, found " + dtype);
        };
    }
}
