package org.iclsweep.sweep.config;

import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a configuration takes from its surroundings.
 *
 * @param data what {@code ${data}} stands for: the environment variable ICL_SWEEP_DATA
 * @param inputs where relative files are looked up
 */
record Environment(Optional<String> data, InputFiles inputs) {
    static final String DATA_VARIABLE = "ICL_SWEEP_DATA";

    static Environment ofThisProcess() {
        return of(System.getenv(), InputFiles.standard());
    }

    static Environment of(Map<String, String> variables, InputFiles inputs) {
        @Nullable String data = variables.get(DATA_VARIABLE);
        return new Environment(Optional.ofNullable(data).filter(value -> !value.isBlank()), inputs);
    }
}
