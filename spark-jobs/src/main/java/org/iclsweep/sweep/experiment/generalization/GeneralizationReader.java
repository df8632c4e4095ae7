package org.iclsweep.sweep.experiment.generalization;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.iclsweep.datasets.fault.Faults;
import org.iclsweep.model.generalization.EvaluationSettings;
import org.iclsweep.model.generalization.RunSettings;
import org.iclsweep.sweep.config.ExecutionSpec;
import org.iclsweep.sweep.config.HoconTree;
import org.iclsweep.sweep.config.Key;
import org.iclsweep.sweep.config.Section;
import org.iclsweep.sweep.config.SweepConfiguration;
import org.iclsweep.sweep.config.SweepDocument;
import org.iclsweep.sweep.config.ValueType;
import org.iclsweep.sweep.experiment.generalization.GeneralizationSpecification.Variant;

/** The reader of the configuration of a sweep of kind {@code generalization}. */
final class GeneralizationReader {
    static final Key<List<Long>> SEEDS = Key.optional(
            "seeds",
            ValueType.listOf(ValueType.wholeNumber()),
            LongStream.rangeClosed(1, 10).boxed().toList(),
            "The seeds that every variant is trained with.");
    static final Key<ConfigObject> TRAINING = Key.optional(
            "training", ValueType.block(), ConfigFactory.empty().root(), "What all trainings have in common.");
    static final Key<List<ConfigObject>> VARIANTS = Key.optional(
            "variants",
            ValueType.blocks(),
            List.of(ConfigFactory.parseMap(Map.of("name", "base")).root()),
            "Each with a `name` and the keys of `training` that are otherwise in it. Default: `[ { name = base } ]`.");
    static final Key<ConfigObject> VARY = Key.optional(
            "vary",
            ValueType.block(),
            ConfigFactory.empty().root(),
            "Keys of `training`, each with a list of values: every variant is trained with every combination.");
    static final Key<List<ConfigObject>> EVALUATIONS =
            Key.required("evaluations", ValueType.blocks(), List.of(), "What every training is tested on.");
    static final Key<Integer> MEASURE_EVERY = Key.optional(
            "measure-every", ValueType.wholeNumberFrom(1), 25, "Steps between two measurements along a training.");
    static final Key<Integer> BATCH_TRIALS = Key.optional(
            "batch-trials",
            ValueType.wholeNumberFrom(1),
            10,
            "How many trainings of one shape share a computation at most; cut by the plan's index.");
    static final Key<Integer> WAVE_TRIALS =
            Key.optional("wave-trials", ValueType.wholeNumberFrom(1), 60, "How many trainings are committed together.");
    public static final List<Key<?>> KEYS = List.of(
            SweepConfiguration.NAME,
            SweepConfiguration.KIND,
            SEEDS,
            TRAINING,
            VARIANTS,
            VARY,
            EVALUATIONS,
            MEASURE_EVERY,
            BATCH_TRIALS,
            WAVE_TRIALS,
            ExecutionSpec.MAX_FAILED_FRACTION,
            SweepConfiguration.OUTPUT);

    private GeneralizationReader() {}

    static SweepConfiguration<GeneralizationSpecification> read(SweepDocument document) {
        document.allowBlocks();
        Section section = document.sweep();
        section.allow(KEYS);
        SortedMap<String, String> ofVariants = new TreeMap<>();
        List<Variant> variants = variants(section, document.faults(), ofVariants);
        GeneralizationSpecification specification = new GeneralizationSpecification(
                variants,
                section.get(SEEDS),
                evaluations(section, variants),
                section.get(MEASURE_EVERY),
                section.get(BATCH_TRIALS));
        ExecutionSpec execution =
                ExecutionSpec.ofTrainings(section.get(WAVE_TRIALS), section.get(ExecutionSpec.MAX_FAILED_FRACTION));
        String name = section.get(SweepConfiguration.NAME);
        String kind = section.get(SweepConfiguration.KIND);
        String output = SweepConfiguration.output(section);
        SortedMap<String, String> identity = new TreeMap<>(section.identity());
        identity.putAll(ofVariants);
        return new SweepConfiguration<>(name, kind, specification, execution, output, document.rendered(), identity);
    }

    /** Every variant with every combination of what is varied; the last key of {@code vary} changes fastest. */
    private static List<Variant> variants(Section section, Faults faults, SortedMap<String, String> identity) {
        ConfigObject training = section.child(TRAINING).block();
        ConfigObject vary = section.child(VARY).block();
        List<Variant> variants = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (Section own : section.children(VARIANTS)) {
            String name = own.get(EvaluationReader.NAME);
            ConfigObject base =
                    own.block().withoutKey(EvaluationReader.NAME.name()).withFallback(training);
            for (Varied varied : combinations(new Varied(name, base), vary, section)) {
                Section read =
                        Section.root(SweepConfiguration.ROOT + ".variants." + varied.name(), varied.block(), faults);
                read.allow(RunSettingsReader.KEYS);
                RunSettings settings = RunSettingsReader.read(read);
                identity.putAll(read.identity());
                SortedMap<String, String> keys = new TreeMap<>();
                read.resolved().forEach((key, value) -> keys.put(key, value.toString()));
                variants.add(new Variant(varied.name(), settings, keys));
                if (!names.add(varied.name())) {
                    section.fault(VARIANTS.name(), "\"" + varied.name() + "\" stands there twice; name them apart");
                }
            }
        }
        return variants;
    }

    /** A variant's name and block. */
    private record Varied(String name, ConfigObject block) {}

    private static List<Varied> combinations(Varied base, ConfigObject vary, Section section) {
        List<Varied> all = List.of(base);
        // Keys in the order of the file: what stands first changes slowest.
        for (String key : HoconTree.of(vary).plainBlock().keySet()) {
            ConfigValue values = Objects.requireNonNull(vary.get(key));
            if (!(values instanceof ConfigList list) || list.isEmpty()) {
                section.fault(VARY.name(), key + " needs a list of values, found " + values.unwrapped());
                continue;
            }
            List<Varied> next = new ArrayList<>();
            for (Varied variant : all) {
                for (ConfigValue value : list) {
                    String name = "%s %s=%s".formatted(variant.name(), key, value.unwrapped());
                    next.add(new Varied(name, variant.block().withValue(key, value)));
                }
            }
            all = next;
        }
        return all;
    }

    private static List<EvaluationSettings> evaluations(Section section, List<Variant> variants) {
        List<EvaluationSettings> evaluations = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (Section own : section.children(EVALUATIONS)) {
            EvaluationSettings evaluation = EvaluationReader.read(own);
            variants.forEach(variant -> EvaluationReader.requirePossible(own, evaluation, variant));
            evaluations.add(evaluation);
            if (!names.add(evaluation.name())) {
                own.fault(EvaluationReader.NAME.name(), "\"" + evaluation.name() + "\" stands there twice");
            }
        }
        return evaluations;
    }
}
