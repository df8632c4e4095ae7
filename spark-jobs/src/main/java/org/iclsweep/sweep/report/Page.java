package org.iclsweep.sweep.report;

import com.hubspot.jinjava.Jinjava;
import com.hubspot.jinjava.JinjavaConfig;
import com.hubspot.jinjava.interpret.RenderResult;
import com.hubspot.jinjava.objects.SafeString;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.iclsweep.datasets.reproducible.Digest;

/**
 * The HTML of a page: {@code page.html}, in which every value is escaped, with its style and script, which the page's
 * Content-Security-Policy names by their hashes and beside which it allows nothing.
 */
final class Page {
    private static final Jinjava TEMPLATES = templates();

    private Page() {}

    private static Jinjava templates() {
        Jinjava templates = new Jinjava(JinjavaConfig.newBuilder()
                .withNestedInterpretationEnabled(false)
                .withFailOnUnknownTokens(true)
                .withTrimBlocks(true)
                .build());
        templates.getGlobalContext().setAutoEscape(true);
        return templates;
    }

    /** The template's values of a section without content; its lists are added to it by their names. */
    static Map<String, Object> section(String id, String title, String question) {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("id", id);
        values.put("title", title);
        values.put("question", question);
        values.put("sentence", "");
        for (String list : List.of("facts", "texts", "tables", "commands")) {
            values.put(list, List.of());
        }
        return values;
    }

    /**
     * Renders the page.
     *
     * @param kind report or comparison
     * @param answers the sentences of the opening, each with its section
     * @param charts true if the page draws charts
     */
    static String html(
            String kind,
            String heading,
            String version,
            List<Map<String, Object>> answers,
            List<Map<String, Object>> sections,
            boolean charts) {
        String style = Resources.text("page.css");
        String script = charts ? Resources.text("vega-bundle.js") : "";
        Map<String, Object> values = new HashMap<>();
        values.put("title", heading + " – icl-sweep " + kind);
        values.put("heading", heading);
        values.put("kind", kind);
        values.put("version", version);
        values.put("answers", answers);
        values.put("contents", sections);
        values.put("sections", sections);
        values.put("style", new SafeString(style));
        values.put("script", new SafeString(script));
        values.put("theme", PageTable.block(Resources.text("theme.json")));
        values.put("policy", new SafeString(policy(style, script)));
        RenderResult result = TEMPLATES.renderForResult(Resources.text("page.html"), values);
        if (!result.getErrors().isEmpty()) {
            throw new IllegalStateException(result.getErrors().get(0).getMessage());
        }
        return result.getOutput();
    }

    private static String policy(String style, String script) {
        return "default-src 'none'; style-src %s;%s base-uri 'none'; form-action 'none'"
                .formatted(hash(style), script.isEmpty() ? "" : " script-src " + hash(script) + ";");
    }

    private static String hash(String text) {
        return "'sha256-%s'"
                .formatted(Base64.getEncoder().encodeToString(HexFormat.of().parseHex(Digest.of(text))));
    }
}
