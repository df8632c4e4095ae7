package org.iclsweep.model.decoder;

import static org.iclsweep.model.decoder.PlainLoops.addOuter;
import static org.iclsweep.model.decoder.PlainLoops.dot;
import static org.iclsweep.model.decoder.PlainLoops.mapped;
import static org.iclsweep.model.decoder.PlainLoops.part;
import static org.iclsweep.model.decoder.PlainLoops.product;
import static org.iclsweep.model.decoder.PlainLoops.readOut;
import static org.iclsweep.model.decoder.PlainLoops.rms;
import static org.iclsweep.model.decoder.PlainLoops.silu;
import static org.iclsweep.model.decoder.PlainLoops.sum;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.iclsweep.model.prompt.TokenSequence;

/**
 * The oracle of {@code hgrn}, {@code hgrn2} and {@code gsa}: their recurrences as the plainest loops over
 * {@code double}, one token after another, channel by channel and slot by slot.
 */
final class GatedLoops {
    /** ε of the norm before the projection back of {@code hgrn2} and {@code gsa}. */
    private static final double JOINED_EPSILON = 1e-5;

    private final JsonNode config;
    private final Map<String, double[]> tensors;
    private final int size;
    private final List<UnaryOperator<double[]>> mixers = new ArrayList<>();

    GatedLoops(JsonNode config, Map<String, double[]> tensors) {
        this.config = config;
        this.tensors = tensors;
        this.size = number("hidden_size", 0);
        for (int layer = 0; layer < number("num_hidden_layers", 0); layer++) {
            String module = "model.layers." + layer + ".attn.";
            mixers.add(
                    switch (config.get("model_type").asText()) {
                        case "hgrn" -> new Channels(module, layer)::next;
                        case "hgrn2" -> new Expanded(module, layer)::next;
                        default -> new Slots(module)::next;
                    });
        }
    }

    /** The logits after each of {@code tokens}. */
    double[][] read(TokenSequence tokens) {
        double[][] logits = new double[tokens.length()][];
        double[] embeddings = tensors.get("model.embeddings.weight");
        for (int t = 0; t < logits.length; t++) {
            double[] h = part(embeddings, tokens.ids()[t], size);
            for (int layer = 0; layer < mixers.size(); layer++) {
                String block = "model.layers." + layer + ".";
                h = sum(h, mixers.get(layer).apply(norm(h, block + "attn_norm")));
                double[] x = norm(h, block + "mlp_norm");
                double[] gate = silu(linear(block + "mlp.gate_proj", x));
                h = sum(h, linear(block + "mlp.down_proj", times(gate, linear(block + "mlp.up_proj", x))));
            }
            logits[t] = product(tensors.getOrDefault("lm_head.weight", embeddings), norm(h, "model.norm"));
        }
        return logits;
    }

    /** A projection and perhaps a convolution. */
    private final class Side {
        private final String name;
        private final PlainLoops.Convolution convolution;

        Side(String module, String side) {
            name = module + side + "_proj";
            int taps = config.path("use_short_conv").asBoolean(false) ? number("conv_size", 4) : 0;
            convolution = taps == 0
                    ? null
                    : new PlainLoops.Convolution(
                            tensors.get(module + side + "_conv1d.weight"),
                            tensors.get(module + side + "_conv1d.bias"),
                            taps);
        }

        double[] next(double[] x) {
            double[] u = linear(name, x);
            return convolution == null ? u : convolution.next(u);
        }

        boolean isConvolved() {
            return convolution != null;
        }
    }

    /** α = β + (1 − β) σ(f) with β the share of the layers up to this one, the first not counted. */
    private double[] forget(double[] logits, int layer) {
        double[] bounds = tensors.get("model.lower_bounds");
        double[] alpha = logits.clone();
        for (int c = 0; c < alpha.length; c++) {
            double all = 0;
            double below = 0;
            for (int l = 0; bounds != null && l < mixers(); l++) {
                double weight = Math.exp(bounds[l * alpha.length + c]);
                all += weight;
                below += l >= 1 && l <= layer ? weight : 0;
            }
            double bound = bounds == null ? 0 : below / all;
            alpha[c] = bound + (1 - bound) * sigmoid(logits[c]);
        }
        return alpha;
    }

    private int mixers() {
        return number("num_hidden_layers", 0);
    }

    /** h ← α h + (1 − α) silu(i). */
    private final class Channels {
        private final String module;
        private final int layer;
        private final double[] h =
                new double[(int) (size * config.path("expand_ratio").asDouble(1))];
        private final Map<String, Side> sides = new LinkedHashMap<>();

        Channels(String module, int layer) {
            this.module = module;
            this.layer = layer;
            List.of("i", "f").forEach(side -> sides.put(side, new Side(module, side)));
        }

        double[] next(double[] x) {
            double[] i = silu(sides.get("i").next(x));
            double[] alpha = forget(sides.get("f").next(x), layer);
            for (int c = 0; c < h.length; c++) {
                h[c] = alpha[c] * h[c] + (1 - alpha[c]) * i[c];
            }
            double[] normed =
                    rms(h, weight(module, h.length), config.path("norm_eps").asDouble(1e-6));
            return linear(module + "o_proj", times(normed, silu(linear(module + "g_proj", x))));
        }
    }

