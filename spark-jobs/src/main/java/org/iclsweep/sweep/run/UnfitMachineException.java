package org.iclsweep.sweep.run;

/** This machine cannot run trials at all: a native library or a required GPU is missing. The sweep exits with 5. */
public final class UnfitMachineException extends RuntimeException {
    public UnfitMachineException(String message, Throwable cause) {
        super(message, cause);
    }

    public UnfitMachineException(String message) {
        super(message);
    }

    /** The library that could not be linked: a jar that is not there, or a native library. */
    public static UnfitMachineException of(LinkageError failure) {
        String what = failure instanceof NoClassDefFoundError
                ? "a class is missing, and so a jar of the build on the class path: "
                : "a native library cannot be loaded: ";
        return new UnfitMachineException(what + failure, failure);
    }
}
