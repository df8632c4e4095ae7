package org.iclsweep.model.decoder;

import static org.iclsweep.model.decoder.PlainLoops.addOuter;
import static org.iclsweep.model.decoder.PlainLoops.dot;
import static org.iclsweep.model.decoder.PlainLoops.joined;
import static org.iclsweep.model.decoder.PlainLoops.mapped;
import static org.iclsweep.model.decoder.PlainLoops.part;
import static org.iclsweep.model.decoder.PlainLoops.product;
import static org.iclsweep.model.decoder.PlainLoops.readOut;
import static org.iclsweep.model.decoder.PlainLoops.rms;
import static org.iclsweep.model.decoder.PlainLoops.silu;
import static org.iclsweep.model.decoder.PlainLoops.sum;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;
import org.iclsweep.model.prompt.TokenSequence;

/**
 * The oracle of {@code gla}, {@code rwkv6} and {@code rwkv7}: their recurrences as the plainest loops over
 * {@code double}, one token after another, head by head, channel by channel. No batch, no chunk, no sums of logarithms.
 */
final class PlainRecurrences {
    private final JsonNode config;
    private final Map<String, double[]> tensors;
    private final String type;
    private final int size;
    private final List<Branch> branches = new ArrayList<>();
    /** The values of layer 0 for the token that is being read. */
    private double[] firstValues = {};

    /** A part of a block, added to the stream: h += part(norm(h)). */
    private record Branch(String norm, Part part) {}

    /** The step of one part of a block for the next token. */
    private interface Part {
        double[] next(double[] x);

        /** The state after what was read, by the tensors' full names. */
        Map<String, double[]> state();
    }

    PlainRecurrences(JsonNode config, Map<String, double[]> tensors) {
        this.config = config;
        this.tensors = tensors;
        this.type = config.get("model_type").asText();
        this.size = config.get("hidden_size").asInt();
        for (int layer = 0; layer < config.get("num_hidden_layers").asInt(); layer++) {
            String block = "model.layers." + layer + ".";
            String attention = block + "attn.";
            switch (type) {
                case "gla" -> {
                    branches.add(new Branch(block + "attn_norm", new GatedLinear(attention)));
                    branches.add(new Branch(block + "mlp_norm", new FeedForward(block + "mlp.")));
                }
                case "rwkv6" -> {
                    branches.add(new Branch(block + "attn_norm", new SixthTimeMix(attention)));
                    branches.add(new Branch(block + "ffn_norm", new SixthChannelMix(block + "ffn.")));
                }
                default -> {
                    branches.add(new Branch(block + "attn_norm", new SeventhTimeMix(attention, layer == 0)));
                    branches.add(new Branch(block + "ffn_norm", new SeventhChannelMix(block + "ffn.")));
                }
            }
        }
    }

    /** Reads {@code tokens} and returns the logits after each. */
    double[][] read(TokenSequence tokens) {
        double[][] logits = new double[tokens.length()][];
        for (int t = 0; t < tokens.length(); t++) {
            double[] h = part(tensors.get("model.embeddings.weight"), tokens.ids()[t], size);
            if (!type.equals("gla") && flag("norm_first", true)) {
                h = norm(h, "model.layers.0.pre_norm");
            }
            for (Branch branch : branches) {
                h = sum(h, branch.part().next(norm(h, branch.norm())));
            }
            boolean tied = flag("tie_word_embeddings", false);
            logits[t] =
                    product(tensors.get(tied ? "model.embeddings.weight" : "lm_head.weight"), norm(h, "model.norm"));
        }
        return logits;
    }

    Map<String, double[]> states() {
        Map<String, double[]> states = new LinkedHashMap<>();
        branches.forEach(branch -> states.putAll(branch.part().state()));
        return states;
    }

    // ---- the parts of a block

    /** S ← diag(α) S + k vᵀ, o = d^−½ qᵀ S. */
    private final class GatedLinear implements Part {
        private final String module;
        private final int heads = number("num_heads", 4);
        private final int groups = number("num_kv_heads", heads);
        private final int d = (int) (size * ratio("expand_k", 0.5)) / heads;
        private final int dv = (int) (size * ratio("expand_v", 1)) / heads;
        private final double[][][] s = new double[groups][d][dv];
        private final Map<String, PlainLoops.Convolution> convolutions = new LinkedHashMap<>();

        GatedLinear(String module) {
            this.module = module;
            int taps = flag("use_short_conv", false) ? number("conv_size", 4) : 0;
            for (String side : taps == 0 ? List.<String>of() : List.of("q", "k", "v")) {
                String name = module + side + "_conv1d";
                convolutions.put(
                        side,
                        new PlainLoops.Convolution(tensors.get(name + ".weight"), tensors.get(name + ".bias"), taps));
            }
        }

