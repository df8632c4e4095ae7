package org.iclsweep.sweep.experiment.conversion;

import ai.djl.Device;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.iclsweep.datasets.task.Task;
import org.iclsweep.model.conversion.ConversionMethod;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.exactness.Audit;
import org.iclsweep.model.exactness.Evaluation;
import org.iclsweep.model.exactness.Measurement;
import org.iclsweep.model.exactness.PromptSet;
import org.iclsweep.sweep.experiment.grid.EncodedTrial;
import org.iclsweep.sweep.experiment.grid.Flag;
import org.iclsweep.sweep.experiment.grid.GridSpecification;
import org.iclsweep.sweep.experiment.grid.GridTrialRunner;
import org.iclsweep.sweep.experiment.grid.Neighbours;
import org.iclsweep.sweep.experiment.grid.PrefixGroup;
import org.iclsweep.sweep.experiment.grid.Trial;
import org.iclsweep.sweep.run.ModelCache;
import org.iclsweep.sweep.run.Seconds;
import org.iclsweep.sweep.run.TrialOutcome;
import org.jspecify.annotations.Nullable;

/**
 * Runs conversion trials: draws their demonstrations, encodes them, and measures the prompted, the converted and the
 * zero-shot run of batches of demonstration sets.
 */
public final class ConversionTrialRunner extends GridTrialRunner {
    /** A normaliser whose terms cancel to less than this part of their sum is remarked: it costs three digits. */
    private static final double ILL_CONDITIONED = 1e-3;

    public ConversionTrialRunner(GridSpecification grid, Device device, ModelCache models) {
        super(grid, device, models);
    }

    @Override
    protected Optional<String> obstacle(Trial trial, LanguageModel model) {
        return trial.method().method().obstacle(model.layout());
    }

    @Override
    protected List<TrialOutcome> measure(List<EncodedTrial> trials, ModelCache.LoadedModel model) {
        List<PrefixGroup> prefixGroups = PrefixGroup.of(trials);
        model.zeroShot()
                .prepare(prefixGroups.stream().map(PrefixGroup::zeroShot).toList());
        return groups(prefixGroups, model.model()).stream()
                .flatMap(together -> evaluate(together, model).stream())
                .toList();
    }

    /**
     * The groups that run at once: prefix groups with the same number of trials, of similar size, all of them prompted
     * or none, up to the configured number of tokens. In strict mode each for itself, so that the shape of what is
     * computed depends on the prefix group alone.
     */
    private List<List<PrefixGroup>> groups(List<PrefixGroup> prefixGroups, LanguageModel model) {
        Map<Boolean, Map<Integer, List<PrefixGroup>>> alike = prefixGroups.stream()
                .sorted(Comparator.comparingInt(ConversionTrialRunner::slots))
                .collect(Collectors.partitioningBy(
                        PrefixGroup::prompted,
                        Collectors.groupingBy(group -> group.members().size(), TreeMap::new, Collectors.toList())));
        return alike.values().stream()
                .flatMap(bySegments -> bySegments.values().stream())
                .flatMap(groups -> Neighbours.of(groups, (open, next) -> fit(open, next, model)).stream())
                .toList();
    }

    private boolean fit(List<PrefixGroup> open, PrefixGroup next, LanguageModel model) {
        return !grid.execution().strict() && (open.size() + 1L) * slots(next) <= batchTokens(model, slots(next));
    }

    private static int slots(PrefixGroup group) {
        return group.prompts(false).slots();
    }

    private List<TrialOutcome> evaluate(List<PrefixGroup> prefixGroups, ModelCache.LoadedModel model) {
        Trial any = prefixGroups.get(0).members().get(0).trial();
        ConversionMethod method = any.method().method();
        Evaluation evaluation = new Evaluation(
                model.model(), method, padding(), grid.evaluation().layers(), model.zeroShot());
        List<PromptSet> sets = prefixGroups.stream()
                .map(prefixGroup -> prefixGroup.prompts(encoder.task(any).kind() == Task.Kind.TOKENS))
                .toList();
        Evaluation.Outcome outcome =
                prefixGroups.get(0).prompted() ? evaluation.evaluate(sets) : evaluation.evaluateConverted(sets);
        Double promptedSeconds = outcome.promptedSeconds();
        int trials = prefixGroups.stream()
                .mapToInt(prefixGroup -> prefixGroup.members().size())
                .sum();
        Seconds share = new Seconds(
                outcome.convertSeconds() / trials,
                promptedSeconds == null ? null : (Double) (promptedSeconds / trials),
                outcome.convertedSeconds() / trials);
        List<TrialOutcome> outcomes = new ArrayList<>();
        for (int i = 0; i < prefixGroups.size(); i++) {
            for (int s = 0; s < prefixGroups.get(i).members().size(); s++) {
                EncodedTrial member = prefixGroups.get(i).members().get(s);
                Measurement measured = outcome.measurements().get(i).get(s);
                if (measured.finite()) {
                    outcomes.add(measured(member, measured, share, method));
                } else if (trials > 1) {
                    // A value that is not finite spreads over its tree: judged alone, it blames nobody else.
                    outcomes.addAll(evaluate(List.of(new PrefixGroup(List.of(member))), model));
                } else {
                    outcomes.add(notFinite(member, model.model()));
                }
            }
        }
        return outcomes;
    }

    private TrialOutcome measured(EncodedTrial member, Measurement measured, Seconds share, ConversionMethod method) {
        List<String> labels = encoder.task(member.trial()).labels();
        Measurement.Comparison comparison = measured.comparison();
        Measurement.Conditioning least = comparison == null ? null : comparison.leastConditioning();
        Flag[] remarks = least != null && least.value() < ILL_CONDITIONED
                ? new Flag[] {new Flag(Flag.Code.ILL_CONDITIONED, least.layer(), least.value())}
                : new Flag[0];
        return member.measured(
                ConversionResult.of(measured, member.queries(), labels, grid.evaluation()),
                member.trial().audited() ? audit(member, method) : null,
                share,
                remarks);
    }

    private @Nullable Double audit(EncodedTrial member, ConversionMethod method) {
        try (ModelCache.Use exact = exact(member.trial())) {
            return new Audit(exact.get().model(), method)
                    .audit(member.prompt().context(), member.exampleTokens(), member.queries())
                    .maxAbsolute();
        }
    }
}
