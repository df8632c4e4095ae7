package org.iclsweep.sweep.experiment.influence;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.iclsweep.datasets.demonstration.Answer;
import org.iclsweep.datasets.demonstration.Demonstration;
import org.iclsweep.model.exactness.Audit;
import org.iclsweep.model.exactness.QueryErrors;
import org.iclsweep.model.exactness.StateScores;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.sweep.experiment.appended.AppendedRun;
import org.iclsweep.sweep.experiment.appended.StateTrialRunner;
import org.iclsweep.sweep.experiment.grid.EncodedTrial;
import org.iclsweep.sweep.experiment.grid.GridSpecification;
import org.iclsweep.sweep.experiment.grid.Neighbours;
import org.iclsweep.sweep.experiment.grid.Score;
import org.iclsweep.sweep.experiment.influence.InfluenceResult.Influence;
import org.iclsweep.sweep.run.Seconds;
import org.iclsweep.sweep.run.TrialOutcome;
import org.jspecify.annotations.Nullable;

/**
 * Each demonstration's influence: its set with it beside its set without it. The sets share the reading of what they
 * begin with: a set of k is read once, and what follows each demonstration once more.
 */
final class InfluenceTrialRunner extends StateTrialRunner {
    InfluenceTrialRunner(GridSpecification grid, Device device) {
        super(grid, device);
    }

    @Override
    protected List<List<EncodedTrial>> together(List<EncodedTrial> trials, AppendedRun run) {
        int most = run.statesAtOnce();
        return Neighbours.of(
                trials,
                (open, next) -> !grid.execution().strict()
                        && open.stream().mapToInt(InfluenceTrialRunner::states).sum() + states(next) <= most);
    }

    /** Number of contexts of a trial. */
    private static int states(EncodedTrial member) {
        return member.demonstrations().size() + 2;
    }

    /** The whole set, the set without each of its demonstrations, and nothing. */
    private static List<List<TokenSequence>> contexts(EncodedTrial member) {
        List<TokenSequence> all = member.demonstrations();
        List<List<TokenSequence>> contexts = new ArrayList<>(List.of(all));
        for (int left = 0; left < all.size(); left++) {
            List<TokenSequence> others = new ArrayList<>(all);
            others.remove(left);
            contexts.add(others);
        }
        contexts.add(List.of());
        return contexts.stream().map(member::behindLeading).toList();
    }

    @Override
    protected List<TrialOutcome> measure(List<EncodedTrial> together, AppendedRun run) {
        List<List<StateScores.Compared>> compared = new ArrayList<>();
        try (NDManager batch = run.model().newBatch()) {
            List<List<TokenSequence>> contexts = together.stream()
                    .flatMap(member -> contexts(member).stream())
                    .toList();
            ContextState states = run.states(batch, contexts, run.model().initialState(batch));
            int first = 0;
            for (EncodedTrial member : together) {
                int end = first + states(member);
                ContextState own =
                        states.select(batch.create(LongStream.range(first, end).toArray()));
                ContextState whole = states.select(batch.create(new long[] {first}));
                compared.add(run.beside(batch, whole, own, member.queries()));
                first = end;
            }
        }
        Seconds share = run.seconds(together.size());
        return IntStream.range(0, together.size())
                .mapToObj(i -> outcome(together.get(i), compared.get(i), run, share))
                .toList();
    }

    private TrialOutcome outcome(
            EncodedTrial member, List<StateScores.Compared> compared, AppendedRun run, Seconds share) {
        if (compared.stream().flatMap(one -> one.errors().stream()).anyMatch(errors -> !errors.finite())) {
            return notFinite(member, run.model());
        }
        List<Score> scores =
                compared.stream().map(one -> Score.of(one.answers())).toList();
        List<Influence> influences = IntStream.range(0, member.demonstrations().size())
                .mapToObj(position -> influence(
                        member, position, scores, compared.get(1 + position).errors()))
                .toList();
        List<Audit.Result> audits = audited(member.trial(), contexts(member), member.queries());
        Score zeroShot = scores.get(scores.size() - 1);
        return member.measured(
                new InfluenceResult(zeroShot, scores.get(0), influences, lossError(scores, audits)),
                largest(audits),
                share);
    }

    private Influence influence(EncodedTrial member, int position, List<Score> scores, List<QueryErrors> errors) {
        Demonstration demonstration = member.shown().demonstrations().get(position);
        List<String> labels = encoder.task(member.trial()).labels();
        return new Influence(
                position,
                demonstration.id(),
                demonstration.answer() instanceof Answer.Label label ? labels.get(label.index()) : null,
                member.demonstrations().get(position).length(),
                scores.get(0).minus(scores.get(1 + position)),
                errors.stream().mapToDouble(QueryErrors::meanKl).average().orElse(0),
                errors.stream().mapToDouble(QueryErrors::maxKl).max().orElse(0));
    }

    private static @Nullable Double lossError(List<Score> scores, List<Audit.Result> audits) {
        if (audits.isEmpty() || scores.get(0).loss() == null) {
            return null;
        }
        return IntStream.range(0, audits.size())
                .mapToDouble(i -> Math.abs(Objects.requireNonNull(
                        scores.get(i).minus(Score.of(audits.get(i).prompted())).loss())))
                .max()
                .orElse(0);
    }
}
