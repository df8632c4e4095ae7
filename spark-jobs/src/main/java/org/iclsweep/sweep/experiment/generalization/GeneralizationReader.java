package org.iclsweep.sweep.experiment.generalization;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.iclsweep.datasets.fault.Faults;
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
import org.iclsweep.sweep.table.Json;

/** The reader of the configuration of a sweep of kind {@code generalization}. */
final class GeneralizationReader {
    private static final Reader READER = new Reader();
    private static final String NAME = "name";
    private static final String TRAINING = "training";
    private static final String VARIANTS = "variants";
    private static final String VARY = "vary";

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
                    doc = ExecutionSpec.DOC + " Trainings of one shape share a batch.",
                    otherwise = "{'batch-trials': 10, gpu: 'off'}",
                    withoutEffectOnRows = true)
            ExecutionSpec execution) {}

    static List<KeyBlock> keys() {
        KeyBlock training = new KeyBlock("sweep.training", RunSettings.class);
        KeyBlock variant = new KeyBlock("sweep.variants[]", Name.class);
        return List.of(
                new KeyBlock("sweep", Keys.class),
                training,
                new KeyBlock(variant.path(), variant.tables(), training.schema().and(variant.schema())),
                new KeyBlock("sweep.vary", "", training.schema().varied()),
                new KeyBlock("sweep.evaluations[]", EvaluationSettings.class),
                new KeyBlock("sweep.execution", ExecutionSpec.class));
    }

    static SweepConfiguration<GeneralizationSpecification> read(SweepDocument document) {
        document.allowBlocks();
        Section sweep = document.sweep();
        Optional<Keys> read = sweep.read(Keys.class, SweepKeys.KIND);
        List<Variant> variants = variants(sweep);
        List<EvaluationSettings> evaluations = evaluations(sweep, variants);
        document.faults().throwIfAny();
        Keys keys = read.orElseThrow();
        List.of(TRAINING, VARY)
                .forEach(key -> sweep.resolve(key, sweep.scope().in(key).value().plainBlock()));
        sweep.resolve(SweepKeys.OUTPUT, keys.sweep().directory());
        // In a plan's digest these two have the names that they once had, and the second the value.
        sweep.identity()
                .put("sweep.batch-trials", String.valueOf(keys.execution().batchTrials()));
        sweep.identity().put("sweep.wave-trials", "60");
        return keys.sweep()
                .configuration(
                        new GeneralizationSpecification(
                                variants,
                                keys.seeds(),
                                evaluations,
                                keys.measureEvery(),
                                keys.execution().batchTrials()),
                        keys.execution(),
                        Json.write(Map.of(SweepConfiguration.ROOT, sweep.resolved())),
                        sweep.identity());
    }

    /** Every variant with every combination of what is varied; the last key of {@code vary} changes fastest. */
    private static List<Variant> variants(Section sweep) {
        Scope scope = sweep.scope();
        Scope vary = scope.in(VARY);
        vary.value().entries().forEach((key, values) -> {
            if (values.elements().isEmpty()) {
                vary.in(key).unexpected("a list of values");
            }
        });
        Located training = scope.in(TRAINING).value();
        List<Variant> variants = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (Section given : sweep.children(VARIANTS, Map.of(NAME, "base"))) {
            Located own = given.scope().value();
            String name = given.read(Name.class, own.entries().keySet().toArray(String[]::new))
                    .map(Name::name)
                    .orElse("");
            List<Map<String, Object>> plain = new ArrayList<>();
            for (Varied varied : combinations(
                    new Varied(name, over(training, own.without(NAME))),
                    vary.value().entries())) {
                String path = "%s.variants.%s".formatted(scope.path(), varied.name());
                Faults faults = new Faults();
                READER.read(RunSettings.class, new Scope(path, varied.block(), faults))
                        .ifPresent(settings -> {
                            sweep.identity().putAll(READER.identity(path, settings));
                            plain.add(READER.plain(settings));
                            SortedMap<String, String> keys = new TreeMap<>();
                            READER.plain(settings).forEach((key, value) -> keys.put(key, value.toString()));
                            variants.add(new Variant(varied.name(), settings, keys));
                        });
                scope.faults().addNew(faults.found());
                if (!names.add(varied.name())) {
                    scope.fault(
                            VARIANTS,
                            "expected names that differ, found \"%s\" twice; rename one".formatted(varied.name()));
                }
            }
            resolve(given, plain, vary.value().entries().keySet());
        }
        return variants;
    }

    /** Fills in every key of a variant that has one value in all its combinations. */
    private static void resolve(Section variant, List<Map<String, Object>> combinations, Set<String> varied) {
        if (!combinations.isEmpty()) {
            Map<String, Object> common = new LinkedHashMap<>(combinations.get(0));
            combinations.forEach(each -> common.entrySet().retainAll(each.entrySet()));
            common.keySet().removeAll(varied);
            common.forEach(variant::resolve);
        }
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

    private static List<Varied> combinations(Varied base, Map<String, Located> vary) {
        List<Varied> all = List.of(base);
        // Keys in the order of the file: the first changes slowest.
        for (Map.Entry<String, Located> varied : vary.entrySet()) {
            String key = varied.getKey();
            List<Located> values = varied.getValue().elements();
            if (values.isEmpty()) {
                continue; // a fault that was noted
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

    private static List<EvaluationSettings> evaluations(Section sweep, List<Variant> variants) {
        List<EvaluationSettings> evaluations = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (Section own : sweep.children("evaluations")) {
            own.read(EvaluationSettings.class).ifPresent(evaluation -> {
                variants.forEach(
                        variant -> evaluation.requirePossible(variant.settings(), variant.name(), own.scope()));
                evaluations.add(evaluation);
                if (!names.add(evaluation.name())) {
                    own.scope()
                            .fault(
                                    NAME,
                                    "expected names that differ, found \"%s\" twice; rename one"
                                            .formatted(evaluation.name()));
                }
            });
        }
        return evaluations;
    }
}
