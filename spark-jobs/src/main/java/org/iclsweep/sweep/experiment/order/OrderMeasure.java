package org.iclsweep.sweep.experiment.order;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.iclsweep.model.exactness.Answered;
import org.iclsweep.model.exactness.Audit;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.sweep.experiment.appended.StateRun;
import org.iclsweep.sweep.experiment.appended.StateTrialRunner;
import org.iclsweep.sweep.experiment.grid.EncodedTrial;
import org.iclsweep.sweep.experiment.grid.Score;
import org.iclsweep.sweep.experiment.grid.Spread;
import org.iclsweep.sweep.experiment.order.OrderResult.Ordered;
import org.iclsweep.sweep.run.TrialOutcome;
import org.jspecify.annotations.Nullable;

/** The effect of the order of a set: all of its orders, or many, each read on top of what it begins with. */
record OrderMeasure(int most) implements StateTrialRunner.Measure {

    @Override
    public List<List<EncodedTrial>> together(List<EncodedTrial> members, StateRun run) {
        return members.stream().map(List::of).toList();
    }

    @Override
    public List<TrialOutcome> measure(List<EncodedTrial> together, StateRun run, StateTrialRunner.PromptedCheck check) {
        return together.stream().map(member -> measure(member, run, check)).toList();
    }

    private TrialOutcome measure(EncodedTrial member, StateRun run, StateTrialRunner.PromptedCheck check) {
        Orders orders =
                Orders.of(member.demonstrations().size(), most, member.shown().seed());
        List<List<Answered>> answers = run.answers(orders.apply(member.demonstrations()), member.queries());
        List<Score> scores = answers.stream().map(Score::of).toList();
        if (!scores.stream().allMatch(Score::isFinite)) {
            return member.notFinite();
        }
        boolean judged = scores.get(0).loss() != null;
        // Equal losses in the order of the list: the first is the best of them, and the worst.
        Comparator<Integer> byLoss = Comparator.comparing(
                order -> Objects.requireNonNull(scores.get(order).loss()));
        List<Integer> all = IntStream.range(0, scores.size()).boxed().toList();
        Ordered best = judged ? ordered(orders, scores, Collections.min(all, byLoss)) : null;
        Ordered worst = judged ? ordered(orders, scores, Collections.max(all, byLoss)) : null;
        return new OrderResult(
                member.trial(),
                member.set(),
                member.contextTokens(),
                member.queries().size(),
                member.flags(),
                scores.size(),
                orders.all(),
                scores.get(0),
                Spread.of(scores, Score::accuracy),
                Spread.of(scores, Score::loss),
                best,
                worst,
                disagreement(answers),
                member.trial().audited() ? audit(member, best, worst, check) : null,
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

    /** The drawn order and, where there are such, the best and the worst. */
    private static double audit(
            EncodedTrial member,
            @Nullable Ordered best,
            @Nullable Ordered worst,
            StateTrialRunner.PromptedCheck check) {
        List<List<TokenSequence>> contexts = new ArrayList<>(List.of(member.demonstrations()));
        for (Ordered one : new Ordered[] {best, worst}) {
            if (one != null) {
                contexts.add(one.positions().stream()
                        .map(position -> member.demonstrations().get(position.intValue()))
                        .toList());
            }
        }
        return check.audit(member.trial(), contexts, member.queries()).stream()
                .mapToDouble(Audit.Result::maxAbsolute)
                .max()
                .orElse(0);
    }
}
