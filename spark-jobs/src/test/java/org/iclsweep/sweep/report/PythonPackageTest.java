package org.iclsweep.sweep.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipFile;
import org.iclsweep.sweep.cli.Commands;
import org.iclsweep.sweep.cli.Commands.Said;
import org.iclsweep.sweep.cli.Python;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The package {@code python/icl_sweep}: its own tests, and its numbers beside those of the command line. */
class PythonPackageTest {
    private static final String INSTALL = "python3 -m pip install -r notebooks/requirements.txt";
    private static final Path SAMPLE = Path.of("../notebooks/sample");
    private static final ObjectMapper JSON = new ObjectMapper();

    private static final String SECTIONS = """
            import dataclasses, json, sys
            sys.path.insert(0, "../python")
            from icl_sweep import resources
            print(json.dumps([dataclasses.asdict(section) for section in resources.sections()]))
            """;
    private static final String COMPARE = """
            import json, sys
            sys.path.insert(0, "../python")
            import icl_sweep
            print(json.dumps(icl_sweep.compare(*sys.argv[1:3], where_a=sys.argv[3], where_b=sys.argv[4]).document()))
            """;

    private static JsonNode json(Object... arguments) throws IOException {
        Python.Said said = Python.run(arguments);
        assertThat(said.exit()).as(said.text()).isZero();
        return JSON.readTree(said.text());
    }

    @Test
    void itsOwnTestsPass() {
        Python.require(INSTALL, "duckdb", "numpy", "pytest");
        Python.Said said = Python.run("-m", "pytest", "-q", "-p", "no:cacheprovider", "../python/tests");
        assertThat(said.exit()).as(said.text()).isZero();
    }

    /** The wheel is built from the source distribution, as an installation from an index is. */
    @Test
    void itsWheelHasTheFilesOfTheReport(@TempDir Path directory) throws IOException {
        Python.require(INSTALL, "build", "setuptools");
        Python.Said said = Python.run("-m", "build", "--no-isolation", "--outdir", directory, "../python");
        assertThat(said.exit()).as(said.text()).isZero();
        Path wheel = directory.resolve("icl_sweep-0.1.0-py3-none-any.whl");
        assertThat(directory.resolve("icl_sweep-0.1.0.tar.gz")).exists();
        try (ZipFile files = new ZipFile(wheel.toFile())) {
            for (String file : List.of("py.typed", "report/macros.sql", "report/theme.json", "report/page.css")) {
                assertThat(files.getEntry("icl_sweep/" + file)).as(file).isNotNull();
            }
            for (String section : Section.ALL) {
                assertThat(files.getEntry("icl_sweep/report/sections/" + section + ".conf"))
                        .as(section)
                        .isNotNull();
            }
        }
    }

    @Test
    void itsSectionsAreThoseOfTheReport() throws IOException {
        Python.require(INSTALL, "duckdb", "numpy");
        JsonNode sections = json("-c", SECTIONS);
        assertThat(sections).hasSameSizeAs(Section.ALL);
        for (JsonNode found : sections) {
            Section section = Section.read(found.get("id").asText());
            assertThat(Section.ALL).contains(section.id());
            assertThat(Stream.of("title", "question", "sentence", "rows", "label", "note")
                            .map(key -> found.get(key).asText()))
                    .containsExactly(
                            section.title(),
                            section.question(),
                            section.sentence(),
                            section.rows(),
                            section.label(),
                            section.note());
            assertThat(found.get("tables"))
                    .hasToString(JSON.valueToTree(section.tables()).toString());
            assertThat(found.get("chart").isNull()).isEqualTo(section.chart().isEmpty());
            if (section.chart().isPresent()) {
                assertThat(found.get("chart"))
                        .isEqualTo(JSON.readTree(section.chart().get()));
            }
        }
    }

    /** Answers that are paired, with McNemar's test, and sets alone, with sign flips. */
    @Test
    void itsComparisonHasTheNumbersOfTheCommandLine() throws IOException {
        Python.require(INSTALL, "duckdb", "numpy");
        assertSameComparison("quickstart", "dtype = 'float32'", "dtype = 'float64'");
        assertSameComparison(
                "softmax-pareto",
                "method = 'eviction' AND method_parameters['policy'] = 'recent' AND method_parameters['budget'] = '4'",
                "method = 'eviction' AND method_parameters['policy'] = 'uniform' AND method_parameters['budget'] = '4'");
    }

    private static void assertSameComparison(String sweep, String a, String b) throws IOException {
        Path directory = SAMPLE.resolve(sweep);
        Said said = Commands.say("compare", directory, directory, "--where-a", a, "--where-b", b, "--json");
        assertThat(said.exit()).as(said.err()).isZero();
        assertSame("", JSON.readTree(said.out()), json("-c", COMPARE, directory, directory, a, b));
    }

    private static void assertSame(String place, JsonNode expected, JsonNode found) {
        if (expected.isNumber()) {
            assertThat(found.isNumber()).as(place).isTrue();
            assertThat(found.asDouble())
                    .as(place)
                    .isCloseTo(expected.asDouble(), within(1e-12 * Math.max(1, Math.abs(expected.asDouble()))));
            return;
        }
        List<String> names = new ArrayList<>();
        expected.fieldNames().forEachRemaining(names::add);
        List<String> foundNames = new ArrayList<>();
        found.fieldNames().forEachRemaining(foundNames::add);
        assertThat(foundNames).as(place).containsExactlyInAnyOrderElementsOf(names);
        assertThat(found).as(place).hasSameSizeAs(expected);
        names.forEach(name -> assertSame(place + "." + name, expected.get(name), found.get(name)));
        if (expected.isArray()) {
            for (int i = 0; i < expected.size(); i++) {
                assertSame(place + "[" + i + "]", expected.get(i), found.get(i));
            }
        } else if (expected.isValueNode()) {
            assertThat(found).as(place).isEqualTo(expected);
        }
    }
}
