package org.iclsweep.model.decoder;

import static org.iclsweep.model.decoder.PlainLoops.addOuter;
import static org.iclsweep.model.decoder.PlainLoops.dot;
import static org.iclsweep.model.decoder.PlainLoops.mapped;
import static org.iclsweep.model.decoder.PlainLoops.part;
import static org.iclsweep.model.decoder.PlainLoops.product;
import static org.iclsweep.model.decoder.PlainLoops.readOut;
import static org.iclsweep.model.decoder.PlainLoops.scale;
import static org.iclsweep.model.decoder.PlainLoops.silu;
import static org.iclsweep.model.decoder.PlainLoops.sum;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.iclsweep.model.decoder.PlainLoops.Convolution;
import org.iclsweep.model.prompt.TokenSequence;

/**
 * The oracle of the finite mixers of {@code qwen3_next} and {@code qwen3_5_text} (the gated delta rule with fused
 * projections) and of {@code lfm2} (gated short convolutions): one token after another, head by head, over
 * {@code double}. Feed-forward parts are gated, without experts.
 */
final class HybridLoops {
    private final JsonNode config;
    private final Map<String, double[]> tensors;
    private final boolean isLfm2;
    private final List<UnaryOperator<double[]>> mixers = new ArrayList<>();

    HybridLoops(JsonNode config, Map<String, double[]> tensors) {
        this.config = config;
        this.tensors = tensors;
        this.isLfm2 = config.get("model_type").asText().equals("lfm2");
        for (int layer = 0; layer < number("num_hidden_layers"); layer++) {
            String block = "model.layers." + layer + ".";
            mixers.add(isLfm2 ? gatedConvolution(block + "conv.") : new Delta(block + "linear_attn.")::next);
        }
    }

    /** The logits after each of {@code tokens}. */
    double[][] read(TokenSequence tokens) {
        double[][] logits = new double[tokens.length()][];
        double[] embeddings = tensors.get("model.embed_tokens.weight");
        for (int t = 0; t < logits.length; t++) {
            double[] h = part(embeddings, tokens.ids()[t], number("hidden_size"));
            for (int layer = 0; layer < mixers.size(); layer++) {
                String block = "model.layers." + layer + ".";
                h = sum(h, mixers.get(layer).apply(norm(h, block + (isLfm2 ? "operator_norm" : "input_layernorm"))));
                String second = block + (isLfm2 ? "ffn_norm" : "post_attention_layernorm");
                h = sum(h, feedForward(block + (isLfm2 ? "feed_forward." : "mlp."), norm(h, second)));
            }
            double[] head = tensors.getOrDefault("lm_head.weight", embeddings);
            logits[t] = product(head, norm(h, isLfm2 ? "model.embedding_norm" : "model.norm"));
        }
        return logits;
    }

    /** S ← e^g S, S ← S + k (β (v − Sᵀ k))ᵀ, o = dk^−½ Sᵀ q, with q | k | v of one convolution. */
    private final class Delta {
        private final String module;
        private final int heads = number("linear_num_key_heads");
        private final int valueHeads = number("linear_num_value_heads");
        private final int dk = number("linear_key_head_dim");
        private final int dv = number("linear_value_head_dim");
        private final double[][][] s = new double[valueHeads][dk][dv];
        private final Convolution convolution;

        Delta(String module) {
            this.module = module;
            this.convolution =
                    new Convolution(tensors.get(module + "conv1d.weight"), null, number("linear_conv_kernel_dim"));
        }

