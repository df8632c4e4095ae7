package org.iclsweep.model.prompt;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.iclsweep.datasets.demonstration.Answer;
import org.iclsweep.datasets.demonstration.Demonstration;
import org.iclsweep.datasets.demonstration.Input;
import org.iclsweep.model.prompt.EncodedQuery.Choice;
import org.iclsweep.model.prompt.EncodedQuery.Following;
import org.iclsweep.model.prompt.EncodedQuery.Judgement;
import org.iclsweep.model.prompt.EncodedQuery.Numbers;
import org.iclsweep.model.prompt.EncodedQuery.Option;
import org.iclsweep.model.prompt.EncodedQuery.Unjudged;
import org.jspecify.annotations.Nullable;

/**
 * Makes demonstrations and queries into what a model reads. Each prompt, context and query together, is tokenised
 * whole, as the model's own stack reads it. The context's tokens are those that end within its text and that all of its
 * prompts have in common; a token that straddles its end is the query's. A label's tokens are those that the whole text
 * has behind the longest common prefix with the bare prompt.
 */
public final class PromptEncoder {
    /** The value of every field of a query without content. */
    private static final String NO_CONTENT = "N/A";

    private final TextEncoder texts;
    private final PromptForm form;
    private final ReadBefore before;

    /**
     * The encoder of prompts of {@code form}.
     *
     * @param tokenizer null for a model that reads no text
     * @param before the contexts in the model's biases, which come before every prompt
     */
    public PromptEncoder(@Nullable Tokenizer tokenizer, PromptForm form, ReadBefore before) {
        this.texts = new TextEncoder(tokenizer, form.leadingTokens() && before.text() != null);
        this.form = form;
        this.before = before;
    }

    /**
     * The prompts of {@code queries} after the demonstrations {@code shown}.
     *
     * @param labels those of the task, unused where answers are no labels
     * @throws IllegalArgumentException if a prompt cannot be read: no tokenizer, no tokens, a field that is missing
     */
    public EncodedPrompt encode(List<Demonstration> shown, List<Demonstration> queries, LabelPieces labels) {
        Session session = new Session(form, form.answers(labels), form.after(shown, labels), new HashMap<>());
        List<Prompt> prompts = new ArrayList<>();
        Map<LabelPieces, Prompt> contentFree = new HashMap<>();
        for (Demonstration query : queries) {
            Prompt prompt = prompt(session, query);
            prompts.add(prompt);
            if (query.input() instanceof Input.Text text && !prompt.answered().isEmpty()) {
                contentFree.computeIfAbsent(prompt.labels(), key -> prompt(session, emptied(query, text)));
            }
        }
        List<Prompt> all = new ArrayList<>(prompts);
        all.addAll(contentFree.values());
        return cut(all, prompts, contentFree);
    }

    private static Demonstration emptied(Demonstration query, Input.Text text) {
        Map<String, String> fields = new TreeMap<>();
        text.fields().keySet().forEach(field -> fields.put(field, NO_CONTENT));
        return new Demonstration(query.id(), new Input.Text(fields), query.answer());
    }

    /**
     * A prompt and its answers, tokenised.
     *
     * @param ends places of the ends of the leading pieces and of each demonstration
     * @param answered the prompt with each of the labels behind it
     */
    private record Prompt(
            Demonstration query,
            LabelPieces labels,
            List<Integer> ends,
            TokenizedPrompt bare,
            List<Answered> answered) {
        int border() {
            return ends.get(ends.size() - 1);
        }

        /** The most tokens of the context that this prompt, with whichever answer, begins with and goes on from. */
        int mostContext() {
            int most = Math.min(bare.within(border()), bare.tokens().length() - 1);
            for (Answered one : answered) {
                most = Math.min(most, one.from() - 1);
            }
            return most;
        }
    }

    /**
     * A prompt with a label behind it.
     *
     * @param from number of its first tokens that the bare prompt has too
     */
    private record Answered(TokenSequence tokens, int from) {
        static Answered of(TokenizedPrompt bare, Piece label) {
            TokenSequence tokens = bare.then(List.of(label)).tokens();
            return new Answered(tokens, tokens.commonPrefix(bare.tokens()));
        }
    }

    /**
     * The prompts after one list of demonstrations.
     *
     * @param labels those of the task in their form
     * @param contexts those that were read
     */
    private record Session(
            PromptForm form,
            LabelPieces labels,
            PromptForm.Conversation conversation,
            Map<List<List<Piece>>, TokenizedPrompt> contexts) {
        /** The labels that the query is answered by: the task's, its own, or none. */
        LabelPieces labelsOf(Demonstration query) {
            if (query.answer() instanceof Answer.Choice choice) {
                return form.answers(
                        new LabelPieces(choice.texts().stream().map(Piece::text).toList()));
            }
            return query.answer() instanceof Answer.Label ? labels : LabelPieces.NONE;
        }
    }

