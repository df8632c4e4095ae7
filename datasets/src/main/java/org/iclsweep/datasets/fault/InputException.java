package org.iclsweep.datasets.fault;

import java.io.Serial;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Every fault of an input (a configuration, a config.json, a data file) in one message. */
public final class InputException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1;

    private final ArrayList<Fault> faults;

    public InputException(List<Fault> faults) {
        super(message(faults));
        this.faults = new ArrayList<>(faults);
    }

    /** The faults, in the order in which they were found. */
    public List<Fault> faults() {
        return List.copyOf(faults);
    }

    private static String message(List<Fault> faults) {
        String count = faults.size() == 1 ? "1 fault" : faults.size() + " faults";
        return faults.stream().map(fault -> "  " + fault).collect(Collectors.joining("\n", count + ":\n", ""));
    }
}
