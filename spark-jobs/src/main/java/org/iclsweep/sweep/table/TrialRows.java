package org.iclsweep.sweep.table;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.ParquetReader;
import org.apache.parquet.hadoop.api.ReadSupport;
import org.apache.parquet.hadoop.example.GroupReadSupport;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.parquet.io.InputFile;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.Type;

/**
 * The trials that files of rows are of, read by the driver itself: without a pattern in a path, without a column from a
 * directory's name, and without a task slot.
 *
 * @param rows the number of rows
 * @param trials the ids of their trials
 * @param failed the ids of those that failed; empty for a table without a status
 */
record TrialRows(long rows, Set<String> trials, Set<String> failed) {
    TrialRows {
        trials = Set.copyOf(trials);
        failed = Set.copyOf(failed);
    }

    /** The columns that are read. */
    enum Columns {
        /** Those of the result alone: of files that were written a moment ago. */
        RESULT,
        /** All, against the checksums that they were written with: of files from whoever. */
        ALL
    }

    /** Reads files, by their names in the storage. */
    static TrialRows of(Storage storage, List<String> files, Columns columns) throws IOException {
        Set<String> trials = new HashSet<>();
        Set<String> failed = new HashSet<>();
        long rows = 0;
        Configuration settings = HadoopSettings.ofThisProcess();
        settings.setBoolean("parquet.page.verify-checksum.enabled", true);
        for (String file : files) {
            InputFile input = HadoopInputFile.fromPath(path(storage.location(file)), settings);
            MessageType all = schema(input);
            boolean hasStatus = all.containsField(TrialStatus.COLUMN);
            try (ParquetReader<Group> reader =
                    new Rows(input, settings, columns == Columns.ALL ? all : result(all)).build()) {
                for (Group row = reader.read(); row != null; row = reader.read()) {
                    String id = row.getString(TrialStatus.ID, 0);
                    trials.add(id);
                    if (hasStatus && row.getString(TrialStatus.COLUMN, 0).equals(TrialStatus.FAILED)) {
                        failed.add(id);
                    }
                    rows++;
                }
            }
        }
        return new TrialRows(rows, trials, failed);
    }

    private static org.apache.hadoop.fs.Path path(String location) {
        return location.contains("://")
                ? new org.apache.hadoop.fs.Path(location)
                : new org.apache.hadoop.fs.Path(Path.of(location).toUri());
    }

    private static MessageType schema(InputFile file) throws IOException {
        try (ParquetFileReader reader = ParquetFileReader.open(file)) {
            return reader.getFileMetaData().getSchema();
        }
    }

    private static MessageType result(MessageType all) {
        Type[] fields = Stream.of(TrialStatus.ID, TrialStatus.COLUMN)
                .filter(all::containsField)
                .map(all::getType)
                .toArray(Type[]::new);
        return new MessageType(all.getName(), fields);
    }

    /** A reader of these columns. */
    private static final class Rows extends ParquetReader.Builder<Group> {
        Rows(InputFile file, Configuration settings, MessageType columns) {
            super(file);
            withConf(settings);
            set(ReadSupport.PARQUET_READ_SCHEMA, columns.toString());
        }

        @Override
        protected ReadSupport<Group> getReadSupport() {
            return new GroupReadSupport();
        }
    }
}
