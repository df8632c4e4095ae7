package org.iclsweep.sweep.run;

import java.io.Serializable;

/** The trials that are committed together: those from {@code first} to before {@code end}. */
public record Wave(int index, long first, long end) implements Serializable {
    /** Number of trials. */
    public long size() {
        return end - first;
    }
}
