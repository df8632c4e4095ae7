package org.iclsweep.sweep.config;

import java.util.List;
import java.util.stream.Collectors;

/** Every fault of a configuration, in one message. */
public final class ConfigurationException extends RuntimeException {
    private final List<Fault> faults;

    public ConfigurationException(List<Fault> faults) {
        super(message(faults));
        this.faults = List.copyOf(faults);
    }

    /** The faults, in the order of the file's blocks. */
    public List<Fault> faults() {
        return faults;
    }

    private static String message(List<Fault> faults) {
        String count = faults.size() == 1 ? "1 fault" : faults.size() + " faults";
        return count + " in the configuration:\n"
                + faults.stream().map(fault -> "  " + fault).collect(Collectors.joining("\n"));
    }
}
