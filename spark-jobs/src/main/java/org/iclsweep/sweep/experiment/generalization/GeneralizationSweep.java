package org.iclsweep.sweep.experiment.generalization;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValue;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.iclsweep.datasets.fault.Faults;
import org.iclsweep.datasets.fault.InputException;
import org.iclsweep.datasets.reproducible.Digest;
import org.iclsweep.model.generalization.EvaluationSettings;
import org.iclsweep.model.generalization.RunSettings;
import org.iclsweep.sweep.config.ConfigurationSource;
import org.iclsweep.sweep.config.Environment;
import org.iclsweep.sweep.config.ExecutionSpec;
import org.iclsweep.sweep.config.HoconTree;
import org.iclsweep.sweep.config.Key;
import org.iclsweep.sweep.config.Section;
import org.iclsweep.sweep.config.ValueType;
import org.iclsweep.sweep.experiment.grid.SweepConfiguration;
import org.iclsweep.sweep.experiment.grid.SweepKind;
import org.iclsweep.sweep.experiment.training.TrainingSweep;

/**
 * A sweep of trainings on patterns (arXiv:2402.15607): variants of one training, each with every seed, each tested on
 * every evaluation. The trials are a pure function of their index: variant by variant, seed by seed.
 *
 * @param measureEvery steps between two measurements along a training
 * @param batchTrials how many trainings of one shape share a computation at most
 * @param waveTrials how many are committed together
 * @param resolved the whole configuration, which runs as it is
 * @param identity everything that can change a row
 */
public record GeneralizationSweep(
        String name,
        List<Variant> variants,
        List<Long> seeds,
        List<EvaluationSettings> evaluations,
        int measureEvery,
        int batchTrials,
        int waveTrials,
        double maxFailedFraction,
        String output,
        String resolved,
        SortedMap<String, String> identity)
        implements Serializable {
    private static final String ROOT = "sweep";
    private static final int ID_LENGTH = 16;

    /**
     * A training without its seed.
     *
     * @param name of the variant, with the values of what is varied
     * @param keys every key of it with its value
     */
    public record Variant(String name, RunSettings settings, SortedMap<String, String> keys) implements Serializable {
        public Variant {
            keys = Collections.unmodifiableSortedMap(new TreeMap<>(keys));
        }
    }

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

    public GeneralizationSweep {
        variants = List.copyOf(variants);
        seeds = List.copyOf(seeds);
        evaluations = List.copyOf(evaluations);
        identity = Collections.unmodifiableSortedMap(new TreeMap<>(identity));
    }

    /** Whether a file describes a sweep of this kind; faults in it are found when it is read. */
    public static boolean isDescribedBy(Path file, List<String> settings) {
        return TrainingSweep.isOfKind(SweepKind.GENERALIZATION, file, settings);
    }

    /**
     * Reads a file, with the settings of the command line on top.
     *
     * @throws InputException with every fault there is
     */
    public static GeneralizationSweep read(Path file, List<String> settings) {
        Faults faults = new Faults();
        ConfigObject root = new ConfigurationSource(file, settings, Environment.ofThisProcess()).load(faults);
        faults.throwIfAny();
        Section section = Section.root(ROOT, (ConfigObject) Objects.requireNonNull(root.get(ROOT)), faults);
        section.allow(KEYS);
        section.get(SweepConfiguration.KIND);
        SortedMap<String, String> identity = new TreeMap<>();
        List<Variant> variants = variants(section, faults, identity);
        List<EvaluationSettings> evaluations = evaluations(section, variants);
        GeneralizationSweep sweep = new GeneralizationSweep(
                section.get(SweepConfiguration.NAME),
                variants,
                section.get(SEEDS),
                evaluations,
                section.get(MEASURE_EVERY),
                section.get(BATCH_TRIALS),
                section.get(WAVE_TRIALS),
                section.get(ExecutionSpec.MAX_FAILED_FRACTION),
                SweepConfiguration.output(section),
                root.render(
                        ConfigRenderOptions.defaults().setOriginComments(false).setJson(false)),
                joined(section.identity(), identity));
        faults.throwIfAny();
        return sweep;
    }

    private static SortedMap<String, String> joined(SortedMap<String, String> one, SortedMap<String, String> other) {
        SortedMap<String, String> all = new TreeMap<>(one);
        all.putAll(other);
        return all;
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
                Section read = Section.root(ROOT + ".variants." + varied.name(), varied.block(), faults);
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

    /** The digest of everything that can change a row, 64 hexadecimal characters. */
    public String digest() {
        return Digest.of(identity.toString());
    }

    /** How many trainings there are. */
    public long size() {
        return (long) variants.size() * seeds.size();
    }

    /** The training with this index. */
    public GeneralizationTrial trial(long index) {
        Variant variant = variants.get((int) (index / seeds.size()));
        long seed = seeds.get((int) (index % seeds.size()));
        return new GeneralizationTrial(index, Digest.of(digest() + ":" + index).substring(0, ID_LENGTH), variant, seed);
    }
}
