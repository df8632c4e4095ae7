package org.iclsweep.sweep.job;

import static org.assertj.core.api.Assertions.assertThat;

import com.codahale.metrics.MetricRegistry;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;
import org.apache.spark.api.plugin.DriverPlugin;
import org.apache.spark.api.plugin.PluginContext;
import org.apache.spark.metrics.sink.PrometheusServlet;
import org.apache.spark.resource.ResourceInformation;
import org.iclsweep.sweep.LocalSpark;
import org.iclsweep.sweep.table.Counts;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The measures of a sweep in sinks of Spark's metrics, and the alerts that are made of them. */
class SweepMetricsTest {
    private static final Path FILES = StandaloneCluster.HOME.resolve("conf/spark");
    private static final String SOURCE = "icl_sweep.driver.plugin." + SweepMetrics.class.getName();
    private static final Pattern METRIC = Pattern.compile("metrics_\\w+");

    /** The registry of all of Spark's metrics, with the plugin's below it as Spark puts it there. */
    private final MetricRegistry spark = new MetricRegistry();

    private final MetricRegistry own = new MetricRegistry();
    private final DriverPlugin plugin = new SweepMetrics().driverPlugin();

    @TempDir
    private Path directory;

    @BeforeEach
    void register() {
        plugin.registerMetrics(LocalSpark.session().sparkContext().applicationId(), new OfTest(own));
        spark.register(SOURCE, own);
    }

    @AfterEach
    void shutDown() {
        plugin.shutdown();
    }

    /** A file for each measure, a line for each second and one more when Spark stops. */
    @Test
    void aSinkOfSparksShowsARunWhileItIsAtWorkAndItsLastValuesBehindItsEnd() throws IOException {
        Path values = Files.createDirectory(directory.resolve("values"));
        List<String> settings = SweepRows.settings(directory, "sunk", new String[] {
            "sweep.demonstrations.sets-per-task=10", "sweep.execution.batch-trials=12"
        });
        DriverProcess driver = DriverProcess.start(
                directory,
                List.of(
                        "faults=millis=250;fail=7",
                        "spark.metrics.namespace=icl_sweep",
                        "spark.metrics.conf.driver.sink.csv.class=org.apache.spark.metrics.sink.CsvSink",
                        "spark.metrics.conf.driver.sink.csv.period=1",
                        "spark.metrics.conf.driver.sink.csv.directory=" + values),
                SweepRows.arguments(directory, "local[2]", settings));
        assertThat(driver.exitCode()).as(driver.said()).isZero();

        Map<String, List<Double>> shown = new TreeMap<>();
        for (SweepMetric metric : SweepMetric.values()) {
            shown.put(metric.key(), column(values.resolve(SOURCE + "." + metric.key() + ".csv")));
        }
        assertThat(shown.get("running")).contains(1.0).endsWith(0.0);
        assertThat(shown.get("trials_done")).isSorted().endsWith(240.0);
        assertThat(shown.get("trials_done").get(0)).isLessThan(240.0);
        assertThat(shown.get("trials_left")).endsWith(0.0);
        assertThat(shown.get("trials_failed")).endsWith(1.0);
        assertThat(shown.get("trials_finished_failed")).endsWith(1.0);
        assertThat(shown.get("trials_failed_allowed")).containsOnly(2.0);
        assertThat(shown.get("waves_done")).endsWith(5.0);
        // 40 set and precision pairs of 0, 10, 20, 40, 80 and 160 context tokens, and 640 query tokens for each trial.
        assertThat(shown.get("tokens")).endsWith(40.0 * 310 + 240 * 640 - tokensOfTheFailedTrial());
        assertThat(shown.get("seconds_since_commit"))
                .allSatisfy(seconds -> assertThat(seconds).isBetween(0.0, 60.0));
        assertThat(shown.get("exit_code")).contains(-1.0).endsWith(0.0);
    }

    /** Its row has no tokens of queries. */
    private static double tokensOfTheFailedTrial() {
        return 640 + 10;
    }

    private static List<Double> column(Path file) throws IOException {
        List<Double> values = new ArrayList<>();
        for (String line : Files.readAllLines(file).stream().skip(1).toList()) {
            values.add(Double.valueOf(line.substring(line.indexOf(',') + 1)));
        }
        return values;
    }

