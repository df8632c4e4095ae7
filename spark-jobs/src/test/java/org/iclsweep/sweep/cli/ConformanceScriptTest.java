package org.iclsweep.sweep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.iclsweep.sweep.cli.Commands.Said;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code docs/conformance/conformance.py}: the cache of transformers, whole and with a fault put into it. */
class ConformanceScriptTest {
    private static final Path SCRIPTS = Path.of("../docs/conformance");
    private static final Path FIXTURES = Path.of("../model-core/src/test/resources/fixtures-hf");
    private static final String INSTALL = "python3 -m pip install torch transformers";

    /** A stack that forgets what it read whenever it reads several tokens. */
    private static final String FORGETFUL = """
            import sys
            sys.path.insert(0, sys.argv.pop(1))
            import conformance
            call = conformance.Stack.call
            def forgetful(stack, ids, cache=None, *more, **named):
                return call(stack, ids, cache if len(ids[0]) == 1 else None, *more, **named)
            conformance.Stack.call = forgetful
            sys.exit(conformance.main())
            """;

    @TempDir
    private Path directory;

    private Path cases(String fixture) {
        Path cases = directory.resolve("cases");
        Object[] arguments = {
            "conformance", "--model", FIXTURES.resolve(fixture), "--out", cases, "--contexts", "0,1,3,30"
        };
        Said said = Commands.say(arguments);
        assertThat(said.exit()).as(said.err()).isZero();
        return cases;
    }

    private List<Object> options(String fixture) {
        return List.of(
                "--model",
                FIXTURES.resolve(fixture),
                "--cases",
                cases(fixture),
                "--json",
                directory.resolve("results.json"));
    }

    private Map<String, JsonNode> results() throws IOException {
        Map<String, JsonNode> results = new TreeMap<>();
        new ObjectMapper()
                .readTree(directory.resolve("results.json").toFile())
                .get("cases")
                .forEach(one -> results.put(one.get("id").asText(), one));
        return results;
    }

    @Test
    void theCacheOfAWindowedModelAgreesInEveryCaseLayerByLayer() throws IOException {
        Python.require(INSTALL, "torch", "transformers");
        List<Object> arguments = new ArrayList<>(List.of(SCRIPTS.resolve("conformance.py")));
        arguments.addAll(options("gemma3_text"));
        Python.Said said = Python.run(arguments.toArray());
        assertThat(said.exit()).as(said.text()).isZero();
        assertThat(said.text())
                .contains("gemma3_text by transformers", "cases agree")
                .doesNotContain("not compared");
        assertThat(results()).containsKeys("at-once-c24", "pieces-3-c25", "batch-at-once-c1-c3-c30", "generate-g17");
    }

    @Test
    void aCacheThatIsForgottenIsFoundByCaseTokenAndLayer() throws IOException {
        Python.require(INSTALL, "torch", "transformers");
        List<Object> arguments = new ArrayList<>(List.of("-c", FORGETFUL, SCRIPTS));
        arguments.addAll(options("qwen3"));
        Python.Said said = Python.run(arguments.toArray());
        assertThat(said.exit()).as(said.text()).isEqualTo(1);
        Map<String, JsonNode> results = results();
        assertThat(results.get("pieces-1-c30").get("outcome").asText()).isEqualTo("agrees");
        assertThat(results.get("at-once-c0").get("outcome").asText()).isEqualTo("agrees");
        JsonNode departure = results.get("pieces-2-c30");
        assertThat(departure.get("outcome").asText()).isEqualTo("departs");
        assertThat(departure.get("token").asInt()).isZero();
        assertThat(departure.get("layer").asInt()).isZero();
        assertThat(departure.get("size").asDouble()).isGreaterThan(1e-3);
        // From an empty cache the first piece is right.
        assertThat(results.get("pieces-2-c0").get("token").asInt()).isEqualTo(2);
    }
}
