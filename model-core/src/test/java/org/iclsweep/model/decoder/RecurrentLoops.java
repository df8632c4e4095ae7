package org.iclsweep.model.decoder;

import static org.iclsweep.model.decoder.PlainLoops.addOuter;
import static org.iclsweep.model.decoder.PlainLoops.dot;
import static org.iclsweep.model.decoder.PlainLoops.hedgehog;
import static org.iclsweep.model.decoder.PlainLoops.joined;
import static org.iclsweep.model.decoder.PlainLoops.mapped;
import static org.iclsweep.model.decoder.PlainLoops.part;
import static org.iclsweep.model.decoder.PlainLoops.product;
import static org.iclsweep.model.decoder.PlainLoops.readOut;
import static org.iclsweep.model.decoder.PlainLoops.rms;
import static org.iclsweep.model.decoder.PlainLoops.rotated;
import static org.iclsweep.model.decoder.PlainLoops.scale;
import static org.iclsweep.model.decoder.PlainLoops.silu;
import static org.iclsweep.model.decoder.PlainLoops.sum;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.iclsweep.model.prompt.TokenSequence;

/**
 * The oracle of {@code linear_attn}, {@code retnet}, {@code delta_net} and {@code mamba2}. Families without a decay
 * that depends on the data sum over all tokens so far, at absolute positions; the others step their recurrence.
 */
final class RecurrentLoops implements Loops {
    private final JsonNode config;
    private final Map<String, double[]> tensors;
    private final boolean mamba;
    private final double epsilon;
    private final List<Mixer> mixers = new ArrayList<>();
    private double leastConditioning = Double.POSITIVE_INFINITY;

    /** The step of one layer's mixer for the next token. */
    private interface Mixer {
        double[] next(double[] x);

        /** The state after what was read, by the tensors' names below the mixer's module. */
        Map<String, double[]> state();
    }

    RecurrentLoops(JsonNode config, Map<String, double[]> tensors) {
        this.config = config;
        this.tensors = tensors;
        this.mamba = config.get("model_type").asText().equals("mamba2");
        this.epsilon = config.path("layer_norm_epsilon")
                .asDouble(config.path("norm_eps").asDouble(mamba ? 1e-5 : 1e-6));
        for (int layer = 0; layer < config.get("num_hidden_layers").asInt(); layer++) {
            mixers.add(
                    switch (config.get("model_type").asText()) {
                        case "linear_attn" -> new NormedAttention(module(layer));
                        case "retnet" -> new RetainingHeads(module(layer));
                        case "delta_net" -> new DeltaHeads(module(layer));
                        case "mamba2" -> new StateSpace(module(layer));
                        default -> throw new AssertionError(config);
                    });
        }
    }

    private String module(int layer) {
        return (mamba ? "backbone.layers." + layer + ".mixer" : "model.layers." + layer + ".attn") + ".";
    }

    @Override
    public double[][] read(TokenSequence tokens, double least) {
        String root = mamba ? "backbone." : "model.";
        double[] embeddings = tensors.get(root + "embeddings.weight");
        double[] head =
                config.path("tie_word_embeddings").asBoolean(false) ? embeddings : tensors.get("lm_head.weight");
        double[][] logits = new double[tokens.length()][];
        for (int t = 0; t < tokens.length() && leastConditioning >= least; t++) {
            double[] h =
                    part(embeddings, tokens.ids()[t], config.get("hidden_size").asInt());
            for (int layer = 0; layer < mixers.size(); layer++) {
                String block = root + "layers." + layer + ".";
                h = sum(h, mixers.get(layer).next(norm(h, block + (mamba ? "norm" : "attn_norm"))));
                if (!mamba) {
                    h = sum(h, feedForward(block + "mlp.", norm(h, block + "mlp_norm")));
                }
            }
            logits[t] = product(head, norm(h, root + (mamba ? "norm_f" : "norm")));
        }
        return logits;
    }

