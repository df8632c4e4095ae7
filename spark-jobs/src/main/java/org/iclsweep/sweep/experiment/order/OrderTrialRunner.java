package org.iclsweep.sweep.experiment.order;

import ai.djl.Device;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.iclsweep.model.exactness.Answered;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.sweep.experiment.appended.AppendedRun;
import org.iclsweep.sweep.experiment.appended.StateTrialRunner;
import org.iclsweep.sweep.experiment.grid.EncodedTrial;
import org.iclsweep.sweep.experiment.grid.GridSpecification;
import org.iclsweep.sweep.experiment.grid.Score;
import org.iclsweep.sweep.experiment.grid.Spread;
import org.iclsweep.sweep.experiment.order.OrderExperiment.OrderSearch;
import org.iclsweep.sweep.experiment.order.OrderResult.Ordered;
import org.iclsweep.sweep.run.TrialOutcome;
import org.jspecify.annotations.Nullable;

/** The effect of the order of a set: all of its orders, or many, each read on top of what it begins with. */
final class OrderTrialRunner extends StateTrialRunner {
    private final int most;

    OrderTrialRunner(GridSpecification grid, Device device) {
        super(grid, device);
        this.most = grid.own(OrderSearch.class).orders();
    }

    @Override
    protected List<List<EncodedTrial>> together(List<EncodedTrial> trials, AppendedRun run) {
        return trials.stream().map(List::of).toList();
    }

    @Override
    protected List<TrialOutcome> measure(List<EncodedTrial> together, AppendedRun run) {
        return together.stream().map(member -> measure(member, run)).toList();
    }

    private TrialOutcome measure(EncodedTrial member, AppendedRun run) {
        Orders orders =
                Orders.of(member.demonstrations().size(), most, member.shown().seed());
        List<List<TokenSequence>> contexts = orders.apply(member.demonstrations()).stream()
                .map(member::behindLeading)
                .toList();
        List<List<Answered>> answers = run.answers(contexts, member.queries());
        List<Score> scores = answers.stream().map(Score::of).toList();
        if (!scores.stream().allMatch(Score::isFinite)) {
            return notFinite(member, run.model());
        }
        boolean judged = scores.get(0).loss() != null;
        // Equal losses in the order of the list: the first is the best of them, and the worst.
        Comparator<Integer> byLoss = Comparator.comparing(
                order -> Objects.requireNonNull(scores.get(order).loss()));
        List<Integer> all = IntStream.range(0, scores.size()).boxed().toList();
        Ordered best = judged ? ordered(orders, scores, Collections.min(all, byLoss)) : null;
        Ordered worst = judged ? ordered(orders, scores, Collections.max(all, byLoss)) : null;
        return member.measured(
                new OrderResult(
                        scores.size(),
                        orders.all(),
                        scores.get(0),
                        Spread.of(scores, Score::accuracy),
                        Spread.of(scores, Score::loss),
                        best,
                        worst,
                        disagreement(answers)),
                largest(audited(member.trial(), extremes(member, best, worst), member.queries())),
                run.seconds(1));
    }

    private static Ordered ordered(Orders orders, List<Score> scores, int order) {
        return new Ordered(
                orders.positions().get(order).stream().map(Integer::longValue).toList(), scores.get(order));
    }

    /** The mean over the queries of the part of the orders that do not give the most frequent answer. */
    private static @Nullable Double disagreement(List<List<Answered>> answers) {
        int queries = answers.get(0).size();
        double sum = 0;
        for (int query = 0; query < queries; query++) {
            Map<Integer, Integer> counts = new HashMap<>();
            for (List<Answered> ofOrder : answers) {
                Integer predicted = ofOrder.get(query).predicted();
                if (predicted == null) {
                    return null;
                }
                counts.merge(predicted, 1, Integer::sum);
            }
            sum += 1 - Collections.max(counts.values()) / (double) answers.size();
        }
        return sum / queries;
    }

    /** The contexts in the drawn order and, where there are such, in the best and the worst. */
    private static List<List<TokenSequence>> extremes(
            EncodedTrial member, @Nullable Ordered best, @Nullable Ordered worst) {
        List<List<TokenSequence>> contexts = new ArrayList<>(List.of(member.demonstrations()));
        for (Ordered one : new Ordered[] {best, worst}) {
            if (one != null) {
                contexts.add(one.positions().stream()
                        .map(position -> member.demonstrations().get(position.intValue()))
                        .toList());
            }
        }
        return contexts.stream().map(member::behindLeading).toList();
    }
}
