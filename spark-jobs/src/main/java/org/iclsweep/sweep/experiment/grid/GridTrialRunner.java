package org.iclsweep.sweep.experiment.grid;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.exactness.FinitenessProbe;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.sweep.run.ErrorCode;
import org.iclsweep.sweep.run.ModelCache;
import org.iclsweep.sweep.run.TrialFailure;
import org.iclsweep.sweep.run.TrialOutcome;
import org.iclsweep.sweep.run.TrialRunner;
import org.jspecify.annotations.Nullable;

/**
 * Runs trials of a grid: draws their demonstrations, encodes them, and measures those whose contexts fit. A batch is of
 * one model, precision, method and task; the shot counts of one demonstration set are neighbours in it.
 */
public abstract class GridTrialRunner implements TrialRunner<Trial> {
    protected final GridSpecification grid;
    protected final TrialEncoder encoder;
    private final Device device;
    private final ModelCache models;

    protected GridTrialRunner(GridSpecification grid, Device device, ModelCache models) {
        this.grid = grid;
        this.device = device;
        this.models = models;
        this.encoder = new TrialEncoder(grid);
    }

    /** The reason why no trial of this model and method can be measured; empty if there is none. */
    protected abstract Optional<String> obstacle(Trial trial, LanguageModel model);

    /** One outcome for each trial, in any order; their contexts are not longer than allowed. */
    protected abstract List<? extends TrialOutcome> measure(List<EncodedTrial> trials, ModelCache.LoadedModel model);

    @Override
    public final List<TrialOutcome> run(List<Trial> batch) {
        Trial any = batch.get(0);
        try (ModelCache.Use use = use(any)) {
            ModelCache.LoadedModel model = use.get();
            obstacle(any, model.model()).ifPresent(why -> {
                throw TrialFailure.somewhere(ErrorCode.UNSUPPORTED, why, null);
            });
            Map<Long, TrialOutcome> outcomes = new TreeMap<>();
            List<EncodedTrial> fitting = new ArrayList<>();
            for (EncodedTrial trial : encoder.encoded(batch, model)) {
                encoder.tooLong(trial, model)
                        .ifPresentOrElse(
                                failure -> outcomes.put(trial.trial().index(), failure), () -> fitting.add(trial));
            }
            measure(fitting, model)
                    .forEach(outcome -> outcomes.put(outcome.trial().index(), outcome));
            return batch.stream()
                    .map(trial -> Objects.requireNonNull(outcomes.get(trial.index())))
                    .toList();
        }
    }

    private ModelCache.Use use(Trial trial) {
        return models.use(trial.model().sha256(), trial.model()::source, trial.type(), device);
    }

    /**
     * A trial's model at float64 for its audit, to be closed; on the CPU, so that it takes no room of the models that
     * are swept.
     */
    protected final ModelCache.Use exact(Trial trial) {
        try {
            return models.use(trial.model().sha256(), trial.model()::source, DataType.FLOAT64, Device.cpu());
        } catch (TrialFailure e) {
            throw TrialFailure.of(trial, e.code(), "the audit at float64 on the CPU: " + e.getMessage());
        }
    }

    /** The most tokens that go through the model at once, in prompts of {@code length} tokens. */
    protected final int batchTokens(LanguageModel model, int length) {
        return new BatchRoom(models.memory(), device, grid.execution().batchTokens())
                .tokens(model.layout().dimensions(), model.type(), length);
    }

    protected final Padding padding() {
        return grid.execution().strict() ? Padding.LADDER : Padding.LONGEST;
    }

    @Override
    public final TrialOutcome failed(Trial trial, ErrorCode code, String message) {
        return FailedTrial.of(trial, code, message, identity(trial));
    }

    /** The failure of a trial with logits that are not finite; it names the layer where that begins. */
    protected static FailedTrial notFinite(EncodedTrial trial, LanguageModel model) {
        OptionalInt layer = FinitenessProbe.firstLayer(
                model, new PrefixGroup(List.of(trial)).prompts(false).tree());
        String where = layer.isPresent()
                ? "after layer " + layer.getAsInt()
                        + " (counted from 0) the hidden state of the prompted run is not finite"
                : "the logits are not finite, though every layer's output of the prompted run is";
        return new FailedTrial(
                trial.trial(), ErrorCode.NON_FINITE, where, trial.set(), (long) trial.contextTokens(), trial.flags());
    }

    private @Nullable SetIdentity identity(Trial trial) {
        try {
            return encoder.identify(trial);
        } catch (RuntimeException e) {
            return null; // a set that cannot be drawn has no identity; the message has the reason
        }
    }
}
