package org.iclsweep.sweep.config;

import java.io.Serializable;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import org.iclsweep.datasets.reproducible.Digest;

/**
 * A sweep's configuration, with every default filled in: the part that all kinds of sweeps share, and the kind's own
 * specification.
 *
 * @param <S> the specification of the kind
 * @param execution the settings of batches, waves and slots
 * @param output the tables' place: an absolute directory, or a URI of a file system that can rename, or of S3
 * @param resolved the configuration as text that reads back to the same sweep
 * @param identity everything that can change a row, key by key: settings, digests of models and of tasks
 */
public record SweepConfiguration<S extends Serializable>(
        String name,
        S specification,
        ExecutionSpec execution,
        String output,
        String resolved,
        SortedMap<String, String> identity)
        implements Serializable {
    /** The block that holds the sweep. */
    public static final String ROOT = "sweep";

    public SweepConfiguration {
        identity = Collections.unmodifiableSortedMap(new TreeMap<>(identity));
    }

    /** The digest of everything that can change a row, 64 hexadecimal characters. */
    public String digest() {
        StringBuilder text = new StringBuilder();
        identity.forEach(
                (key, value) -> text.append(key).append('=').append(value).append('\n'));
        return Digest.of(text.toString());
    }
}
