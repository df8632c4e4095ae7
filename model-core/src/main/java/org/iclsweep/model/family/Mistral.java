package org.iclsweep.model.family;

import java.util.OptionalInt;

/**
 * {@code mistral}: Llama with softmax attention over the last {@code sliding_window} tokens, or over all where that is
 * null. Absent fields are as in transformers.
 */
final class Mistral implements Family {
    private static final int WINDOW = 4096;
    private static final int KEY_VALUE_HEADS = 8;

    @Override
    public String modelType() {
        return "mistral";
    }

    @Override
    public Architecture read(ConfigurationFields fields) {
        OptionalInt window = fields.isNull("sliding_window")
                ? OptionalInt.empty()
                : OptionalInt.of(fields.positive("sliding_window", WINDOW));
        fields.everyLayer("layer_types", window.isPresent() ? "sliding_attention" : "full_attention");
        OptionalInt keyValueHeads =
                fields.isNull("num_key_value_heads") ? OptionalInt.empty() : OptionalInt.of(KEY_VALUE_HEADS);
        return SoftmaxLlama.of(fields, keyValueHeads, window);
    }
}
