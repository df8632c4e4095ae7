package org.iclsweep.sweep.job;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The parameter {@code CONF} and the option {@code --set}: a configuration file and the settings on top of it. */
public final class ConfigurationOptions {
    @Parameters(paramLabel = "CONF", description = "The configuration (docs/reference/configuration.md).")
    private Path file = Path.of("");

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description =
                    "Overrides a key, given by its full path, such as sweep.output=/tmp/x. Repeatable; the last wins.")
    private List<String> settings = new ArrayList<>();

    public Path file() {
        return file;
    }

    public List<String> settings() {
        return settings;
    }
}
