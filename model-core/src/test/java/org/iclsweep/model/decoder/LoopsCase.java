package org.iclsweep.model.decoder;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Stream;
import org.iclsweep.model.tensor.FeatureMap;

/**
 * A configuration that is held against the plain loops, and the seed of its weights and prompts; shown by its options.
 *
 * <p>A rotary normaliser over exp or taylor2 features crosses zero in nearly every long context, where no computation
 * has digits, and is left out.
 */
record LoopsCase(ObjectNode config, int seed) {
    static final int VOCABULARY = 24;
    private static final ObjectMapper JSON = new ObjectMapper();

    @Override
    public String toString() {
        return config + ", seed " + seed;
    }

    private LoopsCase withMomentum(double factor) {
        return new LoopsCase(config.put("value_momentum", factor), seed);
    }

    /** A part of {@link #all()} in which each two values of options that occur together in a family still do. */
    static Stream<LoopsCase> pairwise() {
        return Pairwise.cover(all(), LoopsCase::config).stream();
    }

    /** All combinations of the options that matter most, the rest drawn. */
    static Stream<LoopsCase> everyCombination() {
        return all().stream();
    }

    static List<LoopsCase> all() {
        List<LoopsCase> all = new ArrayList<>();
        for (FeatureMap map : EnumSet.range(FeatureMap.ELU, FeatureMap.HEDGEHOG)) {
            for (int taps : new int[] {0, 1, 2, 4}) {
                for (String normaliser : new String[] {"none", "plain", "rotary"}) {
                    for (boolean rope : new boolean[] {true, false}) {
                        boolean illPosed = rope
                                && normaliser.equals("rotary")
                                && (map == FeatureMap.EXP || map == FeatureMap.TAYLOR2);
                        // Taps of 1 are an edge of the buffers only: one of the maps shows it.
                        if (!illPosed && (taps != 1 || map == FeatureMap.ELU)) {
                            all.add(linearLlama(all.size(), map, rope, normaliser, taps));
                        }
                    }
                }
            }
        }
        for (int valueHeads : new int[] {2, 4, 6}) {
            for (boolean gate : new boolean[] {true, false}) {
                for (boolean negative : new boolean[] {true, false}) {
                    for (int taps : new int[] {0, 1, 4}) {
                        all.add(gatedDeltaNet(all.size(), valueHeads, gate, negative, taps));
                    }
                }
            }
        }
        all.addAll(RecurrentOptions.all());
        // Windows of the token alone, shorter and longer than a chunk, and longer than any context; 0 for none.
        for (int window : new int[] {0, 1, 2, 5, 40, 70, 500}) {
            all.add(softmax(all.size(), window));
            all.add(hybrid(all.size(), window, false));
            all.add(hybrid(all.size(), window, true));
        }
        for (double factor : new double[] {0.05, 0.9, 0.999}) {
            for (int taps : new int[] {0, 3}) {
                for (String normaliser : new String[] {"none", "plain"}) {
                    all.add(linearLlama(all.size(), FeatureMap.ELU, taps == 0, normaliser, taps)
                            .withMomentum(factor));
                }
                all.add(linearLlama(all.size(), FeatureMap.HEDGEHOG, true, "plain", taps)
                        .withMomentum(factor));
            }
            for (int window : new int[] {0, 5, 70}) {
                all.add(softmax(all.size(), window).withMomentum(factor));
            }
        }
        return List.copyOf(all);
    }

    private static LoopsCase softmax(int seed, int window) {
        Random random = new Random(seed);
        ObjectNode config = sizes(window == 0 ? "llama" : "mistral", random)
                .put("num_attention_heads", 4)
                .put("num_key_value_heads", new int[] {1, 2, 4}[random.nextInt(3)])
                .put("head_dim", 5 + random.nextInt(3))
                .put("rope_theta", random.nextBoolean() ? 10000 : 50)
                .put("attention_bias", random.nextBoolean());
        return new LoopsCase(window == 0 ? config : config.put("sliding_window", window), seed);
    }

    private static LoopsCase hybrid(int seed, int window, boolean headNorm) {
        ObjectNode config = gatedDeltaNet(seed, 2, true, false, 4).config();
        ObjectNode attn = config.putObject("attn").put("num_heads", 2).put("num_kv_heads", 1 + seed % 2);
        attn.putArray("layers").add(seed % 2);
        attn.put("rope_theta", 100).put("qkv_bias", seed % 3 == 0).put("qk_norm", headNorm);
        if (window > 0) {
            attn.put("window_size", window);
        }
        return new LoopsCase(config, seed);
    }

    private static LoopsCase linearLlama(int seed, FeatureMap map, boolean rope, String normaliser, int taps) {
        Random random = new Random(seed);
        ObjectNode config = sizes("linear_llama", random)
                .put("num_attention_heads", 4)
                .put("num_key_value_heads", new int[] {1, 2, 4}[random.nextInt(3)])
                // An odd number of features has one that no rotation turns.
                .put("head_dim", dimension(map, random))
                .put("feature_map", map.name().toLowerCase(Locale.ROOT))
                .put("position_embedding", rope ? "rope" : "none")
                .put("rope_theta", random.nextBoolean() ? 10000 : 50)
                .put("normalizer", !normaliser.equals("none"))
                .put("rotary_normalizer", normaliser.equals("rotary"))
                .put("conv_size", taps);
        if (random.nextInt(4) == 0) {
            config.put("input_size", 3);
        }
        if (random.nextInt(6) == 0) {
            config.put("output_size", 2);
        }
        return new LoopsCase(config, seed);
    }

    private static int dimension(FeatureMap map, Random random) {
        return switch (map) {
            case TAYLOR2 -> 3;
            // Of few features, all products of a query's with its own key's are soon 0.
            case RELU -> 15 + random.nextInt(2);
            default -> 6 + random.nextInt(3);
        };
    }

    private static LoopsCase gatedDeltaNet(int seed, int valueHeads, boolean gate, boolean negative, int taps) {
        Random random = new Random(seed);
        ObjectNode config = sizes("gated_deltanet", random)
                .put("num_heads", 2)
                .put("num_v_heads", valueHeads)
                .put("head_dim", 3 + random.nextInt(3))
                .put("expand_v", new double[] {1, 1.5, 2}[random.nextInt(3)])
                .put("use_gate", gate)
                .put("allow_neg_eigval", negative)
                .put("use_short_conv", taps > 0);
        if (taps > 0) {
            config.put("conv_size", taps);
        }
        return new LoopsCase(config, seed);
    }

    private static ObjectNode sizes(String type, Random random) {
        return JSON.createObjectNode()
                .put("model_type", type)
                .put("vocab_size", VOCABULARY)
                .put("hidden_size", 10)
                .put("num_hidden_layers", 2)
                .put("intermediate_size", 14)
                .put(type.equals("gated_deltanet") ? "norm_eps" : "rms_norm_eps", random.nextBoolean() ? 1e-6 : 1e-2)
                .put("tie_word_embeddings", random.nextBoolean());
    }
}