    @Override
    public Map<String, double[]> states() {
        Map<String, double[]> states = new LinkedHashMap<>();
        for (int layer = 0; layer < mixers.size(); layer++) {
            String module = module(layer);
            mixers.get(layer).state().forEach((name, state) -> states.put(module + name, state));
        }
        return states;
    }

    @Override
    public double leastConditioning() {
        return leastConditioning;
    }

    private double[] norm(double[] x, String module) {
        return rms(x, tensors.get(module + ".weight"), epsilon);
    }

    private double[] feedForward(String mlp, double[] x) {
        double[] gate = silu(linear(mlp + "gate_proj", x));
        return linear(mlp + "down_proj", times(gate, linear(mlp + "up_proj", x)));
    }

    private double[] linear(String name, double[] x) {
        double[] y = product(tensors.get(name + ".weight"), x);
        double[] bias = tensors.get(name + ".bias");
        return bias == null ? y : sum(y, bias);
    }

    /** Σ x, whose conditioning is noted. */
    private double conditionedSum(double[] x, double epsilon) {
        double sum = Arrays.stream(x).sum() + epsilon;
        double terms = Arrays.stream(x).map(Math::abs).sum() + epsilon;
        leastConditioning = Math.min(leastConditioning, terms == 0 ? 0 : Math.abs(sum) / terms);
        return sum;
    }

    /** RMS norm per head, with the weights of {@code name} if there are any. */
    private double[] normedHead(double[] x, String name) {
        double[] ones = new double[x.length];
        Arrays.fill(ones, 1);
        return rms(x, tensors.getOrDefault(name, ones), epsilon);
    }

    private static double[] times(double[] a, double[] b) {
        double[] c = a.clone();
        for (int i = 0; i < c.length; i++) {
            c[i] *= b[i];
        }
        return c;
    }

    private static double activation(String name, double x) {
        return switch (name) {
            case "identity" -> x;
            case "silu", "swish" -> silu(x);
            case "relu" -> Math.max(x, 0);
            case "sqrelu" -> Math.max(x, 0) * Math.max(x, 0);
            case "elu" -> x > 0 ? x + 1 : Math.exp(x);
            case "sigmoid" -> 1 / (1 + Math.exp(-x));
            default -> throw new AssertionError(name);
        };
    }

    private static double[] activation(String name, double[] x) {
        return mapped(x, value -> activation(name, value));
    }

    /** Sizes that the heads of the three families of flash-linear-attention have. */
    private abstract class Heads implements Mixer {
        final String module;
        final int heads;
        final int groups;
        final int dk;
        final int dv;

        Heads(String module, int absentHeads, double absentExpandV) {
            this.module = module;
            int size = config.get("hidden_size").asInt();
            heads = config.path("num_heads").asInt(absentHeads);
            groups = config.path("num_kv_heads").asInt(heads);
            dk = (int) (size * config.path("expand_k").asDouble(1)) / heads;
            dv = (int) (size * config.path("expand_v").asDouble(absentExpandV)) / heads;
        }
    }

    /** out_i = P^−½ Σ_j φ(q_i)·φ(k_j) v_j, perhaps over the sum of the scores, then a norm. */
    private final class NormedAttention extends Heads {
        private final String map = config.path("feature_map").asText("elementwise_product");
        private final boolean normaliser = config.path("norm_feature_map").asBoolean(false);
        private final List<List<double[]>> keys = new ArrayList<>();
        private final List<List<double[]>> values = new ArrayList<>();

        NormedAttention(String module) {
            super(module, 4, 1);
            for (int g = 0; g < groups; g++) {
                keys.add(new ArrayList<>());
                values.add(new ArrayList<>());
            }
        }

