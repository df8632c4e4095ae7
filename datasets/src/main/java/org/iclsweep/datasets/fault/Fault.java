package org.iclsweep.datasets.fault;

import java.io.Serializable;

/**
 * One fault of an input, as {@code sweep.conf:12: sweep.demonstrations.seed: expected a whole number, found "seven"}.
 *
 * @param key the full path of the key, as {@code sweep.demonstrations.seed}; empty: the place is all that is known
 * @param message expected X, found Y; what to do
 */
public record Fault(Place place, String key, String message) implements Serializable {
    @Override
    public String toString() {
        return place + ": " + (key.isEmpty() ? "" : key + ": ") + message;
    }
}