        @Override
        public double[] next(double[] x) {
            double[] q = mapped(side("q", x), map());
            double[] k = mapped(side("k", x), map());
            double[] v = side("v", x);
            double[] logits = linear(module + "gk_proj.1", linear(module + "gk_proj.0", x));
            for (int g = 0; g < groups; g++) {
                for (int i = 0; i < d; i++) {
                    double logDecay = Math.log(1 / (1 + Math.exp(-logits[g * d + i]))) / 16;
                    if (config.hasNonNull("clamp_min")) {
                        logDecay = Math.max(logDecay, config.get("clamp_min").asDouble());
                    }
                    scaleRow(s[g][i], Math.exp(logDecay));
                }
                addOuter(s[g], part(k, g, d), part(v, g, dv), 1);
            }
            double[] o = new double[heads * dv];
            for (int h = 0; h < heads; h++) {
                double[] read = readOut(s[h / (heads / groups)], part(q, h, d));
                double[] normed = rms(mapped(read, y -> y / Math.sqrt(d)), normWeight(), epsilon());
                System.arraycopy(normed, 0, o, h * dv, dv);
            }
            if (flag("use_output_gate", true)) {
                o = times(o, mapped(linear(module + "g_proj", x), function(text("hidden_act", "swish"))));
            }
            return linear(module + "o_proj", o);
        }

        private DoubleUnaryOperator map() {
            return config.hasNonNull("feature_map") ? function(text("feature_map", "")) : y -> y;
        }

        private double[] normWeight() {
            double[] fused = tensors.get(module + "g_norm_swish_gate.weight");
            double[] plain = fused == null ? tensors.get(module + "g_norm.weight") : fused;
            return plain == null ? mapped(new double[dv], y -> 1) : plain;
        }

        private double[] side(String side, double[] x) {
            double[] u = linear(module + side + "_proj", x);
            PlainLoops.Convolution convolution = convolutions.get(side);
            return convolution == null ? u : silu(convolution.next(u));
        }

        @Override
        public Map<String, double[]> state() {
            Map<String, double[]> below = new LinkedHashMap<>();
            below.put("b_kv", flat(s));
            convolutions.forEach((side, convolution) -> convolution.addTo(below, side + "_"));
            return named(module, below);
        }
    }

    /** o = rᵀ (S + diag(u) k vᵀ), S ← diag(w) S + k vᵀ. */
    private final class SixthTimeMix implements Part {
        private final String module;
        private final int heads = number("num_heads", 4);
        private final int d = (int) (size * ratio("expand_k", 0.5)) / heads;
        private final int dv = (int) (size * ratio("expand_v", 1)) / heads;
        private final int rank = number("proj_low_rank_dim", 32);
        private final double[][][] s = new double[heads][d][dv];
        private double[] last = new double[size];

        SixthTimeMix(String module) {
            this.module = module;
        }

        @Override
        public double[] next(double[] x) {
            double[] low = mapped(
                    linear(module + "x_proj.0.linear", shifted(x, last, tensors.get(module + "x_proj.0.mu"))),
                    Math::tanh);
            double[][] read = new double[5][];
            for (int n = 0; n < 5; n++) {
                read[n] = shifted(x, last, share(low, n));
            }
            last = x;
            double[] r = linear(module + "r_proj.linear", read[0]);
            double[] w = lowRank(module + "w_proj.linear.lora.", read[1], Math::tanh);
            double[] k = linear(module + "k_proj.linear", read[2]);
            double[] v = linear(module + "v_proj.linear", read[3]);
            double[] o = new double[heads * dv];
            for (int h = 0; h < heads; h++) {
                double[] key = part(k, h, d);
                double[] value = part(v, h, dv);
                double[] bonus = times(key, part(tensors.get(module + "bonus"), h, d));
                double[] output = sum(readOut(s[h], part(r, h, d)), scaled(value, dot(part(r, h, d), bonus)));
                double epsilon = ratio("g_norm_eps", epsilon());
                System.arraycopy(centred(output, epsilon), 0, o, h * dv, dv);
                for (int i = 0; i < d; i++) {
                    scaleRow(s[h][i], Math.exp(-Math.exp(w[h * d + i])));
                }
                addOuter(s[h], key, value, 1);
            }
            o = sum(times(o, tensors.get(module + "g_norm.weight")), tensors.get(module + "g_norm.bias"));
            return linear(module + "o_proj", times(o, silu(linear(module + "g_proj.linear", read[4]))));
        }

