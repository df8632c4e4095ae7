package org.iclsweep.sweep.table;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.stream.Stream;

/**
 * The commit of a wave: {@code manifests/000017.json}. Its trials are there when this file is, and their rows are those
 * of the files that it lists.
 *
 * @param wave the number of the wave
 * @param plan the digest of the plan that the trials are of
 * @param first the index of the first trial
 * @param end the index behind the last trial
 * @param failed the number of trials that failed; {@value #UNCOUNTED} for a wave from before there were manifests
 * @param tables the sweep's tables, the main one first
 */
public record Manifest(
        @JsonProperty("wave") int wave,
        @JsonProperty("plan") String plan,
        @JsonProperty("first") long first,
        @JsonProperty("end") long end,
        @JsonProperty("failed") long failed,
        @JsonProperty("tables") List<Part> tables) {
    static final long UNCOUNTED = -1;

    public Manifest {
        tables = List.copyOf(tables);
    }

    /**
     * A wave's rows in one table.
     *
     * @param rows the number of rows in all files
     */
    public record Part(
            @JsonProperty("table") String table,
            @JsonProperty("rows") long rows,
            @JsonProperty("files") List<DataFile> files) {
        public Part {
            files = List.copyOf(files);
        }
    }

    /**
     * A file of rows.
     *
     * @param path relative to the sweep's directory, with {@code /} between its parts
     * @param bytes its length
     * @param sha256 the digest of its bytes, in hexadecimal
     */
    public record DataFile(
            @JsonProperty("path") String path,
            @JsonProperty("bytes") long bytes,
            @JsonProperty("sha256") String sha256) {
        public DataFile {
            if (path.startsWith("/") || List.of(path.split("/", -1)).contains("..")) {
                throw new IllegalArgumentException(
                        "path: expected a file below the sweep's directory, found \"%s\"".formatted(path));
            }
        }
    }

    /** The number of trials. */
    @JsonIgnore
    public long trials() {
        return end - first;
    }

    /** The numbers of trials. */
    @JsonIgnore
    public Counts counts() {
        return new Counts(trials(), failed);
    }

    /** True if the wave is from before there were manifests: nothing is known of its files but their names. */
    @JsonIgnore
    boolean isUncounted() {
        return failed == UNCOUNTED;
    }

    /** The files of all tables. */
    Stream<DataFile> files() {
        return tables.stream().flatMap(part -> part.files().stream());
    }
}
