package org.iclsweep.sweep.trial;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.iclsweep.datasets.demonstration.Episode;
import org.iclsweep.datasets.demonstration.EpisodeSampler;
import org.iclsweep.datasets.demonstration.SamplingPlan;
import org.iclsweep.datasets.task.Task;
import org.iclsweep.model.conversion.ConversionMethod;
import org.iclsweep.model.exactness.Audit;
import org.iclsweep.model.exactness.Evaluation;
import org.iclsweep.model.exactness.FinitenessProbe;
import org.iclsweep.model.exactness.Measurement;
import org.iclsweep.model.exactness.PromptSet;
import org.iclsweep.model.prompt.EncodedQuery;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.model.transformer.Padding;
import org.iclsweep.sweep.config.SweepConfiguration;
import org.iclsweep.sweep.config.TaskSpec;
import org.jspecify.annotations.Nullable;

/**
 * Runs conversion trials: draws their demonstrations, encodes them, and measures the prompted, the converted and the
 * zero-shot run of batches of demonstration sets.
 */
final class ConversionTrialRunner implements TrialRunner {
    private final SweepConfiguration sweep;
    private final SamplingPlan sampling;
    private final Device device;
    private final ModelCache models;
    private final Map<String, Task> tasks = new HashMap<>();

    ConversionTrialRunner(SweepConfiguration sweep, Device device, ModelCache models) {
        this.sweep = sweep;
        this.sampling = sweep.demonstrations().samplingPlan(sweep.evaluation().queriesPerSet());
        this.device = device;
        this.models = models;
    }

    @Override
    public Optional<SetIdentity> identify(Trial trial) {
        return Optional.of(SetIdentity.of(episode(trial).demonstrations()));
    }

    @Override
    public String device() {
        return TaskDevice.name(device);
    }

    private Episode episode(Trial trial) {
        return EpisodeSampler.episode(task(trial), sampling, trial.setIndex(), trial.shots(), trial.orderIndex());
    }

    private Task task(Trial trial) {
        return tasks.computeIfAbsent(trial.task().digest() + trial.task().name(), key -> planned(trial.task()));
    }

    /** The task, if its files are here what they were where the sweep was planned. */
    private static Task planned(TaskSpec spec) {
        Task task = spec.load();
        if (!task.digest().equals(spec.digest())) {
            throw new UnfitMachineException(
                    "the data of the task %s are not those that were planned with: their digest is %s, expected %s"
                            .formatted(spec.name(), task.digest(), spec.digest()));
        }
        return task;
    }

    @Override
    public List<TrialOutcome> run(List<Trial> batch) {
        Trial any = batch.get(0);
        try (ModelCache.Use use = models.use(any.model(), type(any), device)) {
            Map<Long, TrialOutcome> outcomes = new TreeMap<>();
            List<Nest.Member> members = new ArrayList<>();
            for (Nest.Member member : encoded(batch, use.get())) {
                tooLong(member, use.get())
                        .ifPresentOrElse(
                                failure -> outcomes.put(member.trial().index(), failure), () -> members.add(member));
            }
            for (List<Nest> together : groups(Nest.of(members))) {
                evaluate(together, use.get())
                        .forEach(outcome -> outcomes.put(outcome.trial().index(), outcome));
            }
            return batch.stream()
                    .map(trial -> java.util.Objects.requireNonNull(outcomes.get(trial.index())))
                    .toList();
        }
    }

    private static DataType type(Trial trial) {
        return trial.dtype().equals("float64") ? DataType.FLOAT64 : DataType.FLOAT32;
    }

    // ---- demonstrations to tokens

    private List<Nest.Member> encoded(List<Trial> batch, ModelCache.LoadedModel model) {
        TaskEncoder encoder = TaskEncoder.of(task(batch.get(0)), batch.get(0).task(), model);
        List<Nest.Member> members = new ArrayList<>();
        for (Trial trial : batch) {
            try {
                Episode episode = episode(trial);
                members.add(new Nest.Member(
                        trial,
                        SetIdentity.of(episode.demonstrations()),
                        episode.leaked(),
                        encoder.demonstrations(episode.demonstrations()),
                        encoder.queries(episode.demonstrations(), episode.queries())));
            } catch (IllegalArgumentException e) {
                throw TrialFailure.of(trial, ErrorCode.BAD_INPUT, String.valueOf(e.getMessage()));
            }
        }
        return members;
    }

