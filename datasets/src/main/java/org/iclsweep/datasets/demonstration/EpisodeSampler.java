package org.iclsweep.datasets.demonstration;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.iclsweep.datasets.demonstration.SamplingPlan.LabelMode;
import org.iclsweep.datasets.demonstration.SamplingPlan.Order;
import org.iclsweep.datasets.fault.Spelling;
import org.iclsweep.datasets.reproducible.Digest;
import org.iclsweep.datasets.reproducible.RandomStream;
import org.iclsweep.datasets.task.Task;

/**
 * Draws the demonstration set and the queries of a trial: a pure function of the task's content, the plan, the index of
 * the set, the number of shots and the index of the order, on every machine.
 */
public final class EpisodeSampler {
    /** More demonstrations than this have too many orders to try them all. */
    public static final int MOST_SHOTS_FOR_ALL_PERMUTATIONS = 8;

    private static final long LABEL_STREAM = 0x4C4142454CL;

    private EpisodeSampler() {}

    /** The episode of the first order. */
    public static Episode episode(Task task, SamplingPlan plan, int setIndex, int shots) {
        return episode(task, plan, setIndex, shots, 0);
    }

    /**
     * The episode of one order.
     *
     * @param orderIndex from 0 to {@link #ordersPerSet}; 0 unless the plan tries all permutations, where 0 is the order
     *     in which the demonstrations were drawn and the others follow lexicographically
     * @throws IllegalArgumentException for what {@link #faults} finds
     */
    public static Episode episode(Task task, SamplingPlan plan, int setIndex, int shots, long orderIndex) {
        List<String> faults = faults(task, plan, shots);
        if (!faults.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", faults));
        }
        long seed = setSeed(task, plan, setIndex, shots);
        int queries = (int) Math.min(plan.queriesPerSet(), task.availableQueries());
        Task.Draw draw = task.draw(seed, shots, plan.sampling(), queries);
        List<Demonstration> labelled = labelled(draw.demonstrations(), task, plan.labels(), seed);
        List<Demonstration> ordered = ordered(labelled, plan.order(), orderIndex);
        DemonstrationSet set = DemonstrationSet.of(
                task.name(), orderId(plan.order(), orderIndex), Spelling.KEBAB.of(plan.labels()), seed, ordered);
        return new Episode(set, draw.queries(), task.kind() != Task.Kind.TOKENS && leaked(draw));
    }

    /**
     * Demonstrations that could have been shown in the place of {@code shown}, an episode's first order: what its draw
     * goes on with, and so of the same classes, with the same meaning of the labels, and none of them shown. As many as
     * are shown, or all that the task has left.
     */
    public static List<Demonstration> others(Task task, SamplingPlan plan, DemonstrationSet shown) {
        return ordered(next(task, plan, shown, shown.shots()), plan.order(), 0);
    }

    /**
     * Up to {@code count} examples that the draw of {@code episode} goes on with, of the same classes: none of them is
     * shown, and none has the input of a demonstration or of a query. Episodes that differ in their order alone have
     * the same.
     */
    public static List<Demonstration> unseen(Task task, SamplingPlan plan, Episode episode, int count) {
        Set<Input> seen = new HashSet<>();
        episode.demonstrations().demonstrations().forEach(shown -> seen.add(shown.input()));
        episode.queries().forEach(query -> seen.add(query.input()));
        return next(task, plan, episode.demonstrations(), 2 * count).stream()
                .filter(example -> seen.add(example.input()))
                .limit(count)
                .toList();
    }

    /** Up to {@code count} demonstrations that the draw of {@code shown} goes on with. */
    private static List<Demonstration> next(Task task, SamplingPlan plan, DemonstrationSet shown, int count) {
        int all = (int) Math.min((long) shown.shots() + count, task.available());
        List<Demonstration> drawn =
                task.draw(shown.seed(), all, plan.sampling(), 0).demonstrations();
        return labelled(drawn, task, plan.labels(), shown.seed()).subList(shown.shots(), all);
    }

    /** Number of orders of a set: k! for all permutations, else 1. */
    public static long ordersPerSet(SamplingPlan plan, int shots) {
        if (plan.order() != Order.ALL_PERMUTATIONS) {
            return 1;
        }
        if (shots > MOST_SHOTS_FOR_ALL_PERMUTATIONS) {
            throw new IllegalArgumentException(tooManyShots(shots));
        }
        return factorial(shots);
    }

