package org.iclsweep.model.decoder;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** The oracle of GPT-2: one token after another over {@code double}, with all keys and values that were read. */
final class Gpt2Loops {
    private final JsonNode config;
    private final Map<String, double[]> tensors;
    private final String root;
    private final int size;
    private final int heads;
    private final int layers;
    private final double epsilon;
    private final List<List<double[]>> keys = new ArrayList<>();
    private final List<List<double[]>> values = new ArrayList<>();
    private final List<List<double[]>> queries = new ArrayList<>();
    private final List<List<Remembered>> remembered = new ArrayList<>();
    private Remembered.Similarity similarity;
    private final List<PastValues> past = new ArrayList<>();
    private int read;

    Gpt2Loops(JsonNode config, Map<String, double[]> tensors) {
        this.config = config;
        this.tensors = tensors;
        this.root = tensors.containsKey("transformer.wte.weight") ? "transformer." : "";
        this.size = config.get("n_embd").asInt();
        this.heads = config.get("n_head").asInt();
        this.layers = config.get("n_layer").asInt();
        this.epsilon = config.path("layer_norm_epsilon").asDouble(1e-5);
        for (int layer = 0; layer < layers; layer++) {
            keys.add(new ArrayList<>());
            values.add(new ArrayList<>());
            queries.add(new ArrayList<>());
            remembered.add(new ArrayList<>());
            past.add(new PastValues(config));
        }
    }

    /** The logits after each of {@code tokens}. */
    double[][] read(int[] tokens) {
        return IntStream.of(tokens).mapToObj(this::next).toArray(double[][]::new);
    }

    private double[] next(int token) {
        double[] position = PlainLoops.part(tensors.get(root + "wpe.weight"), read, size);
        double[] h = PlainLoops.sum(PlainLoops.part(tensors.get(root + "wte.weight"), token, size), position);
        for (int layer = 0; layer < layers; layer++) {
            String block = "h." + layer + ".";
            h = PlainLoops.sum(h, attention(layer, block + "attn.", norm(h, block + "ln_1")));
            double[] inner = PlainLoops.mapped(linear(block + "mlp.c_fc", norm(h, block + "ln_2")), Gpt2Loops::gelu);
            h = PlainLoops.sum(h, linear(block + "mlp.c_proj", inner));
        }
        read++;
        boolean tied = config.path("tie_word_embeddings").asBoolean(true);
        return PlainLoops.product(tensors.get(tied ? root + "wte.weight" : "lm_head.weight"), norm(h, "ln_f"));
    }

    private double[] attention(int layer, String module, double[] x) {
        double[] all = linear(module + "c_attn", x);
        int d = size / heads;
        keys.get(layer).add(PlainLoops.part(all, 1, size));
        values.get(layer).add(PlainLoops.part(all, 2, size));
        past.get(layer).read(PlainLoops.part(all, 2, size));
        queries.get(layer).add(PlainLoops.part(all, 0, size));
        int count = keys.get(layer).size();
        double scale = config.path("scale_attn_weights").asBoolean(true) ? 1 / Math.sqrt(d) : 1;
        scale /= config.path("scale_attn_by_inverse_layer_idx").asBoolean(false) ? layer + 1 : 1;
        double[][] o = new double[heads][d];
        for (int h = 0; h < heads; h++) {
            double[] q = PlainLoops.part(PlainLoops.part(all, 0, size), h, d);
            double[] weights = new double[count];
            double largest = Double.NEGATIVE_INFINITY;
            for (int j = 0; j < count; j++) {
                weights[j] = scale
                        * PlainLoops.dot(q, PlainLoops.part(keys.get(layer).get(j), h, d));
                largest = Math.max(largest, weights[j]);
            }
            double total = 0;
            for (int j = 0; j < count; j++) {
                weights[j] = similarity == null
                        ? Math.exp(weights[j] - largest)
                        : similarity.of(
                                root + "h." + layer + ".attn",
                                h,
                                q,
                                PlainLoops.part(keys.get(layer).get(j), h, d),
                                scale);
                total += weights[j];
            }
            for (int j = 0; j < count; j++) {
                double[] value = PlainLoops.part(values.get(layer).get(j), h, d);
                for (int i = 0; i < d; i++) {
                    o[h][i] += weights[j] * value[i];
                }
            }
            if (!remembered.get(layer).isEmpty()) {
                total += remembered.get(layer).get(h).addTo(o[h], q, scale, largest);
            }
            for (int i = 0; i < d; i++) {
                o[h][i] /= total;
            }
        }
        return linear(
                module + "c_proj",
                PlainLoops.sum(PlainLoops.joined(o), past.get(layer).before()));
    }

    /** Wᵀ x + b for W [in, out]. */
    private double[] linear(String name, double[] x) {
        double[] w = tensors.get(root + name + ".weight");
        double[] y = tensors.get(root + name + ".bias").clone();
        for (int i = 0; i < x.length; i++) {
            for (int j = 0; j < y.length; j++) {
                y[j] += x[i] * w[i * y.length + j];
            }
        }
        return y;
    }

    private double[] norm(double[] x, String module) {
        double mean = IntStream.range(0, x.length).mapToDouble(i -> x[i]).sum() / x.length;
        double[] normed =
                PlainLoops.rms(PlainLoops.mapped(x, y -> y - mean), tensors.get(root + module + ".weight"), epsilon);
        return PlainLoops.sum(normed, tensors.get(root + module + ".bias"));
    }

    private static double gelu(double x) {
        return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * Math.pow(x, 3))));
    }

    /** Another similarity of the tokens that are read from now on; null for exp(c qᵀk). */
    void similar(Remembered.Similarity instead) {
        similarity = instead;
    }

    /** Puts something else in the place of keys and values that were read; positions go on behind them. */
    void remember(Remembered.Of instead) {
        int d = size / heads;
        for (int layer = 0; layer < layers; layer++) {
            for (int head = 0; head < heads; head++) {
                int h = head;
                String module = root + "h." + layer + ".attn";
                remembered
                        .get(layer)
                        .add(instead.of(
                                module, h, head(keys, layer, h, d), head(values, layer, h, d), new double[][][] {
                                    head(queries, layer, h, d)
                                }));
            }
            keys.get(layer).clear();
            values.get(layer).clear();
            queries.get(layer).clear();
        }
    }

    private static double[][] head(List<List<double[]>> rows, int layer, int h, int d) {
        return rows.get(layer).stream().map(row -> PlainLoops.part(row, h, d)).toArray(double[][]::new);
    }

    /** The state after what was read, by its full names. */
    Map<String, double[]> states() {
        Map<String, double[]> states = new LinkedHashMap<>();
        states.put(root + "b_pos", new double[] {read});
        for (int layer = 0; layer < layers; layer++) {
            states.put(root + "h." + layer + ".attn.b_k", perHead(keys.get(layer)));
            states.put(root + "h." + layer + ".attn.b_v", perHead(values.get(layer)));
            if (!past.get(layer).isPlain()) {
                // After nothing, too, there is a state.
                states.put(
                        root + "h." + layer + ".attn.b_s",
                        read == 0 ? new double[size] : past.get(layer).state());
            }
        }
        return states;
    }

    private double[] perHead(List<double[]> rows) {
        double[] flat = new double[rows.size() * size];
        int at = 0;
        for (int h = 0; h < heads; h++) {
            for (double[] row : rows) {
                System.arraycopy(row, h * size / heads, flat, at, size / heads);
                at += size / heads;
            }
        }
        return flat;
    }
}
