package org.iclsweep.sweep.cli;

/** What was given cannot be used; the message says what, where, and what is expected. The command exits with 2. */
final class WrongInputException extends RuntimeException {
    WrongInputException(String message) {
        super(message);
    }
}