    private Prompt prompt(Session session, Demonstration query) {
        PromptForm.Rendered rendered = session.conversation().render(query);
        LabelPieces labels = session.labelsOf(query);
        List<Piece> leading = new ArrayList<>(List.of(before.piece()));
        leading.addAll(rendered.leading());
        List<List<Piece>> context = new ArrayList<>(List.of(leading));
        context.addAll(rendered.demonstrations());
        TokenizedPrompt read = session.contexts()
                .computeIfAbsent(
                        context,
                        key -> TokenizedPrompt.empty(texts)
                                .then(key.stream().flatMap(List::stream).toList()));
        TokenizedPrompt bare = read.then(rendered.query());
        List<Answered> answered =
                labels.pieces().stream().map(label -> Answered.of(bare, label)).toList();
        return new Prompt(query, labels, ends(context), bare, answered);
    }

    private static List<Integer> ends(List<List<Piece>> parts) {
        List<Integer> ends = new ArrayList<>();
        int place = 0;
        for (List<Piece> part : parts) {
            place += part.stream().mapToInt(Piece::places).sum();
            ends.add(place);
        }
        return ends;
    }

    /** The prompts divided where the context of all of them ends. */
    private EncodedPrompt cut(List<Prompt> all, List<Prompt> asked, Map<LabelPieces, Prompt> contentFree) {
        Prompt first = all.get(0);
        int context = Integer.MAX_VALUE;
        for (Prompt prompt : all) {
            int alike = prompt == first
                    ? Integer.MAX_VALUE
                    : prompt.bare().tokens().commonPrefix(first.bare().tokens());
            context = Math.min(context, Math.min(alike, prompt.mostContext()));
        }
        if (context < 0) {
            throw new IllegalArgumentException("A query needs a token before its answer; its text has none");
        }
        int border = context;
        Map<LabelPieces, EncodedQuery> twins = new HashMap<>();
        contentFree.forEach((labels, prompt) -> twins.put(labels, encoded(prompt, border, null)));
        TokenSequence shared = first.bare().tokens().slice(0, border);
        List<TokenSequence> parts = new ArrayList<>();
        int from = before.readOf(shared);
        for (int end : first.ends()) {
            int to = end == first.border()
                    ? border
                    : Math.min(border, first.bare().within(end));
            parts.add(shared.slice(from, Math.max(from, to)));
            from = Math.max(from, to);
        }
        int straddling = 0;
        for (Prompt prompt : asked) {
            straddling += prompt.bare().straddles(prompt.border()) ? 1 : 0;
        }
        return new EncodedPrompt(
                parts.get(0),
                parts.subList(1, parts.size()),
                asked.stream()
                        .map(prompt -> encoded(prompt, border, twins.get(prompt.labels())))
                        .toList(),
                straddling);
    }

    private static EncodedQuery encoded(Prompt prompt, int context, @Nullable EncodedQuery contentFree) {
        TokenSequence tokens = prompt.bare().tokens();
        return new EncodedQuery(
                prompt.query().id(), tokens.slice(context, tokens.length()), judgement(prompt, context), contentFree);
    }

    private static Judgement judgement(Prompt prompt, int context) {
        Answer gold = prompt.query().answer();
        if (gold instanceof Answer.Label || gold instanceof Answer.Choice) {
            List<Option> options = new ArrayList<>();
            for (int i = 0; i < prompt.answered().size(); i++) {
                options.add(option(prompt, i, context));
            }
            return new Choice(
                    options, gold instanceof Answer.Label label ? label.index() : ((Answer.Choice) gold).index());
        } else if (gold instanceof Answer.Tokens tokens) {
            return new Following(tokens.ids());
        } else if (gold instanceof Answer.Value value) {
            return new Numbers(value.values());
        }
        return new Unjudged();
    }

    private static Option option(Prompt prompt, int label, int context) {
        TokenSequence whole = prompt.answered().get(label).tokens();
        int from = prompt.answered().get(label).from();
        Piece piece = prompt.labels().of(label);
        if (from == whole.length()) {
            throw new IllegalArgumentException("The label " + piece + " has no tokens behind its prompt");
        }
        int bytes = piece instanceof Piece.Text text ? text.text().getBytes(StandardCharsets.UTF_8).length : 0;
        return new Option(from - context, whole.slice(from, whole.length()).ids(), bytes);
    }
}
