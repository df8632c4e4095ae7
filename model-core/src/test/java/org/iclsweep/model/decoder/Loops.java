package org.iclsweep.model.decoder;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import org.iclsweep.model.prompt.TokenSequence;

/** A model as plain loops over {@code double} that reads one sequence, token by token. */
interface Loops {

    /** The loops of the family that {@code config} names. */
    static Loops of(JsonNode config, Map<String, double[]> tensors) {
        return switch (config.get("model_type").asText()) {
            case "linear_llama", "gated_deltanet", "llama", "mistral" -> new PlainLoops(config, tensors);
            default -> new RecurrentLoops(config, tensors);
        };
    }

    /**
     * Reads {@code tokens} and returns the logits (or the read-out) after each; stops where a normaliser is worse
     * conditioned than {@code least}.
     */
    double[][] read(TokenSequence tokens, double least);

    /** The states after what was read, by their full names. */
    Map<String, double[]> states();

    /** The least |Σ terms| / Σ |terms| of any normaliser so far: 0 where it is undefined. */
    double leastConditioning();
}