    /** Why no episode with so many shots can be drawn from the task; empty if it can. */
    public static List<String> faults(Task task, SamplingPlan plan, int shots) {
        List<String> faults = new ArrayList<>();
        if (shots < 0) {
            faults.add("shots: expected at least 0, found %s; take more".formatted(shots));
        }
        if (shots > task.available()) {
            faults.add("shots: expected at most its %s demonstrations, found %s; take fewer shots or more data"
                    .formatted(task.available(), shots));
        }
        boolean labels = task.kind() == Task.Kind.CLASSIFICATION;
        if (!labels && plan.order() == Order.BY_LABEL) {
            faults.add(
                    "order: expected sampled or reversed for a task without labels, found by-label; take one of them");
        }
        if (!labels && plan.labels() != LabelMode.GOLD) {
            faults.add("labels: expected gold for a task without labels, found %s; take gold"
                    .formatted(Spelling.KEBAB.of(plan.labels())));
        }
        if (labels && plan.labels() == LabelMode.PERMUTED && task.labels().size() < 2) {
            faults.add("labels: expected gold or random for a task with one label, found permuted; take one of them");
        }
        if (plan.order() == Order.ALL_PERMUTATIONS && shots > MOST_SHOTS_FOR_ALL_PERMUTATIONS) {
            faults.add(tooManyShots(shots));
        }
        return faults.stream()
                .map(fault -> "task " + task.name() + ": " + fault)
                .toList();
    }

    private static long setSeed(Task task, SamplingPlan plan, int setIndex, int shots) {
        long content = Digest.key(task.digest());
        return plan.nested()
                ? RandomStream.seed(content, plan.seed(), setIndex)
                : RandomStream.seed(content, plan.seed(), setIndex, shots);
    }

    private static List<Demonstration> labelled(
            List<Demonstration> demonstrations, Task task, LabelMode mode, long seed) {
        if (mode == LabelMode.GOLD) {
            return demonstrations;
        }
        RandomStream random = RandomStream.of(seed, LABEL_STREAM);
        int labels = task.labels().size();
        int[] meaning = mode == LabelMode.PERMUTED ? derangement(labels, random) : new int[0];
        List<Demonstration> shown = new ArrayList<>(demonstrations.size());
        for (Demonstration demonstration : demonstrations) {
            int label = mode == LabelMode.PERMUTED ? meaning[label(demonstration)] : random.nextInt(labels);
            shown.add(demonstration.answering(new Answer.Label(label)));
        }
        return shown;
    }

    /** A uniformly random permutation that moves every element. About one permutation in e is one. */
    private static int[] derangement(int size, RandomStream random) {
        int[] order = random.nextPermutation(size);
        while (!movesAll(order)) {
            order = random.nextPermutation(size);
        }
        return order;
    }

    private static boolean movesAll(int[] order) {
        return IntStream.range(0, order.length).noneMatch(i -> order[i] == i);
    }

    private static List<Demonstration> ordered(List<Demonstration> drawn, Order order, long orderIndex) {
        if (order == Order.ALL_PERMUTATIONS) {
            return permuted(drawn, orderIndex);
        }
        if (orderIndex != 0) {
            throw new IllegalArgumentException("expected the index 0 of the one order with order = %s, found %s"
                    .formatted(Spelling.KEBAB.of(order), orderIndex));
        }
        List<Demonstration> ordered = new ArrayList<>(drawn);
        if (order == Order.BY_LABEL) {
            ordered.sort(Comparator.comparingInt(EpisodeSampler::label));
        } else if (order == Order.REVERSED) {
            Collections.reverse(ordered);
        }
        return ordered;
    }

    /** The permutation with this index in lexicographic order, by the digits of the factorial number system. */
    private static List<Demonstration> permuted(List<Demonstration> drawn, long index) {
        long orders = factorial(drawn.size());
        if (index < 0 || index >= orders) {
            throw new IllegalArgumentException("expected an order of %s demonstrations, 0 to %s, found %s"
                    .formatted(drawn.size(), orders - 1, index));
        }
        List<Demonstration> left = new ArrayList<>(drawn);
        List<Demonstration> permuted = new ArrayList<>(drawn.size());
        long rest = index;
        while (!left.isEmpty()) {
            long block = factorial(left.size() - 1);
            permuted.add(left.remove((int) (rest / block)));
            rest %= block;
        }
        return permuted;
    }

    private static boolean leaked(Task.Draw draw) {
        Set<Input> shown = new HashSet<>();
        draw.demonstrations().forEach(demonstration -> shown.add(demonstration.input()));
        return draw.queries().stream().anyMatch(query -> shown.contains(query.input()));
    }

    private static int label(Demonstration demonstration) {
        if (demonstration.answer() instanceof Answer.Label label) {
            return label.index();
        }
        throw new IllegalArgumentException(
                "expected a label as the answer of a classification, found " + demonstration.answer());
    }

    private static String orderId(Order order, long orderIndex) {
        return order == Order.ALL_PERMUTATIONS ? "permutation-" + orderIndex : Spelling.KEBAB.of(order);
    }

    private static String tooManyShots(int shots) {
        return "shots: expected at most %s with order = all-permutations, %s orders, found %s; take fewer"
                .formatted(MOST_SHOTS_FOR_ALL_PERMUTATIONS, factorial(MOST_SHOTS_FOR_ALL_PERMUTATIONS), shots);
    }

    private static long factorial(int n) {
        long product = 1;
        for (int i = 2; i <= n; i++) {
            product *= i;
        }
        return product;
    }
}
