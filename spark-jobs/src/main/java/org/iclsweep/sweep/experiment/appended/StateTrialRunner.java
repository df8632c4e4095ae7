package org.iclsweep.sweep.experiment.appended;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.iclsweep.model.conversion.ExactConversion;
import org.iclsweep.model.exactness.Audit;
import org.iclsweep.model.exactness.FinitenessProbe;
import org.iclsweep.model.exactness.PromptSet;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.Assumption;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.prompt.EncodedQuery;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.sweep.experiment.grid.EncodedTrial;
import org.iclsweep.sweep.experiment.grid.FailedTrial;
import org.iclsweep.sweep.experiment.grid.PrefixGroup;
import org.iclsweep.sweep.experiment.grid.SetIdentity;
import org.iclsweep.sweep.experiment.grid.SweepConfiguration;
import org.iclsweep.sweep.experiment.grid.Trial;
import org.iclsweep.sweep.experiment.grid.TrialEncoder;
import org.iclsweep.sweep.experiment.influence.InfluenceMeasure;
import org.iclsweep.sweep.experiment.order.OrderMeasure;
import org.iclsweep.sweep.experiment.selection.SelectionMeasure;
import org.iclsweep.sweep.run.ErrorCode;
import org.iclsweep.sweep.run.ModelCache;
import org.iclsweep.sweep.run.TaskDevice;
import org.iclsweep.sweep.run.TrialOutcome;
import org.iclsweep.sweep.run.TrialRunner;

/** Runs trials whose contexts are appended to states and never prompted, but in the audit. */
public final class StateTrialRunner implements TrialRunner {

    /** What is measured on states. */
    public interface Measure {
        /** The trials that are measured together, of {@code members} in the order of the plan. */
        List<List<EncodedTrial>> together(List<EncodedTrial> members, StateRun run);

        /** One outcome for each trial. */
        List<TrialOutcome> of(List<EncodedTrial> together, StateRun run, PromptedCheck check);
    }

    /** The re-check of a trial at float64, in uninterrupted runs over whole prompts. */
    public interface PromptedCheck {
        /** What each context's queries are answered prompted, beside the state that it leaves when it is appended. */
        List<Audit.Result> of(Trial trial, List<List<TokenSequence>> contexts, List<EncodedQuery> queries);
    }

    private final SweepConfiguration sweep;
    private final Device device;
    private final ModelCache models;
    private final TrialEncoder encoder;
    private final Measure measure;

    public StateTrialRunner(SweepConfiguration sweep, Device device, ModelCache models) {
        this.sweep = sweep;
        this.device = device;
        this.models = models;
        this.encoder = new TrialEncoder(sweep);
        this.measure = switch (sweep.kind()) {
            case INFLUENCE -> new InfluenceMeasure(sweep, encoder);
            case ORDER_SENSITIVITY -> new OrderMeasure(sweep);
            case SELECTION -> new SelectionMeasure(sweep);
            default -> throw new IllegalArgumentException(sweep.kind() + " has no states to measure");
        };
    }

    @Override
    public String device() {
        return TaskDevice.name(device);
    }

    @Override
    public Optional<SetIdentity> identify(Trial trial) {
        return Optional.of(encoder.identify(trial));
    }

    @Override
    public List<TrialOutcome> run(List<Trial> batch) {
        Trial any = batch.get(0);
        try (ModelCache.Use use = models.use(any.model(), any.type(), device)) {
            for (Assumption.Broken broken : use.get().model().layout().broken()) {
                return unsupported(batch, broken);
            }
            Map<Long, TrialOutcome> outcomes = new TreeMap<>();
            List<EncodedTrial> members = new ArrayList<>();
            for (EncodedTrial member : encoder.members(batch, use.get())) {
                encoder.tooLong(member, use.get())
                        .ifPresentOrElse(
                                failure -> outcomes.put(member.trial().index(), failure), () -> members.add(member));
            }
            for (List<EncodedTrial> together : measure.together(members, run(use))) {
                measure.of(together, run(use), this::prompted)
                        .forEach(outcome -> outcomes.put(outcome.trial().index(), finite(outcome, together, use)));
            }
            return batch.stream()
                    .map(trial -> Objects.requireNonNull(outcomes.get(trial.index())))
                    .toList();
        }
    }

    /** Contexts cannot be appended to the states of this model. */
    private List<TrialOutcome> unsupported(List<Trial> batch, Assumption.Broken broken) {
        String why = "the model breaks the assumption %s: %s".formatted(broken.assumption(), broken.why());
        return batch.stream()
                .<TrialOutcome>map(trial -> FailedTrial.of(trial, ErrorCode.UNSUPPORTED, why, encoder.identify(trial)))
                .toList();
    }

    private StateRun run(ModelCache.Use use) {
        Padding padding = sweep.execution().strict() ? Padding.LADDER : Padding.LONGEST;
        return new StateRun(use.get().model(), padding, sweep.execution().batchTokens());
    }

    private List<Audit.Result> prompted(Trial trial, List<List<TokenSequence>> contexts, List<EncodedQuery> queries) {
        List<Audit.Result> results = new ArrayList<>();
        try (ModelCache.Use exact = models.use(trial.model(), DataType.FLOAT64, device)) {
            StateRun run = run(exact);
            Audit audit = new Audit(run.model(), new ExactConversion());
            try (NDManager batch = run.model().newBatch()) {
                ContextState states = run.states(batch, contexts, run.model().initialState(batch));
                for (int row = 0; row < contexts.size(); row++) {
                    ContextState state = states.select(batch.create(new long[] {row}));
                    results.add(audit.of(TokenSequence.concat(contexts.get(row)), state, queries));
                }
            }
        }
        return results;
    }

    /** The outcome, or a failure that names the layer where its numbers stop being finite. */
    private static TrialOutcome finite(TrialOutcome outcome, List<EncodedTrial> together, ModelCache.Use use) {
        if (!(outcome instanceof FailedTrial failed) || failed.code() != ErrorCode.NON_FINITE) {
            return outcome;
        }
        EncodedTrial member = together.stream()
                .filter(any -> any.trial().index() == outcome.trial().index())
                .findFirst()
                .orElseThrow();
        PromptSet prompt = new PrefixGroup(List.of(member)).prompts(false);
        String where = FinitenessProbe.firstLayer(use.get().model(), prompt.tree()).stream()
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

    /** The failure of a trial some of whose scores are not finite. */
    public static FailedTrial notFinite(EncodedTrial member) {
        return FailedTrial.of(member.trial(), ErrorCode.NON_FINITE, "the logits are not finite", member.set());
    }
}
