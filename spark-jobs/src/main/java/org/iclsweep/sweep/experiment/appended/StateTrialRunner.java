package org.iclsweep.sweep.experiment.appended;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.iclsweep.model.conversion.ExactConversion;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.exactness.Audit;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.prompt.EncodedQuery;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.sweep.experiment.grid.EncodedTrial;
import org.iclsweep.sweep.experiment.grid.GridSpecification;
import org.iclsweep.sweep.experiment.grid.GridTrialRunner;
import org.iclsweep.sweep.experiment.grid.Trial;
import org.iclsweep.sweep.run.ModelCache;
import org.iclsweep.sweep.run.TrialOutcome;
import org.jspecify.annotations.Nullable;

/** Runs trials whose contexts are appended to states. */
public abstract class StateTrialRunner extends GridTrialRunner {
    protected StateTrialRunner(GridSpecification grid, Device device) {
        super(grid, device, ModelCache.OF_THIS_JVM);
    }

    /** The trials that are measured together, of {@code trials} in the order of the plan. */
    protected abstract List<List<EncodedTrial>> together(List<EncodedTrial> trials, AppendedRun run);

    /** One outcome for each trial. */
    protected abstract List<TrialOutcome> measure(List<EncodedTrial> together, AppendedRun run);

    /** Contexts cannot be appended to the states of every model. */
    @Override
    protected final Optional<String> obstacle(Trial trial, LanguageModel model) {
        return model.layout().broken().stream()
                .findFirst()
                .map(broken -> "the model breaks the assumption %s: %s".formatted(broken.assumption(), broken.why()));
    }

    @Override
    protected final List<TrialOutcome> measure(List<EncodedTrial> trials, ModelCache.LoadedModel model) {
        return together(trials, run(model.model())).stream()
                .flatMap(together -> measure(together, run(model.model())).stream())
                .toList();
    }

    private AppendedRun run(LanguageModel model) {
        return new AppendedRun(model, padding(), batchTokens(model, 0));
    }

    /**
     * The re-check of a trial at float64: the prompted answers to the queries of each context, in uninterrupted runs
     * over whole prompts, beside the state that the context leaves when it is appended. Empty where the trial is not
     * audited.
     */
    protected final List<Audit.Result> audited(
            Trial trial, List<List<TokenSequence>> contexts, List<EncodedQuery> queries) {
        if (!trial.audited()) {
            return List.of();
        }
        List<Audit.Result> results = new ArrayList<>();
        try (ModelCache.Use exact = exact(trial)) {
            AppendedRun run = run(exact.get().model());
            Audit audit = new Audit(run.model(), new ExactConversion());
            try (NDManager batch = run.model().newBatch()) {
                ContextState states = run.states(batch, contexts, run.model().initialState(batch));
                for (int row = 0; row < contexts.size(); row++) {
                    ContextState state = states.select(batch.create(new long[] {row}));
                    results.add(audit.audit(TokenSequence.concat(contexts.get(row)), state, queries));
                }
            }
        }
        return results;
    }

    /** The largest absolute difference of logits; null without audits. */
    protected static @Nullable Double largest(List<Audit.Result> audits) {
        OptionalDouble largest =
                audits.stream().mapToDouble(Audit.Result::maxAbsolute).max();
        return largest.isPresent() ? (Double) largest.getAsDouble() : null;
    }
}
