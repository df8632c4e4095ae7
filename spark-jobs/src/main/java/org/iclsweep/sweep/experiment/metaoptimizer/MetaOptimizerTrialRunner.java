package org.iclsweep.sweep.experiment.metaoptimizer;

import ai.djl.Device;
import java.util.List;
import java.util.Optional;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.family.ModelException;
import org.iclsweep.model.metaoptimizer.DualForm;
import org.iclsweep.model.prompt.EncodedQuery;
import org.iclsweep.sweep.experiment.grid.EncodedTrial;
import org.iclsweep.sweep.experiment.grid.GridSpecification;
import org.iclsweep.sweep.experiment.grid.GridTrialRunner;
import org.iclsweep.sweep.experiment.grid.Score;
import org.iclsweep.sweep.experiment.grid.Trial;
import org.iclsweep.sweep.experiment.metaoptimizer.FineTuningSpec.Variant;
import org.iclsweep.sweep.experiment.metaoptimizer.MetaOptimizerResult.Answers;
import org.iclsweep.sweep.experiment.metaoptimizer.MetaOptimizerResult.Comparison;
import org.iclsweep.sweep.experiment.metaoptimizer.MetaOptimizerResult.DualFormErrors;
import org.iclsweep.sweep.run.ModelCache;
import org.iclsweep.sweep.run.Seconds;
import org.iclsweep.sweep.run.TrialOutcome;
import org.jspecify.annotations.Nullable;

/**
 * Runs trials that hold learning in context against fine-tuning, each for itself: what comes out does not depend on its
 * batch.
 */
public final class MetaOptimizerTrialRunner extends GridTrialRunner {
    private final FineTuningSpec fineTuning;

    MetaOptimizerTrialRunner(GridSpecification grid, Device device, ModelCache models) {
        super(grid, device, models);
        this.fineTuning = grid.own(FineTuningSpec.class);
    }

    @Override
    protected Optional<String> obstacle(Trial trial, LanguageModel model) {
        try {
            for (Variant variant : fineTuning.variants()) {
                variant.weights().in(model);
            }
            return Optional.empty();
        } catch (ModelException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    @Override
    protected List<TrialOutcome> measure(List<EncodedTrial> trials, ModelCache.LoadedModel model) {
        return trials.stream().map(trial -> outcome(trial, model)).toList();
    }

    private TrialOutcome outcome(EncodedTrial member, ModelCache.LoadedModel loaded) {
        LanguageModel model = loaded.model();
        long began = System.nanoTime();
        SetComparisons comparisons = new SetComparisons(model, fineTuning, member);
        long read = System.nanoTime();
        Answers zeroShot = comparisons.zeroShot();
        Answers prompted = comparisons.context();
        if (!zeroShot.score().isFinite() || !prompted.score().isFinite()) {
            return notFinite(member, model);
        }
        Optional<SetComparisons.Controls> controls =
                fineTuning.controls() && member.trial().shots() > 0
                        ? Optional.of(comparisons.controls(ControlDemonstrations.of(member, encoder, loaded)))
                        : Optional.empty();
        List<Comparison> compared = comparisons.all(controls);
        Seconds seconds = new Seconds((System.nanoTime() - read) / 1e9, (read - began) / 1e9, 0);
        MetaOptimizerResult result = new MetaOptimizerResult(
                fineTuning.validationQueries(),
                comparisons.queries().stream().map(EncodedQuery::id).toList(),
                zeroShot,
                prompted,
                controls.map(with -> Score.of(with.shuffledContext().answers())).orElse(null),
                comparisons.contextShares(),
                dualForm(model, member, comparisons),
                compared);
        return member.measured(result, null, seconds);
    }

    /** Of the first query. */
    private static @Nullable DualFormErrors dualForm(
            LanguageModel model, EncodedTrial member, SetComparisons comparisons) {
        if (DualForm.obstacle(model.layout()).isPresent()) {
            return null;
        }
        List<DualForm.Errors> errors = DualForm.errors(
                model, member.prompt().context(), comparisons.queries().get(0).tokens());
        return new DualFormErrors(
                errors.stream().mapToDouble(DualForm.Errors::attention).max().orElse(0),
                errors.stream().mapToDouble(DualForm.Errors::step).max().orElse(0));
    }
}