    /** S ← diag(α) S + (1 − α) iᵀ, o = dk^−½ Sᵀ silu(q). */
    private final class Expanded {
        private final String module;
        private final int layer;
        private final int dk = number("expand_ratio", 128);
        private final int heads = size / dk;
        private final int dv = size / heads;
        private final double[][][] s = new double[heads][dk][dv];
        private final Map<String, Side> sides = new LinkedHashMap<>();

        Expanded(String module, int layer) {
            this.module = module;
            this.layer = layer;
            List.of("q", "f", "i").forEach(side -> sides.put(side, new Side(module, side)));
        }

        double[] next(double[] x) {
            double[] q = silu(sides.get("q").next(x));
            double[] alpha = forget(sides.get("f").next(x), layer);
            double[] i = sides.get("i").next(x);
            double[] o = new double[heads * dv];
            for (int h = 0; h < heads; h++) {
                decay(s[h], part(alpha, h, dk));
                addOuter(s[h], mapped(part(alpha, h, dk), a -> 1 - a), part(i, h, dv), 1);
                double[] read = mapped(readOut(s[h], part(q, h, dk)), y -> y / Math.sqrt(dk));
                System.arraycopy(read, 0, o, h * dv, dv);
            }
            return linear(module + "o_proj", rms(o, weight(module, o.length), JOINED_EPSILON));
        }
    }

    /** Slots of keys and values, K ← diag(α) K + (1 − α) kᵀ, likewise V; o = Vᵀ softmax(K q). */
    private final class Slots {
        private final String module;
        private final int heads = number("num_heads", 4);
        private final int groups = number("num_kv_heads", heads);
        private final int dk = (int) (size * config.path("expand_k").asDouble(1)) / heads;
        private final int dv = size / heads;
        private final int slots = number("num_slots", dk);
        private final double[][][] keys = new double[groups][slots][dk];
        private final double[][][] values = new double[groups][slots][dv];
        private final Map<String, Side> sides = new LinkedHashMap<>();

        Slots(String module) {
            this.module = module;
            List.of("q", "k", "v").forEach(side -> sides.put(side, new Side(module, side)));
        }

        double[] next(double[] x) {
            double[] q = side("q", x);
            double[] k = side("k", x);
            double[] v = silu(side("v", x));
            double temperature = config.path("gate_logit_normalizer").asDouble(8);
            double[] alpha = mapped(linear(module + "f_proj", x), f -> Math.pow(sigmoid(f), 1 / temperature));
            for (int g = 0; g < groups; g++) {
                double[] kept = part(alpha, g, slots);
                decay(keys[g], kept);
                decay(values[g], kept);
                addOuter(keys[g], mapped(kept, a -> 1 - a), features(part(k, g, dk)), 1);
                addOuter(values[g], mapped(kept, a -> 1 - a), part(v, g, dv), 1);
            }
            double[] o = new double[heads * dv];
            for (int h = 0; h < heads; h++) {
                int g = h / (heads / groups);
                double[] query = features(part(q, h, dk));
                double[] weights = new double[slots];
                for (int m = 0; m < slots; m++) {
                    weights[m] = Math.exp(dot(keys[g][m], query));
                }
                double all = Arrays.stream(weights).sum();
                System.arraycopy(mapped(readOut(values[g], weights), y -> y / all), 0, o, h * dv, dv);
            }
            return linear(module + "o_proj", rms(silu(o), weight(module, o.length), JOINED_EPSILON));
        }

        private double[] side(String side, double[] x) {
            double[] u = sides.get(side).next(x);
            return sides.get(side).isConvolved() ? silu(u) : u;
        }

        private double[] features(double[] x) {
            return switch (config.path("feature_map").asText("swish")) {
                case "relu" -> mapped(x, y -> Math.max(y, 0));
                case "t2r" -> mapped(linear(module + "feature_map.layer", x), y -> Math.max(y, 0));
                default -> silu(x);
            };
        }
    }

    // ---- fields, tensors, functions

    private int number(String field, int absent) {
        return config.hasNonNull(field) ? config.get(field).asInt() : absent;
    }

    private double[] weight(String module, int channels) {
        double[] weight = tensors.get(module + "g_norm.weight");
        return weight == null ? mapped(new double[channels], y -> 1) : weight;
    }

    private double[] norm(double[] x, String module) {
        return rms(x, tensors.get(module + ".weight"), config.path("norm_eps").asDouble(1e-6));
    }

    private double[] linear(String name, double[] x) {
        return product(tensors.get(name + ".weight"), x);
    }

    private static void decay(double[][] s, double[] alpha) {
        for (int row = 0; row < s.length; row++) {
            double kept = alpha[row];
            s[row] = mapped(s[row], y -> y * kept);
        }
    }

    private static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    private static double[] times(double[] a, double[] b) {
        double[] c = a.clone();
        for (int i = 0; i < c.length; i++) {
            c[i] *= b[i];
        }
        return c;
    }
}
