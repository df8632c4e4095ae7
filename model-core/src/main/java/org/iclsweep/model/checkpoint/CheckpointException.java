package org.iclsweep.model.checkpoint;

/** A checkpoint that cannot be read or written. The message names the file, the tensor, what was expected and found. */
public final class CheckpointException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public CheckpointException(String message) {
        super(message);
    }

    public CheckpointException(String message, Throwable cause) {
        super(message, cause);
    }
}
