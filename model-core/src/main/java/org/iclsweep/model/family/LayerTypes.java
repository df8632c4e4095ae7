package org.iclsweep.model.family;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Scope;

/** The layers of a model whose softmax attention reads the last W tokens, and those that read all. */
record LayerTypes(
        @Key(
                doc = "Attention of each layer; absent: as the other fields have it.",
                choices = {"full_attention", "sliding_attention"})
        Optional<List<String>> layerTypes) {
    private static final String SLIDING = "sliding_attention";

    /**
     * The window of each of {@code layers} layers, empty where a layer reads all tokens.
     *
     * @param window W, where there is one
     * @param absent the layers with a window where no list is given
     */
    List<OptionalInt> windows(int layers, OptionalInt window, IntPredicate absent, Scope scope) {
        List<String> types = layerTypes.orElseGet(() -> IntStream.range(0, layers)
                .mapToObj(layer -> absent.test(layer) ? SLIDING : "full_attention")
                .toList());
        if (types.size() != layers) {
            scope.fault(
                    "layer_types",
                    "expected one for each of num_hidden_layers = %s, found %s".formatted(layers, types.size()));
            return Collections.nCopies(layers, OptionalInt.empty());
        }
        if (window.isEmpty() && types.contains(SLIDING)) {
            scope.fault("layer_types", "expected no sliding_attention without a sliding_window, found " + types);
        }
        return types.stream()
                .map(type -> type.equals(SLIDING) ? window : OptionalInt.empty())
                .toList();
    }
}
