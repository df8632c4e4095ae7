package org.iclsweep.sweep.experiment.training;

import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValueFactory;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.iclsweep.datasets.fault.InputException;
import org.iclsweep.datasets.fault.JsonSchema;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.model.training.ResolvedTraining;
import org.iclsweep.model.training.TrainingConfiguration.Biases;
import org.iclsweep.sweep.config.Environment;
import org.iclsweep.sweep.config.Section;
import org.iclsweep.sweep.config.SweepDocument;
import org.iclsweep.sweep.config.TrainingConfigurationReader;
import org.iclsweep.sweep.experiment.KeyBlock;
import org.jspecify.annotations.Nullable;

/** Reads the ways of training of a sweep: blocks that are merged over its {@code training { … }}. */
public final class TrainingVariants {
    private static final String NAME = "name";
    /** The keys that a sweep gives to its trainings. */
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

    /** The keys of a variant, for the documentation. */
    static KeyBlock keys() {
        KeyBlock keys = new KeyBlock("sweep.variants[]", Name.class);
        JsonSchema changed = TrainingConfigurationReader.schema().partial().without(OF_THE_SWEEP);
        return new KeyBlock(keys.path(), keys.tables(), changed.and(keys.schema()));
    }

    private record Name(@Key(doc = "The variant's name.") String name) {}

    /** The variants of the configuration; every fault of each goes to the document's collector. */
    List<TrainingVariant> named(List<Section> blocks, SweepDocument document) {
        List<TrainingVariant> variants = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (int i = 0; i < blocks.size(); i++) {
            Scope scope = blocks.get(i).scope();
            Set<String> keys = scope.value().entries().keySet();
            String name = blocks.get(i)
                    .read(Name.class, keys.toArray(String[]::new))
                    .map(Name::name)
                    .orElse("");
            if (!names.add(name)) {
                scope.fault(NAME, "expected names that differ, found \"%s\" twice; rename one".formatted(name));
            }
            for (String key : OF_THE_SWEEP) {
                if (scope.has(key)) {
                    scope.fault(
                            key,
                            "expected no " + key + " here, which the sweep gives to each training, found "
                                    + scope.in(key).value().shown() + "; leave it out");
                }
            }
            ConfigObject merged =
                    document.element("variants", i).withoutKey(NAME).withFallback(training);
            try {
                variants.add(variant(name, merged, scope.path()));
            } catch (InputException e) {
                document.faults().addAll(e.faults());
            }
        }
        return variants;
    }

    private TrainingVariant variant(@Nullable String name, ConfigObject merged, String path) {
        ResolvedTraining read = TrainingConfigurationReader.read(merged, path, environment);
        Biases biases = read.configuration().biases();
        return new TrainingVariant(name, read, biases == null ? null : biases.normaliser());
    }
}