    @Test
    void theNextRunOfAnApplicationIsShownInPlaceOfTheLastOne() {
        RunMetrics first = new RunMetrics(100, 0.5, () -> 0);
        SweepMetrics.show(LocalSpark.session().sparkContext(), first);
        first.around(LocalSpark.session().sparkContext(), () -> {
            assertThat(value("exit_code")).isEqualTo("-1");
            assertThat(value("running")).isEqualTo("1");
            return new SweepOutcome(ExitCode.TOO_MANY_FAILED, Counts.NONE, "");
        });
        assertThat(value("trials")).isEqualTo("100");
        assertThat(value("exit_code")).isEqualTo("3");
        assertThat(value("running")).isEqualTo("0");
        SweepMetrics.show(LocalSpark.session().sparkContext(), new RunMetrics(7, 0.5, () -> 2));
        assertThat(value("trials")).isEqualTo("7");
        assertThat(value("trials_failed_allowed")).isEqualTo("3");
        assertThat(value("executors_lost")).isEqualTo("2");
        assertThat(value("exit_code")).isEqualTo("-1");
    }

    /** As Prometheus reads it. */
    private String value(String metric) {
        String line = names().get("metrics_" + SOURCE.replaceAll("[^a-zA-Z0-9]", "_") + "_" + metric + "_Value");
        return String.valueOf(line);
    }

    private Map<String, String> names() {
        Map<String, String> values = new TreeMap<>();
        new PrometheusServlet(new Properties(), spark)
                .getMetricsSnapshot()
                .lines()
                .forEach(line -> {
                    assertThat(line).matches("\\w+\\{type=\"gauges\"\\} \\S+");
                    values.put(line.substring(0, line.indexOf('{')), line.substring(line.indexOf(' ') + 1));
                });
        return values;
    }

    @Test
    void everyMeasureThatAnAlertNamesIsShownToPrometheusUnderTheShippedSettings() throws IOException {
        SweepMetrics.show(LocalSpark.session().sparkContext(), new RunMetrics(100, 0.5, () -> 0));
        Map<String, String> settings = ClusterFilesTest.read(FILES.resolve("metrics.conf"));
        assertThat(SOURCE).startsWith(settings.get("spark.metrics.namespace") + ".driver.");
        assertThat(settings)
                .containsEntry(
                        "spark.metrics.conf.driver.sink.prometheusServlet.class", PrometheusServlet.class.getName());
        JsonNode rules = new ObjectMapper(new YAMLFactory())
                .readTree(FILES.resolve("alerts/icl-sweep.rules.yml").toFile())
                .path("groups")
                .path(0)
                .path("rules");
        assertThat(rules).hasSize(4);
        for (JsonNode rule : rules) {
            List<String> named = METRIC.matcher(rule.path("expr").asText())
                    .results()
                    .map(found -> found.group())
                    .toList();
            assertThat(named).as(rule.path("alert").asText()).isNotEmpty();
            assertThat(names().keySet()).as(rule.path("alert").asText()).containsAll(named);
            assertThat(rule.path("labels").path("severity").asText()).isIn("warning", "critical");
            assertThat(rule.path("annotations").path("summary").asText()).isNotEmpty();
        }
    }

    @Test
    void theDocumentHasEveryMeasure() throws IOException {
        List<String> rows = Files.readAllLines(StandaloneCluster.HOME.resolve("docs/how-to/observe.md")).stream()
                .filter(line -> line.startsWith("| `"))
                .toList();
        assertThat(rows)
                .containsExactlyElementsOf(Stream.of(SweepMetric.values())
                        .map(metric -> "| `%s` | %s |".formatted(metric.key(), metric.meaning()))
                        .toList());
    }

    @Test
    void thePluginIsAmongThoseOfTheUserOnce() {
        String own = SweepMetrics.class.getName();
        assertThat(SweepMetrics.among("")).isEqualTo(own);
        assertThat(SweepMetrics.among("a.B, c.D")).isEqualTo("a.B,c.D," + own);
        assertThat(SweepMetrics.among(own)).isEqualTo(own);
    }

    /** The context of a plugin, as far as this one asks for it. */
    private record OfTest(MetricRegistry metricRegistry) implements PluginContext {
        @Override
        public SparkConf conf() {
            throw new UnsupportedOperationException();
        }

        @Override
        public String executorID() {
            throw new UnsupportedOperationException();
        }

        @Override
        public String hostname() {
            throw new UnsupportedOperationException();
        }

        @Override
        public Map<String, ResourceInformation> resources() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void send(Object message) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Object ask(Object message) {
            throw new UnsupportedOperationException();
        }
    }
}
