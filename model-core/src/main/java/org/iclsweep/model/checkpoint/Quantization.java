package org.iclsweep.model.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.Optional;

/**
 * The quantisation of a checkpoint's weights, the block {@code quantization_config} of its config.json. MXFP4 is
 * decoded, of the model types that are released so; weights of other methods are another model's than the numbers that
 * are stored, and are refused.
 *
 * @param method {@code quant_method}
 */
public record Quantization(String method) {
    /** The field of config.json. */
    public static final String FIELD = "quantization_config";

    private static final String MXFP4 = "mxfp4";

    /** The arguments of {@code from_pretrained} by which transformers dequantises, by method. */
    private static final Map<String, String> CONFIGS = Map.of(
            MXFP4,
            "Mxfp4Config(dequantize=True)",
            "fp8",
            "FineGrainedFP8Config(dequantize=True)",
            "compressed-tensors",
            "CompressedTensorsConfig(dequantize=True)");

    /** The quantisation that {@code config} names; empty for none. */
    public static Optional<Quantization> of(JsonNode config) {
        JsonNode block = config.path(FIELD);
        return block.isObject()
                ? Optional.of(new Quantization(block.path("quant_method").asText("unknown")))
                : Optional.empty();
    }

    /** True if the weights can be decoded here. */
    public boolean isMxfp4() {
        return method.equals(MXFP4);
    }

    /** The lines that write the checkpoint anew without quantisation. */
    public String remedy() {
        String given = CONFIGS.getOrDefault(method, "");
        String config = given.isEmpty() ? "" : ", quantization_config=" + given;
        String imported = given.isEmpty() ? "" : ", " + given.substring(0, given.indexOf('('));
        String after = given.isEmpty() ? ".dequantize()" : "";
        return "dequantise it with Python's transformers:\n"
                + "  python3 -c \"from transformers import AutoModelForCausalLM as M" + imported
                + "; M.from_pretrained('DIRECTORY', dtype='bfloat16'" + config + ")" + after
                + ".save_pretrained('NEW')\"";
    }
}
