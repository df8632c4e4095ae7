package org.iclsweep.sweep.config;

import com.typesafe.config.ConfigOrigin;
import java.util.ArrayList;
import java.util.List;

/** The faults found so far. */
public final class Faults {
    private final List<Fault> found = new ArrayList<>();

    public void add(String key, ConfigOrigin origin, String problem) {
        found.add(Fault.at(key, origin, problem));
    }

    public void add(Fault fault) {
        found.add(fault);
    }

    /** What was found, and a last fault that nothing can be read after. */
    public ConfigurationException with(Fault last) {
        add(last);
        return new ConfigurationException(found);
    }

    public int count() {
        return found.size();
    }

    public void throwIfAny() {
        if (!found.isEmpty()) {
            throw new ConfigurationException(found);
        }
    }
}
