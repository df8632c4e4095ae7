package org.iclsweep.sweep.experiment.grid;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.iclsweep.datasets.demonstration.Demonstration;
import org.iclsweep.datasets.demonstration.Episode;
import org.iclsweep.datasets.demonstration.EpisodeSampler;
import org.iclsweep.datasets.task.Task;
import org.iclsweep.model.checkpoint.CheckpointException;
import org.iclsweep.model.family.Dimensions;
import org.iclsweep.model.prompt.AnswersByTokens;
import org.iclsweep.model.prompt.EncodedPrompt;
import org.iclsweep.model.prompt.EncodedQuery;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.model.prompt.Tokenizer;
import org.iclsweep.sweep.run.ModelSource;
import org.iclsweep.sweep.run.TrialFailure;
import org.jspecify.annotations.Nullable;

/**
 * The fit of a task to a model, as far as it is known without running the model: from the model's sizes, its tokenizer,
 * and one demonstration set of the fewest shots with its queries.
 *
 * @param tokenizer null for a model that reads token ids alone
 */
record TaskFit(
        GridSpecification grid, ModelSource model, @Nullable Tokenizer tokenizer) {

    /**
     * Notes tokenizers that do not belong to their models, and tasks that do not fit them.
     *
     * @param tasks those of {@code grid}, as they were read
     * @param faults takes the key and the fault
     */
    static void misfits(GridSpecification grid, List<TaskSpec.Read> tasks, BiConsumer<String, String> faults) {
        for (ModelSpec model : grid.models()) {
            if (model.sha256().isEmpty()) {
                continue; // a fault that is noted already
            }
            String name = "model " + model.name();
            ModelSource source = ModelFiles.source(model);
            try (Tokenizer tokenizer = source.tokenizer()) {
                TaskFit fit = new TaskFit(grid, source, tokenizer);
                for (TaskSpec.Read read : tasks) {
                    Optional<Task> task = model.isRunOn(read.spec()) ? read.task() : Optional.empty();
                    task.flatMap(known -> fit.fault(known, read.spec()))
                            .ifPresent(misfit -> faults.accept(
                                    GridReader.TASKS,
                                    name + ", task " + read.spec().name() + ": " + misfit));
                }
            } catch (CheckpointException e) {
                faults.accept(GridReader.MODELS, name + ": " + e.getMessage());
            }
        }
    }

    /** The misfit of a task; empty where it has none. */
    private Optional<String> fault(Task task, TaskSpec spec) {
        Dimensions sizes = model.layout().dimensions();
        if (task.vocabulary() > sizes.vocabulary()) {
            return Optional.of(
                    "expected tokens below the model's vocab_size, %s, found up to %s; set the task's sizes so"
                            .formatted(sizes.vocabulary(), task.vocabulary() - 1));
        }
        int shots = Collections.min(spec.shots(grid.demonstrations()));
        if (isRefusedElsewhere(task, spec, shots)) {
            return Optional.empty();
        }
        try {
            TaskEncoder encoder = TaskEncoder.of(task, spec, TaskEncoder.TextModel.of(model, tokenizer));
            Episode episode = EpisodeSampler.episode(task, grid.samplingPlan(), 0, grid.drawn(shots));
            EncodedPrompt prompt = encoder.encode(episode.demonstrations(), episode.queries());
            return beyondTheVocabulary(prompt, sizes.vocabulary())
                    .or(() -> indistinct(encoder, episode.queries().get(0), sizes.vocabulary()))
                    .or(() -> tooLong(prompt, shots, sizes.positions()))
                    .or(() -> otherNumbers(prompt, sizes));
        } catch (TrialFailure e) {
            return Optional.of(String.valueOf(e.getMessage()).replace("task " + task.name() + ": ", ""));
        } catch (IllegalArgumentException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    /** True for faults of the task alone, or of what the model's config.json lacks, which are noted by themselves. */
    private boolean isRefusedElsewhere(Task task, TaskSpec spec, int shots) {
        return !EpisodeSampler.faults(task, grid.samplingPlan(), grid.drawn(shots))
                        .isEmpty()
                || spec.asksModelFor("template") && !model.config().hasNonNull("icl_template")
                || spec.asksModelFor("labels") && !model.config().hasNonNull("icl_labels");
    }

    private static Optional<String> beyondTheVocabulary(EncodedPrompt prompt, int vocabulary) {
        Stream<int[]> read = Stream.concat(
                        Stream.of(prompt.context()), prompt.queries().stream().map(EncodedQuery::tokens))
                .map(TokenSequence::ids);
        Stream<int[]> answered = prompt.queries().stream()
                .flatMap(query -> query.answers().stream())
                .map(EncodedQuery.Option::tokens);
        return Stream.concat(read, answered)
                .flatMapToInt(Arrays::stream)
                .filter(token -> token >= vocabulary)
                .boxed()
                .findFirst()
                .map(token -> "expected tokens below the model's vocab_size, %s, found %s; use the model's own tokens"
                        .formatted(vocabulary, token));
    }

    /** The fault of labels that have no tokens of their own behind {@code query}. */
    private Optional<String> indistinct(TaskEncoder encoder, Demonstration query, int vocabulary) {
        List<String> names = encoder.labelNames();
        if (names.isEmpty()) {
            return Optional.empty();
        }
        EncodedPrompt prompt = encoder.withEveryLabel(query);
        AnswersByTokens labels = AnswersByTokens.of(prompt.queries().get(0));
        OptionalInt unknown = tokenizer == null ? OptionalInt.empty() : tokenizer.unknown();
        return beyondTheVocabulary(prompt, vocabulary)
                .map(fault -> "labels: " + fault)
                .or(() -> labels.equal()
                        .map(pair ->
                                "labels: expected different tokens for each, found %s for both %s and %s; give them other words"
                                        .formatted(
                                                Arrays.toString(labels.tokens().get(pair.first())),
                                                names.get(pair.first()),
                                                names.get(pair.second()))))
                .or(() -> unknown.stream()
                        .flatMap(token -> labels.with(token).stream())
                        .boxed()
                        .findFirst()
                        .map(label ->
                                "labels: expected words of the model's vocabulary, found %s with the unknown token among %s; give it other words"
                                        .formatted(
                                                names.get(label),
                                                Arrays.toString(labels.tokens().get(label)))));
    }

    private static Optional<String> tooLong(EncodedPrompt prompt, int shots, OptionalInt positions) {
        int context = prompt.context().length();
        int shortest = prompt.queries().stream()
                .mapToInt(query -> query.tokens().length())
                .min()
                .orElse(0);
        return positions.isPresent() && context + shortest > positions.getAsInt()
                ? Optional.of(
                        "expected prompts of at most the model's %s positions, found %s of %s shots; shorten the examples or take fewer shots"
                                .formatted(positions.getAsInt(), context + shortest, shots))
                : Optional.empty();
    }

    private static Optional<String> otherNumbers(EncodedPrompt prompt, Dimensions sizes) {
        List<String> faults = new ArrayList<>();
        for (EncodedQuery query : prompt.queries()) {
            if (query.judgement() instanceof EncodedQuery.Numbers numbers
                    && sizes.outputSize() > 0
                    && numbers.target().length != sizes.outputSize()) {
                faults.add(
                        "expected answers of the model's output_size, %s, found %s numbers; take a model for this task"
                                .formatted(sizes.outputSize(), numbers.target().length));
            }
        }
        return faults.stream().findFirst();
    }
}
