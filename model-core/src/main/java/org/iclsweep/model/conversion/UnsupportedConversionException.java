package org.iclsweep.model.conversion;

/** A method cannot convert a model: its token mixers are not of a kind that the method knows. */
public final class UnsupportedConversionException extends UnsupportedOperationException {
    UnsupportedConversionException(String message) {
        super(message);
    }
}
