package org.iclsweep.sweep.job;

import java.io.UncheckedIOException;
import java.util.UUID;
import org.iclsweep.sweep.run.FullDisk;
import org.iclsweep.sweep.table.Storage;

/** Where a sweep's tables go. */
final class OutputDirectory {
    private OutputDirectory() {}

    /**
     * The directory, made if it is not there.
     *
     * @throws WrongSettingException if files cannot be written into it
     */
    static Storage writable(String output) {
        Storage storage = Storage.at(output);
        String probe = ".writable-" + UUID.randomUUID();
        try {
            storage.makeDirectory("");
            storage.create(probe, "");
            storage.delete(probe);
            return storage;
        } catch (UncheckedIOException e) {
            if (FullDisk.isBehind(e)) {
                throw e;
            }
            throw new WrongSettingException(
                    "sweep.output: %s cannot be written to (%s); choose another with --set sweep.output=DIR"
                            .formatted(output, e.getCause()),
                    e);
        }
    }
}
