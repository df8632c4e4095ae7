package org.iclsweep.sweep.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.hubspot.jinjava.objects.SafeString;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.commons.csv.CSVFormat;
import org.jspecify.annotations.Nullable;

/** A table of the page with its CSV and, where it has one, its chart; as the template reads them. */
final class PageTable {
    private static final int MOST_ROWS = 1000;
    private static final int MOST_PANELS = 24;
    private static final int LONG_TEXT = 40;
    private static final String PANEL = "panel";
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final CSVFormat CSV =
            CSVFormat.RFC4180.builder().setRecordSeparator('\n').get();

    private PageTable() {}

    /** The values of the template's table, from a section and the rows of its statement. */
    static Map<String, Object> of(Section section, Rows all, List<String> hidden) {
        Rows rows = all.first(MOST_ROWS);
        Rows listed = rows.shown(hidden);
        List<String> panels = panels(rows);
        String cut = (all.rows().size() > MOST_ROWS
                        ? String.format(
                                Locale.ROOT,
                                " The first %,d of %,d rows.",
                                MOST_ROWS,
                                all.rows().size())
                        : "")
                + (panels.size() > MOST_PANELS
                        ? " The chart has the first %s of %s panels.".formatted(MOST_PANELS, panels.size())
                        : "");
        String csv = csv(listed);
        Map<String, Object> table = new LinkedHashMap<>();
        table.put("name", section.title());
        table.put("caption", section.title() + ", " + count(listed.rows().size(), "row") + "." + cut);
        table.put("note", section.note());
        table.put("label", section.label());
        table.put("chart", section.chart().map(PageTable::block).orElse(new SafeString("")));
        table.put("data", section.chart().isPresent() ? block(json(drawn(rows, panels))) : new SafeString(""));
        table.put("columns", columns(listed));
        table.put("rows", cells(listed));
        table.put("csv", "data:text/csv;charset=utf-8," + encoded(csv));
        table.put("file", section.id() + ".csv");
        table.put("size", count(csv.getBytes(StandardCharsets.UTF_8).length, "byte"));
        return table;
    }

    private static String count(int number, String unit) {
        return String.format(Locale.ROOT, "%,d %s%s", number, unit, number == 1 ? "" : "s");
    }

    private static List<String> panels(Rows rows) {
        Set<String> panels = new LinkedHashSet<>();
        if (rows.columns().contains(PANEL)) {
            rows.rows().forEach(row -> panels.add(rows.text(row, PANEL)));
        }
        return List.copyOf(panels);
    }

    private static List<Map<String, @Nullable Object>> drawn(Rows rows, List<String> panels) {
        Set<String> first = Set.copyOf(panels.subList(0, Math.min(MOST_PANELS, panels.size())));
        List<Map<String, @Nullable Object>> drawn = new ArrayList<>();
        for (List<@Nullable Object> row : rows.rows()) {
            if (panels.isEmpty() || first.contains(rows.text(row, PANEL))) {
                Map<String, @Nullable Object> point = new LinkedHashMap<>();
                IntStream.range(0, row.size())
                        .forEach(c -> point.put(rows.columns().get(c), row.get(c)));
                drawn.add(point);
            }
        }
        return drawn;
    }

    private static List<Map<String, Object>> columns(Rows rows) {
        return IntStream.range(0, rows.columns().size())
                .<Map<String, Object>>mapToObj(
                        c -> Map.of("name", rows.columns().get(c).replace('_', ' '), "number", rows.isNumber(c)))
                .toList();
    }

    private static List<List<Map<String, Object>>> cells(Rows rows) {
        return rows.rows().stream()
                .map(row -> IntStream.range(0, row.size())
                        .<Map<String, Object>>mapToObj(c -> cell(row.get(c), rows.isNumber(c)))
                        .toList())
                .toList();
    }

    private static Map<String, Object> cell(@Nullable Object value, boolean number) {
        String text = CellText.of(value);
        return Map.of("text", text, "css", number ? "number" : text.length() > LONG_TEXT ? "long" : "");
    }

    private static String csv(Rows rows) {
        StringBuilder csv = new StringBuilder(CSV.format(rows.columns().toArray())).append('\n');
        rows.rows().forEach(row -> csv.append(CSV.format(row.toArray())).append('\n'));
        return csv.toString();
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    static String json(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** JSON as the content of a script element: no tag begins or ends within it. */
    static SafeString block(String json) {
        return new SafeString(json.replace("<", "\\u003c"));
    }
}
