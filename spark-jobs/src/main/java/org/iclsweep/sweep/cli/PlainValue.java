package org.iclsweep.sweep.cli;

import java.sql.Array;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.duckdb.DuckDBStruct;
import org.jspecify.annotations.Nullable;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Values of Spark and of DuckDB as the same plain Java: structs are maps from field to value, arrays are lists, maps
 * are text sorted by key, all else is a boxed scalar or null.
 */
final class PlainValue {
    private PlainValue() {}

    /** A row that Spark would write. */
    static Map<String, @Nullable Object> of(StructType type, Row row) {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        for (int i = 0; i < type.size(); i++) {
            StructField field = type.fields()[i];
            try {
                fields.put(field.name(), of(field.dataType(), row.get(i)));
            } catch (SQLException e) {
                throw new IllegalStateException(e); // only DuckDB's values throw it
            }
        }
        return fields;
    }

    /** The columns of {@code type} that DuckDB's row has. */
    static Map<String, @Nullable Object> of(StructType type, ResultSet row) throws SQLException {
        ResultSetMetaData meta = row.getMetaData();
        Map<String, @Nullable Object> stored = new LinkedHashMap<>();
        for (int i = 1; i <= meta.getColumnCount(); i++) {
            stored.put(meta.getColumnLabel(i), row.getObject(i));
        }
        return struct(type, stored);
    }

    private static Map<String, @Nullable Object> struct(StructType type, Map<String, @Nullable Object> stored)
            throws SQLException {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        for (StructField field : type.fields()) {
            if (stored.containsKey(field.name())) {
                fields.put(field.name(), of(field.dataType(), stored.get(field.name())));
            }
        }
        return fields;
    }

    private static @Nullable Object of(DataType type, @Nullable Object value) throws SQLException {
        if (value instanceof Row row) {
            return of((StructType) type, row);
        }
        if (value instanceof DuckDBStruct struct) {
            return struct((StructType) type, struct.getMap());
        }
        if (value instanceof Array array) {
            return list((ArrayType) type, (Object[]) array.getArray());
        }
        if (value instanceof Object[] array) {
            return list((ArrayType) type, array);
        }
        if (value instanceof scala.collection.Map<?, ?> map) {
            return new TreeMap<>(CollectionConverters.asJava(map)).toString();
        }
        return value instanceof Map<?, ?> map ? new TreeMap<>(map).toString() : value;
    }

    private static List<@Nullable Object> list(ArrayType type, @Nullable Object[] array) throws SQLException {
        List<@Nullable Object> elements = new ArrayList<>();
        for (@Nullable Object element : Arrays.asList(array)) {
            elements.add(of(type.elementType(), element));
        }
        return Collections.unmodifiableList(elements);
    }
}
