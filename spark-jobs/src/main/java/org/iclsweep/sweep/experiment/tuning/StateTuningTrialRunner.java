package org.iclsweep.sweep.experiment.tuning;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.iclsweep.model.conversion.StateTuning;
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
import org.iclsweep.sweep.run.Seconds;
import org.iclsweep.sweep.run.TrialOutcome;

/**
 * Tunes the states of each trial from every start. The contexts of neighbouring trials are read together, a shared
 * prefix once; the states of one trial descend together.
 */
final class StateTuningTrialRunner extends StateTrialRunner {
    private final TuningSpec tuning;

    StateTuningTrialRunner(GridSpecification grid, Device device) {
        super(grid, device);
        this.tuning = grid.own(TuningSpec.class);
    }

    @Override
    protected List<List<EncodedTrial>> together(List<EncodedTrial> trials, AppendedRun run) {
        int most = run.statesAtOnce();
        return Neighbours.of(trials, (open, next) -> !grid.execution().strict() && 2 * (open.size() + 1) <= most);
    }

    /** The demonstrations, and nothing. */
    private static List<List<TokenSequence>> contexts(EncodedTrial member) {
        return List.of(member.behindLeading(member.demonstrations()), member.behindLeading(List.of()));
    }

    @Override
    protected List<TrialOutcome> measure(List<EncodedTrial> together, AppendedRun run) {
        List<Optional<StateTuningResult>> results = new ArrayList<>();
        try (NDManager batch = run.model().newBatch()) {
            List<List<TokenSequence>> contexts = together.stream()
                    .flatMap(member -> contexts(member).stream())
                    .toList();
            ContextState states = run.states(batch, contexts, run.model().initialState(batch));
            for (int i = 0; i < together.size(); i++) {
                ContextState converted = states.select(batch.create(new long[] {2L * i}));
                ContextState bare = states.select(batch.create(new long[] {2L * i + 1}));
                results.add(result(together.get(i), bare, converted, run));
            }
        }
        Seconds share = run.seconds(together.size());
        return IntStream.range(0, together.size())
                .mapToObj(i -> outcome(together.get(i), results.get(i), run, share))
                .toList();
    }

    private TrialOutcome outcome(
            EncodedTrial member, Optional<StateTuningResult> result, AppendedRun run, Seconds share) {
        if (result.isEmpty()) {
            return notFinite(member, run.model());
        }
        List<Audit.Result> audits = audited(member.trial(), contexts(member), member.queries());
        return member.measured(result.get(), largest(audits), share);
    }

    /** The measures of a trial; empty where logits before any step are not finite. */
    private Optional<StateTuningResult> result(
            EncodedTrial member, ContextState bare, ContextState converted, AppendedRun run) {
        StateScores.Compared prompted = run.besidePrompted(member.prompt().context(), converted, member.queries());
        Score zeroShot = Score.of(run.answers(bare, member.queries()).get(0));
        if (!zeroShot.isFinite() || prompted.errors().stream().anyMatch(errors -> !errors.finite())) {
            return Optional.empty();
        }
        double error = prompted.errors().stream()
                .mapToDouble(QueryErrors::maxAbsolute)
                .max()
                .orElse(0);
        return Optional.of(new StateTuningResult(
                zeroShot,
                Score.of(prompted.answers()),
                error,
                StateTuning.parameters(run.model(), converted),
                new TunedStates(member, tuning, run, bare, converted).measurements()));
    }
}
