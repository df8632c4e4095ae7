package org.iclsweep.datasets.task;

import java.io.Serial;
import java.util.ArrayList;
import java.util.List;

/**
 * The faults of a task's parameters and files, up to {@value #MOST} of them at once. Each names where (key, or file and
 * line), what was found and what was expected.
 */
public final class DataFaults extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1;

    /** No more faults than this are collected: after so many, it is the wrong file. */
    public static final int MOST = 20;

    private final ArrayList<String> faults;

    public DataFaults(List<String> faults) {
        super(message(faults));
        this.faults = new ArrayList<>(faults);
    }

    /** The faults, in the order in which they were found. */
    public List<String> faults() {
        return List.copyOf(faults);
    }

    private static String message(List<String> faults) {
        String rest = faults.size() < MOST ? "" : "\n(no more than %d faults are shown)".formatted(MOST);
        return String.join("\n", faults) + rest;
    }

    /** Faults as they are found. */
    static final class Collector {
        private final List<String> faults = new ArrayList<>();

        void add(String where, String found, String expected) {
            add(where + ": found " + found + ", expected " + expected);
        }

        void add(String fault) {
            if (!full()) {
                faults.add(fault);
            }
        }

        boolean full() {
            return faults.size() >= MOST;
        }

        /** Number of faults so far. */
        int count() {
            return faults.size();
        }

        /** Throws what was collected, if anything was. */
        void check() {
            if (!faults.isEmpty()) {
                throw new DataFaults(faults);
            }
        }
    }
}
