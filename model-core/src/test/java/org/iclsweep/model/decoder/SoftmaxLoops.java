package org.iclsweep.model.decoder;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The oracle of softmax attention, token by token: every key and value that was read, in absolute positions, and a
 * window over the last of them.
 */
final class SoftmaxLoops implements PlainLoops.Mixer {
    private final Map<String, double[]> tensors;
    private final String module;
    private final int heads;
    private final int groups;
    private final int d;
    private final double theta;
    private final int window;
    private final boolean headNorm;
    private final List<double[][]> keys = new ArrayList<>();
    private final List<double[][]> values = new ArrayList<>();
    private final List<double[][]> queries = new ArrayList<>();
    private final List<Remembered> remembered = new ArrayList<>();
    private final PastValues past;
    private Remembered.Similarity similarity;

    private SoftmaxLoops(Map<String, double[]> tensors, String module, JsonNode attn, String[] names, int d) {
        this.tensors = tensors;
        this.module = module;
        this.heads = attn.get(names[0]).asInt();
        this.groups = attn.path(names[1]).asInt(heads);
        this.d = attn.path("head_dim").asInt(d);
        this.theta = attn.path("rope_theta").asDouble(10000);
        this.window = attn.path(names[2]).asInt(Integer.MAX_VALUE);
        this.headNorm = attn.path("qk_norm").asBoolean(false);
        this.past = new PastValues(attn);
    }

    /** The softmax attention of a layer, or null where that has another mixer. */
    static SoftmaxLoops of(JsonNode config, int layer, String module, Map<String, double[]> tensors) {
        int hiddenSize = config.get("hidden_size").asInt();
        String type = config.get("model_type").asText();
        if (type.equals("llama") || type.equals("mistral")) {
            String[] names = {"num_attention_heads", "num_key_value_heads", "sliding_window"};
            return new SoftmaxLoops(
                    tensors,
                    module,
                    config,
                    names,
                    hiddenSize / config.get(names[0]).asInt());
        }
        for (JsonNode index : config.path("attn").path("layers")) {
            if (index.asInt() == layer) {
                JsonNode attn = config.get("attn");
                String[] names = {"num_heads", "num_kv_heads", "window_size"};
                return new SoftmaxLoops(
                        tensors,
                        module,
                        attn,
                        names,
                        hiddenSize / attn.get(names[0]).asInt());
            }
        }
        return null;
    }

    @Override
    public double[] next(double[] x) {
        double[] q = PlainLoops.linear(tensors, module + ".q_proj", x);
        double[] k = PlainLoops.linear(tensors, module + ".k_proj", x);
        double[] v = PlainLoops.linear(tensors, module + ".v_proj", x);
        past.read(v);
        int here = keys.size();
        double[][] key = new double[groups][];
        double[][] value = new double[groups][];
        for (int g = 0; g < groups; g++) {
            key[g] = PlainLoops.rotated(normed(PlainLoops.part(k, g, d), "k"), here, theta);
            value[g] = PlainLoops.part(v, g, d);
        }
        keys.add(key);
        values.add(value);
        double[][] o = new double[heads][];
        double[][] query = new double[heads][];
        double[] momentum = past.before();
        for (int h = 0; h < heads; h++) {
            query[h] = PlainLoops.rotated(normed(PlainLoops.part(q, h, d), "q"), here, theta);
            int g = h / (heads / groups);
            o[h] = PlainLoops.sum(read(query[h], g), PlainLoops.part(momentum, g, d));
        }
        queries.add(query);
        return PlainLoops.linear(tensors, module + ".o_proj", PlainLoops.joined(o));
    }

    private double[] normed(double[] head, String side) {
        return headNorm ? PlainLoops.rms(head, tensors.get(module + "." + side + "_norm.weight"), 1e-5) : head;
    }

    private double[] read(double[] q, int g) {
        int here = keys.size() - 1;
        int first = Math.max(0, here - window + 1);
        double largest = Double.NEGATIVE_INFINITY;
        for (int j = first; j <= here; j++) {
            largest = Math.max(largest, PlainLoops.dot(q, keys.get(j)[g]) / Math.sqrt(d));
        }
        double[] sum = new double[d];
        double total = 0;
        for (int j = first; j <= here; j++) {
            double weight = similarity == null
                    ? Math.exp(PlainLoops.dot(q, keys.get(j)[g]) / Math.sqrt(d) - largest)
                    : similarity.of(module, g, q, keys.get(j)[g], 1 / Math.sqrt(d));
            total += weight;
            sum = PlainLoops.sum(sum, PlainLoops.mapped(values.get(j)[g], y -> y * weight));
        }
        if (!remembered.isEmpty()) {
            total += remembered.get(g).addTo(sum, q, 1 / Math.sqrt(d), largest);
        }
        double all = total;
        return PlainLoops.mapped(sum, y -> y / all);
    }

    /** Tokens that are read from now on are compared by this similarity; null for softmax. */
    void similar(Remembered.Similarity instead) {
        similarity = instead;
    }

    /** Puts something else in the place of what was read; the next token stands at position 0. */
    void remember(Remembered.Of instead) {
        int read = keys.size();
        for (int g = 0; g < groups; g++) {
            int group = g;
            remembered.add(instead.of(
                    module,
                    g,
                    keys.stream()
                            .map(k -> PlainLoops.rotated(k[group], -read, theta))
                            .toArray(double[][]::new),
                    values.stream().map(v -> v[group]).toArray(double[][]::new),
                    java.util.stream.IntStream.range(group * (heads / groups), (group + 1) * (heads / groups))
                            .mapToObj(h -> queries.stream()
                                    .map(q -> PlainLoops.rotated(q[h], -read, theta))
                                    .toArray(double[][]::new))
                            .toArray(double[][][]::new)));
        }
        keys.clear();
        values.clear();
        queries.clear();
    }

    @Override
    public Map<String, double[]> state() {
        int read = keys.size();
        int first = (int) Math.max(0, read - (window - 1L));
        double[][] keptKeys = new double[groups * (read - first)][];
        double[][] keptValues = new double[keptKeys.length][];
        for (int g = 0; g < groups; g++) {
            for (int j = first; j < read; j++) {
                keptKeys[g * (read - first) + j - first] = PlainLoops.rotated(keys.get(j)[g], -read, theta);
                keptValues[g * (read - first) + j - first] = values.get(j)[g];
            }
        }
        Map<String, double[]> state = new LinkedHashMap<>();
        state.put("b_k", keptKeys.length == 0 ? new double[0] : PlainLoops.joined(keptKeys));
        state.put("b_v", keptKeys.length == 0 ? new double[0] : PlainLoops.joined(keptValues));
        if (!past.isPlain()) {
            state.put("b_s", past.state());
        }
        return state;
    }
}
