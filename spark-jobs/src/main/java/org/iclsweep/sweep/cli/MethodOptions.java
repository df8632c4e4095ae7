package org.iclsweep.sweep.cli;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.iclsweep.model.conversion.ConversionMethod;
import org.iclsweep.model.conversion.ConversionMethods;
import org.iclsweep.model.family.Architecture;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options {@code --method} and {@code --parameter}: the conversion method. */
final class MethodOptions {
    @Option(
            names = "--method",
            description = "The conversion method (default: iclca for models with a finite state, else full-cache).")
    private @Nullable String method;

    @Option(
            names = "--parameter",
            paramLabel = "KEY=VALUE",
            description = "A parameter of the method, such as slots=16; repeatable.")
    private Map<String, String> parameters = new LinkedHashMap<>();

    /**
     * The method for a model in {@code directory}.
     *
     * @throws WrongInputException if it is unknown, its parameters are wrong, or the model cannot be converted by it
     */
    ConversionMethod of(Architecture layout, Path directory) {
        ConversionMethod conversion = method == null ? exactFor(layout) : named(method);
        conversion.obstacle(layout).ifPresent(obstacle -> {
            throw new WrongInputException(directory + ": method " + conversion.name() + ": " + obstacle);
        });
        return conversion;
    }

    private ConversionMethod exactFor(Architecture layout) {
        if (!parameters.isEmpty()) {
            throw new WrongInputException("--parameter: expected together with --method, found alone; name the method");
        }
        return ConversionMethods.exactFor(layout);
    }

    private ConversionMethod named(String name) {
        try {
            return ConversionMethods.of(name, parameters);
        } catch (IllegalArgumentException e) {
            throw new WrongInputException("--method: " + e.getMessage());
        }
    }
}
