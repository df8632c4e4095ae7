package org.iclsweep.model.prompt;

import java.util.ArrayList;
import java.util.List;
import org.iclsweep.datasets.demonstration.Answer;
import org.iclsweep.datasets.demonstration.Demonstration;
import org.iclsweep.datasets.demonstration.Input;
import org.iclsweep.datasets.template.PromptTemplate;

/**
 * Examples as a conversation, by the model's own chat template: the query is the user's turn, the label, trimmed, the
 * assistant's, an instruction the system's. The context ends between two turns.
 *
 * @param instruction the system's turn; empty for none
 */
public record ChatForm(ChatTemplate chat, PromptTemplate template, String instruction) implements PromptForm {
    @Override
    public Conversation after(List<Demonstration> shown, LabelPieces labels) {
        LabelPieces answers = answers(labels);
        List<Turn> turns = new ArrayList<>();
        if (!instruction.isEmpty()) {
            turns.add(Turn.system(instruction));
        }
        List<String> before = new ArrayList<>(List.of(chat.beforeQuery(turns)));
        for (Demonstration one : shown) {
            turns.add(user(one));
            turns.add(Turn.assistant(answer(one, answers)));
            before.add(chat.beforeQuery(turns));
        }
        return query -> rendered(turns, before, user(query));
    }

    /** A conversation divided where those of fewer demonstrations end. */
    private Rendered rendered(List<Turn> turns, List<String> before, Turn query) {
        List<Turn> all = new ArrayList<>(turns);
        all.add(query);
        String text = chat.render(all, true);
        List<List<Piece>> parts = new ArrayList<>();
        int from = 0;
        for (String one : before) {
            int to = Math.max(from, ChatTemplate.commonPrefix(one, text));
            parts.add(List.of(Piece.text(text.substring(from, to))));
            from = to;
        }
        return new Rendered(parts.get(0), parts.subList(1, parts.size()), List.of(Piece.text(text.substring(from))));
    }

    private Turn user(Demonstration one) {
        return Turn.user(template.query((Input.Text) one.input()));
    }

    private static String answer(Demonstration one, LabelPieces answers) {
        return one.answer() instanceof Answer.Choice choice
                ? choice.text().strip()
                : ((Piece.Text) answers.of(((Answer.Label) one.answer()).index())).text();
    }

    @Override
    public LabelPieces answers(LabelPieces labels) {
        return new LabelPieces(labels.pieces().stream().map(ChatForm::trimmed).toList());
    }

    private static Piece trimmed(Piece label) {
        if (label instanceof Piece.Text text && !text.text().isBlank()) {
            return Piece.text(text.text().strip());
        }
        throw new IllegalArgumentException("expected labels that are words, for a conversation, found " + label
                + "; give the task `labels { name = \"words\" }`");
    }

    /** The template writes them. */
    @Override
    public boolean leadingTokens() {
        return false;
    }
}
