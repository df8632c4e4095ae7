package org.iclsweep.model.training;

/** The loss or its gradient is not finite, step after step. */
public final class DivergenceException extends TrainingException {
    private final long step;

    /** Given up at {@code step}, counted from 1; the message says what to do. */
    public DivergenceException(long step, String message) {
        super("Step " + step + ": " + message);
        this.step = step;
    }

    /** The step at which the training was given up, counted from 1. */
    public long step() {
        return step;
    }
}
