package org.iclsweep.sweep.cli;

import java.sql.Array;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
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
            fields.put(type.fields()[i].name(), ofSpark(type.fields()[i].dataType(), row.get(i)));
        }
        return fields;
    }

    private static @Nullable Object ofSpark(DataType type, @Nullable Object value) {
        if (value instanceof Row row) {
            return of((StructType) type, row);
        }
        if (value instanceof Object[] array) {
            DataType element = ((ArrayType) type).elementType();
            return Arrays.stream(array).map(one -> ofSpark(element, one)).toList();
        }
        return value instanceof scala.collection.Map<?, ?> map
                ? new TreeMap<>(CollectionConverters.asJava(map)).toString()
                : value;
    }

    /** A row of DuckDB. */
    static Map<String, @Nullable Object> of(ResultSet row) throws SQLException {
        ResultSetMetaData meta = row.getMetaData();
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        for (int i = 1; i <= meta.getColumnCount(); i++) {
            fields.put(meta.getColumnLabel(i), ofDuckDb(row.getObject(i)));
        }
        return fields;
    }

    private static @Nullable Object ofDuckDb(@Nullable Object value) throws SQLException {
        if (value instanceof DuckDBStruct struct) {
            Map<String, @Nullable Object> fields = new LinkedHashMap<>();
            for (Map.Entry<String, Object> field : struct.getMap().entrySet()) {
                fields.put(field.getKey(), ofDuckDb(field.getValue()));
            }
            return fields;
        }
        if (value instanceof Array array) {
            List<@Nullable Object> elements = new ArrayList<>();
            for (@Nullable Object element : (Object[]) array.getArray()) {
                elements.add(ofDuckDb(element));
            }
            return elements;
        }
        return value instanceof Map<?, ?> map ? new TreeMap<>(map).toString() : value;
    }
}
