package org.iclsweep.sweep.experiment;

import java.io.Serializable;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.iclsweep.datasets.fault.InputException;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.sweep.config.ConfigurationSource;
import org.iclsweep.sweep.config.Environment;
import org.iclsweep.sweep.config.Section;
import org.iclsweep.sweep.config.SweepConfiguration;
import org.iclsweep.sweep.config.SweepDocument;
import org.iclsweep.sweep.experiment.conversion.ConversionExperiment;
import org.iclsweep.sweep.experiment.generalization.GeneralizationExperiment;
import org.iclsweep.sweep.experiment.influence.InfluenceExperiment;
import org.iclsweep.sweep.experiment.metaoptimizer.MetaOptimizerExperiment;
import org.iclsweep.sweep.experiment.order.OrderExperiment;
import org.iclsweep.sweep.experiment.selection.SelectionExperiment;
import org.iclsweep.sweep.experiment.training.TrainingExperiment;
import org.iclsweep.sweep.experiment.tuning.StateTuningExperiment;
import org.iclsweep.sweep.run.PlannedTrial;

/** The list of all kinds of sweeps: the place to add one. */
public final class Experiments {
    public static final List<Experiment<?, ?>> ALL = List.of(
            new ConversionExperiment(),
            new InfluenceExperiment(),
            new OrderExperiment(),
            new SelectionExperiment(),
            new StateTuningExperiment(),
            new MetaOptimizerExperiment(),
            new GeneralizationExperiment(),
            new TrainingExperiment());

    private Experiments() {}

    /** The values of {@code sweep.kind}. */
    public static List<String> kinds() {
        return ALL.stream().<String>map(Experiment::kind).toList();
    }

    /** The kind with this name. */
    public static Optional<Experiment<?, ?>> named(String kind) {
        return ALL.stream().filter(one -> one.kind().equals(kind)).findFirst();
    }

    /**
     * Reads a sweep of any kind, with the settings of the command line on top of its file.
     *
     * @throws InputException with every fault there is
     */
    public static SweepPlan<?, ?> read(Path file, List<String> settings) {
        return read(file, settings, Environment.ofThisProcess());
    }

    public static SweepPlan<?, ?> read(Path file, List<String> settings, Environment environment) {
        SweepDocument document = SweepDocument.load(file, settings, environment);
        Section sweep = document.sweep();
        String[] others = sweep.scope().value().entries().keySet().toArray(String[]::new);
        // Where it has a fault, read as of the default, so that all other faults are found as well.
        Kind kind = sweep.read(Kind.class, others).orElseGet(() -> Section.defaults(Kind.class));
        return planned(named(kind.kind()).orElseThrow(), document);
    }

    /** The key of the block {@code sweep} that decides what other keys there are. */
    record Kind(
            @Key(
                    doc = "The kind of the sweep, which decides what other keys there are.",
                    among = Kinds.class,
                    otherwise = ConversionExperiment.KIND)
            String kind) {}

    private enum Kinds implements Key.Choices {
        ALL_KINDS;

        @Override
        public List<String> get() {
            return kinds();
        }
    }

    /** The plan of a document that is of this kind. */
    public static <S extends Serializable, T extends PlannedTrial> SweepPlan<S, T> planned(
            Experiment<S, T> experiment, SweepDocument document) {
        try {
            SweepConfiguration<S> sweep = experiment.read(document);
            document.faults().throwIfAny();
            return new SweepPlan<>(experiment, sweep);
        } catch (InvalidPathException e) {
            document.faults().add(ConfigurationSource.ofFileName(document.file(), e));
            throw new InputException(document.faults().found());
        }
    }
}
