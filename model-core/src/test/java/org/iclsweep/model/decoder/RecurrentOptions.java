package org.iclsweep.model.decoder;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** The options of the families of {@link RecurrentLoops}: what matters most in every combination, the rest drawn. */
final class RecurrentOptions {
    private static final ObjectMapper JSON = new ObjectMapper();

    private RecurrentOptions() {}

    static List<LoopsCase> all() {
        List<LoopsCase> all = new ArrayList<>();
        for (String map : List.of("elementwise_product", "hedgehog", "t2r", "dpfp", "elu", "relu", "identity")) {
            for (String norm : List.of("none", "normaliser", "sums", "both")) {
                all.add(linearAttn(1000 + all.size(), map, norm));
            }
        }
        for (String map : List.of("identity", "relu", "elu", "silu", "sigmoid")) {
            for (String gate : List.of("none", "swish", "sqrelu", "sigmoid")) {
                all.add(retnet(1000 + all.size(), map, gate));
            }
        }
        for (String activation : List.of("silu", "relu", "elu", "identity")) {
            for (String norm : List.of("l2", "sum")) {
                for (int taps : new int[] {0, 1, 4}) {
                    // Keys of either sign that sum to 1 are longer than 1, and the state explodes.
                    if (norm.equals("l2") || activation.equals("elu") || activation.equals("relu")) {
                        all.add(deltaNet(1000 + all.size(), activation, norm, taps));
                    }
                }
            }
        }
        for (String norm : List.of("none", "after", "before")) {
            for (int groups : new int[] {1, 2, 4}) {
                for (int taps : new int[] {1, 2, 4}) {
                    all.add(mamba2(1000 + all.size(), norm, groups, taps));
                }
            }
        }
        return all;
    }

    private static LoopsCase linearAttn(int seed, String map, String norm) {
        Random random = new Random(seed);
        boolean sums = norm.equals("sums") || norm.equals("both");
        // The features of dpfp sum to a form that is definite in 3 dimensions and vanishes often in 6.
        int expandKeys = sums && map.equals("dpfp") ? 1 : 1 + random.nextInt(2);
        ObjectNode config = sizes("linear_attn", random)
                .put("hidden_size", 12)
                .put("num_heads", 4)
                .put("num_kv_heads", new int[] {1, 2, 4}[random.nextInt(3)])
                .put("expand_k", expandKeys)
                .put("expand_v", 1 + random.nextInt(3))
                .put("feature_map", map)
                .put("tie_feature_map_qk", random.nextBoolean())
                .put("norm_q", sums && random.nextInt(3) > 0)
                .put("norm_k", sums)
                .put("norm_feature_map", norm.equals("normaliser") || norm.equals("both"))
                .put("elementwise_affine", random.nextInt(3) > 0);
        boolean negated = map.equals("dpfp") && seed % 2 == 0;
        return new LoopsCase(negated ? config.put("dpfp_negated_relu", true) : config, seed);
    }

    private static LoopsCase retnet(int seed, String map, String gate) {
        Random random = new Random(seed);
        ObjectNode config = sizes("retnet", random)
                .put("num_heads", 2)
                .put("num_kv_heads", 1 + random.nextInt(2))
                // An odd number of dimensions has one that no rotation turns.
                .put("expand_k", new double[] {0.6, 1, 1.6}[random.nextInt(3)])
                .put("expand_v", 1 + random.nextInt(2))
                .put("use_output_gate", !gate.equals("none"))
                .put("fuse_norm", random.nextBoolean())
                .put("elementwise_affine", random.nextInt(3) > 0);
        if (!gate.equals("none")) {
            config.put("hidden_act", gate);
        }
        if (!map.equals("identity")) {
            config.put("feature_map", map);
        }
        return new LoopsCase(config, seed);
    }

    private static LoopsCase deltaNet(int seed, String activation, String norm, int taps) {
        Random random = new Random(seed);
        // Where all of few features can be 0, so can their sum.
        boolean sparse = activation.equals("relu") && norm.equals("sum");
        ObjectNode config = sizes("delta_net", random)
                .put("num_heads", sparse ? 1 : 2)
                .put("expand_k", sparse ? 3 : 1)
                .put("expand_v", new double[] {1, 2}[random.nextInt(2)])
                .put("use_gate", random.nextBoolean())
                .put("use_short_conv", taps > 0)
                .put("use_beta", random.nextInt(3) > 0)
                .put("allow_neg_eigval", random.nextBoolean())
                .put("qk_norm", norm)
                .put("qk_activation", activation);
        if (taps > 0) {
            config.put("conv_size", taps);
        }
        return new LoopsCase(config, seed);
    }

    private static LoopsCase mamba2(int seed, String norm, int groups, int taps) {
        Random random = new Random(seed);
        boolean transformers = random.nextBoolean();
        ObjectNode config = sizes("mamba2", random)
                .put("head_dim", 5)
                .put("state_size", 3 + random.nextInt(4))
                .put("n_groups", groups)
                .put("conv_kernel", taps)
                .put("use_bias", random.nextBoolean())
                .put("use_conv_bias", random.nextBoolean())
                .put("hidden_act", random.nextInt(3) > 0 ? "silu" : "relu")
                .put(transformers ? "rms_norm" : "rmsnorm", !norm.equals("none"))
                .put("norm_before_gate", norm.equals("before"))
                .put("D_has_hdim", random.nextBoolean());
        config.remove("intermediate_size");
        String limits = transformers ? "time_step_limit" : "dt_limit";
        switch (random.nextInt(3)) {
            case 0 -> config.putArray(limits).add(0.01).add(0.05);
            case 1 -> config.putArray(limits).add(0.02).add("Infinity");
            default -> config.remove(limits);
        }
        if (transformers) {
            config.set("layer_norm_epsilon", config.remove("norm_eps"));
        }
        return new LoopsCase(config, seed);
    }

    private static ObjectNode sizes(String type, Random random) {
        return JSON.createObjectNode()
                .put("model_type", type)
                .put("vocab_size", 24)
                .put("hidden_size", 10)
                .put("num_hidden_layers", 2)
                .put("intermediate_size", 14)
                .put("norm_eps", random.nextBoolean() ? 1e-6 : 1e-2)
                .put("tie_word_embeddings", random.nextBoolean());
    }
}
