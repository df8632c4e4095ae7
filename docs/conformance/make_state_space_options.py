"""Small random models of transformers' hybrids of state-space layers in many options, with float64 logits over whole sequences.

usage: python make_state_space_options.py ORACLE OUT [NAME ...]     (torch, transformers 5.24)

ORACLE is the directory of hf_fixtures.py, which makes a model of each line of a table, and keeps float64 everywhere. Each
OUT/NAME has what save_pretrained writes and cases.jsonl. Names end in what is special; those that end in -hub are in the
spelling of releases before transformers 5.
"""

import json
import os
import sys

sys.path.insert(0, sys.argv[1])

import hf_fixtures
import torch

VOCABULARY = 24
# Contexts within and beyond chunks of 64 tokens; one, and none.
LENGTHS = [(0, 3), (1, 2), (33, 1), (70, 2), (130, 2)]

SIZES = dict(vocab_size=VOCABULARY, hidden_size=24, intermediate_size=20, num_hidden_layers=3, num_attention_heads=4,
             num_key_value_heads=2, max_position_embeddings=256)
MAMBA, ATTENTION = "linear_attention", "full_attention"
LLAMA3 = dict(rope_type="llama3", rope_theta=500000.0, factor=16.0, low_freq_factor=0.5, high_freq_factor=3.0, original_max_position_embeddings=48)
YARN = dict(rope_type="yarn", rope_theta=10000.0, factor=4.0, original_max_position_embeddings=64)


def heads(n, **keys):
    return dict(mamba_n_heads=n, mamba_d_state=8, mamba_chunk_size=16, **keys)


