package org.iclsweep.model.family;

import java.util.List;
import java.util.stream.Collectors;
import org.iclsweep.datasets.fault.Fault;

/** A model that cannot be made of its configuration and weights. */
public final class ModelException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient List<Fault> faults;

    public ModelException(String message) {
        super(message);
        this.faults = List.of();
    }

    /** All faults of a configuration. */
    ModelException(List<Fault> faults) {
        super(faults.stream().map(Fault::toString).collect(Collectors.joining("\n")));
        this.faults = List.copyOf(faults);
    }

    /** The faults of a configuration one by one; none where the weights are at fault. */
    public List<Fault> faults() {
        return faults;
    }
}