        @Override
        public double[] next(double[] x) {
            double[] q = linear(module + "q_proj", x);
            double[] k = linear(module + "k_proj", x);
            double[] v = linear(module + "v_proj", x);
            boolean tied = config.path("tie_feature_map_qk").asBoolean(false);
            for (int g = 0; g < groups; g++) {
                keys.get(g).add(features(part(k, g, dk), tied ? "q" : "k", "norm_k"));
                values.get(g).add(part(v, g, dv));
            }
            double[] out = new double[heads * dv];
            for (int h = 0; h < heads; h++) {
                int g = h / (heads / groups);
                double[] feature = features(part(q, h, dk), "q", "norm_q");
                double[] scores = keys.get(g).stream()
                        .mapToDouble(key -> dot(feature, key) / Math.sqrt(feature.length))
                        .toArray();
                double divisor = normaliser ? conditionedSum(scores, 1e-10) : 1;
                double[] o = new double[dv];
                for (int j = 0; j < scores.length; j++) {
                    for (int i = 0; i < dv; i++) {
                        o[i] += scores[j] * values.get(g).get(j)[i] / divisor;
                    }
                }
                System.arraycopy(normedHead(o, module + "norm.weight"), 0, out, h * dv, dv);
            }
            return linear(module + "o_proj", out);
        }

        private double[] features(double[] x, String side, String norm) {
            String layer = module + "feature_map_" + side + ".layer";
            double[] mapped = switch (map) {
                case "elementwise_product" -> times(linear(layer + "1", x), linear(layer + "2", x));
                case "hedgehog" -> hedgehog(linear(layer, x));
                case "t2r" -> activation("relu", linear(layer, x));
                case "dpfp" -> rolledProducts(x);
                default -> activation(map, x);
            };
            if (!config.path(norm).asBoolean(false)) {
                return mapped;
            }
            double total = conditionedSum(mapped, 1e-4);
            return mapped(mapped, feature -> feature / total);
        }

        private double[] rolledProducts(double[] x) {
            boolean isNegated = config.path("dpfp_negated_relu").asBoolean(false);
            int n = 2 * x.length;
            double[] z = new double[n];
            for (int i = 0; i < x.length; i++) {
                z[i] = Math.max(x[i], 0);
                z[x.length + i] = isNegated ? -Math.max(x[i], 0) : Math.max(-x[i], 0);
            }
            double[] products = new double[4 * n];
            for (int j = 1; j <= 4; j++) {
                for (int i = 0; i < n; i++) {
                    products[(j - 1) * n + i] = z[i] * z[Math.floorMod(i - j, n)];
                }
            }
            return products;
        }

        @Override
        public Map<String, double[]> state() {
            double[][] kv = new double[groups][];
            double[][] d = new double[groups][];
            for (int g = 0; g < groups; g++) {
                double[][] s = new double[keys.get(g).get(0).length][dv];
                d[g] = new double[s.length];
                for (int j = 0; j < keys.get(g).size(); j++) {
                    addOuter(s, keys.get(g).get(j), values.get(g).get(j), 1);
                    d[g] = sum(d[g], keys.get(g).get(j));
                }
                kv[g] = joined(s);
            }
            Map<String, double[]> state = new LinkedHashMap<>();
            state.put("b_kv", joined(kv));
            if (normaliser) {
                state.put("b_d", joined(d));
            }
            return state;
        }
    }

    /** out_i = dk^−½ Σ_j γ^(i−j) (R_i q_i)·(R_j k_j) v_j, then a norm and a gate. */
    private final class RetainingHeads extends Heads {
        private static final double THETA = 10000;
        private final String map = config.path("feature_map").asText("identity");
        private final List<double[]> keys = new ArrayList<>();
        private final List<double[]> values = new ArrayList<>();

        RetainingHeads(String module) {
            super(module, 8, 2);
        }

        private double gamma(int head) {
            return 1 - Math.pow(2, -5 - head);
        }

