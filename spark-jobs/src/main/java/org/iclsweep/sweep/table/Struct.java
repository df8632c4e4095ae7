package org.iclsweep.sweep.table;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/**
 * Columns in their order: the fields of a nested struct, or a group of columns that several tables share.
 *
 * @param <R> the record that a struct is made from
 */
public record Struct<R>(List<Column<R>> columns) {
    /** @throws IllegalArgumentException if two columns have the same name */
    public Struct {
        columns = List.copyOf(columns);
        Set<String> names = new HashSet<>();
        for (Column<R> column : columns) {
            if (!names.add(column.name())) {
                throw new IllegalArgumentException("column " + column.name() + ": declared twice");
            }
        }
    }

    /** A struct with these fields. */
    @SafeVarargs
    public static <R> Struct<R> of(Column<R>... columns) {
        return new Struct<>(Arrays.asList(columns));
    }

    /** These columns followed by others. */
    @SafeVarargs
    public final Struct<R> and(Column<R>... more) {
        return and(of(more));
    }

    /** These columns followed by those of another group. */
    public Struct<R> and(Struct<R> more) {
        return new Struct<>(
                Stream.concat(columns.stream(), more.columns.stream()).toList());
    }

    /** The same columns, nullable. */
    public Struct<R> orNull() {
        return new Struct<>(columns.stream().map(Column::orNull).toList());
    }

    /** The columns of a whole that always has {@code R} as a part. */
    public <W> Struct<W> from(Function<W, R> part) {
        return new Struct<>(columns.stream().map(column -> column.from(part)).toList());
    }

    /** The columns of a whole that may have {@code R} as a part: nullable, and null where the part is missing. */
    public <W> Struct<W> fromNullable(Function<W, @Nullable R> part) {
        return new Struct<>(
                columns.stream().map(column -> column.fromNullable(part)).toList());
    }

    /** Spark's type, with the documentation as comments. */
    public StructType type() {
        return DataTypes.createStructType(columns.stream().map(Column::field).toList());
    }

    /** The struct, or the table's row, of a record. */
    public Row row(R record) {
        return RowFactory.create(
                columns.stream().map(column -> column.value(record)).toArray());
    }
}
