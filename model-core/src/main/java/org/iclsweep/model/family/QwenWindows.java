package org.iclsweep.model.family;

import java.util.List;
import java.util.OptionalInt;
import org.iclsweep.datasets.fault.Inline;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Scope;

/** The windows of Qwen's layers: all tokens in the first {@code max_window_layers}, the last W in those above. */
record QwenWindows(
        @Key(doc = "Windows in some layers.", otherwise = "false")
        boolean useSlidingWindow,

        @Key(doc = "Tokens attended to, the token itself included; absent: 4096; null: all.", from = 1)
        OptionalInt slidingWindow,

        @Key(doc = "Layers without a window, where layer_types is absent.", from = 0, otherwise = "28")
        int maxWindowLayers,

        @Inline LayerTypes types) {
    private static final int WINDOW = 4096;

    /** The window of each of {@code layers} layers. */
    List<OptionalInt> windows(int layers, Scope scope) {
        boolean none = !useSlidingWindow || scope.isNull("sliding_window");
        OptionalInt window = none ? OptionalInt.empty() : OptionalInt.of(slidingWindow.orElse(WINDOW));
        return types.windows(layers, window, layer -> window.isPresent() && layer >= maxWindowLayers, scope);
    }
}
