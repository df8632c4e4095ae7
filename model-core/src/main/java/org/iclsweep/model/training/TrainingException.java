package org.iclsweep.model.training;

/** Training that cannot go on; the message says where, why, and what to do. */
public class TrainingException extends RuntimeException {
    public TrainingException(String message) {
        super(message);
    }

    public TrainingException(String message, Throwable cause) {
        super(message, cause);
    }
}