        @Override
        public double[] next(double[] x) {
            double[] q = linear(module + "q_proj", x);
            keys.add(linear(module + "k_proj", x));
            values.add(linear(module + "v_proj", x));
            int i = keys.size() - 1;
            boolean gated = config.path("use_output_gate").asBoolean(true);
            String function = config.path("hidden_act").asText("swish");
            boolean fused = gated
                    && function.equals("swish")
                    && config.path("fuse_norm").asBoolean(true);
            double[] out = new double[heads * dv];
            for (int h = 0; h < heads; h++) {
                int g = h / (heads / groups);
                double[] query = rotated(activation(map, part(q, h, dk)), i, THETA);
                double[] o = new double[dv];
                for (int j = 0; j <= i; j++) {
                    double[] key = rotated(activation(map, part(keys.get(j), g, dk)), j, THETA);
                    double weight = Math.pow(gamma(h), i - j) * dot(query, key) / Math.sqrt(dk);
                    o = sum(o, mapped(part(values.get(j), g, dv), value -> weight * value));
                }
                String weights = module + (fused ? "g_norm_swish_gate" : "g_norm") + ".weight";
                System.arraycopy(normedHead(o, weights), 0, out, h * dv, dv);
            }
            return linear(
                    module + "o_proj", gated ? times(out, activation(function, linear(module + "g_proj", x))) : out);
        }

        @Override
        public Map<String, double[]> state() {
            double[][] perHead = new double[heads][];
            int last = keys.size() - 1;
            for (int h = 0; h < heads; h++) {
                int g = h / (heads / groups);
                double[][] s = new double[dk][dv];
                for (int j = 0; j <= last; j++) {
                    double[] key = rotated(activation(map, part(keys.get(j), g, dk)), j - last, THETA);
                    addOuter(s, key, part(values.get(j), g, dv), Math.pow(gamma(h), last - j));
                }
                perHead[h] = joined(s);
            }
            return Map.of("b_kv", joined(perHead));
        }
    }

    /** S ← S + β k (v − kᵀS)ᵀ, o = dk^−½ qᵀS, then a norm and a gate. */
    private final class DeltaHeads extends Heads {
        private final Map<String, PlainLoops.Convolution> convolutions = new LinkedHashMap<>();
        private final double[][][] s = new double[heads][dk][dv];

        DeltaHeads(String module) {
            super(module, 16, 1);
            int taps = config.path("conv_size").asInt(4);
            for (String side : List.of("q", "k", "v")) {
                String name = module + side + "_conv1d";
                if (config.path("use_short_conv").asBoolean(true)) {
                    convolutions.put(
                            side,
                            new PlainLoops.Convolution(
                                    tensors.get(name + ".weight"), tensors.get(name + ".bias"), taps));
                }
            }
        }

        private double[] side(String side, double[] x, String function) {
            double[] u = linear(module + side + "_proj", x);
            PlainLoops.Convolution convolution = convolutions.get(side);
            return activation(function, convolution == null ? u : convolution.next(u));
        }

        private double[] normed(double[] x) {
            double divisor = config.path("qk_norm").asText("l2").equals("sum")
                    ? conditionedSum(x, 0)
                    : Math.sqrt(dot(x, x) + 1e-6);
            return mapped(x, value -> value / divisor);
        }

        @Override
        public double[] next(double[] x) {
            String function = config.path("qk_activation").asText("silu");
            double[] q = side("q", x, function);
            double[] k = side("k", x, function);
            double[] v = side("v", x, "silu");
            double most = config.path("allow_neg_eigval").asBoolean(false) ? 2 : 1;
            double[] beta = config.path("use_beta").asBoolean(true)
                    ? activation("sigmoid", linear(module + "b_proj", x))
                    : mapped(new double[heads], zero -> 1);
            double[] out = new double[heads * dv];
            for (int h = 0; h < heads; h++) {
                double[] key = normed(part(k, h, dk));
                double[] recalled = readOut(s[h], key);
                double[] error = sum(part(v, h, dv), mapped(recalled, value -> -value));
                addOuter(s[h], key, error, most * beta[h]);
                double[] query = normed(part(q, h, dk));
                double[] read = readOut(s[h], mapped(query, value -> value / Math.sqrt(dk)));
                System.arraycopy(normedHead(read, module + "o_norm.weight"), 0, out, h * dv, dv);
            }
            boolean gated = config.path("use_gate").asBoolean(false);
            return linear(module + "o_proj", gated ? times(out, silu(linear(module + "g_proj", x))) : out);
        }

