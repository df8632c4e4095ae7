package org.iclsweep.model.decoder;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.iclsweep.model.prompt.TokenSequence;

/**
 * The oracle: a model as the plainest loops over {@code double}, one token after another, each head with the state of
 * its recurrence. No batch, no matrix product, no padding, nothing of the product but the tensors' names. Positions are
 * absolute; nothing is re-phased until a state is asked for.
 */
final class PlainLoops implements Loops {
    private final JsonNode config;
    private final Map<String, double[]> tensors;
    private final boolean deltaNet;
    private final double epsilon;
    private final List<Mixer> mixers = new ArrayList<>();
    private double leastConditioning = Double.POSITIVE_INFINITY;

    /** The step of one layer's mixer for the next token. */
    interface Mixer {
        double[] next(double[] x);

        /** The state after what was read, by the tensors' names below the mixer's module. */
        Map<String, double[]> state();
    }

    PlainLoops(JsonNode config, Map<String, double[]> tensors) {
        this.config = config;
        this.tensors = tensors;
        this.deltaNet = config.get("model_type").asText().equals("gated_deltanet");
        this.epsilon = config.path(deltaNet ? "norm_eps" : "rms_norm_eps").asDouble(1e-6);
        for (int layer = 0; layer < config.get("num_hidden_layers").asInt(); layer++) {
            mixers.add(mixer(layer));
        }
    }

    private Mixer mixer(int layer) {
        SoftmaxLoops softmax = SoftmaxLoops.of(config, layer, module(layer), tensors);
        if (softmax != null) {
            return softmax;
        }
        return deltaNet ? new DeltaRule(module(layer)) : new Attention(module(layer));
    }

    private String module(int layer) {
        return "model.layers." + layer + "." + (deltaNet ? "attn" : "self_attn");
    }

    @Override
    public double[][] read(TokenSequence tokens, double least) {
        double[][] logits = new double[tokens.length()][];
        for (int t = 0; t < tokens.length() && leastConditioning >= least; t++) {
            double[] h = embedding(tokens, t);
            for (int layer = 0; layer < mixers.size(); layer++) {
                String block = "model.layers." + layer + ".";
                double[] first = norm(h, block + (deltaNet ? "attn_norm" : "input_layernorm"));
                h = sum(h, mixers.get(layer).next(first));
                double[] second = norm(h, block + (deltaNet ? "mlp_norm" : "post_attention_layernorm"));
                h = sum(h, feedForward(block + "mlp.", second));
            }
            logits[t] = product(head(), norm(h, "model.norm"));
        }
        return logits;
    }

    /** Gives softmax attention another similarity for the tokens that follow; null for its own. */
    void similar(Remembered.Similarity instead) {
        for (Mixer mixer : mixers) {
            if (mixer instanceof SoftmaxLoops softmax) {
                softmax.similar(instead);
            }
        }
    }

    /** Puts something else in the place of what softmax attention has read. */
    void remember(Remembered.Of instead) {
        for (Mixer mixer : mixers) {
            if (mixer instanceof SoftmaxLoops softmax) {
                softmax.remember(instead);
            }
        }
    }

    @Override
    public Map<String, double[]> states() {
        Map<String, double[]> states = new LinkedHashMap<>();
        for (int layer = 0; layer < mixers.size(); layer++) {
            String module = module(layer) + ".";
            mixers.get(layer).state().forEach((name, state) -> states.put(module + name, state));
        }
        return states;
    }

    @Override
    public double leastConditioning() {
        return leastConditioning;
    }

    // ---- token by token

    private double[] embedding(TokenSequence tokens, int t) {
        int id = tokens.ids()[t];
        if (id < 0) {
            return product(
                    tensors.get("model.embed_inputs.weight"), tokens.vectors().get(-1 - id));
        }
        double[] table = tensors.get(deltaNet ? "model.embeddings.weight" : "model.embed_tokens.weight");
        int size = config.get("hidden_size").asInt();
        return part(table, id, size);
    }

    private double[] head() {
        if (config.path("output_size").asInt(0) > 0) {
            return tensors.get("model.readout.weight");
        }
        boolean tied = config.path("tie_word_embeddings").asBoolean(false);
        String embedding = deltaNet ? "model.embeddings.weight" : "model.embed_tokens.weight";
        return tensors.get(tied ? embedding : "lm_head.weight");
    }

    private double[] feedForward(String mlp, double[] x) {
        double[] gate = linear(mlp + "gate_proj", x);
        double[] up = linear(mlp + "up_proj", x);
        for (int i = 0; i < up.length; i++) {
            up[i] *= silu(gate[i]);
        }
        return linear(mlp + "down_proj", up);
    }

