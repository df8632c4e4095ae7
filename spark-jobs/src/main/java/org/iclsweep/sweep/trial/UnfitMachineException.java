package org.iclsweep.sweep.trial;

/** This machine cannot run trials at all: a native library or a required GPU is missing. The sweep exits with 5. */
public final class UnfitMachineException extends RuntimeException {
    public UnfitMachineException(String message, Throwable cause) {
        super(message, cause);
    }

    public UnfitMachineException(String message) {
        super(message);
    }
}
