package org.iclsweep.sweep.experiment.training;

import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValueFactory;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import org.iclsweep.datasets.fault.Faults;
import org.iclsweep.datasets.fault.InputException;
import org.iclsweep.model.training.ResolvedTraining;
import org.iclsweep.sweep.config.Environment;
import org.iclsweep.sweep.config.Key;
import org.iclsweep.sweep.config.Section;
import org.iclsweep.sweep.config.TrainingConfigurationReader;
import org.iclsweep.sweep.config.ValueType;
import org.jspecify.annotations.Nullable;

/** Reads the ways of training of a sweep: blocks that are merged over its {@code training { … }}. */
public final class TrainingVariants {
    private static final Key<String> NAME = Key.required("name", ValueType.text(), "", "What the variant is called.");
    /** What a sweep gives to its trainings. */
    private static final List<String> OF_THE_SWEEP = List.of("seed", "output");

    private final ConfigObject training;
    private final Environment environment;

    /** @param training without faults */
    TrainingVariants(ConfigObject training, Environment environment) {
        this.training = training;
        this.environment = environment;
    }

    /** As the configuration is, and with trainable biases that start from each of {@code starts}. */
    List<TrainingVariant> ofBiases(List<Double> starts) {
        List<TrainingVariant> variants = new ArrayList<>();
        variants.add(variant(null, training, TrainingConfigurationReader.ROOT));
        for (double start : starts) {
            ConfigObject biases = ConfigValueFactory.fromMap(Map.of("biases", Map.of("normaliser", start)));
            variants.add(variant(null, biases.withFallback(training), TrainingConfigurationReader.ROOT));
        }
        return variants;
    }

    /** Those that stand in the configuration; every fault of each goes to {@code faults}. */
    List<TrainingVariant> named(List<Section> blocks, Faults faults) {
        List<TrainingVariant> variants = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (Section block : blocks) {
            String name = block.get(NAME);
            if (!names.add(name)) {
                block.fault(NAME.name(), "\"" + name + "\" is the name of another variant");
            }
            for (String key : OF_THE_SWEEP) {
                if (block.has(key)) {
                    block.fault(key, "cannot be varied: the sweep gives it to each training");
                }
            }
            ConfigObject merged = block.block().withoutKey(NAME.name()).withFallback(training);
            try {
                variants.add(variant(name, merged, block.path()));
            } catch (InputException e) {
                e.faults().forEach(faults::add);
            }
        }
        return variants;
    }

    private TrainingVariant variant(@Nullable String name, ConfigObject merged, String path) {
        ResolvedTraining read = TrainingConfigurationReader.read(merged, path, environment);
        OptionalDouble biases = read.configuration().biases();
        return new TrainingVariant(name, read, biases.isPresent() ? biases.getAsDouble() : null);
    }
}