        /** The share of the row before that the n-th reader takes. */
        private double[] share(double[] low, int n) {
            double[] back = tensors.get(module + "x_proj.2.weight");
            double[] share = part(tensors.get(module + "x_bias"), n, size);
            for (int i = 0; i < size; i++) {
                for (int j = 0; j < rank; j++) {
                    share[i] += back[i * 5 * rank + n * rank + j] * low[n * rank + j];
                }
            }
            return share;
        }

        @Override
        public Map<String, double[]> state() {
            return named(module, Map.of("b_kv", flat(s), "b_x", last));
        }
    }

    private final class SixthChannelMix implements Part {
        private final String module;
        private double[] last = new double[size];

        SixthChannelMix(String module) {
            this.module = module;
        }

        @Override
        public double[] next(double[] x) {
            double[] key = linear(module + "key.linear", shifted(x, last, tensors.get(module + "key.mu")));
            double[] receptance =
                    linear(module + "receptance.linear", shifted(x, last, tensors.get(module + "receptance.mu")));
            last = x;
            double[] value = linear(module + "value", mapped(key, function(text("hidden_act", "sqrelu"))));
            return times(value, mapped(receptance, PlainRecurrences::sigmoid));
        }

        @Override
        public Map<String, double[]> state() {
            return named(module, Map.of("b_x", last));
        }
    }

    /** S ← diag(w) S − (κ ⊙ a) κᵀ S + k vᵀ, o = rᵀ S. */
    private final class SeventhTimeMix implements Part {
        private final String module;
        private final boolean first;
        private final int heads = config.hasNonNull("head_dim") || !config.has("head_dim")
                ? size / number("head_dim", 64)
                : config.get("num_heads").asInt();
        private final int d = size / heads;
        private final int dv = config.path("value_dim").isArray()
                ? config.get("value_dim").get(0).asInt() / heads
                : number("value_dim", size) / heads;
        private final double[][][] s = new double[heads][d][dv];
        private double[] last = new double[size];

        SeventhTimeMix(String module, boolean first) {
            this.module = module;
            this.first = first;
        }

        @Override
        public double[] next(double[] x) {
            double[] r = linear(module + "r_proj", read("r", x));
            double[] k = linear(module + "k_proj", read("k", x));
            double[] v = linear(module + "v_proj", read("v", x));
            double[] decay = mapped(
                    lowRank(module + "w_lora.lora.", read("w", x), Math::tanh),
                    y -> Math.exp(-Math.exp(-0.5) * sigmoid(y)));
            double[] a = mapped(lowRank(module + "a_lora.lora.", read("a", x), y -> y), PlainRecurrences::sigmoid);
            double[] gate = lowRank(module + "g_lora.lora.", read("g", x), PlainRecurrences::sigmoid);
            if (first) {
                firstValues = v;
            } else {
                double[] share =
                        mapped(lowRank(module + "v_lora.lora.", read("v", x), y -> y), PlainRecurrences::sigmoid);
                for (int i = 0; i < v.length; i++) {
                    v[i] += (firstValues[i] - v[i]) * share[i];
                }
            }
            last = x;
            double[] kappas = times(k, tensors.get(module + "k_k"));
            for (int i = 0; i < k.length; i++) {
                k[i] *= 1 + (a[i] - 1) * tensors.get(module + "k_a")[i];
            }
            double[] o = new double[heads * dv];
            for (int h = 0; h < heads; h++) {
                double[] kappa = unit(part(kappas, h, d));
                double[] removed = readOut(s[h], kappa);
                for (int i = 0; i < d; i++) {
                    scaleRow(s[h][i], decay[h * d + i]);
                }
                addOuter(s[h], times(kappa, part(a, h, d)), removed, -1);
                addOuter(s[h], part(k, h, d), part(v, h, dv), 1);
                double[] normed = centred(readOut(s[h], part(r, h, d)), d * epsilon());
                System.arraycopy(normed, 0, o, h * dv, dv);
            }
            o = sum(times(o, tensors.get(module + "g_norm.weight")), tensors.get(module + "g_norm.bias"));
            for (int h = 0; h < heads; h++) {
                double[] weighted = times(part(k, h, d), part(tensors.get(module + "r_k"), h, d));
                double own = dot(part(r, h, d), weighted);
                for (int i = 0; i < dv; i++) {
                    o[h * dv + i] += own * v[h * dv + i];
                }
            }
            return linear(module + "o_proj", times(o, gate));
        }

        private double[] read(String reader, double[] x) {
            return shifted(x, last, tensors.get(module + "x_" + reader));
        }

