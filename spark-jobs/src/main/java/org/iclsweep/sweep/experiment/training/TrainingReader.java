package org.iclsweep.sweep.experiment.training;

import com.typesafe.config.ConfigObject;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.iclsweep.datasets.fault.Checked;
import org.iclsweep.datasets.fault.Inline;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Located;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.model.training.ResolvedTraining;
import org.iclsweep.sweep.config.ExecutionSpec;
import org.iclsweep.sweep.config.HoconTree;
import org.iclsweep.sweep.config.Section;
import org.iclsweep.sweep.config.SweepConfiguration;
import org.iclsweep.sweep.config.SweepDocument;
import org.iclsweep.sweep.config.SweepKeys;
import org.iclsweep.sweep.config.TrainingConfigurationReader;

/** The reader of the configuration of a sweep of kind {@code training}. */
final class TrainingReader {
    private static final String TRAINING = "training";
    private static final String BIAS_STARTS = "bias-starts";

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
                    doc = "In place of `bias-starts`: blocks with a `name` and what they change of `training { … }`.",
                    nonEmpty = true)
            Optional<List<Located>> variants)
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

    static SweepConfiguration<TrainingSpecification> read(SweepDocument document) {
        document.allowBlocks(TRAINING);
        Section section = document.sweep();
        Optional<Keys> read = section.read(Keys.class);
        if (!(document.root().get(TRAINING) instanceof ConfigObject block)) {
            document.faults()
                    .add(
                            HoconTree.place(document.root()),
                            TRAINING,
                            "expected a block training { … }, found none; add it");
            document.faults().throwIfAny();
            throw new IllegalStateException("unreachable: a fault was noted");
        }
        document.faults().throwIfAny();
        Keys keys = read.orElseThrow();
        ResolvedTraining training = TrainingConfigurationReader.read(block, TRAINING, document.environment());
        TrainingVariants reader = new TrainingVariants(block, document.environment());
        List<Section> blocks = section.children("variants");
        List<TrainingVariant> variants =
                blocks.isEmpty() ? reader.ofBiases(keys.biasStarts()) : reader.named(blocks, document);
        document.faults().throwIfAny();
        SortedMap<String, String> identity = new TreeMap<>(section.identity());
        identity.put(TRAINING, training.text());
        for (int i = 0; i < blocks.size(); i++) {
            identity.put(
                    blocks.get(i).scope().path(), variants.get(i).training().text());
        }
        return keys.sweep()
                .configuration(
                        new TrainingSpecification(training.configuration().name(), variants, keys.seeds()),
                        ExecutionSpec.ofTrainings(1, ExecutionSpec.DEFAULTS.maxFailedFraction()),
                        document.rendered(),
                        identity);
    }
}
