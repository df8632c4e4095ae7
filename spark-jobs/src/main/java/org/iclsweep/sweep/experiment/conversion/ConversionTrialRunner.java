package org.iclsweep.sweep.experiment.conversion;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.iclsweep.datasets.task.Task;
import org.iclsweep.model.conversion.ConversionMethod;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.exactness.Audit;
import org.iclsweep.model.exactness.Evaluation;
import org.iclsweep.model.exactness.FinitenessProbe;
import org.iclsweep.model.exactness.Measurement;
import org.iclsweep.model.exactness.PromptSet;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.prompt.EncodedQuery;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.sweep.experiment.grid.EncodedTrial;
import org.iclsweep.sweep.experiment.grid.FailedTrial;
import org.iclsweep.sweep.experiment.grid.GridSpecification;
import org.iclsweep.sweep.experiment.grid.GridTrialRunner;
import org.iclsweep.sweep.experiment.grid.PrefixGroup;
import org.iclsweep.sweep.experiment.grid.Trial;
import org.iclsweep.sweep.run.ErrorCode;
import org.iclsweep.sweep.run.ModelCache;
import org.iclsweep.sweep.run.Seconds;
import org.iclsweep.sweep.run.TrialOutcome;
import org.jspecify.annotations.Nullable;

/**
 * Runs conversion trials: draws their demonstrations, encodes them, and measures the prompted, the converted and the
 * zero-shot run of batches of demonstration sets.
 */
public final class ConversionTrialRunner extends GridTrialRunner {
    public ConversionTrialRunner(GridSpecification grid, Device device, ModelCache models) {
        super(grid, device, models);
    }

    @Override
    protected Optional<String> obstacle(Trial trial, LanguageModel model) {
        return trial.method().method().obstacle(model.layout());
    }

    @Override
    protected List<TrialOutcome> measure(List<EncodedTrial> trials, ModelCache.LoadedModel model) {
        return groups(PrefixGroup.of(trials)).stream()
                .flatMap(together -> evaluate(together, model).stream())
                .toList();
    }

    // ---- batches

    /**
     * The groups that run at once: prefix groups with the same number of trials, of similar size, up to the configured
     * number of tokens. In strict mode each for itself, so that the shape of what is computed depends on the prefix
     * group alone.
     */
    private List<List<PrefixGroup>> groups(List<PrefixGroup> prefixGroups) {
        Map<Integer, List<PrefixGroup>> bySegments = new TreeMap<>();
        for (PrefixGroup prefixGroup : prefixGroups) {
            bySegments
                    .computeIfAbsent(prefixGroup.members().size(), key -> new ArrayList<>())
                    .add(prefixGroup);
        }
        List<List<PrefixGroup>> groups = new ArrayList<>();
        for (List<PrefixGroup> alike : bySegments.values()) {
            List<PrefixGroup> bySize = new ArrayList<>(alike);
            bySize.sort(Comparator.comparingInt(
                    prefixGroup -> prefixGroup.prompts(false).slots()));
            List<PrefixGroup> open = new ArrayList<>();
            for (PrefixGroup prefixGroup : bySize) {
                long padded = (open.size() + 1L) * prefixGroup.prompts(false).slots();
                boolean full =
                        grid.execution().strict() || padded > grid.execution().batchTokens();
                if (!open.isEmpty() && full) {
                    groups.add(List.copyOf(open));
                    open.clear();
                }
                open.add(prefixGroup);
            }
            groups.add(open);
        }
        return groups;
    }

    private List<TrialOutcome> evaluate(List<PrefixGroup> prefixGroups, ModelCache.LoadedModel model) {
        Trial any = prefixGroups.get(0).members().get(0).trial();
        Padding padding = grid.execution().strict() ? Padding.LADDER : Padding.LONGEST;
        ConversionMethod method = any.method().method();
        Evaluation evaluation =
                new Evaluation(model.model(), method, padding, grid.evaluation().layers());
        List<PromptSet> sets = prefixGroups.stream()
                .map(prefixGroup -> prefixGroup.prompts(encoder.task(any).kind() == Task.Kind.TOKENS))
                .toList();
        Evaluation.Outcome outcome = evaluation.evaluate(sets);
        int trials = prefixGroups.stream()
                .mapToInt(prefixGroup -> prefixGroup.members().size())
                .sum();
        Seconds share = new Seconds(
                outcome.convertSeconds() / trials,
                outcome.promptedSeconds() / trials,
                outcome.convertedSeconds() / trials);
        List<TrialOutcome> outcomes = new ArrayList<>();
        for (int i = 0; i < prefixGroups.size(); i++) {
            for (int s = 0; s < prefixGroups.get(i).members().size(); s++) {
                EncodedTrial member = prefixGroups.get(i).members().get(s);
                Measurement measured = outcome.measurements().get(i).get(s);
                if (measured.finite()) {
                    outcomes.add(measured(member, measured, share, method));
                } else if (trials > 1) {
                    // What is not finite spreads over the tree it stands in: judged alone, it blames nobody else.
                    outcomes.addAll(evaluate(List.of(new PrefixGroup(List.of(member))), model));
                } else {
                    outcomes.add(notFinite(member, sets.get(i), model));
                }
            }
        }
        return outcomes;
    }

    private static FailedTrial notFinite(EncodedTrial member, PromptSet prompts, ModelCache.LoadedModel model) {
        OptionalInt layer = FinitenessProbe.firstLayer(model.model(), prompts.tree());
        String where = layer.isPresent()
                ? "after layer " + layer.getAsInt() + " (counted from 0) the hidden state is not finite"
                : "the logits are not finite, though every layer's output of the prompted run is";
        return new FailedTrial(
                member.trial(),
                ErrorCode.NON_FINITE,
                where,
                member.set(),
                (long) member.contextTokens(),
                member.flags());
    }

    private TrialResult measured(EncodedTrial member, Measurement measured, Seconds share, ConversionMethod method) {
        Double audit = member.trial().audited() ? audit(member, method) : null;
        List<String> labels = encoder.task(member.trial()).labels();
        return TrialResults.of(member, measured, share, audit, grid.evaluation(), labels);
    }

    private @Nullable Double audit(EncodedTrial member, ConversionMethod method) {
        try (ModelCache.Use exact =
                models.use(member.trial().model().sha256(), member.trial().model()::source, DataType.FLOAT64, device)) {
            TokenSequence context = TokenSequence.concat(member.demonstrations());
            List<EncodedQuery> queries = member.queries();
            return new Audit(exact.get().model(), method)
                    .audit(context, queries)
                    .maxAbsolute();
        }
    }
}
