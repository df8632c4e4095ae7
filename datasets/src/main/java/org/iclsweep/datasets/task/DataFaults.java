package org.iclsweep.datasets.task;

import org.iclsweep.datasets.fault.Faults;
import org.iclsweep.datasets.fault.Place;

/** The faults of data files, up to {@value #MOST}: a file with so many is the wrong one, and is not read on. */
final class DataFaults {
    static final int MOST = 20;

    private final Faults faults = new Faults();

    void add(String where, String found, String expected) {
        add(where, "", found, expected);
    }

    /** Adds a fault of a key of the task. */
    void add(String where, String key, String found, String expected) {
        if (!full()) {
            String end = count() == MOST - 1 ? "; the file is not read on after %d faults".formatted(MOST) : "";
            faults.add(Place.of(where), key, "expected " + expected + ", found " + found + end);
        }
    }

    boolean full() {
        return faults.count() >= MOST;
    }

    int count() {
        return faults.count();
    }

    /** Ends the reading if there is a fault. */
    void check() {
        faults.throwIfAny();
    }
}
