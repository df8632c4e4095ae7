package org.iclsweep.sweep.table;

import java.sql.Timestamp;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.Function;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.jspecify.annotations.Nullable;
import scala.jdk.javaapi.CollectionConverters;

/**
 * A column of a table or a field of a struct, declared once: its type, its documentation and the extractor of its
 * value.
 *
 * @param <R> the record that a row, or a struct, is made from
 * @param type Spark's type of the values
 * @param nullable true if a row may be without a value
 * @param doc a phrase for {@code docs/reference/tables.md} and for the comment in Spark's schema, with the unit
 * @param extractor from the record to a value of Spark's external type
 */
public record Column<R>(
        String name, DataType type, boolean nullable, String doc, Function<R, @Nullable Object> extractor) {

    /** A column of strings. */
    public static <R> Column<R> text(String name, String doc, Function<R, @Nullable String> value) {
        return required(name, DataTypes.StringType, doc, value::apply);
    }

    /** A column of 64-bit integers. */
    public static <R> Column<R> wholeNumber(String name, String doc, Function<R, ? extends @Nullable Number> value) {
        return required(name, DataTypes.LongType, doc, row -> {
            @Nullable Number number = value.apply(row);
            return number == null ? null : number.longValue();
        });
    }

    /** A column of doubles. */
    public static <R> Column<R> number(String name, String doc, Function<R, @Nullable Double> value) {
        return required(name, DataTypes.DoubleType, doc, value::apply);
    }

    /** A nullable column of doubles, null where the value is empty. */
    public static <R> Column<R> optionalNumber(String name, String doc, Function<R, OptionalDouble> value) {
        Column<R> column = number(name, doc, row -> {
            OptionalDouble number = value.apply(row);
            return number.isPresent() ? (Double) number.getAsDouble() : null;
        });
        return column.orNull();
    }

    /** A column of booleans. */
    public static <R> Column<R> flag(String name, String doc, Function<R, @Nullable Boolean> value) {
        return required(name, DataTypes.BooleanType, doc, value::apply);
    }

    /** A column of instants. */
    public static <R> Column<R> time(String name, String doc, Function<R, Instant> value) {
        return required(name, DataTypes.TimestampType, doc, row -> Timestamp.from(value.apply(row)));
    }

    /** A column of maps from text to text. */
    public static <R> Column<R> map(String name, String doc, Function<R, Map<String, String>> value) {
        DataType type = DataTypes.createMapType(DataTypes.StringType, DataTypes.StringType, false);
        return required(name, type, doc, row -> CollectionConverters.asScala(value.apply(row)));
    }

    /** A column of lists of 64-bit integers. */
    public static <R> Column<R> wholeNumbers(String name, String doc, Function<R, List<Long>> value) {
        return list(name, DataTypes.LongType, doc, row -> value.apply(row).toArray(Long[]::new));
    }

    /** A column of lists of doubles. */
    public static <R> Column<R> numbers(String name, String doc, Function<R, List<Double>> value) {
        return list(name, DataTypes.DoubleType, doc, row -> value.apply(row).toArray(Double[]::new));
    }

    /** A column of structs. */
    public static <R, T> Column<R> struct(String name, String doc, Struct<T> struct, Function<R, T> value) {
        return required(name, struct.type(), doc, row -> struct.row(value.apply(row)));
    }

    /** A column of lists of structs. */
    public static <R, T> Column<R> structs(
            String name, String doc, Struct<T> struct, Function<R, @Nullable List<T>> value) {
        return list(name, struct.type(), doc, row -> {
            @Nullable List<T> elements = value.apply(row);
            return elements == null ? null : elements.stream().map(struct::row).toArray(Row[]::new);
        });
    }

    private static <R> Column<R> list(String name, DataType element, String doc, Function<R, @Nullable Object> value) {
        return required(name, DataTypes.createArrayType(element, false), doc, value);
    }

    private static <R> Column<R> required(String name, DataType type, String doc, Function<R, @Nullable Object> value) {
        return new Column<>(name, type, false, doc, value);
    }

    /** The same column, nullable. */
    public Column<R> orNull() {
        return new Column<>(name, type, true, doc, extractor);
    }

    /** The column of a whole that always has {@code R} as a part. */
    public <W> Column<W> from(Function<W, R> part) {
        return new Column<>(name, type, nullable, doc, whole -> extractor.apply(part.apply(whole)));
    }

    /** The column of a whole that may have {@code R} as a part: nullable, and null where the part is missing. */
    public <W> Column<W> fromNullable(Function<W, @Nullable R> part) {
        return new Column<>(name, type, true, doc, whole -> {
            @Nullable R found = part.apply(whole);
            return found == null ? null : extractor.apply(found);
        });
    }

    /** The value for a record; null only if the column is nullable. */
    @Nullable Object value(R row) {
        @Nullable Object value = extractor.apply(row);
        if (value == null && !nullable) {
            throw new IllegalStateException("column " + name + ": expected a value, found null; declare it orNull()");
        }
        return value;
    }

    public StructField field() {
        return DataTypes.createStructField(name, type, nullable).withComment(doc);
    }
}
