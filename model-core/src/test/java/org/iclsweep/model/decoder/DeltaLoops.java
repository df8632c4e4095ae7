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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.iclsweep.model.decoder.PlainLoops.Convolution;
import org.iclsweep.model.prompt.TokenSequence;

/**
 * The oracle of {@code kda}, {@code comba} and {@code gated_deltaproduct}: their delta rules one token after another,
 * head by head, channel by channel, over {@code double}.
 */
final class DeltaLoops {
    private final JsonNode config;
    private final Map<String, double[]> tensors;
    private final String type;
    private final int heads;
    private final int valueHeads;
    private final int dk;
    private final int dv;
    private final List<Mixer> mixers = new ArrayList<>();

    DeltaLoops(JsonNode config, Map<String, double[]> tensors) {
        this.config = config;
        this.tensors = tensors;
        this.type = config.get("model_type").asText();
        this.heads = number("num_heads", 0);
        this.valueHeads = number("num_v_heads", heads);
        this.dk = number("head_dim", 0);
        this.dv = (int) Math.rint(dk * config.get("expand_v").asDouble());
        for (int layer = 0; layer < number("num_hidden_layers", 0); layer++) {
            mixers.add(new Mixer("model.layers." + layer + ".attn."));
        }
    }

    /** The logits after each of {@code tokens}. */
    double[][] read(TokenSequence tokens) {
        double[][] logits = new double[tokens.length()][];
        double[] embeddings = tensors.get("model.embeddings.weight");
        for (int t = 0; t < logits.length; t++) {
            double[] h = part(embeddings, tokens.ids()[t], number("hidden_size", 0));
            for (int layer = 0; layer < mixers.size(); layer++) {
                String block = "model.layers." + layer + ".";
                h = sum(h, mixers.get(layer).next(norm(h, block + "attn_norm")));
                double[] x = norm(h, block + "mlp_norm");
                double[] gate = silu(linear(block + "mlp.gate_proj", x));
                h = sum(h, linear(block + "mlp.down_proj", times(gate, linear(block + "mlp.up_proj", x))));
            }
            logits[t] = product(tensors.getOrDefault("lm_head.weight", embeddings), norm(h, "model.norm"));
        }
        return logits;
    }

    /** One layer's mixer and its state. */
    private final class Mixer {
        private final String module;
        private final double[][][] s = new double[valueHeads][dk][dv];
        private final Map<String, Convolution> convolutions = new LinkedHashMap<>();

        Mixer(String module) {
            this.module = module;
            if (flag("use_short_conv", true)) {
                for (String side : List.of("q", "k", "v")) {
                    String name = module + side + "_conv1d.";
                    convolutions.put(
                            side,
                            new Convolution(
                                    tensors.get(name + "weight"), tensors.get(name + "bias"), number("conv_size", 4)));
                }
            }
        }

        double[] next(double[] x) {
            double[] q = side("q", x);
            double[] k = side("k", x);
            double[] v = side("v", x);
            double[] b = linear(module + "b_proj", x);
            double[] o = new double[valueHeads * dv];
            for (int h = 0; h < valueHeads; h++) {
                int key = h / (valueHeads / heads);
                double[] query = part(q, key, dk);
                switch (type) {
                    case "kda" -> {
                        decayChannels(h, x);
                        write(h, unit(part(k, key, dk)), unit(part(k, key, dk)), part(v, h, dv), strength(b[h]));
                    }
                    case "comba" -> {
                        double[] read = part(k, key, dk);
                        if (tensors.containsKey(module + "decay")) {
                            double share = sigmoid(tensors.get(module + "decay")[key]);
                            read = mapped(read, y -> share * y);
                        }
                        if (tensors.containsKey(module + "D")) {
                            double correction = tensors.get(module + "D")[key];
                            query = sum(query, mapped(read, y -> -correction * y));
                        }
                        double[] missing = sum(part(v, h, dv), mapped(readOut(s[h], unit(read)), y -> -y));
                        scale(s[h], decay(h, x));
                        addOuter(s[h], unit(part(k, key, dk)), missing, strength(b[h]));
                    }
                    default -> {
                        if (flag("use_forget_gate", false)) {
                            scale(s[h], decay(h, x));
                        }
                        for (int step = 0; step < number("num_householder", 1); step++) {
                            double[] unit = unit(part(k, step * heads + key, dk));
                            double[] value = part(v, step * valueHeads + h, dv);
                            write(h, unit, unit, value, strength(b[step * valueHeads + h]));
                        }
                    }
                }
                double[] read = mapped(readOut(s[h], unit(query)), y -> y / Math.sqrt(dk));
                System.arraycopy(
                        PlainLoops.rms(read, tensors.get(module + "o_norm.weight"), epsilon()), 0, o, h * dv, dv);
            }
            return linear(module + "o_proj", gated(o, x));
        }

