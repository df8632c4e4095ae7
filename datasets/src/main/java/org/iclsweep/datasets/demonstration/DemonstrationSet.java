package org.iclsweep.datasets.demonstration;

import java.util.List;
import java.util.Map;
import org.iclsweep.datasets.reproducible.Digest;

/**
 * An ordered list of demonstrations, which precede the query.
 *
 * @param id the first 16 hexadecimal characters of the SHA-256 of inputs and answers, in their order
 * @param order their order, as in the table's {@code order_id}
 * @param labelMode gold, random or permuted
 * @param seed the set's own seed: the same for every shot count of a nested set and for every order of it. Whatever
 *     else has to be drawn for the set, as label words, is drawn from it
 */
public record DemonstrationSet(
        String id, String task, String order, String labelMode, long seed, List<Demonstration> demonstrations) {
    private static final int ID_LENGTH = 16;

    public DemonstrationSet {
        demonstrations = List.copyOf(demonstrations);
    }

    /** A set whose id is the hash of its content. */
    public static DemonstrationSet of(
            String task, String order, String labelMode, long seed, List<Demonstration> demonstrations) {
        return new DemonstrationSet(hash(demonstrations), task, order, labelMode, seed, demonstrations);
    }

    /** The number of demonstrations. */
    public int shots() {
        return demonstrations.size();
    }

    /** The set of the first {@code k} demonstrations: in sampled order, the k-shot set of the same prefix group. */
    public DemonstrationSet prefix(int k) {
        return with(demonstrations.subList(0, k));
    }

    /** A set of other demonstrations, for which everything is drawn as for this one. */
    public DemonstrationSet with(List<Demonstration> others) {
        return of(task, order, labelMode, seed, others);
    }

    private static String hash(List<Demonstration> demonstrations) {
        Digest content = new Digest();
        for (Demonstration demonstration : demonstrations) {
            addInput(content, demonstration.input());
            addAnswer(content, demonstration.answer());
        }
        return content.hex().substring(0, ID_LENGTH);
    }

    private static void addInput(Digest content, Input input) {
        if (input instanceof Input.Text text) {
            content.add("text").add(text.fields().size());
            for (Map.Entry<String, String> field : text.fields().entrySet()) {
                content.add(field.getKey()).add(field.getValue());
            }
        } else if (input instanceof Input.Vector vector) {
            content.add("vector").add(vector.values());
        } else if (input instanceof Input.Tokens tokens) {
            content.add("tokens").add(tokens.ids());
        }
    }

    private static void addAnswer(Digest content, Answer answer) {
        if (answer instanceof Answer.Label label) {
            content.add("label").add(label.index());
        } else if (answer instanceof Answer.Choice choice) {
            content.add("choice").add(choice.texts().size());
            choice.texts().forEach(content::add);
            content.add(choice.index());
        } else if (answer instanceof Answer.Value value) {
            content.add("value").add(value.values());
        } else if (answer instanceof Answer.Tokens tokens) {
            content.add("tokens").add(tokens.ids());
        } else {
            content.add("none");
        }
    }
}
