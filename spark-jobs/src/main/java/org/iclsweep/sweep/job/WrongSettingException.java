package org.iclsweep.sweep.job;

/**
 * A setting of Spark under which a sweep cannot keep its promises, or an output that cannot be written. Exit code 2.
 */
final class WrongSettingException extends RuntimeException {
    WrongSettingException(String message) {
        super(message);
    }

    WrongSettingException(String message, Throwable cause) {
        super(message, cause);
    }
}
