package org.iclsweep.sweep.config;

import java.io.Serializable;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.iclsweep.datasets.reproducible.Digest;
import org.jspecify.annotations.Nullable;

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
        String kind,
        S specification,
        ExecutionSpec execution,
        String output,
        String resolved,
        SortedMap<String, String> identity)
        implements Serializable {
    /** The block that holds the sweep. */
    public static final String ROOT = "sweep";

    public static final Key<String> NAME =
            Key.required("name", ValueType.text(), "", "The sweep's name, also in its tables.");
    public static final Key<String> KIND = Key.optional(
            "kind",
            ValueType.text(),
            "conversion",
            "The measurement. `conversion`: the exactness of prompts turned into weights. `influence`: the effect of each"
                    + " demonstration of a set. `order-sensitivity`: the effect of its order. `selection`: the best set"
                    + " and order out of a pool. `meta-optimizer`: in-context learning against fine-tuning."
                    + " `generalization` and `training`: below.");
    public static final Key<String> OUTPUT = Key.required(
                    "output",
                    ValueType.text(),
                    "",
                    "The directory of the tables; a relative one is resolved against the current directory.")
            .withoutEffectOnRows();

    private static final Set<String> OBJECT_STORES = Set.of("s3", "s3n", "gs", "abfs", "abfss", "wasb", "oss");

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

    /** Reads the key {@code output}, and resolves a relative directory. */
    public static String output(Section section) {
        String output = section.get(OUTPUT);
        @Nullable String scheme = output.contains("://") ? output.substring(0, output.indexOf("://")) : null;
        if (scheme != null && OBJECT_STORES.contains(scheme)) {
            section.fault(
                    OUTPUT.name(),
                    "expected a directory of a file system, hdfs://, or s3a:// (docs/cluster.md), found an object store, "
                            + scheme + ", where a wave cannot be committed by one rename");
        }
        String resolved = scheme == null && !output.isEmpty()
                ? Path.of(output).toAbsolutePath().normalize().toString()
                : output;
        section.resolve(OUTPUT.name(), resolved);
        return resolved;
    }
}
