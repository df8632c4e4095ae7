package org.iclsweep.sweep.config;

import java.io.Serializable;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import org.iclsweep.datasets.fault.Checked;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.datasets.task.ParquetScan;

/** The keys of the block {@code sweep} that every kind has, beside its kind. */
public record SweepKeys(
        @Key(doc = "The sweep's name, also in its tables.") String name,

        @Key(
                doc = "The directory of the tables; a relative one is resolved against the current directory.",
                withoutEffectOnRows = true)
        String output,

        @Key(doc = "The file systems that may be asked for inputs.", otherwise = "{}", withoutEffectOnRows = true)
        Input input)
        implements Checked {
    /** The block {@code input}. */
    public record Input(
            @Key(
                    doc =
                            "Schemes of URIs that models, data and the output may have beside `file`, `hdfs` and `s3a`, as"
                                    + " `viewfs`. Nothing is asked of any other.",
                    distinct = true,
                    otherwise = "[]",
                    withoutEffectOnRows = true)
            List<String> schemes) {}

    static final String INPUT = "input";
    static final String SCHEMES = "schemes";

    /** The key of the kind. */
    public static final String KIND = "kind";

    /** The key of the tables' place. */
    public static final String OUTPUT = "output";

    private static final Set<String> OBJECT_STORES = Set.of("s3", "s3n", "gs", "abfs", "abfss", "wasb", "oss");

    @Override
    public void check(Scope scope) {
        if (scheme().isEmpty() && !ParquetScan.takes(Path.of(directory()))) {
            scope.fault(
                    OUTPUT,
                    "expected a directory without a backslash, or without *, ? and [, found " + output
                            + ", whose tables DuckDB could not read; choose another one");
        }
        if (OBJECT_STORES.contains(scheme())) {
            scope.fault(
                    OUTPUT,
                    "expected a directory of a file system, hdfs://, or s3a:// (docs/how-to/cluster.md), found an object store, "
                            + scheme() + "");
        } else {
            UriSchemes.of(System.getenv())
                    .and(input.schemes())
                    .fault(output)
                    .ifPresent(fault -> scope.fault(OUTPUT, fault));
        }
    }

    /** The configuration of a sweep with these keys. */
    public <S extends Serializable> SweepConfiguration<S> configuration(
            S specification, ExecutionSpec execution, String resolved, SortedMap<String, String> identity) {
        return new SweepConfiguration<>(name, specification, execution, directory(), resolved, identity);
    }

    /** The output: an absolute directory, or a URI. */
    public String directory() {
        return scheme().isEmpty() ? Path.of(output).toAbsolutePath().normalize().toString() : output;
    }

    private String scheme() {
        return output.substring(0, Math.max(0, output.indexOf("://")));
    }
}
