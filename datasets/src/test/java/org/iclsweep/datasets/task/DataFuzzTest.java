package org.iclsweep.datasets.task;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.duckdb.DuckDBDriver;
import org.iclsweep.datasets.fault.InputException;
import org.iclsweep.datasets.fuzz.Fuzz;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Data files that are damaged: the rows, or {@link InputException}, and nothing else. */
@Tag("faults")
class DataFuzzTest {
    /** The lines of a file of a few hundred bytes, twice, and the chunk that it is read by. */
    private static final long MOST_BYTES = 8 << 20;

    private static final String[] LINES = {
        "{\"text\": \"rain all day\", \"label\": \"yes\", \"other\": [1, {\"a\": null}]}",
        "{\"text\": \"it\\u00e9s na\u00efve \u4e16\u754c \ud83d\ude00\", \"label\": \"no\", \"other\": 1.5e3}",
        "{\"other\": true, \"label\": \"yes\", \"text\": \"\"}"
    };

    @TempDir
    private Path directory;

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = 1)
    void jsonLinesAreReadOrTheirFaultsAreNamed(long seed) {
        List<byte[]> sound = List.of(text(String.join("\n", LINES) + "\n"), text(String.join("\r\n", LINES)));
        fuzz("{}[]\",:\\ntru0123456789eE.- \r\n\u0000")
                .everyInputIsReadOrRefused(seed, Fuzz.INPUTS, sound, load("a.jsonl"));
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = 2)
    void commaSeparatedValuesAreReadOrTheirFaultsAreNamed(long seed) {
        List<byte[]> sound = List.of(
                text("text,label\nrain all day,yes\n\"a \"\"quoted\"\", long\nstory\",no\n"),
                text("\ufefflabel,n,text\r\nyes,1,\u4e16\u754c\r\nno,2,\r\n"));
        fuzz("\",;\r\n\t 'ab\u0000").everyInputIsReadOrRefused(seed, Fuzz.INPUTS, sound, load("a.csv"));
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = 3)
    void parquetIsReadOrItsFaultsAreNamed(long seed) throws SQLException, IOException {
        List<byte[]> sound = new ArrayList<>();
        for (String codec : List.of("uncompressed", "snappy", "zstd")) {
            sound.add(parquet(codec));
        }
        // A database is opened for each: a tenth of the inputs takes as long as all of the others.
        fuzz("PAR1\u0000\u0001\u0015\u0019\u007f")
                .everyInputIsReadOrRefused(seed, Fuzz.INPUTS / 10, sound, load("a.parquet"));
    }

    private static Fuzz fuzz(String alphabet) {
        return new Fuzz(alphabet, InputException.class, MOST_BYTES);
    }

    private Fuzz.Reading load(String name) {
        Path file = directory.resolve(name);
        return input -> {
            // Anew each time: ext4 flushes a file that is cut and written again.
            Files.deleteIfExists(file);
            Files.write(file, input);
            Tasks.with(Tasks.text("fuzz", file, file, List.of("yes", "no")), "template", "{text}{label}")
                    .load();
        };
    }

    private byte[] parquet(String codec) throws SQLException, IOException {
        Path file = directory.resolve(codec + ".parquet");
        try (Connection database = new DuckDBDriver().connect("jdbc:duckdb:", new Properties());
                Statement statement = database.createStatement()) {
            statement.execute("""
                    COPY (SELECT 'text ' || i AS text, CASE WHEN i %% 2 = 0 THEN 'yes' ELSE 'no' END AS label, i * 1.5 AS n
                          FROM range(40) t(i)) TO '%s' (FORMAT parquet, COMPRESSION %s)
                    """.formatted(file, codec));
        }
        return Files.readAllBytes(file);
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