        /** S ← S + β k (v − Sᵀ p)ᵀ. */
        private void write(int h, double[] k, double[] p, double[] v, double beta) {
            addOuter(s[h], k, sum(v, mapped(readOut(s[h], p), y -> -y)), beta);
        }

        private void decayChannels(int h, double[] x) {
            double[] f = linear(module + "f_proj.1", linear(module + "f_proj.0", x));
            double rate = Math.exp(tensors.get(module + "A_log")[h]);
            for (int c = 0; c < dk; c++) {
                double step = f[h * dk + c] + tensors.get(module + "dt_bias")[h * dk + c];
                double g = config.hasNonNull("lower_bound")
                        ? config.get("lower_bound").asDouble() * sigmoid(rate * step)
                        : -rate * softplus(step);
                for (int i = 0; i < dv; i++) {
                    s[h][c][i] *= Math.exp(g);
                }
            }
        }

        private double decay(int h, double[] x) {
            double step = linear(module + "a_proj", x)[h] + tensors.get(module + "dt_bias")[h];
            return Math.exp(-Math.exp(tensors.get(module + "A_log")[h]) * softplus(step));
        }

        private double strength(double b) {
            return (flag("allow_neg_eigval", false) ? 2 : 1) * sigmoid(b);
        }

        private double[] gated(double[] o, double[] x) {
            if (type.equals("kda")) {
                return times(o, mapped(linear(module + "g_proj.1", linear(module + "g_proj.0", x)), y -> sigmoid(y)));
            }
            if (!flag("use_output_gate", true)) {
                return o;
            }
            double[] gate = linear(module + "g_proj", x);
            return times(o, type.equals("comba") ? mapped(gate, y -> sigmoid(y)) : silu(gate));
        }

        private double[] side(String side, double[] x) {
            double[] u = linear(module + side + "_proj", x);
            Convolution convolution = convolutions.get(side);
            return silu(convolution == null ? u : convolution.next(u));
        }
    }

    private static double[] unit(double[] x) {
        return mapped(x, y -> y / Math.sqrt(dot(x, x) + 1e-6));
    }

    private static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    private static double softplus(double x) {
        return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
    }

    private double[] norm(double[] x, String module) {
        return PlainLoops.rms(x, tensors.get(module + ".weight"), epsilon());
    }

    private double epsilon() {
        return config.get("norm_eps").asDouble();
    }

    private double[] linear(String name, double[] x) {
        double[] y = product(tensors.get(name + ".weight"), x);
        double[] bias = tensors.get(name + ".bias");
        return bias == null ? y : sum(y, bias);
    }

    private static double[] times(double[] a, double[] b) {
        return IntStream.range(0, a.length).mapToDouble(i -> a[i] * b[i]).toArray();
    }

    private int number(String field, int absent) {
        return config.hasNonNull(field) ? config.get(field).asInt() : absent;
    }

    private boolean flag(String field, boolean absent) {
        return config.hasNonNull(field) ? config.get(field).asBoolean() : absent;
    }
}
