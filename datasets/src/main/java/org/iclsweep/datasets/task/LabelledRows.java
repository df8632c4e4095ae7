package org.iclsweep.datasets.task;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.iclsweep.datasets.demonstration.Answer;
import org.iclsweep.datasets.demonstration.Demonstration;
import org.iclsweep.datasets.demonstration.Input;
import org.iclsweep.datasets.demonstration.SamplingPlan.Sampling;
import org.iclsweep.datasets.reproducible.Digest;
import org.iclsweep.datasets.reproducible.RandomStream;

/** Examples from a file by their labels, and draws of them without replacement. */
final class LabelledRows {
    private final List<Demonstration> rows;
    private final List<List<Demonstration>> byLabel;

    /** The rows whose label is one of {@code labels}, whose positions become the answers. */
    LabelledRows(TextFile file, List<String> labels) {
        Map<String, Integer> index = new HashMap<>();
        byLabel = new ArrayList<>();
        for (String label : labels) {
            index.put(label, byLabel.size());
            byLabel.add(new ArrayList<>());
        }
        rows = new ArrayList<>();
        for (TextFile.Row row : file.rows()) {
            Integer label = index.get(row.label());
            if (label != null) {
                Demonstration example =
                        new Demonstration(row.id(), new Input.Text(row.fields()), new Answer.Label(label));
                rows.add(example);
                byLabel.get(label).add(example);
            }
        }
    }

    int size() {
        return rows.size();
    }

    /** Number of rows with this label. */
    int size(int label) {
        return byLabel.get(label).size();
    }

    /**
     * Draws rows with the given labels, no row twice; the answers are positions among these labels. The first k of a
     * longer draw are the draw of k. Balanced: the labels take turns, and one that has no rows left is passed over.
     */
    List<Demonstration> draw(
            int[] labels, int count, Sampling sampling, RandomStream classStream, RandomStream rowStream) {
        return sampling == Sampling.BALANCED
                ? balanced(labels, count, classStream, rowStream)
                : uniform(labels, count, rowStream);
    }

    private List<Demonstration> balanced(int[] labels, int count, RandomStream classStream, RandomStream rowStream) {
        List<WithoutReplacement> left = new ArrayList<>();
        for (int label : labels) {
            left.add(new WithoutReplacement(size(label), rowStream));
        }
        ClassSequence turns = new ClassSequence(labels.length, Sampling.BALANCED, classStream);
        List<Demonstration> drawn = new ArrayList<>(count);
        while (drawn.size() < count) {
            int turn = turns.next();
            if (left.get(turn).hasNext()) {
                drawn.add(answering(byLabel.get(labels[turn]).get(left.get(turn).next()), turn));
            }
        }
        return drawn;
    }

    private List<Demonstration> uniform(int[] labels, int count, RandomStream rowStream) {
        int total = 0;
        for (int label : labels) {
            total += size(label);
        }
        WithoutReplacement places = new WithoutReplacement(total, rowStream);
        List<Demonstration> drawn = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            int place = places.next();
            int turn = 0;
            while (place >= size(labels[turn])) {
                place -= size(labels[turn]);
                turn++;
            }
            drawn.add(answering(byLabel.get(labels[turn]).get(place), turn));
        }
        return drawn;
    }

    private static Demonstration answering(Demonstration row, int label) {
        return new Demonstration(row.id(), row.input(), new Answer.Label(label));
    }

    void addTo(Digest digest) {
        addTo(digest, rows);
    }

    /** Adds the content of examples: ids, fields and answers. */
    static void addTo(Digest digest, List<Demonstration> rows) {
        digest.add(rows.size());
        for (Demonstration row : rows) {
            digest.add(row.id());
            if (row.input() instanceof Input.Text text) {
                text.fields().forEach((name, value) -> digest.add(name).add(value));
            }
            if (row.answer() instanceof Answer.Label label) {
                digest.add(label.index());
            } else if (row.answer() instanceof Answer.Choice choice) {
                choice.texts().forEach(digest::add);
                digest.add(choice.index());
            }
        }
    }
}
