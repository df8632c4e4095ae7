package org.iclsweep.sweep.experiment.grid;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.iclsweep.datasets.demonstration.Answer;
import org.iclsweep.datasets.demonstration.Demonstration;
import org.iclsweep.datasets.demonstration.DemonstrationSet;
import org.iclsweep.datasets.reproducible.RandomStream;
import org.iclsweep.datasets.task.Task;
import org.iclsweep.datasets.template.LabelWords;
import org.iclsweep.datasets.template.PromptTemplate;
import org.iclsweep.model.checkpoint.Checkpoint;
import org.iclsweep.model.prompt.ChatForm;
import org.iclsweep.model.prompt.ChatTemplate;
import org.iclsweep.model.prompt.EncodedPrompt;
import org.iclsweep.model.prompt.LabelPieces;
import org.iclsweep.model.prompt.Piece;
import org.iclsweep.model.prompt.PromptEncoder;
import org.iclsweep.model.prompt.PromptForm;
import org.iclsweep.model.prompt.ReadBefore;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.model.prompt.Tokenizer;
import org.iclsweep.sweep.run.ErrorCode;
import org.iclsweep.sweep.run.ModelCache;
import org.iclsweep.sweep.run.ModelSource;
import org.iclsweep.sweep.run.TrialFailure;
import org.jspecify.annotations.Nullable;

/**
 * Makes the demonstrations and queries of one task into what one model reads. Template and label words come from the
 * task's configuration or, with {@code model}, from the model's ({@code icl_template}, {@code icl_labels}); the model's
 * label tokens are dealt to the labels anew for each demonstration set, by its seed.
 */
public final class TaskEncoder {
    private static final long DEAL_STREAM = 0x4C41424C53L;

    private final Task task;
    private final PromptEncoder encoder;
    private final @Nullable LabelPieces fixed;
    private final List<Piece> pool;

    private TaskEncoder(Task task, PromptEncoder encoder, @Nullable LabelPieces fixed, List<Piece> pool) {
        this.task = task;
        this.encoder = encoder;
        this.fixed = fixed;
        this.pool = pool;
    }

    /**
     * The encoder of a task for a model.
     *
     * @throws TrialFailure BAD_INPUT if the model lacks what the task needs
     */
    static TaskEncoder of(Task task, TaskSpec spec, ModelCache.LoadedModel model) {
        int inputSize = model.model().layout().dimensions().inputSize();
        return of(task, spec, new TextModel(model.config(), model.tokenizer(), model.directory(), inputSize));
    }

    /**
     * The part of a model that its prompts depend on.
     *
     * @param directory of its files; null for a model made in memory
     */
    record TextModel(
            JsonNode config,
            @Nullable Tokenizer tokenizer,
            @Nullable Path directory,
            int inputSize) {
        /** A model that is not loaded, with its {@code tokenizer}. */
        static TextModel of(ModelSource source, @Nullable Tokenizer tokenizer) {
            Checkpoint checkpoint = source.checkpoint();
            return new TextModel(
                    source.config(),
                    tokenizer,
                    checkpoint == null ? null : checkpoint.directory(),
                    source.layout().dimensions().inputSize());
        }
    }

    /** The same from what is known of a model that is not loaded. */
    static TaskEncoder of(Task task, TaskSpec spec, TextModel model) {
        JsonNode config = model.config();
        Tokenizer tokenizer = model.tokenizer();
        try {
            PromptEncoder encoder = new PromptEncoder(tokenizer, form(spec, model), ReadBefore.of(config));
            if (task.kind() != Task.Kind.CLASSIFICATION) {
                return new TaskEncoder(task, encoder, LabelPieces.NONE, List.of());
            }
            if (spec.parameters().get("labels") instanceof Map<?, ?> words) {
                List<String> ordered = task.labels().stream()
                        .map(label -> String.valueOf(words.get(label)))
                        .toList();
                requireTokenizer(tokenizer);
                return new TaskEncoder(task, encoder, LabelPieces.of(new LabelWords(ordered)), List.of());
            }
            return new TaskEncoder(task, encoder, null, pool(task, config, tokenizer));
        } catch (IllegalArgumentException e) {
            throw TrialFailure.somewhere(ErrorCode.BAD_INPUT, "task " + task.name() + ": " + e.getMessage(), e);
        }
    }

