package org.iclsweep.datasets.task;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;
import org.duckdb.DuckDBDriver;

/** Parquet files, written by DuckDB. */
final class ParquetFiles {
    private ParquetFiles() {}

    /** A file with the rows of a query; its folders are made. */
    static Path write(Path file, String query) {
        return write(file, query, "");
    }

    /** The same with the hub's metadata, JSON. */
    static Path withFeatures(Path file, String query, String metadata) {
        return write(file, query, ", KV_METADATA {huggingface: '" + metadata + "'}");
    }

    private static Path write(Path file, String query, String options) {
        try {
            Files.createDirectories(file.getParent());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        try (Connection database = new DuckDBDriver().connect("jdbc:duckdb:", new Properties());
                Statement statement = database.createStatement()) {
            statement.execute("COPY (" + query + ") TO '" + file + "' (FORMAT parquet" + options + ")");
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        return file;
    }
}
