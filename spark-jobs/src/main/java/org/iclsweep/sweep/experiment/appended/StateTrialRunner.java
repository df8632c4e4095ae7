package org.iclsweep.sweep.experiment.appended;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.iclsweep.model.conversion.ExactConversion;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.exactness.Audit;
import org.iclsweep.model.exactness.FinitenessProbe;
import org.iclsweep.model.exactness.PromptSet;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.prompt.EncodedQuery;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.sweep.experiment.grid.EncodedTrial;
import org.iclsweep.sweep.experiment.grid.FailedTrial;
import org.iclsweep.sweep.experiment.grid.GridSpecification;
import org.iclsweep.sweep.experiment.grid.GridTrialRunner;
import org.iclsweep.sweep.experiment.grid.PrefixGroup;
import org.iclsweep.sweep.experiment.grid.Trial;
import org.iclsweep.sweep.experiment.grid.TrialEncoder;
import org.iclsweep.sweep.run.ErrorCode;
import org.iclsweep.sweep.run.ModelCache;
import org.iclsweep.sweep.run.TrialOutcome;

/** Runs trials whose contexts are appended to states and never prompted, but in the audit. */
public final class StateTrialRunner extends GridTrialRunner {

    /** A measurement on states. */
    public interface Measure {
        /** The trials that are measured together, of {@code members} in the order of the plan. */
        List<List<EncodedTrial>> together(List<EncodedTrial> members, StateRun run);

        /** One outcome for each trial. */
        List<TrialOutcome> measure(List<EncodedTrial> together, StateRun run, PromptedCheck check);
    }

    /** The re-check of a trial at float64, in uninterrupted runs over whole prompts. */
    public interface PromptedCheck {
        /** The prompted answers to the queries of each context, beside the state that it leaves when it is appended. */
        List<Audit.Result> audit(Trial trial, List<List<TokenSequence>> contexts, List<EncodedQuery> queries);
    }

    private final Measure measure;

    /** @param measure made of the runner's encoder */
    public StateTrialRunner(
            GridSpecification grid, Device device, ModelCache models, Function<TrialEncoder, Measure> measure) {
        super(grid, device, models);
        this.measure = measure.apply(encoder);
    }

    /** Contexts cannot be appended to the states of every model. */
    @Override
    protected Optional<String> obstacle(Trial trial, LanguageModel model) {
        return model.layout().broken().stream()
                .findFirst()
                .map(broken -> "the model breaks the assumption %s: %s".formatted(broken.assumption(), broken.why()));
    }

    @Override
    protected List<TrialOutcome> measure(List<EncodedTrial> trials, ModelCache.LoadedModel model) {
        List<TrialOutcome> outcomes = new ArrayList<>();
        for (List<EncodedTrial> together : measure.together(trials, run(model.model()))) {
            measure.measure(together, run(model.model()), this::prompted)
                    .forEach(outcome -> outcomes.add(finite(outcome, together, model.model())));
        }
        return outcomes;
    }

    private StateRun run(LanguageModel model) {
        Padding padding = grid.execution().strict() ? Padding.LADDER : Padding.LONGEST;
        return new StateRun(model, padding, grid.execution().batchTokens());
    }

    private List<Audit.Result> prompted(Trial trial, List<List<TokenSequence>> contexts, List<EncodedQuery> queries) {
        List<Audit.Result> results = new ArrayList<>();
        try (ModelCache.Use exact =
                models.use(trial.model().sha256(), trial.model()::source, DataType.FLOAT64, device)) {
            StateRun run = run(exact.get().model());
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

    /** The outcome, or a failure that names the layer where its numbers stop being finite. */
    private static TrialOutcome finite(TrialOutcome outcome, List<EncodedTrial> together, LanguageModel model) {
        if (!(outcome instanceof FailedTrial failed) || failed.code() != ErrorCode.NON_FINITE) {
            return outcome;
        }
        EncodedTrial member = together.stream()
                .filter(any -> any.trial().index() == outcome.trial().index())
                .findFirst()
                .orElseThrow();
        PromptSet prompt = new PrefixGroup(List.of(member)).prompts(false);
        String where = FinitenessProbe.firstLayer(model, prompt.tree()).stream()
                .mapToObj(layer ->
                        ": prompted, the hidden state is not finite after layer " + layer + " (counted from 0)")
                .findFirst()
                .orElse("");
        return new FailedTrial(
                failed.trial(),
                failed.code(),
                failed.message() + where,
                member.set(),
                (long) member.contextTokens(),
                member.flags());
    }
}