    private double[] norm(double[] x, String module) {
        return rms(x, tensors.get(module + ".weight"), epsilon);
    }

    private double[] linear(String name, double[] x) {
        return linear(tensors, name, x);
    }

    /** W x + b for {@code name.weight} [out, in] and an optional {@code name.bias}. */
    static double[] linear(Map<String, double[]> tensors, String name, double[] x) {
        double[] y = product(tensors.get(name + ".weight"), x);
        double[] bias = tensors.get(name + ".bias");
        return bias == null ? y : sum(y, bias);
    }

    /** Linearised attention: S ← S + R_t φ(k) vᵀ, z ← z + φ(k), o = (R_t φ(q))ᵀ S / φ(q)ᵀ z. */
    private final class Attention implements Mixer {
        private final String module;
        private final int heads = config.get("num_attention_heads").asInt();
        private final int groups = config.path("num_key_value_heads").asInt(heads);
        private final int d =
                config.path("head_dim").asInt(config.get("hidden_size").asInt() / heads);
        private final boolean rope =
                config.path("position_embedding").asText("rope").equals("rope");
        private final boolean normaliser = config.path("normalizer").asBoolean(true);
        private final boolean rotary = rope && config.path("rotary_normalizer").asBoolean(false);
        private final double theta = config.path("rope_theta").asDouble(10000);
        private final Map<String, Convolution> convolutions;
        private final double[][][] s = new double[groups][][];
        private final List<List<double[]>> counted = new ArrayList<>();
        private final PastValues past = new PastValues(config);
        private int read;

        Attention(String module) {
            this.module = module;
            this.convolutions = convolutions(module, config.path("conv_size").asInt(0));
            for (int g = 0; g < groups; g++) {
                counted.add(new ArrayList<>());
            }
        }

        @Override
        public double[] next(double[] x) {
            double[] q = side("q", x);
            double[] k = side("k", x);
            double[] v = side("v", x);
            past.read(v);
            for (int g = 0; g < groups; g++) {
                double[] feature = phi(part(k, g, d), "k");
                double[] turned = rope ? rotated(feature, read, theta) : feature;
                s[g] = s[g] == null ? new double[feature.length][d] : s[g];
                addOuter(s[g], turned, part(v, g, d), 1);
                counted.get(g).add(rotary ? turned : feature);
            }
            double[] o = new double[heads * d];
            double[] momentum = past.before();
            for (int h = 0; h < heads; h++) {
                int g = h / (heads / groups);
                double[] feature = phi(part(q, h, d), "q");
                double[] turned = rope ? rotated(feature, read, theta) : feature;
                double divisor = normaliser ? divisor(rotary ? turned : feature, counted.get(g)) : 1;
                double[] sum = readOut(s[g], turned);
                for (int i = 0; i < d; i++) {
                    o[h * d + i] = sum[i] / divisor + momentum[g * d + i];
                }
            }
            read++;
            return linear(module + ".o_proj", o);
        }

        private double divisor(double[] q, List<double[]> keys) {
            double sum = 0;
            double absolute = 0;
            for (double[] key : keys) {
                sum += dot(q, key);
                absolute += Math.abs(dot(q, key));
            }
            leastConditioning = Math.min(leastConditioning, absolute == 0 ? 0 : Math.abs(sum) / absolute);
            return sum;
        }

        private double[] side(String side, double[] x) {
            double[] u = linear(module + "." + side + "_proj", x);
            Convolution convolution = convolutions.get(side);
            return convolution == null ? u : silu(convolution.next(u));
        }

        private double[] phi(double[] x, String side) {
            return switch (config.path("feature_map").asText("elu")) {
                case "elu" -> mapped(x, y -> y > 0 ? y + 1 : Math.exp(y));
                case "relu" -> mapped(x, y -> y > 0 ? y : 0);
                case "identity" -> x;
                case "exp" -> mapped(x, Math::exp);
                case "taylor2" -> taylor(x);
                case "hedgehog" -> hedgehog(linear(module + ".feature_map_" + side + ".layer", x));
                default -> throw new AssertionError(config);
            };
        }

        @Override
        public Map<String, double[]> state() {
            Map<String, double[]> state = new LinkedHashMap<>();
            double[][] turned = new double[groups][];
            double[][] sums = new double[groups][];
            for (int g = 0; g < groups; g++) {
                double[][] columns = transposed(s[g]);
                for (int i = 0; i < d; i++) {
                    columns[i] = rope ? rotated(columns[i], -read, theta) : columns[i];
                }
                turned[g] = joined(transposed(columns));
                double[] sum = new double[s[g].length];
                for (double[] key : counted.get(g)) {
                    sum = sum(sum, key);
                }
                sums[g] = rotary ? rotated(sum, -read, theta) : sum;
            }
            state.put("b_kv", joined(turned));
            if (normaliser) {
                state.put("b_d", joined(sums));
            }
            if (!past.isPlain()) {
                state.put("b_s", past.state());
            }
            convolutions.forEach((side, convolution) -> convolution.addTo(state, side + "_"));
            return state;
        }
    }

