package org.iclsweep.sweep.job;

/** A setting of Spark under which a sweep cannot keep its promises. The sweep exits with 2. */
final class WrongSettingException extends RuntimeException {
    WrongSettingException(String message) {
        super(message);
    }
}
