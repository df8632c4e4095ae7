package org.iclsweep.sweep.experiment.training;

import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValueFactory;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.iclsweep.datasets.fault.Checked;
import org.iclsweep.datasets.fault.Fault;
import org.iclsweep.datasets.fault.Faults;
import org.iclsweep.datasets.fault.Inline;
import org.iclsweep.datasets.fault.JsonSchema;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Located;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.model.training.TrainingConfiguration.Biases;
import org.iclsweep.sweep.config.Environment;
import org.iclsweep.sweep.config.ExecutionSpec;
import org.iclsweep.sweep.config.HoconTree;
import org.iclsweep.sweep.config.Section;
import org.iclsweep.sweep.config.SweepConfiguration;
import org.iclsweep.sweep.config.SweepDocument;
import org.iclsweep.sweep.config.SweepKeys;
import org.iclsweep.sweep.config.TrainingConfigurationReader;
import org.iclsweep.sweep.experiment.KeyBlock;
import org.iclsweep.sweep.experiment.training.TrainingSpecification.Variant;
import org.jspecify.annotations.Nullable;

/** The reader of the configuration of a sweep of kind {@code training}. */
final class TrainingReader {
    private static final String TRAINING = "training";
    private static final String BIAS_STARTS = "bias-starts";
    private static final String NAME = "name";
    private static final String VARIANTS = "variants";
    /** The keys that a sweep gives to its trainings. */
    private static final List<String> OF_THE_SWEEP = List.of("seed", "output");

    /** The keys of the block {@code sweep}. */
    record Keys(
            @Inline SweepKeys sweep,

            @Key(
                    doc = "The seeds that every variant is trained with.",
                    nonEmpty = true,
                    distinct = true,
                    otherwise = "[1, 2, 3]")
            List<Long> seeds,

            @Key(
                    doc = "The starts of trainable b_D, a variant each, beside the one without biases.",
                    nonEmpty = true,
                    distinct = true,
                    otherwise = "[0]")
            List<Double> biasStarts,

            @Key(
                    doc =
                            "In place of `bias-starts`: blocks with a `name` and what they change of `training { … }`, or bring that it lacks.",
                    nonEmpty = true)
            Optional<List<Located>> variants,

            @Key(
                    doc = ExecutionSpec.DOC + " Trainings compute one at a time.",
                    otherwise = "{'batch-trials': 1, gpu: 'off'}",
                    withoutEffectOnRows = true)
            ExecutionSpec execution)
            implements Checked {
        @Override
        public void check(Scope scope) {
            if (variants.isPresent() && scope.has(BIAS_STARTS)) {
                scope.fault(
                        BIAS_STARTS,
                        "expected either bias-starts or variants, found both; give the variants biases { … } of their own");
            }
        }
    }

    private TrainingReader() {}

    /** The keys of the block {@code sweep} and of its variants, for the documentation. */
    static List<KeyBlock> keys() {
        KeyBlock keys = new KeyBlock("sweep.variants[]", Name.class);
        JsonSchema changed = TrainingConfigurationReader.schema().partial().without(OF_THE_SWEEP);
        return List.of(
                new KeyBlock("sweep", Keys.class),
                new KeyBlock(keys.path(), keys.tables(), changed.and(keys.schema())),
                new KeyBlock("sweep.execution", ExecutionSpec.class));
    }

    static SweepConfiguration<TrainingSpecification> read(SweepDocument document) {
        document.allowBlocks(TRAINING);
        Section section = document.sweep();
        Optional<Keys> read = section.read(Keys.class, SweepKeys.KIND);
        ConfigObject block = HoconTree.block(document.root(), TRAINING, document.faults());
        List<Section> blocks = section.children(VARIANTS);
        Faults ofBase = new Faults();
        Optional<Variant> base = variant(null, block, TRAINING, document.environment(), ofBase);
        List<Variant> variants = new ArrayList<>();
        if (blocks.isEmpty()) {
            document.faults().addNew(ofBase.found());
            base.ifPresent(variants::add);
            variants.addAll(ofBiases(read.map(Keys::biasStarts).orElse(List.of()), block, document));
        } else {
            variants.addAll(named(blocks, block, ofBase, document));
        }
        document.faults().throwIfAny();
        Keys keys = read.orElseThrow();
        SortedMap<String, String> identity = new TreeMap<>(section.identity());
        base.ifPresent(whole -> identity.put(TRAINING, whole.training().text()));
        for (int i = 0; i < blocks.size(); i++) {
            identity.put(
                    blocks.get(i).scope().path(), variants.get(i).training().text());
        }
        // Variants are rendered as they are written, and have no default in their place.
        section.resolved().remove(VARIANTS);
        keys.variants().ifPresent(given -> section.resolved().remove(BIAS_STARTS));
        section.resolve(SweepKeys.OUTPUT, keys.sweep().directory());
        return keys.sweep()
                .configuration(
                        new TrainingSpecification(
                                variants.get(0).training().configuration().name(), variants, keys.seeds()),
                        keys.execution(),
                        document.rendered(),
                        identity);
    }

    /** With trainable biases that start from each of {@code starts}. */
    private static List<Variant> ofBiases(List<Double> starts, ConfigObject training, SweepDocument document) {
        return starts.stream()
                .flatMap(start -> {
                    ConfigObject biases = ConfigValueFactory.fromMap(Map.of("biases", Map.of("normaliser", start)));
                    Faults faults = new Faults();
                    Optional<Variant> variant =
                            variant(null, biases.withFallback(training), TRAINING, document.environment(), faults);
                    document.faults().addNew(faults.found());
                    return variant.stream();
                })
                .toList();
    }

    private record Name(@Key(doc = "The variant's name.") String name) {}

    /**
     * The variants of the configuration; every fault of each goes to the document's collector. The block that they are
     * merged over need not be a training by itself: of its faults those count that a variant leaves.
     */
    private static List<Variant> named(
            List<Section> blocks, ConfigObject training, Faults ofBase, SweepDocument document) {
        List<Variant> variants = new ArrayList<>();
        Faults faults = new Faults();
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
            ConfigObject merged = document.element(VARIANTS, i).withoutKey(NAME).withFallback(training);
            variant(name, merged, scope.path(), document.environment(), faults).ifPresent(variants::add);
        }
        for (Fault fault : faults.found()) {
            Fault first =
                    ofBase.found().stream().filter(fault::isSameAs).findFirst().orElse(fault);
            document.faults().addNew(List.of(first));
        }
        return variants;
    }

    /** A variant; nothing after its faults. */
    private static Optional<Variant> variant(
            @Nullable String name, ConfigObject merged, String path, Environment environment, Faults faults) {
        return TrainingConfigurationReader.read(merged, path, environment, faults)
                .map(training -> {
                    Biases biases = training.configuration().biases();
                    return new Variant(name, training, biases == null ? null : biases.normaliser());
                });
    }
}