    /** The gated delta rule: S ← α S, then S ← S + β k (v − kᵀS)ᵀ, o = d^−½ qᵀS. */
    private final class DeltaRule implements Mixer {
        private final String module;
        private final int heads = config.get("num_heads").asInt();
        private final int valueHeads = config.path("num_v_heads").asInt(heads);
        private final int d = config.get("head_dim").asInt();
        private final int dv = (int) (d * config.path("expand_v").asDouble(2));
        private final Map<String, Convolution> convolutions;
        private final double[][][] s = new double[valueHeads][d][dv];

        DeltaRule(String module) {
            this.module = module;
            boolean convolved = config.path("use_short_conv").asBoolean(true);
            this.convolutions =
                    convolutions(module, convolved ? config.path("conv_size").asInt(4) : 0);
        }

        @Override
        public double[] next(double[] x) {
            double[] q = side("q", x);
            double[] k = side("k", x);
            double[] v = side("v", x);
            double[] a = linear(module + ".a_proj", x);
            double[] b = linear(module + ".b_proj", x);
            double[] o = new double[valueHeads * dv];
            for (int h = 0; h < valueHeads; h++) {
                int of = h / (valueHeads / heads);
                double[] key = unit(part(k, of, d));
                double step = Math.log1p(Math.exp(a[h] + tensors.get(module + ".dt_bias")[h]));
                double alpha = Math.exp(-Math.exp(tensors.get(module + ".A_log")[h]) * step);
                double beta = 1 / (1 + Math.exp(-b[h]));
                beta *= config.path("allow_neg_eigval").asBoolean(false) ? 2 : 1;
                scale(s[h], alpha);
                double[] error = part(v, h, dv);
                double[] recalled = readOut(s[h], key);
                for (int i = 0; i < dv; i++) {
                    error[i] -= recalled[i];
                }
                addOuter(s[h], key, error, beta);
                double[] read = readOut(s[h], unit(part(q, of, d)));
                double[] normed =
                        rms(mapped(read, y -> y / Math.sqrt(d)), tensors.get(module + ".o_norm.weight"), epsilon);
                System.arraycopy(normed, 0, o, h * dv, dv);
            }
            if (config.path("use_gate").asBoolean(true)) {
                double[] gate = silu(linear(module + ".g_proj", x));
                for (int i = 0; i < o.length; i++) {
                    o[i] *= gate[i];
                }
            }
            return linear(module + ".o_proj", o);
        }

        private double[] side(String side, double[] x) {
            double[] u = linear(module + "." + side + "_proj", x);
            Convolution convolution = convolutions.get(side);
            return silu(convolution == null ? u : convolution.next(u));
        }

        private double[] unit(double[] x) {
            double length = Math.sqrt(dot(x, x) + 1e-6);
            return mapped(x, y -> y / length);
        }

        @Override
        public Map<String, double[]> state() {
            Map<String, double[]> state = new LinkedHashMap<>();
            double[][] perHead = new double[valueHeads][];
            for (int h = 0; h < valueHeads; h++) {
                perHead[h] = joined(s[h]);
            }
            state.put("b_kv", joined(perHead));
            convolutions.forEach((side, convolution) -> convolution.addTo(state, side + "_"));
            return state;
        }
    }

    private Map<String, Convolution> convolutions(String module, int taps) {
        Map<String, Convolution> convolutions = new LinkedHashMap<>();
        if (taps > 0) {
            for (String side : List.of("q", "k", "v")) {
                String name = module + "." + side + "_conv1d";
                convolutions.put(
                        side, new Convolution(tensors.get(name + ".weight"), tensors.get(name + ".bias"), taps));
            }
        }
        return convolutions;
    }

    /** y_t = Σ_i w_i u_{t−K+1+i} + b, with zeros before the first row. */
    static final class Convolution {
        private final double[] weight;
        private final double[] bias;
        private final int taps;
        private final List<double[]> rows = new ArrayList<>();

        Convolution(double[] weight, double[] bias, int taps) {
            this.weight = weight;
            this.bias = bias;
            this.taps = taps;
        }

        double[] next(double[] u) {
            rows.add(u.clone());
            double[] y = new double[u.length];
            for (int c = 0; c < u.length; c++) {
                y[c] = bias == null ? 0 : bias[c];
                for (int i = 0; i < taps; i++) {
                    y[c] += weight[c * taps + i] * row(rows.size() - taps + i, c);
                }
            }
            return y;
        }

