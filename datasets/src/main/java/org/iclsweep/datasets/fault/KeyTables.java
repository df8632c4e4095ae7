package org.iclsweep.datasets.fault;

/** The tables of the documentation: a section for each block, a row for each key. */
final class KeyTables {
    private KeyTables() {}

    static String markdown(String path, ValueType type) {
        StringBuilder text = new StringBuilder();
        type.visit(path, (block, record) -> section(text, block, record));
        return text.toString();
    }

    private static void section(StringBuilder text, String path, RecordType record) {
        text.append("\n## `").append(path).append("`\n\n");
        if (!record.doc().isEmpty()) {
            text.append(record.doc()).append("\n\n");
        }
        if (record.keys().isEmpty()) {
            text.append("No keys of its own.\n");
            return;
        }
        text.append("| key | takes | default | meaning |\n|---|---|---|---|\n");
        record.keys().forEach(key -> text.append(row(key)));
    }

    private static String row(Component key) {
        String mark = key.changesRows() ? "" : " °";
        String doc = key.declaration().map(Key::doc).orElse("");
        return "| `%s`%s | %s | %s | %s |\n"
                .formatted(key.name(), mark, escaped(key.type().description()), otherwise(key), escaped(doc));
    }

    private static String otherwise(Component key) {
        if (key.isRequired()) {
            return "required";
        }
        String text = key.declaration().map(Key::otherwise).orElse("");
        return text.isEmpty() ? "–" : "`" + escaped(text.replace('\'', '"')) + "`";
    }

    private static String escaped(String cell) {
        return cell.replace("|", "\\|");
    }
}
