package org.iclsweep.model.family;

import java.io.Serializable;
import java.util.List;
import java.util.stream.Collectors;

/** A model that cannot be made of its configuration and weights. */
public final class ModelException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** A field of a configuration, and {@code expected X, found Y; <what to do>}. */
    public record Fault(String key, String problem) implements Serializable {
        @Override
        public String toString() {
            return key + ": " + problem;
        }
    }

    private final transient List<Fault> faults;

    public ModelException(String message) {
        super(message);
        this.faults = List.of();
    }

    /** All faults of the configuration {@code where}. */
    ModelException(String where, List<Fault> faults) {
        super(faults.stream().map(fault -> where + ": " + fault).collect(Collectors.joining("\n")));
        this.faults = List.copyOf(faults);
    }

    /** The faults of a configuration one by one; none where the weights are at fault. */
    public List<Fault> faults() {
        return faults;
    }
}