        private double row(int at, int channel) {
            return at < 0 ? 0 : rows.get(at)[channel];
        }

        void addTo(Map<String, double[]> state, String prefix) {
            int channels = weight.length / taps;
            if (taps > 1) {
                double[] last = new double[channels * (taps - 1)];
                for (int c = 0; c < channels; c++) {
                    for (int i = 0; i < taps - 1; i++) {
                        last[c * (taps - 1) + i] = row(rows.size() - taps + 1 + i, c);
                    }
                }
                state.put(prefix + "conv1d.b_x", last);
            }
        }
    }

    // ---- vectors and matrices

    static double[] taylor(double[] x) {
        int d = x.length;
        double[] feature = new double[1 + d + d * d];
        feature[0] = 1;
        for (int i = 0; i < d; i++) {
            feature[1 + i] = x[i] / Math.pow(d, 0.25);
            for (int j = 0; j < d; j++) {
                feature[1 + d + i * d + j] = x[i] * x[j] / Math.sqrt(2.0 * d);
            }
        }
        return feature;
    }

    static double[] hedgehog(double[] y) {
        double[] feature = new double[2 * y.length];
        double sum = 0;
        for (int i = 0; i < y.length; i++) {
            feature[i] = Math.exp(2 * y[i]);
            feature[y.length + i] = Math.exp(-2 * y[i]);
            sum += feature[i] + feature[y.length + i];
        }
        double all = sum;
        return mapped(feature, e -> e / all);
    }

    /** Half-split rotary positions over all features; an odd last one stays. */
    static double[] rotated(double[] x, int position, double theta) {
        double[] y = x.clone();
        int half = x.length / 2;
        for (int i = 0; i < half; i++) {
            double angle = position * Math.pow(theta, -(double) i / half);
            y[i] = x[i] * Math.cos(angle) - x[i + half] * Math.sin(angle);
            y[i + half] = x[i + half] * Math.cos(angle) + x[i] * Math.sin(angle);
        }
        return y;
    }

    static double[] rms(double[] x, double[] weight, double epsilon) {
        double scale = Math.sqrt(dot(x, x) / x.length + epsilon);
        double[] y = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            y[i] = x[i] / scale * weight[i];
        }
        return y;
    }

    /** W x for W [out, in]. */
    static double[] product(double[] w, double[] x) {
        double[] y = new double[w.length / x.length];
        for (int i = 0; i < y.length; i++) {
            for (int j = 0; j < x.length; j++) {
                y[i] += w[i * x.length + j] * x[j];
            }
        }
        return y;
    }

    /** xᵀ S. */
    static double[] readOut(double[][] s, double[] x) {
        double[] y = new double[s[0].length];
        for (int i = 0; i < x.length; i++) {
            for (int j = 0; j < y.length; j++) {
                y[j] += x[i] * s[i][j];
            }
        }
        return y;
    }

    static void addOuter(double[][] s, double[] a, double[] b, double factor) {
        for (int i = 0; i < a.length; i++) {
            for (int j = 0; j < b.length; j++) {
                s[i][j] += factor * a[i] * b[j];
            }
        }
    }

    static void scale(double[][] s, double factor) {
        for (double[] row : s) {
            for (int j = 0; j < row.length; j++) {
                row[j] *= factor;
            }
        }
    }

    static double[][] transposed(double[][] s) {
        double[][] t = new double[s[0].length][s.length];
        for (int i = 0; i < s.length; i++) {
            for (int j = 0; j < t.length; j++) {
                t[j][i] = s[i][j];
            }
        }
        return t;
    }

    static double[] joined(double[][] parts) {
        double[] all = new double[parts.length * parts[0].length];
        for (int i = 0; i < parts.length; i++) {
            System.arraycopy(parts[i], 0, all, i * parts[0].length, parts[0].length);
        }
        return all;
    }

    static double[] part(double[] x, int index, int size) {
        double[] part = new double[size];
        System.arraycopy(x, index * size, part, 0, size);
        return part;
    }

    static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    static double[] sum(double[] a, double[] b) {
        double[] c = a.clone();
        for (int i = 0; i < c.length; i++) {
            c[i] += b[i];
        }
        return c;
    }

    static double[] mapped(double[] x, java.util.function.DoubleUnaryOperator f) {
        return java.util.Arrays.stream(x).map(f).toArray();
    }

    static double silu(double x) {
        return x / (1 + Math.exp(-x));
    }

    static double[] silu(double[] x) {
        return mapped(x, PlainLoops::silu);
    }
}
