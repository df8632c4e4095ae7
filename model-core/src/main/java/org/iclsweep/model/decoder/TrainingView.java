package org.iclsweep.model.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.iclsweep.model.decoder.Decoder.Stream;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.layout.ChunkedLayout;
import org.iclsweep.model.layout.PackedLayout;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.mixer.SoftmaxAttention;
import org.iclsweep.model.prompt.TokenSequence;

/**
 * Logits of whole sequences as training differentiates them: by the chunked form, or, where every mixer is a softmax
 * over all earlier tokens, by the quadratic one, which does nothing twice.
 */
record TrainingView(Decoder decoder, TokenSequence[] rows, Decoder.Form form, ScoredSlots scored, NDManager batch) {
    /** Slots of a chunk: here the work within chunks decides, not the number of steps between them. */
    private static final int CHUNK = 32;

    /** The view of {@code sequences} at {@code positions}, row by row. */
    static TrainingView of(
            Decoder decoder, NDManager batch, List<TokenSequence> sequences, int[][] positions, ContextState initial) {
        int[] lengths = sequences.stream().mapToInt(TokenSequence::length).toArray();
        return keepsEveryToken(decoder)
                ? packed(decoder, batch, sequences, lengths, positions)
                : chunked(decoder, batch, sequences, lengths, positions, initial);
    }

    private static boolean keepsEveryToken(Decoder decoder) {
        return decoder.layout().mixers().values().stream()
                .allMatch(mixer -> mixer instanceof SoftmaxAttention attention && attention.isOverAll());
    }

    private static TrainingView chunked(
            Decoder decoder,
            NDManager batch,
            List<TokenSequence> sequences,
            int[] lengths,
            int[][] positions,
            ContextState initial) {
        ChunkedLayout slots = ChunkedLayout.ofWholeChunks(batch, decoder.type(), lengths, CHUNK);
        ScoredSlots scored = ScoredSlots.of(batch, slots.length(), positions, Padding.LONGEST, RunObserver.NONE);
        TokenSequence[] rows = sequences.toArray(TokenSequence[]::new);
        return new TrainingView(decoder, rows, new StateRun.Chunked(batch, slots, initial, List.of()), scored, batch);
    }

    private static TrainingView packed(
            Decoder decoder, NDManager batch, List<TokenSequence> sequences, int[] lengths, int[][] positions) {
        PackedLayout slots = PackedLayout.ofSequences(batch, decoder.type(), lengths);
        int[] scored = IntStream.range(0, lengths.length)
                .flatMap(row -> Arrays.stream(positions[row]).map(position -> slots.first(row) + position))
                .toArray();
        return new TrainingView(
                decoder,
                new TokenSequence[] {TokenSequence.concat(sequences)},
                new PromptedRun.Packed(slots, decoder.parameters(), RunObserver.NONE),
                ScoredSlots.of(batch, slots.length(), new int[][] {scored}, Padding.LONGEST, RunObserver.NONE),
                batch);
    }

    /** Logits at the positions [N, V], row by row. */
    NDArray logits() {
        return decoder.logits(decoder.hidden(batch, rows, form, scored));
    }

    /** The logits as if every layer were the last, first layer first; no gradient passes from a layer to another. */
    List<NDArray> layerLogits() {
        List<NDArray> logits = new ArrayList<>();
        Stream stream = decoder.embed(batch, rows, form);
        for (int layer = 0; layer < decoder.layout().dimensions().layers(); layer++) {
            stream = decoder.block(layer, stream, form, scored);
            logits.add(decoder.logits(scored.in(stream.hidden())));
            stream = new Stream(stream.hidden().stopGradient(), stream.passed());
        }
        return logits;
    }
}
