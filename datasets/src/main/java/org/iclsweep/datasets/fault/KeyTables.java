package org.iclsweep.datasets.fault;

/** The tables of the documentation: a section for each block, a row for each key. */
final class KeyTables {
    private KeyTables() {}

    static String markdown(String path, ValueType type) {
        StringBuilder text = new StringBuilder();
        type.visit(path, (block, record) -> section(text, block, record));
        return text.toString();
    }

    private static void section(StringBuilder text, String path, BlockType record) {
        text.append("\n## `").append(path).append("`\n\n");
        text.append(record.doc().isEmpty() ? "" : record.doc() + "\n\n");
        if (record.keys().isEmpty()) {
            text.append("No keys of its own.\n");
            return;
        }
        text.append("| key | takes | default | meaning |\n|---|---|---|---|\n");
        record.keys().forEach(key -> text.append(row(key)));
    }

    private static String row(DeclaredKey key) {
        String mark = key.changesRows() ? "" : " °";
        return "| `%s`%s | %s | %s | %s |\n"
                .formatted(key.name(), mark, escaped(key.type().description()), otherwise(key), escaped(key.doc()));
    }

    private static String otherwise(DeclaredKey key) {
        if (key.isRequired()) {
            return "required";
        }
        return key.otherwise().isEmpty() ? "–" : "`" + escaped(key.otherwise().replace('\'', '"')) + "`";
    }

    private static String escaped(String cell) {
        return cell.replace("|", "\\|");
    }
}