        @Override
        public Map<String, double[]> state() {
            Map<String, double[]> state = new LinkedHashMap<>();
            double[][] perHead = new double[heads][];
            for (int h = 0; h < heads; h++) {
                perHead[h] = joined(s[h]);
            }
            state.put("b_kv", joined(perHead));
            convolutions.forEach((side, convolution) -> convolution.addTo(state, side + "_"));
            return state;
        }
    }

    /** S ← e^(−e^A Δ) S + Δ B xᵀ, y = CᵀS + D x, then a gate and a norm. */
    private final class StateSpace implements Mixer {
        private final String module;
        private final int p = config.path("head_dim").asInt(64);
        private final int n = config.path("state_size").asInt(128);
        private final int groups = config.path("n_groups").asInt(1);
        private final int inner = (int)
                (config.path("expand").asDouble(2) * config.get("hidden_size").asInt());
        private final int heads = inner / p;
        private final String function = config.path("hidden_act").asText("silu");
        private final PlainLoops.Convolution convolution;
        private final double[][][] s = new double[heads][n][p];

        StateSpace(String module) {
            this.module = module;
            this.convolution = new PlainLoops.Convolution(
                    tensors.get(module + "conv1d.weight"),
                    tensors.get(module + "conv1d.bias"),
                    config.path("conv_kernel").asInt(4));
        }

        private JsonNode field(String name, String other) {
            return config.has(other) ? config.get(other) : config.path(name);
        }

        private double step(double raw) {
            double step = Math.log1p(Math.exp(raw));
            JsonNode limits = field("dt_limit", "time_step_limit");
            if (limits.isArray()) {
                step = Math.max(step, limits.get(0).asDouble());
                step = limits.get(1).isNumber() ? Math.min(step, limits.get(1).asDouble()) : step;
            }
            return step;
        }

        @Override
        public double[] next(double[] x) {
            double[] all = linear(module + "in_proj", x);
            double[] z = Arrays.copyOfRange(all, 0, inner);
            int channels = inner + 2 * groups * n;
            double[] u = activation(function, convolution.next(Arrays.copyOfRange(all, inner, inner + channels)));
            double[] b = Arrays.copyOfRange(u, inner, inner + groups * n);
            double[] c = Arrays.copyOfRange(u, inner + groups * n, channels);
            double[] d = tensors.get(module + "D");
            double[] y = new double[inner];
            for (int h = 0; h < heads; h++) {
                int g = h / (heads / groups);
                double delta = step(all[inner + channels + h] + tensors.get(module + "dt_bias")[h]);
                double[] input = part(u, h, p);
                scale(s[h], Math.exp(-Math.exp(tensors.get(module + "A_log")[h]) * delta));
                addOuter(s[h], part(b, g, n), input, delta);
                double[] read = readOut(s[h], part(c, g, n));
                for (int i = 0; i < p; i++) {
                    y[h * p + i] = read[i] + input[i] * d[d.length == heads ? h : h * p + i];
                }
            }
            return linear(module + "out_proj", gated(y, z));
        }

        private double[] gated(double[] y, double[] z) {
            if (!field("rmsnorm", "rms_norm").asBoolean(true)) {
                return times(y, activation(function, z));
            }
            boolean before = config.path("norm_before_gate").asBoolean(false);
            double[] normed = before ? y : times(y, silu(z));
            int size = inner / groups;
            for (int g = 0; g < groups; g++) {
                double[] weight = part(tensors.get(module + "norm.weight"), g, size);
                System.arraycopy(rms(part(normed, g, size), weight, epsilon), 0, normed, g * size, size);
            }
            return before ? times(normed, silu(z)) : normed;
        }

        @Override
        public Map<String, double[]> state() {
            Map<String, double[]> state = new LinkedHashMap<>();
            double[][] perHead = new double[heads][];
            for (int h = 0; h < heads; h++) {
                perHead[h] = joined(s[h]);
            }
            state.put("b_kv", joined(perHead));
            convolution.addTo(state, "");
            return state;
        }
    }
}
