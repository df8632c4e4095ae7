package org.iclsweep.model.family;

import java.util.List;
import java.util.OptionalInt;
import org.iclsweep.datasets.fault.Inline;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Scope;

/** The layers of Gemma with a window: all but every sixth, or as a list has it. */
record GemmaLayers(
        @Inline LayerTypes types,

        @Key(doc = "n: where layer_types is absent, every n-th layer reads all tokens; absent: 6.", from = 1)
        OptionalInt slidingWindowPattern,

        @Key(
                doc = "The same beside layer_types, as transformers writes it.",
                name = "_sliding_window_pattern",
                from = 1)
        OptionalInt writtenPattern) {
    private static final int PATTERN = 6;

    /** {@code window} in each of {@code layers} layers that has one. */
    List<OptionalInt> windows(int layers, OptionalInt window, Scope scope) {
        int pattern = slidingWindowPattern.orElse(PATTERN);
        if (types.layerTypes().isEmpty() && writtenPattern.orElse(pattern) != pattern) {
            scope.fault(
                    "_sliding_window_pattern",
                    "expected layer_types beside it, or %s, found %s; write sliding_window_pattern"
                            .formatted(pattern, writtenPattern.getAsInt()));
        }
        return types.windows(layers, window, layer -> (layer + 1) % pattern != 0, scope);
    }
}
