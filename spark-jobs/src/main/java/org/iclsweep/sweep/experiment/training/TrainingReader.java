package org.iclsweep.sweep.experiment.training;

import com.typesafe.config.ConfigObject;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.iclsweep.model.training.ResolvedTraining;
import org.iclsweep.sweep.config.ExecutionSpec;
import org.iclsweep.sweep.config.HoconTree;
import org.iclsweep.sweep.config.Key;
import org.iclsweep.sweep.config.Section;
import org.iclsweep.sweep.config.SweepConfiguration;
import org.iclsweep.sweep.config.SweepDocument;
import org.iclsweep.sweep.config.TrainingConfigurationReader;
import org.iclsweep.sweep.config.ValueType;

/** The reader of the configuration of a sweep of kind {@code training}. */
final class TrainingReader {
    private static final String TRAINING = "training";

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

    private TrainingReader() {}

    static SweepConfiguration<TrainingSpecification> read(SweepDocument document) {
        document.allowBlocks(TRAINING);
        Section section = document.sweep();
        section.allow(KEYS);
        String name = section.get(SweepConfiguration.NAME);
        String kind = section.get(SweepConfiguration.KIND);
        List<Long> seeds = section.get(SEEDS);
        List<Double> starts = section.get(BIAS_STARTS);
        List<Section> blocks = section.children(VARIANTS);
        if (!blocks.isEmpty() && section.has(BIAS_STARTS.name())) {
            section.fault(BIAS_STARTS.name(), "stands beside variants, which may have biases { … } of their own");
        }
        String output = SweepConfiguration.output(section);
        if (!(document.root().get(TRAINING) instanceof ConfigObject block)) {
            document.faults()
                    .add(HoconTree.place(document.root()), TRAINING, "is missing; expected a block training { … }");
            document.faults().throwIfAny();
            throw new IllegalStateException("unreachable: a fault was noted");
        }
        document.faults().throwIfAny();
        ResolvedTraining training = TrainingConfigurationReader.read(block, TRAINING, document.environment());
        TrainingVariants reader = new TrainingVariants(block, document.environment());
        List<TrainingVariant> variants =
                blocks.isEmpty() ? reader.ofBiases(starts) : reader.named(blocks, document.faults());
        document.faults().throwIfAny();
        SortedMap<String, String> identity = new TreeMap<>(section.identity());
        identity.put(TRAINING, training.text());
        for (int i = 0; i < blocks.size(); i++) {
            identity.put(blocks.get(i).path(), variants.get(i).training().text());
        }
        return new SweepConfiguration<>(
                name,
                kind,
                new TrainingSpecification(training.configuration().name(), variants, seeds),
                ExecutionSpec.ofTrainings(1, ExecutionSpec.DEFAULTS.maxFailedFraction()),
                output,
                document.rendered(),
                identity);
    }
}