        private double[] unit(double[] x) {
            double length = Math.sqrt(dot(x, x));
            double divisor = flag("fuse_norm", true) ? Math.sqrt(dot(x, x) + 1e-6) : Math.max(length, 1e-12);
            return mapped(x, y -> y / divisor);
        }

        @Override
        public Map<String, double[]> state() {
            return named(module, Map.of("b_kv", flat(s), "b_x", last));
        }
    }

    private final class SeventhChannelMix implements Part {
        private final String module;
        private double[] last = new double[size];

        SeventhChannelMix(String module) {
            this.module = module;
        }

        @Override
        public double[] next(double[] x) {
            double[] key = linear(module + "key", shifted(x, last, tensors.get(module + "x_k")));
            last = x;
            return linear(module + "value", mapped(key, function(text("hidden_act", "sqrelu"))));
        }

        @Override
        public Map<String, double[]> state() {
            return named(module, Map.of("b_x", last));
        }
    }

    private final class FeedForward implements Part {
        private final String module;

        FeedForward(String module) {
            this.module = module;
        }

        @Override
        public double[] next(double[] x) {
            return linear(
                    module + "down_proj", times(silu(linear(module + "gate_proj", x)), linear(module + "up_proj", x)));
        }

        @Override
        public Map<String, double[]> state() {
            return Map.of();
        }
    }

    // ---- fields, tensors, functions

    private int number(String field, int absent) {
        return config.hasNonNull(field) ? config.get(field).asInt() : absent;
    }

    private double ratio(String field, double absent) {
        return config.hasNonNull(field) ? config.get(field).asDouble() : absent;
    }

    private boolean flag(String field, boolean absent) {
        return config.path(field).asBoolean(absent);
    }

    private String text(String field, String absent) {
        return config.path(field).asText(absent);
    }

    private double epsilon() {
        return ratio("norm_eps", type.equals("gla") ? 1e-6 : 1e-5);
    }

    private double[] norm(double[] x, String module) {
        double[] weight = tensors.get(module + ".weight");
        if (type.equals("gla")) {
            return rms(x, weight, epsilon());
        }
        double[] normed = times(centred(x, epsilon()), weight);
        return flag("norm_bias", true) ? sum(normed, tensors.get(module + ".bias")) : normed;
    }

    private double[] linear(String name, double[] x) {
        double[] y = product(tensors.get(name + ".weight"), x);
        double[] bias = tensors.get(name + ".bias");
        return bias == null ? y : sum(y, bias);
    }

    private double[] lowRank(String module, double[] x, DoubleUnaryOperator between) {
        return linear(module + "2", mapped(linear(module + "0", x), between));
    }

    private static Map<String, double[]> named(String module, Map<String, double[]> below) {
        Map<String, double[]> named = new LinkedHashMap<>();
        below.forEach((name, state) -> named.put(module + name, state));
        return named;
    }

    private static double[] flat(double[][][] s) {
        double[][] perHead = new double[s.length][];
        for (int h = 0; h < s.length; h++) {
            perHead[h] = joined(s[h]);
        }
        return joined(perHead);
    }

    private static DoubleUnaryOperator function(String name) {
        return switch (name) {
            case "silu", "swish" -> x -> x * sigmoid(x);
            case "sigmoid" -> PlainRecurrences::sigmoid;
            case "relu" -> x -> Math.max(x, 0);
            case "elu" -> x -> x > 0 ? x + 1 : Math.exp(x);
            case "sqrelu" -> x -> x > 0 ? x * x : 0;
            default -> throw new AssertionError(name);
        };
    }

    private static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    /** x_t + (x_{t−1} − x_t) ⊙ share. */
    private static double[] shifted(double[] x, double[] before, double[] share) {
        double[] y = x.clone();
        for (int i = 0; i < y.length; i++) {
            y[i] += (before[i] - x[i]) * share[i];
        }
        return y;
    }

    /** (x − mean) / √(variance + ε). */
    private static double[] centred(double[] x, double epsilon) {
        double mean = 0;
        for (double value : x) {
            mean += value / x.length;
        }
        double centre = mean;
        return rms(mapped(x, y -> y - centre), mapped(x, y -> 1), epsilon);
    }

    private static double[] times(double[] a, double[] b) {
        double[] c = a.clone();
        for (int i = 0; i < c.length; i++) {
            c[i] *= b[i];
        }
        return c;
    }

    private static double[] scaled(double[] x, double factor) {
        return mapped(x, y -> y * factor);
    }

    private static void scaleRow(double[] row, double factor) {
        for (int j = 0; j < row.length; j++) {
            row[j] *= factor;
        }
    }
}
