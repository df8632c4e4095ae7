package org.iclsweep.sweep.report;

/** Two sweeps that have no pairs, with what was expected and found in the message. */
public final class IncomparableException extends RuntimeException {
    IncomparableException(String message) {
        super(message);
    }
}
