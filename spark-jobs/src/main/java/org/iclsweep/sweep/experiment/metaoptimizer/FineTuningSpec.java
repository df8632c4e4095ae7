package org.iclsweep.sweep.experiment.metaoptimizer;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import java.io.Serializable;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.iclsweep.datasets.demonstration.Input;
import org.iclsweep.datasets.demonstration.SamplingPlan.Order;
import org.iclsweep.datasets.demonstration.SamplingPlan.Sampling;
import org.iclsweep.datasets.task.Task;
import org.iclsweep.model.metaoptimizer.Descent;
import org.iclsweep.model.metaoptimizer.TrainedWeights;
import org.iclsweep.sweep.config.Key;
import org.iclsweep.sweep.config.Section;
import org.iclsweep.sweep.config.ValueType;
import org.iclsweep.sweep.experiment.grid.DemonstrationSpec;
import org.iclsweep.sweep.experiment.grid.EvaluationSpec;
import org.iclsweep.sweep.experiment.grid.GridReader;
import org.iclsweep.sweep.experiment.grid.TaskSpec;

/**
 * The block {@code fine-tuning}: what learning in context is compared with.
 *
 * @param variants the first is the one that the controls are made with
 * @param validationQueries the queries that choose a learning rate; those of {@code evaluation.queries-per-set} judge
 *     it
 * @param permutations orders of the demonstrations that the chance of Kendall's τ is taken from
 * @param controls whether the controls are run
 */
