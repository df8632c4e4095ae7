package org.iclsweep.model.training;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.Map;
import org.iclsweep.datasets.task.TaskBlock;

/** Small models and settings for the tests of training. */
final class Configurations {
    private Configurations() {}

    static final JsonNode DELTA_RULE = json("""
            {"model_type": "gated_deltanet", "vocab_size": 11, "hidden_size": 8, "num_hidden_layers": 2, "num_heads": 2,
             "head_dim": 4, "expand_v": 1.5, "conv_size": 3, "intermediate_size": 12, "norm_eps": 1e-3,
             "tie_word_embeddings": true}""");

    static final JsonNode HEDGEHOG = json("""
            {"model_type": "linear_llama", "vocab_size": 11, "hidden_size": 8, "num_hidden_layers": 2,
             "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 4, "intermediate_size": 12,
             "feature_map": "hedgehog", "conv_size": 2, "input_size": 3, "rms_norm_eps": 1e-3}""");

    static final JsonNode ELU = json("""
            {"model_type": "linear_llama", "vocab_size": 11, "hidden_size": 8, "num_hidden_layers": 1,
             "num_attention_heads": 2, "intermediate_size": 12, "feature_map": "elu", "rotary_normalizer": false,
             "rms_norm_eps": 1e-3}""");

    static final JsonNode NORMED_LINEAR_ATTENTION = json("""
            {"model_type": "linear_attn", "vocab_size": 11, "hidden_size": 8, "num_hidden_layers": 2, "num_heads": 4,
             "num_kv_heads": 2, "expand_k": 2, "intermediate_size": 12, "feature_map": "hedgehog", "norm_q": true,
             "norm_feature_map": true, "norm_eps": 1e-3}""");

    static final JsonNode RETENTION = json("""
            {"model_type": "retnet", "vocab_size": 11, "hidden_size": 8, "num_hidden_layers": 2, "num_heads": 2,
             "num_kv_heads": 1, "feature_map": "elu", "intermediate_size": 12, "norm_eps": 1e-3}""");

    static final JsonNode SUMMED_KEYS = json("""
            {"model_type": "delta_net", "vocab_size": 11, "hidden_size": 8, "num_hidden_layers": 2, "num_heads": 2,
             "conv_size": 3, "qk_norm": "sum", "qk_activation": "elu", "use_gate": true, "intermediate_size": 12,
             "norm_eps": 1e-3, "tie_word_embeddings": true}""");

    static final JsonNode STATE_SPACE = json("""
            {"model_type": "mamba2", "vocab_size": 11, "hidden_size": 8, "num_hidden_layers": 2, "head_dim": 4,
             "state_size": 5, "n_groups": 2, "conv_kernel": 3, "use_bias": true, "D_has_hdim": true,
             "dt_limit": [1e-4, 10], "norm_eps": 1e-3}""");
    static final JsonNode WINDOW = json("""
            {"model_type": "mistral", "vocab_size": 11, "hidden_size": 8, "num_hidden_layers": 2,
             "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 4, "intermediate_size": 12,
             "sliding_window": 7, "rms_norm_eps": 1e-3}""");

    static final JsonNode SOFTMAX = json("""
            {"model_type": "llama", "vocab_size": 11, "hidden_size": 8, "num_hidden_layers": 2,
             "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 4, "intermediate_size": 12,
             "input_size": 3, "rms_norm_eps": 1e-3}""");

    static final JsonNode LINEAR_MOMENTUM = json("""
            {"model_type": "linear_llama", "vocab_size": 11, "hidden_size": 8, "num_hidden_layers": 2,
             "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 4, "intermediate_size": 12,
             "feature_map": "elu", "conv_size": 2, "rms_norm_eps": 1e-3, "value_momentum": 0.8}""");

    static final JsonNode SOFTMAX_MOMENTUM = json("""
            {"model_type": "llama", "vocab_size": 11, "hidden_size": 8, "num_hidden_layers": 2,
             "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 4, "intermediate_size": 12,
             "rms_norm_eps": 1e-3, "value_momentum": 0.8}""");

    /** The in-context classifier of the recipes in its smallest form. */
    static final JsonNode CLASSIFIER = json("""
            {"model_type": "linear_llama", "vocab_size": 4, "input_size": 8, "hidden_size": 32, "num_hidden_layers": 2,
             "num_attention_heads": 2, "head_dim": 16, "intermediate_size": 64, "feature_map": "hedgehog",
             "position_embedding": "none", "conv_size": 2, "icl_labels": [0, 1, 2, 3]}""");

    static JsonNode json(String text) {
        try {
            return new ObjectMapper().readTree(text);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(e);
        }
    }

    static OptimizerSettings settings(double rate) {
        return new OptimizerSettings(
                rate, 0.9, 0.95, 1e-8, 0, 1, new LearningRateSchedule.WarmupCosine(50, 0.05), List.of());
    }

    static EpisodeSource clusters(int batch, int examples, long seed) {
        return new VectorEpisodes(new TaskBlock("gaussian-clusters", Map.of()), 4, examples, batch).source(seed);
    }
}