OPTIONS = {
    "nemotron_h-grouped-experts": ("nemotron_h", dict(
        layers_block_type=[MAMBA, "moe", ATTENTION, "moe"], n_groups=2, mamba_num_heads=4, mamba_head_dim=6, ssm_state_size=8, head_dim=8,
        chunk_size=16, n_routed_experts=6, num_experts_per_tok=2, moe_intermediate_size=10, moe_shared_expert_intermediate_size=14, n_group=3,
        topk_group=2, routed_scaling_factor=1.7)),
    "nemotron_h-latent-experts-hub": ("nemotron_h", dict(
        layers_block_type=["moe", MAMBA, ATTENTION], n_groups=3, mamba_num_heads=3, mamba_head_dim=5, ssm_state_size=8, head_dim=10,
        num_key_value_heads=1, chunk_size=16, n_routed_experts=5, num_experts_per_tok=3, moe_intermediate_size=10,
        moe_shared_expert_intermediate_size=14, moe_latent_size=12, norm_topk_prob=False, mlp_bias=True, use_bias=True, use_conv_bias=False)),
    "nemotron_h-without-attention": ("nemotron_h", dict(
        layers_block_type=[MAMBA, "mlp", MAMBA], n_groups=1, mamba_num_heads=4, mamba_head_dim=6, ssm_state_size=8, chunk_size=16,
        mlp_hidden_act="silu", mamba_hidden_act="gelu", time_step_min=0.4, layer_norm_epsilon=1e-3, conv_kernel=2)),
    "bamba-groups-biased": ("bamba", heads(
        4, attn_layer_indices=[0, 2], mamba_n_groups=2, attention_bias=True, mlp_bias=True, mamba_proj_bias=True, mamba_conv_bias=False,
        tie_word_embeddings=True, time_step_limit=[0.3, 0.9], num_key_value_heads=1, hidden_size=32)),
    "bamba-without-attention": ("bamba", heads(6, mamba_expand=3, mamba_d_conv=2, hidden_act="gelu", rms_norm_eps=1e-3)),
    "bamba-yarn-hub": ("bamba", heads(4, attn_layer_indices=[1], hidden_size=32, num_key_value_heads=4, rope_parameters=YARN)),
    "bamba-all-turned-linear": ("bamba", heads(3, attn_layer_indices=[0, 1], mamba_n_groups=3, rope_parameters=dict(
        rope_type="linear", rope_theta=500.0, factor=2.5, partial_rotary_factor=1.0))),
    "bamba-odd-half-llama3": ("bamba", heads(2, attn_layer_indices=[2], mamba_n_groups=2, rope_parameters=LLAMA3)),
    "granitemoehybrid-one-expert-llama3": ("granitemoehybrid", heads(
        4, layer_types=[MAMBA, ATTENTION, ATTENTION], mamba_n_groups=2, num_local_experts=3, num_experts_per_tok=1, shared_intermediate_size=14,
        attention_bias=True, position_embedding_type="rope", embedding_multiplier=3.0, logits_scaling=0.5, residual_multiplier=0.7,
        attention_multiplier=0.3, rope_parameters=LLAMA3)),
    "granitemoehybrid-tied-hub": ("granitemoehybrid", heads(
        6, layer_types=[ATTENTION, MAMBA, MAMBA], num_local_experts=4, num_experts_per_tok=4, shared_intermediate_size=10, num_key_value_heads=1,
        position_embedding_type="nope", tie_word_embeddings=True, logits_scaling=6, residual_multiplier=0.22)),
    "granitemoehybrid-without-attention": ("granitemoehybrid", heads(
        3, num_local_experts=0, num_experts_per_tok=0, shared_intermediate_size=18, hidden_act="gelu", mamba_proj_bias=True,
        mamba_conv_bias=False, mamba_d_conv=3, time_step_limit=[0.2, 1.5])),
    "falcon_h1-norm-before-gate-biased": ("falcon_h1", heads(
        4, head_dim=8, mamba_d_ssm=40, mamba_n_groups=2, mamba_rms_norm=True, attention_bias=True, mlp_bias=True, mamba_proj_bias=True,
        projectors_bias=True, embedding_multiplier=3.0, lm_head_multiplier=0.4, attention_in_multiplier=0.7, attention_out_multiplier=1.3,
        key_multiplier=0.5, ssm_in_multiplier=1.4, ssm_out_multiplier=0.6, mlp_multipliers=[0.8, 1.2], ssm_multipliers=[0.9, 0.6, 1.3, 0.7, 1.1])),
    "falcon_h1-norm-after-gate-linear": ("falcon_h1", heads(
        3, head_dim=6, mamba_d_ssm=None, mamba_rms_norm=True, mamba_norm_before_gate=False, mamba_conv_bias=False, num_key_value_heads=1,
        rope_parameters=dict(rope_type="linear", rope_theta=500.0, factor=2.5))),
    "falcon_h1-gelu-in-bias-hub": ("falcon_h1", heads(
        2, head_dim=10, mamba_d_ssm=16, mamba_n_groups=2, hidden_act="gelu", mamba_proj_bias=True, tie_word_embeddings=True, ssm_in_multiplier=0.3,
        time_step_limit=[0.1, 2.0])),
    "zamba2-two-blocks": ("zamba2", dict(
        num_hidden_layers=6, layers_block_type=[MAMBA, "hybrid", "hybrid", MAMBA, "hybrid", "hybrid"], num_mem_blocks=2, mamba_d_state=8,
        mamba_ngroups=1, n_mamba_heads=4, chunk_size=16, adapter_rank=3, use_mem_rope=False, use_shared_attention_adapter=False,
        num_key_value_heads=4, tie_word_embeddings=False)),
    "zamba2-adapters-biased": ("zamba2", dict(
        num_hidden_layers=5, layers_block_type=["hybrid", MAMBA, "hybrid", "hybrid", MAMBA], num_mem_blocks=2, mamba_d_state=8, mamba_ngroups=3,
        n_mamba_heads=3, chunk_size=16, adapter_rank=4, use_mem_rope=True, use_shared_attention_adapter=True, num_key_value_heads=4,
        add_bias_linear=True, hidden_act="silu", time_step_min=0.4, mamba_d_conv=3, rope_parameters=dict(
            rope_type="linear", rope_theta=500.0, factor=2.5))),
    "zamba2-one-hybrid-hub": ("zamba2", dict(
        num_hidden_layers=3, layers_block_type=[MAMBA, "hybrid", MAMBA], num_mem_blocks=1, mamba_d_state=8, mamba_ngroups=1, n_mamba_heads=2,
        chunk_size=16, adapter_rank=2, use_mem_rope=True, use_shared_attention_adapter=True, num_key_value_heads=4, rms_norm_eps=1e-3)),
    "jamba-one-expert-biased": ("jamba", dict(
        num_hidden_layers=4, num_experts=3, num_experts_per_tok=1, expert_layer_period=3, expert_layer_offset=0, attn_layer_period=2,
        attn_layer_offset=1, mamba_d_state=4, mamba_expand=2, mamba_dt_rank=3, mamba_proj_bias=True, mamba_conv_bias=False, use_mamba_kernels=False,
        tie_word_embeddings=True, num_key_value_heads=1)),
    "jamba-dense": ("jamba", dict(
        num_experts=1, num_experts_per_tok=1, attn_layer_period=3, attn_layer_offset=2, mamba_d_state=5, mamba_d_conv=2, mamba_expand=1,
        mamba_dt_rank=2, hidden_act="gelu", rms_norm_eps=1e-3, use_mamba_kernels=False)),
    "jamba-all-experts-of-three": ("jamba", dict(
        num_experts=3, num_experts_per_tok=3, expert_layer_period=2, expert_layer_offset=0, attn_layer_period=8, attn_layer_offset=1,
        mamba_d_state=8, mamba_dt_rank=4, num_key_value_heads=4, use_mamba_kernels=False)),
    "mamba-biased": ("mamba", dict(state_size=5, conv_kernel=3, expand=3, time_step_rank=2, use_bias=True, use_conv_bias=False)),
    "mamba-one-tap": ("mamba", dict(state_size=4, conv_kernel=2, time_step_rank=5, layer_norm_epsilon=1e-3, hidden_act="gelu")),
    "mamba-untied": ("mamba", dict(state_size=8, expand=1, time_step_rank=3, tie_word_embeddings=False)),
    "falcon_mamba-biased": ("falcon_mamba", dict(state_size=5, conv_kernel=3, expand=3, time_step_rank=2, use_bias=True, use_conv_bias=False)),
    "falcon_mamba-norms": ("falcon_mamba", dict(state_size=4, conv_kernel=2, time_step_rank=5, mixer_rms_eps=1e-3, layer_norm_epsilon=1e-4)),
    "falcon_mamba-untied": ("falcon_mamba", dict(state_size=8, expand=1, time_step_rank=3, tie_word_embeddings=False)),
}
WITHOUT_ATTENTION = ("mamba", "falcon_mamba")
LETTERS = {MAMBA: "M", "moe": "E", ATTENTION: "*", "mlp": "-"}


