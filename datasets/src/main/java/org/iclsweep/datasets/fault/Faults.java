package org.iclsweep.datasets.fault;

import java.util.ArrayList;
import java.util.List;

/** The collector of faults: a reader goes on after each, so that one message has them all. Not thread-safe. */
public final class Faults {
    private final List<Fault> found = new ArrayList<>();

    public void add(Fault fault) {
        found.add(fault);
    }

    /** Adds a fault of the form <em>expected X, found Y; what to do</em>. */
    public void add(Place place, String key, String message) {
        add(new Fault(place, key, message));
    }

    public void addAll(List<Fault> faults) {
        found.addAll(faults);
    }

    /** Adds those that are new: a fault of a block that several blocks are merged over is one fault. */
    public void addNew(List<Fault> faults) {
        faults.stream()
                .filter(fault -> found.stream().noneMatch(fault::isSameAs))
                .forEach(found::add);
    }

    /** The faults in the order in which they were found. */
    public List<Fault> found() {
        return List.copyOf(found);
    }

    public int count() {
        return found.size();
    }

    public boolean isEmpty() {
        return found.isEmpty();
    }

    /**
     * Ends the reading if there is a fault.
     *
     * @throws InputException with all of them
     */
    public void throwIfAny() {
        if (!found.isEmpty()) {
            throw new InputException(found);
        }
    }
}
