package org.iclsweep.sweep.experiment.grid;

import java.io.Serializable;
import java.util.List;
import org.iclsweep.datasets.demonstration.SamplingPlan;
import org.iclsweep.datasets.demonstration.SamplingPlan.LabelMode;
import org.iclsweep.datasets.demonstration.SamplingPlan.Order;
import org.iclsweep.datasets.demonstration.SamplingPlan.Sampling;
import org.iclsweep.sweep.config.Key;
import org.iclsweep.sweep.config.Section;
import org.iclsweep.sweep.config.ValueType;

/** The block {@code demonstrations}: which demonstration sets are tried. */
public record DemonstrationSpec(
        List<Integer> shots,
        int setsPerTask,
        long seed,
        Sampling sampling,
        boolean nested,
        Order order,
        LabelMode labels)
        implements Serializable {
    static final Key<List<Integer>> SHOTS = Key.optional(
            "shots",
            ValueType.listOf(ValueType.wholeNumberFrom(0)),
            List.of(0, 1, 2, 4, 8, 16),
            "How many demonstrations a set has.");
    static final Key<Integer> SETS_PER_TASK = Key.optional(
            "sets-per-task",
            ValueType.wholeNumberFrom(1),
            100,
            "How many sets are drawn for each model, precision, method, task and number of shots.");
    static final Key<Long> SEED =
            Key.optional("seed", ValueType.wholeNumber(), 7L, "The seed of everything that is drawn.");
    static final Key<Sampling> SAMPLING = Key.optional(
            "sampling",
            ValueType.oneOf(Sampling.class),
            Sampling.BALANCED,
            "`balanced`: the classes take turns. `uniform`: every example is as likely as any other.");
    static final Key<Boolean> NESTED = Key.optional(
            "nested",
            ValueType.flag(),
            true,
            "Whether the k-shot set is a prefix of the next: one pass then serves every k.");
    static final Key<Order> ORDER = Key.optional(
            "order",
            ValueType.oneOf(Order.class),
            Order.SAMPLED,
            "`sampled`: as drawn. `by-label`, `reversed`. `all-permutations`: every order in turn, for small k.");
    static final Key<LabelMode> LABELS = Key.optional(
            "labels",
            ValueType.oneOf(LabelMode.class),
            LabelMode.GOLD,
            "Which answers the demonstrations show: `gold`, `random`, or `permuted` (the labels' meanings exchanged).");
    public static final List<Key<?>> KEYS = List.of(SHOTS, SETS_PER_TASK, SEED, SAMPLING, NESTED, ORDER, LABELS);

    public DemonstrationSpec {
        shots = List.copyOf(shots);
    }

    /** How the sets are drawn, with so many queries after each. */
    public SamplingPlan samplingPlan(int queriesPerSet) {
        return new SamplingPlan(seed, sampling, nested, order, labels, queriesPerSet);
    }

    static DemonstrationSpec read(Section section) {
        section.allow(KEYS);
        return new DemonstrationSpec(
                section.get(SHOTS),
                section.get(SETS_PER_TASK),
                section.get(SEED),
                section.get(SAMPLING),
                section.get(NESTED),
                section.get(ORDER),
                section.get(LABELS));
    }
}
