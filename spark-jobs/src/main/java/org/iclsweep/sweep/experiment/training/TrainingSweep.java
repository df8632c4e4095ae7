package org.iclsweep.sweep.experiment.training;

import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValue;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.iclsweep.datasets.fault.Faults;
import org.iclsweep.datasets.fault.InputException;
import org.iclsweep.datasets.reproducible.Digest;
import org.iclsweep.model.training.ResolvedTraining;
import org.iclsweep.sweep.config.ConfigurationSource;
import org.iclsweep.sweep.config.Environment;
import org.iclsweep.sweep.config.Key;
import org.iclsweep.sweep.config.Section;
import org.iclsweep.sweep.config.TrainingConfigurationReader;
import org.iclsweep.sweep.config.ValueType;
import org.iclsweep.sweep.experiment.grid.SweepConfiguration;
import org.iclsweep.sweep.experiment.grid.SweepKind;
import org.jspecify.annotations.Nullable;

/**
 * A sweep of trainings: the same {@code training { … }} with several seeds, with and without trainable biases, or in
 * variants of its own.
 *
 * @param trials the trainings
 * @param resolved the whole configuration, which runs as it is
 * @param identity everything that can change a row
 */
public record TrainingSweep(
        String name, List<TrainingTrial> trials, String output, String resolved, SortedMap<String, String> identity)
        implements Serializable {
    private static final String ROOT = "sweep";
    private static final String TRAINING = "training";
    private static final int ID_LENGTH = 16;

    static final Key<List<Long>> SEEDS = Key.optional(
            "seeds",
            ValueType.listOf(ValueType.wholeNumber()),
            List.of(1L, 2L, 3L),
            "The seeds that every variant is trained with.");
    static final Key<List<Double>> BIAS_STARTS = Key.optional(
            "bias-starts",
            ValueType.listOf(ValueType.number()),
            List.of(0.0),
            "What trainable b_D start from, a variant each, beside the one without biases.");
    static final Key<List<ConfigObject>> VARIANTS = Key.optional(
            "variants",
            ValueType.blocks(),
            List.of(),
            "In place of `bias-starts`: blocks with a `name` and what they change of `training { … }`.");
    public static final List<Key<?>> KEYS = List.of(
            SweepConfiguration.NAME, SweepConfiguration.KIND, SEEDS, BIAS_STARTS, VARIANTS, SweepConfiguration.OUTPUT);

    public TrainingSweep {
        trials = List.copyOf(trials);
        identity = Collections.unmodifiableSortedMap(new TreeMap<>(identity));
    }

    /** Whether a file describes a sweep of this kind; faults in it are found when it is read. */
    public static boolean isDescribedBy(Path file, List<String> settings) {
        return isOfKind(SweepKind.TRAINING, file, settings);
    }

    public static boolean isOfKind(SweepKind kind, Path file, List<String> settings) {
        ConfigObject root = new ConfigurationSource(file, settings, Environment.ofThisProcess()).load(new Faults());
        @Nullable ConfigValue block = root.get(ROOT);
        return block instanceof ConfigObject sweep
                && sweep.get("kind") != null
                && ValueType.spelled(kind).equals(sweep.get("kind").unwrapped());
    }

    /**
     * Reads a file, with the settings of the command line on top.
     *
     * @throws InputException with every fault there is
     */
    public static TrainingSweep read(Path file, List<String> settings) {
        return read(file, settings, Environment.ofThisProcess());
    }

    public static TrainingSweep read(Path file, List<String> settings, Environment environment) {
        Faults faults = new Faults();
        ConfigObject root = new ConfigurationSource(file, settings, environment).load(faults);
        faults.throwIfAny();
        Section section = Section.root(ROOT, (ConfigObject) Objects.requireNonNull(root.get(ROOT)), faults);
        section.allow(KEYS);
        section.get(SweepConfiguration.KIND);
        String name = section.get(SweepConfiguration.NAME);
        List<Long> seeds = section.get(SEEDS);
        List<Double> starts = section.get(BIAS_STARTS);
        List<Section> blocks = section.children(VARIANTS);
        if (!blocks.isEmpty() && section.has(BIAS_STARTS.name())) {
            section.fault(BIAS_STARTS.name(), "stands beside variants, which may have biases { … } of their own");
        }
        String output = SweepConfiguration.output(section);
        faults.throwIfAny();
        // Its own faults, with their places in the file.
        ResolvedTraining training = TrainingConfigurationReader.read(file, settings, environment);
        TrainingVariants reader =
                new TrainingVariants((ConfigObject) Objects.requireNonNull(root.get(TRAINING)), environment);
        List<TrainingVariant> variants = blocks.isEmpty() ? reader.ofBiases(starts) : reader.named(blocks, faults);
        faults.throwIfAny();
        SortedMap<String, String> identity = new TreeMap<>(section.identity());
        identity.put(TRAINING, training.text());
        for (int i = 0; i < blocks.size(); i++) {
            identity.put(blocks.get(i).path(), variants.get(i).training());
        }
        return new TrainingSweep(
                name,
                trials(seeds, variants, digest(identity)),
                output,
                root.render(
                        ConfigRenderOptions.defaults().setOriginComments(false).setJson(false)),
                identity);
    }

    private static List<TrainingTrial> trials(List<Long> seeds, List<TrainingVariant> variants, String digest) {
        List<TrainingTrial> trials = new ArrayList<>();
        for (long seed : seeds) {
            for (TrainingVariant variant : variants) {
                int index = trials.size();
                String id = Digest.of(digest + ":" + index).substring(0, ID_LENGTH);
                trials.add(new TrainingTrial(index, id, seed, variant));
            }
        }
        return trials;
    }

    private static String digest(SortedMap<String, String> identity) {
        return Digest.of(identity.toString());
    }

    /** The digest of everything that can change a row, 64 hexadecimal characters. */
    public String digest() {
        return digest(identity);
    }

    /** The name of the training; an empty sweep has none. */
    public String model() {
        return trials.isEmpty()
                ? ""
                : configuration(trials.get(0), Path.of("unused"))
                        .configuration()
                        .name();
    }

    /** The configuration of one training, whose files go to {@code directory}. */
    public static ResolvedTraining configuration(TrainingTrial trial, Path directory) {
        List<String> settings =
                List.of("training.seed=" + trial.seed(), "training.output=\"" + directory.resolve("model") + "\"");
        try {
            Path file = Files.createTempFile("icl-sweep", ".conf");
            try {
                Files.writeString(file, trial.variant().training());
                return TrainingConfigurationReader.read(file, settings);
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
