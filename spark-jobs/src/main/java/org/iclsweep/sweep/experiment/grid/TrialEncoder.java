package org.iclsweep.sweep.experiment.grid;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.iclsweep.datasets.demonstration.Demonstration;
import org.iclsweep.datasets.demonstration.Episode;
import org.iclsweep.datasets.demonstration.EpisodeSampler;
import org.iclsweep.datasets.demonstration.SamplingPlan;
import org.iclsweep.datasets.task.Task;
import org.iclsweep.datasets.template.PromptTemplate;
import org.iclsweep.model.prompt.AnswersByTokens;
import org.iclsweep.model.prompt.EncodedPrompt;
import org.iclsweep.model.prompt.EncodedQuery;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.model.prompt.Tokenizer;
import org.iclsweep.sweep.experiment.ShownPrompt;
import org.iclsweep.sweep.run.ErrorCode;
import org.iclsweep.sweep.run.ModelCache;
import org.iclsweep.sweep.run.ModelSource;
import org.iclsweep.sweep.run.TrialFailure;
import org.iclsweep.sweep.run.UnfitMachineException;
import org.jspecify.annotations.Nullable;

/** From trials to what their model reads: draws their demonstrations and queries, and encodes them. */
public final class TrialEncoder {
    private final GridSpecification grid;
    private final SamplingPlan sampling;
    private final Map<String, Task> tasks = new HashMap<>();

    public TrialEncoder(GridSpecification grid) {
        this.grid = grid;
        this.sampling = grid.samplingPlan();
    }

    /** Which demonstrations a trial is shown. */
    public SetIdentity identify(Trial trial) {
        return SetIdentity.of(episode(trial).demonstrations());
    }

    /** A trial's task, loaded once. */
    public Task task(Trial trial) {
        return loaded(trial.task());
    }

    /** A task, loaded once. */
    public Task loaded(TaskSpec spec) {
        return tasks.computeIfAbsent(spec.digest() + spec.name(), key -> planned(spec));
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

    /** The queries of a trial, as they are drawn. */
    public List<Demonstration> queries(Trial trial) {
        return episode(trial).queries();
    }

    private Episode episode(Trial trial) {
        return EpisodeSampler.episode(
                task(trial), sampling, trial.setIndex(), grid.drawn(trial.shots()), trial.orderIndex());
    }

    /** The trials of a batch with what each shows the model. */
    public List<EncodedTrial> encoded(List<Trial> batch, ModelCache.LoadedModel model) {
        TaskEncoder encoder = TaskEncoder.of(task(batch.get(0)), batch.get(0).task(), model);
        @Nullable PromptTemplate template = TaskEncoder.template(batch.get(0).task(), model.config());
        List<EncodedTrial> members = new ArrayList<>();
        for (Trial trial : batch) {
            try {
                Episode episode = episode(trial);
                EncodedPrompt prompt = encoder.encode(episode.demonstrations(), episode.queries());
                if (task(trial).kind() == Task.Kind.CLASSIFICATION) {
                    prompt.queries().forEach(TrialEncoder::requireDistinctLabels);
                }
                members.add(new EncodedTrial(
                        trial,
                        episode.demonstrations(),
                        LeakedQueries.among(episode, template),
                        prompt,
                        encoder.alone(episode.demonstrations(), episode.queries()),
                        examples(trial, episode, encoder),
                        grid.choosingQueries()));
            } catch (IllegalArgumentException e) {
                throw TrialFailure.of(trial, ErrorCode.BAD_INPUT, String.valueOf(e.getMessage()));
            }
        }
        return members;
    }

    /** The examples that the trial's method or its kind is fitted to, as queries behind its demonstrations. */
    private List<EncodedQuery> examples(Trial trial, Episode episode, TaskEncoder encoder) {
        int count = Math.max(grid.examples(), trial.method().method().examples());
        List<Demonstration> others =
                count == 0 ? List.of() : EpisodeSampler.unseen(task(trial), sampling, episode, count);
        return others.isEmpty()
                ? List.of()
                : encoder.encode(episode.demonstrations(), others).queries();
    }

    /** Labels have tokens of their own behind a plan's first prompt; another prompt may merge with them otherwise. */
    private static void requireDistinctLabels(EncodedQuery query) {
        AnswersByTokens labels = AnswersByTokens.of(query);
        labels.equal().ifPresent(pair -> {
            throw new IllegalArgumentException(
                    "labels: expected different tokens for each, found %s for the labels %s and %s behind the query %s; give them other words"
                            .formatted(
                                    Arrays.toString(labels.tokens().get(pair.first())),
                                    pair.first(),
                                    pair.second(),
                                    query.id()));
        });
    }

    /** The prompt of a trial's first query, token by token; no model is loaded. */
    public ShownPrompt shown(Trial trial) {
        ModelSource source = trial.model().source();
        Episode episode = episode(trial);
        try (Tokenizer tokenizer = source.tokenizer()) {
            EncodedPrompt prompt = TaskEncoder.of(
                            task(trial), trial.task(), TaskEncoder.TextModel.of(source, tokenizer))
                    .encode(episode.demonstrations(), episode.queries());
            return new ShownPrompt(
                    "%s, %s, %s shots, set %s, query %s"
                            .formatted(
                                    trial.model().name(),
                                    trial.task().name(),
                                    trial.shots(),
                                    trial.setIndex(),
                                    prompt.queries().get(0).id()),
                    texts(prompt.context(), tokenizer),
                    texts(prompt.queries().get(0).tokens(), tokenizer));
        }
    }

    private static List<String> texts(TokenSequence tokens, @Nullable Tokenizer tokenizer) {
        return Arrays.stream(tokens.ids())
                .mapToObj(id -> tokenizer == null ? Integer.toString(id) : tokenizer.decode(new int[] {id}))
                .toList();
    }

    /** The draw of demonstration sets and queries. */
    public SamplingPlan sampling() {
        return sampling;
    }

    /** The encoder of a task for a model. */
    public TaskEncoder of(TaskSpec spec, ModelCache.LoadedModel model) {
        return TaskEncoder.of(loaded(spec), spec, model);
    }

    /** The first other task that the model is run on; null if there is none. */
    public @Nullable TaskSpec otherTask(Trial trial) {
        return grid.tasks().stream()
                .filter(spec -> trial.model().isRunOn(spec) && !spec.equals(trial.task()))
                .findFirst()
                .orElse(null);
    }

    /** The failure of a trial whose context is longer than the sweep or the model allows. */
    public Optional<FailedTrial> tooLong(EncodedTrial member, ModelCache.LoadedModel model) {
        int most = grid.evaluation().maxContextTokens();
        int allowed = model.model().layout().dimensions().positions().orElse(Integer.MAX_VALUE);
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
}
