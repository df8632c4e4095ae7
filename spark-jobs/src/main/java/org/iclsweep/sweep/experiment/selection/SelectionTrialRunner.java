package org.iclsweep.sweep.experiment.selection;

import ai.djl.Device;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.iclsweep.datasets.reproducible.RandomStream;
import org.iclsweep.model.conversion.ContextStack;
import org.iclsweep.model.conversion.SharedPrefixes;
import org.iclsweep.model.prompt.EncodedQuery;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.sweep.experiment.appended.AppendedRun;
import org.iclsweep.sweep.experiment.appended.StateTrialRunner;
import org.iclsweep.sweep.experiment.grid.EncodedTrial;
import org.iclsweep.sweep.experiment.grid.GridSpecification;
import org.iclsweep.sweep.experiment.grid.Neighbours;
import org.iclsweep.sweep.experiment.grid.Score;
import org.iclsweep.sweep.experiment.grid.Spread;
import org.iclsweep.sweep.experiment.order.Orders;
import org.iclsweep.sweep.experiment.selection.SearchSpec.Criterion;
import org.iclsweep.sweep.experiment.selection.SelectionResult.Judged;
import org.iclsweep.sweep.experiment.selection.SelectionResult.RandomSets;
import org.iclsweep.sweep.experiment.selection.SelectionResult.Step;
import org.iclsweep.sweep.run.Seconds;
import org.iclsweep.sweep.run.TrialOutcome;

/**
 * Greedy forward selection: to the state of what was chosen so far every remaining candidate is appended, all of them
 * in one batch, and the best one stays. The shot counts of one pool share the search. Then the orders of the chosen
 * set, where they are few. Validation queries choose; test queries, which nobody looked at, judge, and judge as many
 * random sets as the search scored.
 */
final class SelectionTrialRunner extends StateTrialRunner {
    private static final long STREAM = 0x53455453L;

    private final SearchSpec search;

    SelectionTrialRunner(GridSpecification grid, Device device) {
        super(grid, device);
        this.search = grid.own(SearchSpec.class);
    }

    @Override
    protected List<List<EncodedTrial>> together(List<EncodedTrial> trials, AppendedRun run) {
        return Neighbours.of(
                trials,
                (pool, next) -> pool.get(0).shown().id().equals(next.shown().id())
                        && pool.get(0).trial().setIndex() == next.trial().setIndex());
    }

    @Override
    protected List<TrialOutcome> measure(List<EncodedTrial> together, AppendedRun run) {
        int most = together.stream()
                .mapToInt(member -> member.trial().shots())
                .max()
                .orElse(0);
        Pool pool = new Pool(together.get(0), run);
        Path path = forward(pool, most, run);
        List<Function<Seconds, TrialOutcome>> outcomes = new ArrayList<>();
        for (EncodedTrial member : together) {
            outcomes.add(
                    path.isFinite()
                            ? outcome(member, pool, path.first(member.trial().shots()), run)
                            : seconds -> notFinite(member, run.model()));
        }
        Seconds share = run.seconds(together.size());
        return outcomes.stream().map(outcome -> outcome.apply(share)).toList();
    }

    /** A pool's candidates and its two kinds of queries. */
    private record Pool(
            TokenSequence leading,
            List<TokenSequence> candidates,
            List<EncodedQuery> validation,
            List<EncodedQuery> queries,
            AppendedRun run) {
        Pool(EncodedTrial member, AppendedRun run) {
            this(
                    member.prompt().leading(),
                    member.demonstrations(),
                    member.queries().subList(0, member.choosing()),
                    member.queries(),
                    run);
        }

        List<TokenSequence> at(List<Integer> positions) {
            return positions.stream().map(candidates::get).toList();
        }

        /** A context behind the tokens that every prompt begins with. */
        List<TokenSequence> behindLeading(List<TokenSequence> context) {
            return leading.length() == 0
                    ? context
                    : Stream.concat(Stream.of(leading), context.stream()).toList();
        }

        /** Validation and test scores after each context. */
        List<Judged> judged(List<List<TokenSequence>> contexts) {
            int choosing = validation.size();
            return run.answers(contexts.stream().map(this::behindLeading).toList(), queries).stream()
                    .map(answers -> new Judged(
                            Score.of(answers.subList(0, choosing)),
                            Score.of(answers.subList(choosing, answers.size()))))
                    .toList();
        }
    }

    /**
     * The contexts that were appended one after the other.
     *
     * @param chosen positions in the pool
     * @param scores the validation score with each
     */
    private record Path(List<Integer> chosen, List<Score> scores) {
        Path first(int shots) {
            return new Path(chosen.subList(0, shots), scores.subList(0, shots));
        }

        boolean isFinite() {
            return scores.stream().allMatch(Score::isFinite);
        }
    }

