package org.iclsweep.sweep.table;

import java.util.function.Function;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.jspecify.annotations.Nullable;

/**
 * One column: its name, its type, what it says, and where that comes from.
 *
 * @param <R> what a row is made from
 */
record Column<R>(String name, DataType type, boolean nullable, String meaning, Function<R, @Nullable Object> value) {

    static <R> Column<R> of(String name, DataType type, String meaning, Function<R, @Nullable Object> value) {
        return new Column<>(name, type, false, meaning, value);
    }

    static <R> Column<R> nullable(String name, DataType type, String meaning, Function<R, @Nullable Object> value) {
        return new Column<>(name, type, true, meaning, value);
    }

    StructField field() {
        return DataTypes.createStructField(name, type, nullable).withComment(meaning);
    }
}
