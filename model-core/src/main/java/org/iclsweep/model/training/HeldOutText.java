package org.iclsweep.model.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.model.tensor.Doubles;

/**
 * The loss and accuracy of a language model on held-out text. The text is partitioned into windows of n tokens, and a
 * token is predicted from the earlier ones in its window, the first of the next window from the whole window before:
 * windows of every length have the same targets, and only the context of a target differs.
 */
public final class HeldOutText {
    /** Tokens of one forward pass. */
    private static final int TOKENS_AT_ONCE = 4096;

    private final RunningText text;
    private final int tokens;

    /** @param tokens number of predicted tokens; every length divides it */
    HeldOutText(RunningText text, int tokens) {
        this.text = text.requireLength(tokens + 1);
        this.tokens = tokens;
    }

    /** The targets. */
    public enum Targets {
        /** Every token after the window's first, and the one after the window. */
        WINDOWS,
        /** A window that is read twice: every token of the second reading but its first. */
        REPEATED;

        /** As reports and tables have it. */
        public String spelled() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * Loss and accuracy at one length of the windows.
     *
     * @param length tokens of a window
     * @param loss mean cross-entropy, in nats per token; its exponential is the perplexity
     * @param accuracy the fraction of targets that had the greatest logit
     */
    public record Score(Targets reading, int length, double loss, double accuracy) {}

    /** All lengths of both readings. */
    List<Score> scores(LanguageModel model, List<Integer> windows, List<Integer> repeated) {
        List<Score> scores = new ArrayList<>();
        windows.forEach(length -> scores.add(score(model, Targets.WINDOWS, length)));
        repeated.forEach(length -> scores.add(score(model, Targets.REPEATED, length)));
        return scores;
    }

    /** The score of windows of {@code length} tokens. */
    Score score(LanguageModel model, Targets reading, int length) {
        int atOnce = Math.max(1, TOKENS_AT_ONCE / length) * length;
        double loss = 0;
        double right = 0;
        long targets = 0;
        for (int from = 0; from < tokens; from += atOnce) {
            TrainingBatch data = batch(from, Math.min(tokens, from + atOnce), reading, length);
            try (NDManager pass = model.newBatch()) {
                NDArray logits = model.logitsAt(pass, data.rows(), data.positions());
                long[] gold = data.flatTargets();
                loss += Doubles.scalar(Trainer.crossEntropy(logits, pass.create(gold))) * gold.length;
                long[] greatest = logits.argMax(1).toLongArray();
                right += IntStream.range(0, gold.length)
                        .filter(i -> greatest[i] == gold[i])
                        .count();
                targets += gold.length;
            }
        }
        return new Score(reading, length, loss / targets, right / targets);
    }

    /** The windows between two tokens. */
    private TrainingBatch batch(int from, int end, Targets reading, int length) {
        boolean once = reading == Targets.WINDOWS;
        int[] asked = IntStream.range(once ? 0 : length, once ? length : 2 * length - 1)
                .toArray();
        return TrainingBatch.of((end - from + length - 1) / length, row -> {
            int start = from + row * length;
            TokenSequence window = text.row(start, length);
            return new TrainingBatch.Row(
                    once ? window : window.then(window), asked, text.tokens(start + 1, asked.length));
        });
    }
}
