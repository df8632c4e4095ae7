package org.iclsweep.model.family;

import java.util.OptionalInt;

/** {@code llama}: softmax attention over all earlier tokens. */
final class Llama implements Family {
    @Override
    public String modelType() {
        return "llama";
    }

    @Override
    public Architecture read(ConfigurationFields fields) {
        fields.everyLayer("layer_types", "full_attention");
        return SoftmaxLlama.of(fields, OptionalInt.empty(), OptionalInt.empty());
    }
}
