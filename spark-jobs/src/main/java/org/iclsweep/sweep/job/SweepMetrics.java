package org.iclsweep.sweep.job;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricFilter;
import com.codahale.metrics.MetricRegistry;
import com.codahale.metrics.SharedMetricRegistries;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.SparkContext;
import org.apache.spark.api.plugin.DriverPlugin;
import org.apache.spark.api.plugin.ExecutorPlugin;
import org.apache.spark.api.plugin.PluginContext;
import org.apache.spark.api.plugin.SparkPlugin;
import org.jspecify.annotations.Nullable;

/**
 * A sweep's measures among Spark's own metrics: whatever sinks are configured there show them, under
 * {@code NAMESPACE.driver.plugin.org.iclsweep.sweep.job.SweepMetrics}. Values are read when a sink asks; without one
 * nothing is computed. The registry of an application is found by its id, as its plugins are made by Spark.
 */
public final class SweepMetrics implements SparkPlugin {
    private static final String REGISTRY = "icl-sweep ";

    @Override
    public DriverPlugin driverPlugin() {
        return new OfDriver();
    }

    /** No part on the executors: what they have done comes to the driver by accumulators. */
    @Override
    public @Nullable ExecutorPlugin executorPlugin() {
        return null;
    }

    /** The setting {@code spark.plugins} with this one among those of the user. */
    static String among(String plugins) {
        return Stream.concat(Stream.of(plugins.split(",")), Stream.of(SweepMetrics.class.getName()))
                .map(String::strip)
                .filter(plugin -> !plugin.isEmpty())
                .distinct()
                .collect(Collectors.joining(","));
    }

    /** Shows the measures of a run in place of those of the run before; nothing where Spark has no such plugin. */
    static void show(SparkContext spark, RunMetrics run) {
        String name = REGISTRY + spark.applicationId();
        if (SharedMetricRegistries.names().contains(name)) {
            MetricRegistry registry = SharedMetricRegistries.getOrCreate(name);
            registry.removeMatching(MetricFilter.ALL);
            for (SweepMetric metric : SweepMetric.values()) {
                registry.register(metric.key(), (Gauge<Number>) () -> metric.of(run.now()));
            }
        }
    }

    /** The part on the driver. */
    private static final class OfDriver implements DriverPlugin {
        private String name = "";

        /** A registry without a metric would be left out; those of a run are added when it begins. */
        @Override
        public void registerMetrics(String application, PluginContext context) {
            name = REGISTRY + application;
            context.metricRegistry().register(SweepMetric.RUNNING.key(), (Gauge<Number>) () -> 0);
            SharedMetricRegistries.add(name, context.metricRegistry());
        }

        @Override
        public void shutdown() {
            SharedMetricRegistries.remove(name);
        }
    }
}