        double[] next(double[] x) {
            double[][] rows = rows(x);
            double[] qkv = silu(convolution.next(rows[0]));
            double[] o = new double[valueHeads * dv];
            for (int h = 0; h < valueHeads; h++) {
                int key = h / (valueHeads / heads);
                double[] q = unit(part(qkv, key, dk));
                double[] k = unit(part(qkv, heads + key, dk));
                double[] v = Arrays.copyOfRange(qkv, 2 * heads * dk + h * dv, 2 * heads * dk + (h + 1) * dv);
                double rate = Math.exp(tensors.get(module + "A_log")[h]);
                double step = Math.log1p(Math.exp(rows[3][h] + tensors.get(module + "dt_bias")[h]));
                scale(s[h], Math.exp(-rate * step));
                double[] missing = sum(v, mapped(readOut(s[h], k), y -> -y));
                addOuter(s[h], k, missing, 1 / (1 + Math.exp(-rows[2][h])));
                double[] read = mapped(readOut(s[h], q), y -> y / Math.sqrt(dk));
                double[] normed = PlainLoops.rms(read, tensors.get(module + "norm.weight"), epsilon());
                for (int i = 0; i < dv; i++) {
                    o[h * dv + i] = normed[i] * PlainLoops.silu(rows[1][h * dv + i]);
                }
            }
            return linear(module + "out_proj", o);
        }

        /** q | k | v, z, b and a of a token. */
        private double[][] rows(double[] x) {
            if (tensors.containsKey(module + "in_proj_qkv.weight")) {
                return new double[][] {
                    linear(module + "in_proj_qkv", x),
                    linear(module + "in_proj_z", x),
                    linear(module + "in_proj_b", x),
                    linear(module + "in_proj_a", x)
                };
            }
            double[] all = linear(module + "in_proj_qkvz", x);
            double[] steering = linear(module + "in_proj_ba", x);
            int group = valueHeads / heads;
            int each = 2 * dk + 2 * group * dv;
            double[][] rows = {
                new double[2 * heads * dk + valueHeads * dv],
                new double[valueHeads * dv],
                new double[valueHeads],
                new double[valueHeads]
            };
            for (int h = 0; h < heads; h++) {
                System.arraycopy(all, h * each, rows[0], h * dk, dk);
                System.arraycopy(all, h * each + dk, rows[0], (heads + h) * dk, dk);
                System.arraycopy(all, h * each + 2 * dk, rows[0], 2 * heads * dk + h * group * dv, group * dv);
                System.arraycopy(all, h * each + 2 * dk + group * dv, rows[1], h * group * dv, group * dv);
                System.arraycopy(steering, 2 * h * group, rows[2], h * group, group);
                System.arraycopy(steering, 2 * h * group + group, rows[3], h * group, group);
            }
            return rows;
        }

        private double[] unit(double[] x) {
            return mapped(x, y -> y / Math.sqrt(dot(x, x) + 1e-6));
        }
    }

    /** W (c ⊙ conv(b ⊙ x)). */
    private UnaryOperator<double[]> gatedConvolution(String module) {
        Convolution convolution = new Convolution(
                tensors.get(module + "conv.weight"), tensors.get(module + "conv.bias"), number("conv_L_cache"));
        int size = number("hidden_size");
        return h -> {
            double[] bcx = linear(module + "in_proj", h);
            double[] mixed = convolution.next(times(part(bcx, 0, size), part(bcx, 2, size)));
            return linear(module + "out_proj", times(part(bcx, 1, size), mixed));
        };
    }

    private double[] feedForward(String module, double[] x) {
        List<String> names = isLfm2 ? List.of("w1", "w3", "w2") : List.of("gate_proj", "up_proj", "down_proj");
        double[] gate = silu(linear(module + names.get(0), x));
        return linear(module + names.get(2), times(gate, linear(module + names.get(1), x)));
    }

    private double[] norm(double[] x, String module) {
        double[] weight = tensors.get(module + ".weight");
        return PlainLoops.rms(x, isLfm2 ? weight : mapped(weight, w -> 1 + w), epsilon());
    }

    private double epsilon() {
        return config.get(isLfm2 ? "norm_eps" : "rms_norm_eps").asDouble();
    }

    private double[] linear(String name, double[] x) {
        double[] y = product(tensors.get(name + ".weight"), x);
        double[] bias = tensors.get(name + ".bias");
        return bias == null ? y : sum(y, bias);
    }

    private static double[] times(double[] a, double[] b) {
        return IntStream.range(0, a.length).mapToDouble(i -> a[i] * b[i]).toArray();
    }

    private int number(String field) {
        return config.get(field).asInt();
    }
}
