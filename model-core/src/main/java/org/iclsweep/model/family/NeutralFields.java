package org.iclsweep.model.family;

import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The fields of a config.json that change no logit of a model: of training, storage, generation, this project. */
final class NeutralFields {
    static final Set<String> NAMES = Stream.of(
                    // Identity of the file and of the training.
                    "model_type architectures auto_map _name_or_path name_or_path _model_name_or_path",
                    "transformers_version torch_dtype dtype torchscript tokenizer_class",
                    // Tokens and generation.
                    "tokenizer tokenizer_sha256 bos_token_id eos_token_id pad_token_id sep_token_id unk_token_id",
                    "decoder_start_token_id",
                    "use_cache cache_implementation do_sample temperature top_k top_p max_length",
                    "min_length length_penalty num_beams num_beam_groups num_return_sequences early_stopping",
                    "diversity_penalty repetition_penalty no_repeat_ngram_size encoder_no_repeat_ngram_size",
                    "typical_p bad_words_ids suppress_tokens begin_suppress_tokens forced_bos_token_id",
                    "forced_eos_token_id remove_invalid_values exponential_decay_length_penalty output_scores",
                    "return_dict_in_generate prefix",
                    "model_max_length n_ctx num_logits_to_keep output_attentions",
                    "output_hidden_states return_dict use_return_dict task_specific_params",
                    // Tasks other than language modelling.
                    "id2label label2id num_labels problem_type finetuning_task is_decoder",
                    "is_encoder_decoder summary_activation summary_first_dropout summary_proj_to_labels",
                    "summary_type summary_use_proj",
                    // Training.
                    "initializer_range attention_dropout hidden_dropout dropout attn_pdrop embd_pdrop",
                    "resid_pdrop rescale_prenorm_residual time_step_min time_step_max time_step_floor",
                    "time_step_rank time_step_scale time_step_init_scheme A_init_range pretraining_tp",
                    "use_l2warp",
                    // Left by other tools; transformers does not read them (its rotary pairs are half-split).
                    "is_llama_config rope_interleaved transformers.js_config unsloth_fixed unsloth_version",
                    // Ways of computing the same.
                    "_attn_implementation _attn_implementation_autoset attn_implementation attn_mode chunk_size",
                    "use_bfloat16 tf_legacy_loss tie_encoder_decoder",
                    "chunk_size_feed_forward reorder_and_upcast_attn residual_in_fp32 fuse_norm",
                    "fuse_swiglu fuse_cross_entropy fuse_linear_cross_entropy",
                    // This project's tasks.
                    "icl_labels icl_template icl_max_words icl_context")
            .flatMap(names -> Stream.of(names.split(" ")))
            .collect(Collectors.toUnmodifiableSet());

    private NeutralFields() {}
}