def sizes(kind):
    return {k: v for k, v in SIZES.items() if kind not in WITHOUT_ATTENTION or k in ("vocab_size", "hidden_size", "num_hidden_layers")}


def older(path):
    """config.json as releases before transformers 5 wrote it."""
    config = json.load(open(path))
    scaling = config.pop("rope_parameters", None)
    if scaling:
        config["rope_theta"] = scaling.pop("rope_theta")
        scaling.pop("partial_rotary_factor", None)
        config["rope_scaling"] = None if scaling["rope_type"] == "default" else scaling
    if "time_step_limit" in config:
        config["time_step_limit"] = [float("inf") if isinstance(end, dict) else end for end in config["time_step_limit"]]
    kind = config["model_type"]
    if kind == "nemotron_h":
        config["hybrid_override_pattern"] = "".join(LETTERS[one] for one in config.pop("layers_block_type"))
        config["num_hidden_layers"] = len(config["hybrid_override_pattern"])
    elif kind == "granitemoehybrid":
        config["layer_types"] = ["mamba" if one == MAMBA else "attention" for one in config["layer_types"]]
        config.update(init_method="mup", normalization_function="rmsnorm")
    elif kind == "zamba2":
        config["layers_block_type"] = ["mamba" if one == MAMBA else one for one in config["layers_block_type"]]
    elif kind == "bamba":
        config.update(attn_rotary_emb=4, mamba_d_head="auto")
    config["torch_dtype"] = config.pop("dtype")
    json.dump(config, open(path, "w"), indent=2)


def widen_types():
    """The last places that go to float32: routers by Tensor.type; and routers' buffers, which are no parameters, are drawn too."""
    narrow = torch.Tensor.type

    def wide(self, *arguments, **keys):
        if hf_fixtures.ON[0] and arguments and arguments[0] in (torch.float32, torch.bfloat16, torch.float16):
            arguments = (torch.float64,)
        return narrow(self, *arguments, **keys)

    torch.Tensor.type = wide
    made = hf_fixtures.AutoModelForCausalLM.from_config

    def drawn(*arguments, **keys):
        model = made(*arguments, **keys)
        for name, buffer in model.named_buffers():
            if name.endswith("e_score_correction_bias"):
                buffer.copy_(0.3 * torch.randn(buffer.shape, generator=torch.Generator().manual_seed(5)))
        return model

    hf_fixtures.AutoModelForCausalLM.from_config = drawn


def main(out, only):
    hf_fixtures.V, hf_fixtures.LENGTHS = VOCABULARY, LENGTHS
    widen_types()
    hf_fixtures.main({name: (kind, {**sizes(kind), **keys}) for name, (kind, keys) in OPTIONS.items()}, out, only)
    for name in OPTIONS:
        folder = os.path.join(out, name)
        if os.path.isdir(folder) and (not only or name in only):
            if name.endswith("-hub"):
                older(os.path.join(folder, "config.json"))
            os.path.exists(path := os.path.join(folder, "generation_config.json")) and os.remove(path)


if __name__ == "__main__":
    main(sys.argv[2], sys.argv[3:])
