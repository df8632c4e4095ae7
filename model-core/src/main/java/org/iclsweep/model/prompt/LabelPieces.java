package org.iclsweep.model.prompt;

import java.util.List;
import org.iclsweep.datasets.template.LabelWords;

/** The words or tokens that stand for a task's labels in a prompt, in the order of the labels' indices. */
public record LabelPieces(List<Piece> pieces) {
    /** No labels: the answers are none. */
    public static final LabelPieces NONE = new LabelPieces(List.of());

    public LabelPieces {
        pieces = List.copyOf(pieces);
    }

    /** Labels that are words. */
    public static LabelPieces of(LabelWords words) {
        return new LabelPieces(words.words().stream().map(Piece::text).toList());
    }

    /** Label {@code index}. */
    public Piece of(int index) {
        return pieces.get(index);
    }
}