public record FineTuningSpec(List<Variant> variants, int validationQueries, int permutations, boolean controls)
        implements Serializable {

    /** One way of fine-tuning, at each of some learning rates. */
    public record Variant(String name, TrainedWeights weights, Descent descent, List<Double> learningRates)
            implements Serializable {
        static final Key<String> NAME =
                Key.required("name", ValueType.text(), "", "What the table calls it: `comparison`.");
        static final Key<TrainedWeights> WEIGHTS = Key.optional(
                "weights",
                ValueType.oneOf(TrainedWeights.class),
                TrainedWeights.KEYS_AND_VALUES,
                "What is trained: the projections to keys and values, those to values alone, or the whole model.");
        static final Key<Descent> DESCENT = Key.optional(
                "descent",
                ValueType.oneOf(Descent.class),
                Descent.END_TO_END,
                "What is descended. `end-to-end`: the loss of the model's logits. `layer-causal`: at each layer the loss of"
                        + " the logits of its own output, with no gradient between layers. `equal-layers`: end to end, with"
                        + " steps that are as long in every layer.");
        static final Key<List<Double>> LEARNING_RATES = Key.optional(
                "learning-rates",
                ValueType.listOf(ValueType.number()),
                List.of(0.001, 0.01, 0.1, 1.0),
                "Learning rates of plain gradient descent, all of which are run and told. Of each set, the one with the"
                        + " smallest loss on the validation queries is marked as chosen.");
        public static final List<Key<?>> KEYS = List.of(NAME, WEIGHTS, DESCENT, LEARNING_RATES);

        public Variant {
            learningRates = List.copyOf(learningRates);
        }

        static Variant read(Section section) {
            section.allow(KEYS);
            return new Variant(
                    section.get(NAME), section.get(WEIGHTS), section.get(DESCENT), section.get(LEARNING_RATES));
        }
    }

    /** What the names of other contexts begin with, and no variant's. */
    private static final String CONTEXT = "icl-";

    /** Names of the table that no variant can have. */
    public static final List<String> CONTROLS = List.of(
            "limit",
            "shuffled-labels",
            "other-task",
            "negated",
            "random-weights",
            "reversed-order",
            "icl-other-set",
            "icl-reversed-order",
            "icl-nothing-said");

    static final Key<List<ConfigObject>> VARIANTS = Key.optional(
            "variants",
            ValueType.blocks(),
            List.of(
                    variant("keys-and-values", TrainedWeights.KEYS_AND_VALUES, Descent.END_TO_END),
                    variant("layer-causal", TrainedWeights.KEYS_AND_VALUES, Descent.LAYER_CAUSAL),
                    variant("values", TrainedWeights.VALUES, Descent.END_TO_END),
                    variant("whole-model", TrainedWeights.WHOLE_MODEL, Descent.END_TO_END)),
            "Ways of fine-tuning. Default: `keys-and-values`, `layer-causal` (keys and values), `values`, `whole-model`. The"
                    + " first is the one that controls are made with.");
    static final Key<Integer> VALIDATION_QUERIES = Key.optional(
            "validation-queries",
            ValueType.wholeNumberFrom(1),
            16,
            "How many queries choose a learning rate. None of them is among the `queries-per-set` that all else is measured"
                    + " with.");
    static final Key<Integer> PERMUTATIONS = Key.optional(
            "permutations",
            ValueType.wholeNumberFrom(0),
            20,
            "How many times whole demonstrations change places, to see what Kendall's τ is by chance.");
    static final Key<Boolean> CONTROLS_KEY = Key.optional(
            "controls",
            ValueType.flag(),
            true,
            "Whether the controls are run: shuffled labels on either side, another task, a negated gradient, random"
                    + " weights, other orders, another set, a context that says nothing.");
    public static final List<Key<?>> KEYS = List.of(VARIANTS, VALIDATION_QUERIES, PERMUTATIONS, CONTROLS_KEY);

    public FineTuningSpec {
        variants = List.copyOf(variants);
    }

    private static ConfigObject variant(String name, TrainedWeights weights, Descent descent) {
        return ConfigFactory.parseMap(Map.of(
                        Variant.NAME.name(), name,
                        Variant.WEIGHTS.name(), ValueType.spelled(weights),
                        Variant.DESCENT.name(), ValueType.spelled(descent)))
                .root();
    }

    public static FineTuningSpec read(Section section) {
        section.allow(KEYS);
        List<Variant> variants =
                section.children(VARIANTS).stream().map(Variant::read).toList();
        Set<String> seen = new LinkedHashSet<>(CONTROLS);
        for (Variant variant : variants) {
            // Contexts that are controls are told apart from variants by how their names begin.
            if (variant.name().startsWith(CONTEXT) || !seen.add(variant.name())) {
                section.fault(
                        VARIANTS.name(),
                        "\"" + variant.name()
                                + "\" stands there twice, or is what a control is called, as all that begins with "
                                + CONTEXT + "; take another name");
            }
        }
        return new FineTuningSpec(
                variants, section.get(VALIDATION_QUERIES), section.get(PERMUTATIONS), section.get(CONTROLS_KEY));
    }

    /** Notes what a sweep of {@code kind = meta-optimizer} cannot have. */
    public void require(
            Section section, List<TaskSpec.Read> tasks, DemonstrationSpec demonstrations, EvaluationSpec evaluation) {
        if (section.has(GridReader.METHODS.name())) {
            section.fault(GridReader.METHODS.name(), "a sweep of kind = meta-optimizer converts nothing; leave it out");
        }
        if (demonstrations.order() == Order.ALL_PERMUTATIONS) {
            section.fault(
                    GridReader.DEMONSTRATIONS.name(),
                    "a sweep of kind = meta-optimizer has one trial for a set, not one for each order; take another order");
        }
        if (evaluation.predictions() || evaluation.layers()) {
            section.fault(
                    GridReader.EVALUATION.name(),
                    "a sweep of kind = meta-optimizer has no columns for `predictions` and `layers`");
        }
        for (TaskSpec.Read read : tasks) {
            read.task()
                    .flatMap(task -> notTexts(task)
                            .or(() -> evaluation.tooFewQueries(
                                    task, validationQueries, MetaOptimizerExperiment.FINE_TUNING.name())))
                    .ifPresent(fault -> section.fault(GridReader.TASKS.name(), fault));
        }
    }

    private static Optional<String> notTexts(Task task) {
        boolean texts = task.kind() == Task.Kind.CLASSIFICATION
                && task.draw(0, 0, Sampling.UNIFORM, 1).queries().get(0).input() instanceof Input.Text;
        return texts
                ? Optional.empty()
                : Optional.of("task " + task.name() + ": fine-tuning needs demonstrations of tokens with labels;"
                        + " expected a classification of texts");
    }
}
