package org.iclsweep.sweep.config;

import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The values that a configuration takes from its surroundings.
 *
 * @param data what {@code ${data}} stands for: the environment variable ICL_SWEEP_DATA
 * @param run what {@code ${run}} stands for: the run's date in UTC, given by ICL_SWEEP_LOGICAL_DATE
 * @param inputs where relative files are looked up
 */
public record Environment(Optional<String> data, String run, InputFiles inputs) {
    public static final String DATA_VARIABLE = "ICL_SWEEP_DATA";

    /** The same with more schemes of inputs. */
    Environment allowing(List<String> schemes) {
        return new Environment(data, run, inputs.allowing(schemes));
    }

    public static Environment ofThisProcess() {
        return of(System.getenv(), InputFiles.standard());
    }

    public static Environment of(Map<String, String> variables, InputFiles inputs) {
        @Nullable String data = variables.get(DATA_VARIABLE);
        Optional<String> date =
                Optional.ofNullable(variables.get(LogicalDate.VARIABLE)).filter(value -> !value.isBlank());
        return new Environment(
                Optional.ofNullable(data).filter(value -> !value.isBlank()),
                LogicalDate.runId(date, Clock.systemUTC()),
                inputs);
    }
}
