package org.iclsweep.datasets.task;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;

/** Comma-separated values as RFC 4180 has them, with a header line; a quoted value may go over several lines. */
final class CsvReader implements RawRows.Reader {
    private static final String EXPECTED = "comma-separated values as in RFC 4180";
    private static final List<String> EMPTY_LINE = List.of("");

    @Override
    public void read(Path file, DataFaults faults, RawRows rows) throws IOException {
        // A first pass over the lines, because only there a fault of the encoding still has a line.
        int before = faults.count();
        Utf8Lines.read(file, faults, (line, text) -> {});
        if (faults.count() > before) {
            return;
        }
        try (Reader text = withoutByteOrderMark(file);
                CSVParser parser = CSVParser.parse(text, CSVFormat.RFC4180)) {
            records(file, parser, faults, rows);
        }
    }

    private static void records(Path file, CSVParser parser, DataFaults faults, RawRows rows) {
        Iterator<CSVRecord> records = parser.iterator();
        List<String> header = List.of();
        List<String> empty = new ArrayList<>();
        for (long row = -1; !faults.full(); row++) {
            String where = file + ":" + (parser.getCurrentLineNumber() + 1);
            try {
                if (!records.hasNext()) {
                    return;
                }
                List<String> values = records.next().toList();
                if (row < 0) {
                    header = header(where, values, faults);
                } else if (header.size() > 1 && values.equals(EMPTY_LINE)) {
                    empty.add(where);
                } else {
                    empty.forEach(before -> faults.add(before, "an empty line", EXPECTED));
                    empty.clear();
                    row(row, where, header, values, faults, rows);
                }
            } catch (UncheckedIOException | IllegalStateException e) {
                faults.add(where, "a record that cannot be read (" + reason(e) + ")", EXPECTED);
                return;
            }
        }
    }

    private static void row(
            long row, String where, List<String> header, List<String> values, DataFaults faults, RawRows rows) {
        if (values.size() != header.size()) {
            faults.add(where, values.size() + " values", header.size() + " as in the header " + header);
        } else {
            rows.row(row, where, named(header, values));
        }
    }

    private static List<String> header(String where, List<String> names, DataFaults faults) {
        Set<String> seen = new HashSet<>();
        for (String name : names) {
            if (!seen.add(name)) {
                faults.add(where, "the column \"" + name + "\" twice in the header", "different names");
            }
        }
        return names;
    }

    private static Map<String, RawRows.RawValue> named(List<String> header, List<String> values) {
        Map<String, RawRows.RawValue> named = new LinkedHashMap<>();
        for (int i = 0; i < header.size(); i++) {
            named.put(header.get(i), RawRows.RawValue.scalar(values.get(i), "a string"));
        }
        return named;
    }

    private static Reader withoutByteOrderMark(Path file) throws IOException {
        BufferedReader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8);
        reader.mark(1);
        if (reader.read() != '\uFEFF') {
            reader.reset();
        }
        return reader;
    }

    private static String reason(RuntimeException e) {
        Throwable cause = e.getCause() == null ? e : e.getCause();
        return String.valueOf(cause.getMessage());
    }
}
