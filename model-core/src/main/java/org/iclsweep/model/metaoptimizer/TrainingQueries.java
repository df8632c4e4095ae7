package org.iclsweep.model.metaoptimizer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.prompt.TokenSequence;

/** The queries of the demonstrations' tokens, recorded as each step of fine-tuning finds the model. */
public final class TrainingQueries implements FineTuning.BeforeStep {
    private final List<TokenSequence> demonstrations;
    private final List<List<double[][]>> steps = new ArrayList<>();

    /** Of a fine-tuning on {@code demonstrations}. */
    public TrainingQueries(List<TokenSequence> demonstrations) {
        this.demonstrations = List.copyOf(demonstrations);
    }

    @Override
    public void at(int step, LanguageModel current) {
        steps.add(QueryRecording.queriesOfTokens(current, demonstrations.get(step)));
    }

    /** Of all tokens at one mixer, demonstration after demonstration [T][H P]. */
    double[][] at(int mixer) {
        return steps.stream().flatMap(step -> Arrays.stream(step.get(mixer))).toArray(double[][]::new);
    }

    /** The training tokens, in order. */
    List<TokenSequence> demonstrations() {
        return demonstrations;
    }

    /** Number of tokens of each demonstration. */
    int[] lengths() {
        return demonstrations.stream().mapToInt(TokenSequence::length).toArray();
    }
}
