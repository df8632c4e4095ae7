package org.iclsweep.sweep.table;

import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;

/**
 * A table of a sweep's directory: the one declaration that its Parquet schema, its rows and its documentation come
 * from.
 *
 * @param <R> the record that a row is made from
 * @param name of the table and of its directory
 * @param schemaVersion a column that is added must be nullable; a changed type needs a new version
 * @param rowDoc a sentence: the thing that a row is about
 */
public record Table<R>(String name, int schemaVersion, String rowDoc, RowsPerTrial rowsPerTrial, Struct<R> struct) {
    /** The number of rows of a trial. */
    public enum RowsPerTrial {
        ONE,
        SEVERAL
    }

    /** A table with one row per trial. */
    public static <R> Table<R> perTrial(String name, int schemaVersion, String rowDoc, Struct<R> struct) {
        return new Table<>(name, schemaVersion, rowDoc, RowsPerTrial.ONE, struct);
    }

    /** A table with several rows for some trials, or none. */
    public static <R> Table<R> ofParts(String name, int schemaVersion, String rowDoc, Struct<R> struct) {
        return new Table<>(name, schemaVersion, rowDoc, RowsPerTrial.SEVERAL, struct);
    }

    /**
     * True if rows are those of a whole wave: as many trials as were planned in the main table and in those with one
     * row per trial, which have no trial twice; at most as many in the others.
     *
     * @param trials number of different trials that the rows are of
     */
    boolean isWhole(boolean main, long rows, long trials, long planned) {
        boolean one = rowsPerTrial == RowsPerTrial.ONE;
        return (!one || rows == trials) && (main || one ? trials == planned : trials <= planned);
    }

    /** The columns in their order. */
    public List<Column<R>> columns() {
        return struct.columns();
    }

    /**
     * A column by its name.
     *
     * @throws IllegalArgumentException if the table has none of this name
     */
    public Column<R> column(String column) {
        return columns().stream()
                .filter(one -> one.name().equals(column))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("table " + name + ": has no column " + column));
    }

    /** Spark's schema of the table. */
    public StructType type() {
        return struct.type();
    }

    /** The row of a record. */
    public Row row(R record) {
        return struct.row(record);
    }
}
