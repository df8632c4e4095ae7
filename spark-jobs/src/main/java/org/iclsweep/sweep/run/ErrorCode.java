package org.iclsweep.sweep.run;

/** Why a trial has no result. */
public enum ErrorCode {
    /** The demonstrations or the query cannot be made, or not be encoded. */
    BAD_INPUT,
    /** The context is longer than the model allows. */
    CONTEXT_TOO_LONG,
    /** A state or a logit is not finite; the message names the layer. */
    NON_FINITE,
    /** Not enough memory for this trial alone. */
    OUT_OF_MEMORY,
    /** The trial took its process down. */
    NATIVE_CRASH,
    /** Training went astray. */
    DIVERGED,
    /** This model, method or precision cannot do it. */
    UNSUPPORTED,
    /** A fault of this program. */
    INTERNAL
}
