package org.iclsweep.sweep.experiment.metaoptimizer;

import java.io.Serializable;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.iclsweep.datasets.fault.Checked;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.model.metaoptimizer.Descent;
import org.iclsweep.model.metaoptimizer.TrainedWeights;
import org.jspecify.annotations.Nullable;

/** The block {@code fine-tuning}: the fine-tuning that in-context learning is compared with. */
public record FineTuningSpec(
        @Key(
                doc = "Ways of fine-tuning. The first is the one that controls are made with.",
                nonEmpty = true,
                otherwise = "[{name: 'keys-and-values'}, {name: 'layer-causal', descent: 'layer-causal'},"
                        + " {name: 'values', weights: 'values'}, {name: 'whole-model', weights: 'whole-model'}]")
        List<Variant> variants,

        @Key(
                doc =
                        "Queries that choose a learning rate. None of them is among the `queries-per-set` that all else is"
                                + " measured with.",
                from = 1,
                otherwise = "16")
        int validationQueries,

        @Key(
                doc = "The choice of a variant's learning rate: `loss`, the smallest loss of the validation queries;"
                        + " `accuracy`, the most of them right, of equals the one with the smallest loss. Default:"
                        + " loss.")
        @Nullable RateChoice chosenBy,

        @Key(
                doc = "Orders of whole demonstrations from which the chance of Kendall's τ is taken.",
                from = 0,
                otherwise = "20")
        int permutations,

        @Key(
                doc =
                        "`true`: the controls are run: shuffled labels on either side, another task, a negated gradient, random"
                                + " weights, other orders, another set, a context without information.",
                otherwise = "true")
        boolean controls)
        implements Checked, Serializable {

    /** One way of fine-tuning, at each of some learning rates. */
    public record Variant(
            @Key(doc = "Its name in the table: `comparison`.")
            String name,

            @Key(
                    doc =
                            "The weights that are trained: the projections to keys and values, those to values alone, or the"
                                    + " whole model.",
                    otherwise = "keys-and-values")
            TrainedWeights weights,

            @Key(
                    doc =
                            "`end-to-end`: descent on the loss of the model's logits. `layer-causal`: at each layer on the loss"
                                    + " of the logits of its own output, with no gradient between layers. `equal-layers`: end to"
                                    + " end, with steps that are as long in every layer.",
                    otherwise = "end-to-end")
            Descent descent,

            @Key(
                    doc =
                            "Learning rates of plain gradient descent, all of which are run and in the table. Of each set, the"
                                    + " one that is best on the validation queries, by `chosen-by`, is marked as chosen.",
                    nonEmpty = true,
                    distinct = true,
                    otherwise = "[0.001, 0.01, 0.1, 1]")
            List<Double> learningRates)
            implements Serializable {
        public Variant {
            learningRates = List.copyOf(learningRates);
        }
    }

    /** Prefix of the names of contexts, which no variant's name has. */
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

    public FineTuningSpec {
        variants = List.copyOf(variants);
    }

    /** The choice of a learning rate: as the key says; where it is not given, by the loss. */
    RateChoice choice() {
        return Objects.requireNonNullElse(chosenBy, RateChoice.LOSS);
    }

    @Override
    public void check(Scope scope) {
        Set<String> seen = new LinkedHashSet<>(CONTROLS);
        for (Variant variant : variants) {
            // Contexts that are controls are told apart from variants by how their names begin.
            if (variant.name().startsWith(CONTEXT) || !seen.add(variant.name())) {
                scope.fault(
                        "variants",
                        ("expected names that differ, from those of the controls and from all that begin with %s too, found"
                                        + " \"%s\"; rename it")
                                .formatted(CONTEXT, variant.name()));
            }
        }
    }
}
