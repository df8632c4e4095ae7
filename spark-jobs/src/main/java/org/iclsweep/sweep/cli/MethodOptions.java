package org.iclsweep.sweep.cli;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.iclsweep.model.conversion.ConversionMethod;
import org.iclsweep.model.family.CheckpointLayout;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that say how a context is converted. */
final class MethodOptions {
    @Option(
            names = "--method",
            description = "The conversion method (default: iclca for models with a finite state, else full-cache).")
    private @Nullable String method;

    @Option(
            names = "--parameter",
            paramLabel = "KEY=VALUE",
            description = "A parameter of the method, as slots=16; repeatable.")
    private Map<String, String> parameters = new LinkedHashMap<>();

    /** The method for a model in {@code directory}; what is wrong with it, or in its way, is said. */
    ConversionMethod of(CheckpointLayout layout, Path directory) {
        ConversionMethod conversion = method == null ? exactFor(layout) : named(method);
        conversion.obstacle(layout).ifPresent(obstacle -> {
            throw new WrongInputException(directory + ": method " + conversion.name() + ": " + obstacle);
        });
        return conversion;
    }

    private ConversionMethod exactFor(CheckpointLayout layout) {
        if (!parameters.isEmpty()) {
            throw new WrongInputException("--parameter says something of a --method, which is missing");
        }
        return ConversionMethod.exactFor(layout);
    }

    private ConversionMethod named(String name) {
        try {
            return ConversionMethod.of(name, parameters);
        } catch (IllegalArgumentException e) {
            throw new WrongInputException("--method: " + e.getMessage());
        }
    }
}
