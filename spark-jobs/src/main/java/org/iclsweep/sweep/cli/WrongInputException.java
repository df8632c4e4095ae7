package org.iclsweep.sweep.cli;

/** Wrong input, with its place, the expected and the found value in the message. The command exits with 2. */
final class WrongInputException extends RuntimeException {
    WrongInputException(String message) {
        super(message);
    }
}
