package org.iclsweep.sweep.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.iclsweep.sweep.experiment.Experiments;
import org.iclsweep.sweep.experiment.conversion.ConversionColumns;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The schemas of stored sweeps, {@code schemas/TABLE.json}, beside those that are written now: a column may be added at
 * the end of its group if it is nullable, none may change or disappear.
 */
class SchemaCompatibilityTest {
    static Stream<Named<Table<?>>> tables() {
        return Experiments.ALL.stream()
                .flatMap(experiment -> experiment.tables().stream())
                .map(result -> Named.of(result.table().name(), result.table()));
    }

    private static StructType stored(Table<?> table) throws IOException {
        String file = "/schemas/" + table.name() + ".json";
        try (InputStream in = SchemaCompatibilityTest.class.getResourceAsStream(file)) {
            String json = new String(Objects.requireNonNull(in, file).readAllBytes(), StandardCharsets.UTF_8);
            return (StructType) DataType.fromJson(json);
        }
    }

    /** The type without comments. */
    private static DataType bare(DataType type) {
        if (type instanceof StructType struct) {
            return DataTypes.createStructType(Arrays.stream(struct.fields())
                    .map(field -> DataTypes.createStructField(field.name(), bare(field.dataType()), field.nullable()))
                    .toList());
        }
        return type instanceof ArrayType array
                ? DataTypes.createArrayType(bare(array.elementType()), array.containsNull())
                : type;
    }

    private static StructType withoutRun(DataType type) {
        return DataTypes.createStructType(Arrays.stream(((StructType) type).fields())
                .filter(field -> !field.name().equals(RowOrigin.COLUMN))
                .toList());
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("tables")
    void everyStoredColumnIsWrittenWithItsNameTypeAndNullabilityInItsPlace(Table<?> table) throws IOException {
        assertThat(withoutRun(bare(table.type())).prettyJson())
                .isEqualTo(withoutRun(stored(table)).prettyJson());
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("tables")
    void theStructRunIsTheSameInEveryTableAndHasEveryStoredField(Table<?> table) throws IOException {
        StructField run = table.column(RowOrigin.COLUMN).field();
        assertThat(run)
                .isEqualTo(ConversionColumns.TABLE.column(RowOrigin.COLUMN).field());
        assertThat(table.type().fieldIndex(RowOrigin.COLUMN))
                .isEqualTo(stored(table).fieldIndex(RowOrigin.COLUMN));
        StructType written = (StructType) bare(run.dataType());
        for (StructField field :
                ((StructType) stored(table).apply(RowOrigin.COLUMN).dataType()).fields()) {
            assertThat(written.apply(field.name()).dataType()).as(field.name()).isEqualTo(field.dataType());
        }
    }

    @Test
    void aColumnWithoutAValueIsRefusedUnlessItIsNullable() {
        Column<List<String>> first = Column.text("first", "the first", list -> list.isEmpty() ? null : list.get(0));
        assertThat(Struct.of(first.orNull()).row(List.of()).isNullAt(0)).isTrue();
        assertThatThrownBy(() -> Struct.of(first).row(List.of()))
                .hasMessageContaining("column first: expected a value");
        assertThatThrownBy(() -> Struct.of(first, first)).hasMessageContaining("column first: declared twice");
    }
}
