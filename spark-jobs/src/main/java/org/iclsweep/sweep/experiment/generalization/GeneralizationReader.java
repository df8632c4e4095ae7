package org.iclsweep.sweep.experiment.generalization;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.iclsweep.datasets.fault.Inline;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Located;
import org.iclsweep.datasets.fault.Reader;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.model.generalization.EvaluationSettings;
import org.iclsweep.model.generalization.RunSettings;
import org.iclsweep.sweep.config.ExecutionSpec;
import org.iclsweep.sweep.config.Section;
import org.iclsweep.sweep.config.SweepConfiguration;
import org.iclsweep.sweep.config.SweepDocument;
import org.iclsweep.sweep.config.SweepKeys;
import org.iclsweep.sweep.experiment.KeyBlock;
import org.iclsweep.sweep.experiment.generalization.GeneralizationSpecification.Variant;

/** The reader of the configuration of a sweep of kind {@code generalization}. */
final class GeneralizationReader {
    private static final Reader READER = new Reader();
    private static final String NAME = "name";

    private GeneralizationReader() {}

    /** The keys of the block {@code sweep}. */
    record Keys(
            @Inline SweepKeys sweep,

            @Key(
                    doc = "The seeds that every variant is trained with.",
                    nonEmpty = true,
                    distinct = true,
                    otherwise = "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]")
            List<Long> seeds,

            @Key(doc = "The keys that all trainings have in common.", otherwise = "{}")
            Located training,

            @Key(
                    doc = "Each with a `name` and the keys of `training` that are otherwise in it.",
                    nonEmpty = true,
                    otherwise = "[{name: 'base'}]")
            List<Located> variants,

            @Key(
                    doc =
                            "Keys of `training`, each with a list of values: every variant is trained with every combination.",
                    otherwise = "{}")
            Located vary,

            @Key(doc = "The evaluations that every training is tested on.", nonEmpty = true)
            List<Located> evaluations,

            @Key(doc = "Steps between two measurements along a training.", from = 1, otherwise = "25")
            int measureEvery,

            @Key(
                    doc = "The most trainings of one shape that share a computation; cut by the plan's index.",
                    from = 1,
                    otherwise = "10")
            int batchTrials,

            @Key(doc = "Trainings that are committed together.", from = 1, otherwise = "60")
            int waveTrials,

            @Key(doc = ExecutionSpec.MAX_FAILED, from = 0, to = 1, otherwise = "0.01", withoutEffectOnRows = true)
            double maxFailedFraction) {}

    static List<KeyBlock> keys() {
        KeyBlock training = new KeyBlock("sweep.training", RunSettings.class);
        KeyBlock variant = new KeyBlock("sweep.variants[]", Name.class);
        return List.of(
                new KeyBlock("sweep", Keys.class),
                training,
                new KeyBlock(variant.path(), variant.tables(), training.schema().and(variant.schema())),
                new KeyBlock("sweep.vary", "", training.schema().varied()),
                new KeyBlock("sweep.evaluations[]", EvaluationSettings.class));
    }

    static SweepConfiguration<GeneralizationSpecification> read(SweepDocument document) {
        document.allowBlocks();
        Section section = document.sweep();
        Optional<Keys> read = section.read(Keys.class);
        SortedMap<String, String> identity = new TreeMap<>(section.identity());
        List<Variant> variants = read.isEmpty() ? List.of() : variants(read.get(), section.scope(), identity);
        List<EvaluationSettings> evaluations =
                read.isEmpty() ? List.of() : evaluations(section.scope().in("evaluations"), variants, identity);
        document.faults().throwIfAny();
        Keys keys = read.orElseThrow();
        return keys.sweep()
                .configuration(
                        new GeneralizationSpecification(
                                variants, keys.seeds(), evaluations, keys.measureEvery(), keys.batchTrials()),
                        ExecutionSpec.ofTrainings(keys.waveTrials(), keys.maxFailedFraction()),
                        document.rendered(),
                        identity);
    }

    /** Every variant with every combination of what is varied; the last key of {@code vary} changes fastest. */
    private static List<Variant> variants(Keys keys, Scope sweep, SortedMap<String, String> identity) {
        List<Variant> variants = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (int i = 0; i < keys.variants().size(); i++) {
            Located own = keys.variants().get(i);
            Scope scope = new Scope("%s.variants[%d]".formatted(sweep.path(), i), own, sweep.faults());
            String name = READER.read(Name.class, scope, own.entries().keySet())
                    .map(Name::name)
                    .orElse("");
            identity.put(scope.path() + "." + NAME, name);
            for (Varied varied :
                    combinations(new Varied(name, over(keys.training(), own.without(NAME))), keys.vary(), sweep)) {
                String path = "%s.variants.%s".formatted(sweep.path(), varied.name());
                READER.read(RunSettings.class, new Scope(path, varied.block(), sweep.faults()))
                        .ifPresent(settings -> {
                            identity.putAll(READER.identity(path, settings));
                            SortedMap<String, String> plain = new TreeMap<>();
                            READER.plain(settings).forEach((key, value) -> plain.put(key, value.toString()));
                            variants.add(new Variant(varied.name(), settings, plain));
                        });
                if (!names.add(varied.name())) {
                    sweep.fault(
                            "variants",
                            "expected names that differ, found \"%s\" twice; rename one".formatted(varied.name()));
                }
            }
        }
        return variants;
    }

    private record Name(@Key(doc = "The variant's name.") String name) {}

    /** A block with the keys of another over its own. */
    private static Located over(Located block, Located above) {
        Located merged = new Located(above.place(), block.content());
        for (Map.Entry<String, Located> entry : above.entries().entrySet()) {
            merged = merged.with(entry.getKey(), entry.getValue());
        }
        return merged;
    }

    /** A variant's name and block. */
    private record Varied(String name, Located block) {}

    private static List<Varied> combinations(Varied base, Located vary, Scope sweep) {
        List<Varied> all = List.of(base);
        // Keys in the order of the file: the first changes slowest.
        for (Map.Entry<String, Located> varied : vary.entries().entrySet()) {
            String key = varied.getKey();
            List<Located> values = varied.getValue().elements();
            if (values.isEmpty()) {
                sweep.in("vary")
                        .fault(
                                key,
                                "expected a list of values, found "
                                        + varied.getValue().shown());
                continue;
            }
            all = all.stream()
                    .flatMap(variant -> values.stream()
                            .map(value -> new Varied(
                                    "%s %s=%s".formatted(variant.name(), key, value.plain()),
                                    variant.block().with(key, value))))
                    .toList();
        }
        return all;
    }

    private static List<EvaluationSettings> evaluations(
            Scope blocks, List<Variant> variants, SortedMap<String, String> identity) {
        List<EvaluationSettings> evaluations = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (int i = 0; i < blocks.value().elements().size(); i++) {
            Scope own = blocks.at(i);
            READER.read(EvaluationSettings.class, own).ifPresent(evaluation -> {
                variants.forEach(variant -> evaluation.requirePossible(variant.settings(), variant.name(), own));
                identity.putAll(READER.identity(own.path(), evaluation));
                evaluations.add(evaluation);
                if (!names.add(evaluation.name())) {
                    own.fault(
                            NAME,
                            "expected names that differ, found \"%s\" twice; rename one".formatted(evaluation.name()));
                }
            });
        }
        return evaluations;
    }
}