    private Path forward(Pool pool, int shots, AppendedRun run) {
        List<Integer> chosen = new ArrayList<>();
        List<Score> path = new ArrayList<>();
        try (ContextStack stack = new ContextStack(run.model())) {
            if (pool.leading.length() > 0) {
                stack.push(pool.leading);
            }
            while (chosen.size() < shots) {
                List<Integer> left = IntStream.range(0, pool.candidates.size())
                        .filter(candidate -> !chosen.contains(candidate))
                        .boxed()
                        .toList();
                List<List<TokenSequence>> appended = left.stream()
                        .map(candidate -> List.of(pool.candidates.get(candidate)))
                        .toList();
                List<Score> scores = run.answers(appended, stack.top(), pool.validation).stream()
                        .map(Score::of)
                        .toList();
                int best = best(scores);
                chosen.add(left.get(best));
                path.add(scores.get(best));
                stack.push(pool.candidates.get(left.get(best)));
            }
        }
        return new Path(chosen, path);
    }

    /** A trial's outcome, but for its share of the time. */
    private Function<Seconds, TrialOutcome> outcome(EncodedTrial member, Pool pool, Path path, AppendedRun run) {
        int shots = path.chosen().size();
        List<Integer> greedy = path.chosen();
        Orders orders = orders(shots);
        List<List<TokenSequence>> ordered = orders.apply(pool.at(greedy));
        List<Judged> judgedOrders = pool.judged(ordered);
        int best = best(judgedOrders.stream().map(Judged::validation).toList());
        List<Integer> chosen = orders.apply(greedy).get(best);
        // One candidate less at every step, and the orders.
        long searched =
                shots * (2L * pool.candidates().size() - shots + 1) / 2 + (ordered.size() == 1 ? 0 : ordered.size());
        List<List<TokenSequence>> randomSets = randomSets(member, pool, searched);
        List<Judged> random = pool.judged(randomSets);
        List<Judged> others = pool.judged(List.of(pool.candidates.subList(0, shots), pool.candidates, List.of()));
        if (!Stream.of(judgedOrders, random, others)
                .flatMap(List::stream)
                .allMatch(judged ->
                        judged.validation().isFinite() && judged.test().isFinite())) {
            return seconds -> notFinite(member, run.model());
        }
        List<Score> randomTests = random.stream().map(Judged::test).toList();
        List<List<TokenSequence>> selected = List.of(pool.behindLeading(pool.at(chosen)));
        Double audit = largest(audited(member.trial(), selected, member.test()));
        SelectionResult result = new SelectionResult(
                pool.validation.size(),
                steps(member, path),
                ids(member, chosen),
                ordered.size(),
                judgedOrders.get(0),
                judgedOrders.get(best),
                new RandomSets(
                        random.size(),
                        Spread.of(randomTests, Score::accuracy),
                        Spread.of(randomTests, Score::loss),
                        random.get(best(random.stream().map(Judged::validation).toList()))),
                others.get(0).test(),
                others.get(1).test(),
                others.get(2).test(),
                searched,
                searchTokens(pool, greedy) + (ordered.size() == 1 ? 0 : SharedPrefixes.tokens(ordered)),
                SharedPrefixes.tokens(randomSets));
        return seconds -> member.measured(result, audit, seconds);
    }

    /** All orders where they are few, else the one in which the set was put together. */
    private Orders orders(int shots) {
        int most = search.orders();
        return Orders.of(shots, Orders.count(shots, most) <= most ? most : 1, 0);
    }

    /** Every step reads all candidates that are left, and the one that stays once more. */
    private static long searchTokens(Pool pool, List<Integer> greedy) {
        long left = pool.candidates.stream().mapToLong(TokenSequence::length).sum();
        long tokens = 0;
        for (int chosen : greedy) {
            long length = pool.candidates.get(chosen).length();
            tokens += left + length;
            left -= length;
        }
        return tokens;
    }

    private static List<List<TokenSequence>> randomSets(EncodedTrial member, Pool pool, long count) {
        RandomStream random =
                RandomStream.of(member.shown().seed(), STREAM, member.trial().shots());
        List<List<TokenSequence>> sets = new ArrayList<>();
        while (sets.size() < count) {
            int[] order = random.nextPermutation(pool.candidates.size());
            sets.add(pool.at(
                    Arrays.stream(order).limit(member.trial().shots()).boxed().toList()));
        }
        return sets;
    }

    private static List<Step> steps(EncodedTrial member, Path path) {
        List<Long> ids = ids(member, path.chosen());
        return IntStream.range(0, ids.size())
                .mapToObj(step -> new Step(ids.get(step), path.scores().get(step)))
                .toList();
    }

    private static List<Long> ids(EncodedTrial member, List<Integer> positions) {
        return positions.stream()
                .map(position -> member.shown().demonstrations().get(position).id())
                .toList();
    }

    /** The index of the best score, the first of equals. */
    private int best(List<Score> scores) {
        Comparator<Integer> byLoss = Comparator.comparing(
                index -> Objects.requireNonNull(scores.get(index).loss()));
        Comparator<Integer> byErrors = Comparator.comparing(index -> {
            Double accuracy = scores.get(index).accuracy();
            return accuracy == null ? 0 : -accuracy;
        });
        boolean lossFirst = search.criterion() == Criterion.NLL;
        Comparator<Integer> order = lossFirst ? byLoss.thenComparing(byErrors) : byErrors.thenComparing(byLoss);
        return Collections.min(IntStream.range(0, scores.size()).boxed().toList(), order);
    }
}
