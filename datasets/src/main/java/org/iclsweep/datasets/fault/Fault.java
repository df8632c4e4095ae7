package org.iclsweep.datasets.fault;

import java.io.Serializable;

/**
 * One fault of an input, as {@code sweep.conf:12: sweep.demonstrations.seed: expected a whole number, found "seven"}.
 *
 * @param key the full path of the key, as {@code sweep.demonstrations.seed}; empty: the place is all that is known
 * @param message expected X, found Y; what to do
 */
public record Fault(Place place, String key, String message) implements Serializable {
    public Fault {
        message = Credentials.removed(message);
    }

    /** True if another has this message at this place, of a key with this name in whatever block. */
    public boolean isSameAs(Fault other) {
        return place.equals(other.place) && message.equals(other.message) && name().equals(other.name());
    }

    private String name() {
        return key.substring(key.lastIndexOf('.') + 1);
    }

    @Override
    public String toString() {
        return Credentials.removed(place.toString()) + ": " + (key.isEmpty() ? "" : key + ": ") + message;
    }
}
