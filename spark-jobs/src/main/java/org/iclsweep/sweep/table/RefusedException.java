package org.iclsweep.sweep.table;

/** The directory belongs to another driver or to another plan. The sweep exits with 4. */
public final class RefusedException extends RuntimeException {
    public RefusedException(String message) {
        super(message);
    }
}
