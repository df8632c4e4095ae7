package org.iclsweep.model.family;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.iclsweep.datasets.fault.Block;
import org.iclsweep.datasets.fault.Inline;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.datasets.fault.Spelling;

/** {@code mistral}: softmax attention over the last {@code sliding_window} tokens, or over all where that is null. */
@Block(spelling = Spelling.SNAKE)
record Mistral(
        @Inline SoftmaxLlama softmax,

        @Key(doc = "Tokens attended to; absent: 4096; null: all.", from = 1)
        OptionalInt slidingWindow,

        @Key(doc = "Attention of each layer.") Optional<List<String>> layerTypes)
        implements FamilyFields {
    private static final int WINDOW = 4096;
    private static final int KEY_VALUE_HEADS = 8;

    @Override
    public Architecture architecture(Scope scope) {
        OptionalInt window =
                scope.isNull("sliding_window") ? OptionalInt.empty() : OptionalInt.of(slidingWindow.orElse(WINDOW));
        String attention = window.isPresent() ? "sliding_attention" : "full_attention";
        if (layerTypes.stream().flatMap(List::stream).anyMatch(type -> !type.equals(attention))) {
            scope.in("layer_types").unexpected(attention + " in every layer, which is all that is computed");
        }
        return softmax.architecture(window, LlamaBlocks.Absent.LLAMA.withKeyValueHeads(KEY_VALUE_HEADS), scope);
    }
}