    /** The form of the task's prompts. */
    private static PromptForm form(TaskSpec spec, TextModel model) {
        PromptTemplate template = template(spec, model.config());
        String instruction = spec.parameters().getOrDefault("instruction", "").toString();
        if (!Boolean.TRUE.equals(spec.parameters().get("chat"))) {
            boolean special = !"none".equals(spec.parameters().get("special-tokens"));
            return new PromptForm.Plain(template, instruction, special, model.inputSize());
        }
        Path directory = model.directory();
        ChatTemplate chat = (directory == null ? Optional.<ChatTemplate>empty() : ChatTemplate.of(directory))
                .orElseThrow(() -> new IllegalArgumentException(
                        "chat: expected a model with a chat template, found none beside its weights; leave chat out, or"
                                + " take a model that was trained for conversations"));
        if (template == null) {
            throw new IllegalArgumentException(
                    "chat: expected a template of the user's turn, found none; give the task one");
        }
        return new ChatForm(chat, template, instruction);
    }

    /** The template of the task, or the one that the model names; null where neither has one. */
    static @Nullable PromptTemplate template(TaskSpec spec, JsonNode config) {
        Object given = spec.parameters().get("template");
        if (given instanceof String text && !spec.asksModelFor("template")) {
            return PromptTemplate.parse(text);
        }
        return config.hasNonNull("icl_template")
                ? PromptTemplate.parse(config.get("icl_template").asText())
                : null;
    }

    private static void requireTokenizer(@Nullable Tokenizer tokenizer) {
        if (tokenizer == null) {
            throw new IllegalArgumentException("the model has no tokenizer, so labels cannot be words");
        }
    }

    /** The labels that the model names: ids, or words of its tokenizer. */
    private static List<Piece> pool(Task task, JsonNode config, @Nullable Tokenizer tokenizer) {
        JsonNode labels = config.path("icl_labels");
        if (!labels.isArray() || labels.size() < task.labels().size()) {
            throw new IllegalArgumentException("the model's config.json names " + labels.size()
                    + " icl_labels, expected at least " + task.labels().size()
                    + "; or give the task `labels { name = \"words\" }`");
        }
        List<Piece> pool = new ArrayList<>();
        for (JsonNode label : labels) {
            if (!label.isInt()) {
                requireTokenizer(tokenizer);
            }
            pool.add(label.isInt() ? Piece.tokens(TokenSequence.of(label.asInt())) : Piece.text(label.asText()));
        }
        return pool;
    }

    private LabelPieces labels(DemonstrationSet set) {
        if (fixed != null) {
            return fixed;
        }
        int[] order = RandomStream.of(set.seed(), DEAL_STREAM).nextPermutation(pool.size());
        return new LabelPieces(IntStream.range(0, task.labels().size())
                .mapToObj(label -> pool.get(order[label]))
                .toList());
    }

    /** The labels that may stand for the task's, as the configuration or the model writes them; none if it has none. */
    List<String> labelNames() {
        List<Piece> labels = everyLabel().pieces();
        boolean own = fixed != null;
        return IntStream.range(0, labels.size())
                .mapToObj(i -> (own ? task.labels().get(i) + " = " : "icl_labels ") + shown(labels.get(i)))
                .toList();
    }

    private static String shown(Piece label) {
        return label instanceof Piece.Text text
                ? "\"" + text.text() + "\""
                : String.valueOf(((Piece.Tokens) label).tokens().ids()[0]);
    }

    private LabelPieces everyLabel() {
        return fixed != null ? fixed : new LabelPieces(pool);
    }

    /** A query without demonstrations, with all of the labels that may stand for the task's. */
    EncodedPrompt withEveryLabel(Demonstration query) {
        return encoder.encode(List.of(), List.of(query.answering(new Answer.Label(0))), everyLabel());
    }

    /** The prompts of {@code queries} after {@code set}. */
    public EncodedPrompt encode(DemonstrationSet set, List<Demonstration> queries) {
        return encoder.encode(set.demonstrations(), queries, labels(set));
    }

    /** The same queries, with the set's labels, without its demonstrations. */
    EncodedPrompt alone(DemonstrationSet set, List<Demonstration> queries) {
        return encoder.encode(List.of(), queries, labels(set));
    }
}