    private Optional<FailedTrial> tooLong(Nest.Member member, ModelCache.LoadedModel model) {
        int most = sweep.evaluation().maxContextTokens();
        int allowed = model.config().path("max_position_embeddings").asInt(Integer.MAX_VALUE);
        int longestQuery = member.queries().stream()
                .mapToInt(query -> query.tokens().length())
                .max()
                .orElse(0);
        int tokens = member.contextTokens();
        if (tokens <= most && tokens + longestQuery <= allowed) {
            return Optional.empty();
        }
        String limit = tokens > most
                ? "more than the " + most + " of evaluation.max-context-tokens"
                : "with a query of " + longestQuery + " more than the " + allowed + " positions of the model";
        return Optional.of(new FailedTrial(
                member.trial(),
                ErrorCode.CONTEXT_TOO_LONG,
                "the context has " + tokens + " tokens, " + limit,
                member.set(),
                (long) tokens,
                List.of()));
    }

    // ---- batches

    /**
     * What is run at once: nests with the same number of trials, of similar size, up to the configured number of
     * tokens. In strict mode each for itself, so that the shape of what is computed depends on the nest alone.
     */
    private List<List<Nest>> groups(List<Nest> nests) {
        Map<Integer, List<Nest>> bySegments = new TreeMap<>();
        for (Nest nest : nests) {
            bySegments
                    .computeIfAbsent(nest.members().size(), key -> new ArrayList<>())
                    .add(nest);
        }
        List<List<Nest>> groups = new ArrayList<>();
        for (List<Nest> alike : bySegments.values()) {
            List<Nest> bySize = new ArrayList<>(alike);
            bySize.sort(Comparator.comparingInt(nest -> nest.prompts(false).slots()));
            List<Nest> open = new ArrayList<>();
            for (Nest nest : bySize) {
                long padded = (open.size() + 1L) * nest.prompts(false).slots();
                boolean full =
                        sweep.execution().strict() || padded > sweep.execution().batchTokens();
                if (!open.isEmpty() && full) {
                    groups.add(List.copyOf(open));
                    open.clear();
                }
                open.add(nest);
            }
            groups.add(open);
        }
        return groups;
    }

    private List<TrialOutcome> evaluate(List<Nest> nests, ModelCache.LoadedModel model) {
        Trial any = nests.get(0).members().get(0).trial();
        Padding padding = sweep.execution().strict() ? Padding.LADDER : Padding.LONGEST;
        ConversionMethod method = ConversionMethod.named(any.method().name());
        Evaluation evaluation = new Evaluation(
                model.model(), method, padding, sweep.evaluation().layers());
        List<PromptSet> sets = nests.stream()
                .map(nest -> nest.prompts(task(any).kind() == Task.Kind.TOKENS))
                .toList();
        Evaluation.Outcome outcome = evaluation.of(sets);
        int trials = nests.stream().mapToInt(nest -> nest.members().size()).sum();
        TrialResult.Seconds share = new TrialResult.Seconds(
                outcome.convertSeconds() / trials,
                outcome.promptedSeconds() / trials,
                outcome.convertedSeconds() / trials);
        List<TrialOutcome> outcomes = new ArrayList<>();
        for (int i = 0; i < nests.size(); i++) {
            for (int s = 0; s < nests.get(i).members().size(); s++) {
                Nest.Member member = nests.get(i).members().get(s);
                Measurement measured = outcome.measurements().get(i).get(s);
                if (measured.finite()) {
                    outcomes.add(measured(member, measured, share, method));
                } else if (trials > 1) {
                    // What is not finite spreads over the tree it stands in: judged alone, it blames nobody else.
                    outcomes.addAll(evaluate(List.of(new Nest(List.of(member))), model));
                } else {
                    outcomes.add(notFinite(member, sets.get(i), model));
                }
            }
        }
        return outcomes;
    }

    private static FailedTrial notFinite(Nest.Member member, PromptSet prompts, ModelCache.LoadedModel model) {
        OptionalInt layer = FinitenessProbe.firstLayer(model.model(), prompts.tree());
        String where = layer.isPresent()
                ? "after layer " + layer.getAsInt() + " (counted from 0) the hidden state is not finite"
                : "the logits are not finite, though every layer's output is";
        return new FailedTrial(
                member.trial(),
                ErrorCode.NON_FINITE,
                where,
                member.set(),
                (long) member.contextTokens(),
                TrialRows.leaked(member));
    }

    private TrialResult measured(
            Nest.Member member, Measurement measured, TrialResult.Seconds share, ConversionMethod method) {
        Double audit = member.trial().audited() ? audit(member, method) : null;
        List<String> labels = task(member.trial()).labels();
        return TrialRows.of(member, measured, share, audit, sweep.evaluation(), labels);
    }

    private @Nullable Double audit(Nest.Member member, ConversionMethod method) {
        try (ModelCache.Use exact = models.use(member.trial().model(), DataType.FLOAT64, device)) {
            TokenSequence context = TokenSequence.concat(member.demonstrations());
            List<EncodedQuery> queries = member.queries();
            return new Audit(exact.get().model(), method).of(context, queries).maxAbsolute();
        }
    }
}
