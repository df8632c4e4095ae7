package org.iclsweep.model.family;

/** A model that cannot be made of what was given; the message says which part, what was found and what is expected. */
public final class ModelException extends RuntimeException {
    public ModelException(String message) {
        super(message);
    }
}
