"""Small random hybrids of the gated delta rule and of short convolutions by transformers' own classes, in many options.

usage: python delta_hybrids.py ORACLE OUT [NAME ...]     (torch, transformers 5.24)

ORACLE is the directory of hf_fixtures.py, which makes a model of each line of a table and computes its logits in float64
everywhere. Each OUT/NAME has what save_pretrained writes and cases.jsonl. Names that end in -hub are in the layout in which
people download the type: older spellings, a nested text_config, tensors of other parts beside.
"""

import json
import os
import sys

sys.path.insert(0, sys.argv[1])

import hf_fixtures
import safetensors.torch
import torch

VOCABULARY = 24
# Contexts within and beyond windows, chunks of 64 tokens and the positions before a scaling; one, and none.
LENGTHS = [(0, 3), (1, 2), (33, 1), (70, 2), (130, 2)]
LINEAR, FULL, WINDOW, CONV = "linear_attention", "full_attention", "sliding_attention", "conv"
SIZES = dict(vocab_size=VOCABULARY, hidden_size=24, num_hidden_layers=3, num_attention_heads=4, num_key_value_heads=2,
             max_position_embeddings=256)
DENSE = dict(intermediate_size=20)
EXPERTS = dict(num_experts=4, num_experts_per_tok=2, moe_intermediate_size=10, shared_expert_intermediate_size=14)
QWEN = dict(head_dim=16, layer_types=[LINEAR, FULL, LINEAR], linear_num_key_heads=2, linear_num_value_heads=4,
            linear_key_head_dim=6, linear_value_head_dim=8)


def rope(kind="default", theta=10000.0, **keys):
    return dict(rope_type=kind, rope_theta=theta, **keys)


def yarn(**keys):
    return rope("yarn", 5000.0, factor=4.0, original_max_position_embeddings=64, **keys)


OPTIONS = {
    "qwen3_next-biased-shares-of-all": ("qwen3_next", {**QWEN, **DENSE, **EXPERTS, **dict(
        attention_bias=True, norm_topk_prob=False, decoder_sparse_step=2, tie_word_embeddings=True, num_key_value_heads=1,
        linear_num_key_heads=3, linear_num_value_heads=3, linear_conv_kernel_dim=2, rope_parameters=rope(partial_rotary_factor=0.5))}),
    "qwen3_next-all-linear": ("qwen3_next", {**QWEN, **DENSE, **EXPERTS, **dict(
        layer_types=[LINEAR] * 3, num_experts_per_tok=3, linear_num_key_heads=1, linear_key_head_dim=10, linear_value_head_dim=6,
        linear_conv_kernel_dim=5, rms_norm_eps=1e-3)}),
    "qwen3_next-hub": ("qwen3_next", {**QWEN, **DENSE, **EXPERTS, **dict(
        layer_types=None, full_attention_interval=3, hidden_act="gelu", mlp_only_layers=[1], head_dim=20, num_key_value_heads=4,
        rope_parameters=yarn(partial_rotary_factor=0.3))}),
    "qwen3_5-biased-tied": ("qwen3_5_text", {**QWEN, **DENSE, **dict(
        attention_bias=True, tie_word_embeddings=True, head_dim=12, linear_num_value_heads=6, linear_conv_kernel_dim=3,
        rope_parameters=rope(partial_rotary_factor=0.5, mrope_section=[1, 1, 1], mrope_interleaved=True))}),
    "qwen3_5-all-linear-gelu": ("qwen3_5_text", {**QWEN, **DENSE, **dict(
        layer_types=[LINEAR] * 3, hidden_act="gelu_pytorch_tanh", linear_num_key_heads=4, linear_conv_kernel_dim=1, rms_norm_eps=1e-4)}),
    "qwen3_5-hub": ("qwen3_5_text", {**QWEN, **DENSE, **dict(
        num_key_value_heads=1, rope_parameters=rope("linear", 700.0, factor=3.0, partial_rotary_factor=0.25, mrope_section=[11, 11, 10],
                                                    mrope_interleaved=True))}),
    "qwen3_5_moe-one-expert-tied": ("qwen3_5_moe_text", {**QWEN, **EXPERTS, **dict(
        num_experts_per_tok=1, tie_word_embeddings=True, linear_num_key_heads=1, linear_num_value_heads=3)}),
    "qwen3_5_moe-all-linear-relu": ("qwen3_5_moe_text", {**QWEN, **EXPERTS, **dict(
        layer_types=[LINEAR] * 3, hidden_act="relu", num_experts=3, num_experts_per_tok=3, linear_value_head_dim=5)}),
    "qwen3_5_moe-hub": ("qwen3_5_moe_text", {**QWEN, **EXPERTS, **dict(
        layer_types=None, full_attention_interval=2, rope_parameters=rope(theta=900.0, partial_rotary_factor=0.125,
                                                                         mrope_section=[11, 11, 10], mrope_interleaved=True))}),
    "olmo_hybrid-positive-no-positions-biased": ("olmo_hybrid", {**DENSE, **dict(
        layer_types=[LINEAR, FULL, LINEAR], linear_allow_neg_eigval=False, attention_bias=True, rope_parameters=dict(
            rope_type="default", rope_theta=None))}),
    "olmo_hybrid-more-value-heads-tied": ("olmo_hybrid", {**DENSE, **dict(
        layer_types=[FULL, LINEAR, FULL], linear_num_key_heads=2, linear_num_value_heads=4, linear_key_head_dim=5, linear_value_head_dim=7,
        linear_conv_kernel_dim=2, tie_word_embeddings=True, hidden_act="gelu", rms_norm_eps=1e-3, num_key_value_heads=4)}),
    "olmo_hybrid-hub": ("olmo_hybrid", {**DENSE, **dict(
        layer_types=None, num_key_value_heads=1, rope_parameters=yarn())}),
    "lfm2-biased-untied": ("lfm2", {**DENSE, **dict(
        layer_types=[CONV, FULL, CONV], conv_bias=True, conv_L_cache=5, block_auto_adjust_ff_dim=False, tie_word_embeddings=False,
        norm_eps=1e-3, rope_parameters=yarn())}),
    "lfm2-all-convolutions": ("lfm2", {**DENSE, **dict(
        layer_types=[CONV] * 3, conv_L_cache=2, block_multiple_of=4, block_ffn_dim_multiplier=1.7)}),
    "lfm2-hub": ("lfm2", {**DENSE, **dict(
        full_attn_idxs=[0, 2], conv_L_cache=4, block_multiple_of=8, block_ffn_dim_multiplier=0.9, num_key_value_heads=4,
        rope_parameters=rope(theta=3000.0))}),
    "lara_mini-windows-biased": ("lara_mini", {**QWEN, **EXPERTS, **dict(
        layer_types=[LINEAR, WINDOW, LINEAR], sliding_window=9, attention_bias=True, norm_topk_prob=False, num_key_value_heads=1,
        linear_conv_kernel_dim=2, tie_word_embeddings=False)}),
    "lara_mini-released-pattern": ("lara_mini", {**QWEN, **EXPERTS, **dict(
        layer_types=None, num_hidden_layers=4, sliding_window=40, num_experts_per_tok=1, rope_parameters=yarn())}),
    "lara_mini-all-windows-gelu": ("lara_mini", {**QWEN, **EXPERTS, **dict(
        layer_types=[WINDOW] * 3, sliding_window=70, hidden_act="gelu", head_dim=10, num_key_value_heads=4, rope_parameters=rope(
            "linear", 500.0, factor=2.5))}),
}


def older(config):
    """Base and scaling of positions at the top, the stored type by its former name."""
    scaling = config.pop("rope_parameters")
    config["rope_theta"] = scaling.pop("rope_theta")
    if "partial_rotary_factor" in scaling:
        config["partial_rotary_factor"] = scaling.pop("partial_rotary_factor")
    config["rope_scaling"] = scaling if scaling["rope_type"] != "default" else None
    config["torch_dtype"] = config.pop("dtype")
    return config


def around(config, tensors):
    """A vision tower, heads that predict several tokens, and the text model nested between them."""
    inner = {**config, "attn_output_gate": True, "mamba_ssm_dtype": "float32", "mtp_num_hidden_layers": 1,
             "mtp_use_dedicated_embeddings": False, "mlp_only_layers": []}
    kind = inner["model_type"].removesuffix("_text")
    del inner["architectures"], inner["transformers_version"]
    outer = {"architectures": [kind], "model_type": kind, "image_token_id": 20, "video_token_id": 21, "vision_start_token_id": 22,
             "vision_end_token_id": 23, "tie_word_embeddings": False, "text_config": inner,
             "vision_config": {"depth": 1, "hidden_size": 8, "model_type": kind + "_vision"}}
    renamed = {name.replace("model.", "model.language_model.", 1): tensor for name, tensor in tensors.items()}
    renamed["model.visual.patch_embed.proj.weight"] = torch.ones(8, 3, 2, 4, 4)
    renamed["mtp.fc.weight"] = torch.ones(24, 48)
    return outer, renamed


def fused(tensors):
    """The experts of a layer in one tensor."""
    found = {}
    for name in [name for name in tensors if ".experts." in name]:
        module, rest = name.split(".experts.")
        expert, side, _ = rest.split(".")
        found.setdefault(module, {}).setdefault(int(expert), {})[side] = tensors.pop(name)
    for module, experts in found.items():
        each = [experts[e] for e in range(len(experts))]
        tensors[module + ".experts.gate_up_proj"] = torch.stack([torch.cat([e["gate_proj"], e["up_proj"]]) for e in each])
        tensors[module + ".experts.down_proj"] = torch.stack([e["down_proj"] for e in each])
    return tensors


def released(folder):
    """The checkpoint in the layout of the hub."""
    path, weights = os.path.join(folder, "config.json"), os.path.join(folder, "model.safetensors")
    config, tensors = json.load(open(path)), safetensors.torch.load_file(weights)
    kind = config["model_type"]
    if kind.startswith("qwen3_5"):
        config, tensors = around(config, fused(tensors))
    elif kind == "qwen3_next":
        config = older(config)
        config["full_attention_interval"] = 3
        del config["layer_types"]
    elif kind == "olmo_hybrid":
        full = [i for i, name in enumerate(config["layer_types"]) if name == FULL]
        for i in full:
            tensors[f"model.layers.{i}.post_attention_layernorm.weight"] = tensors.pop(f"model.layers.{i}.feedforward_layer_norm.weight")
    elif kind == "lfm2":
        config = older(config)
        config["block_ff_dim"], config["tie_embedding"] = config.pop("intermediate_size"), config.pop("tie_word_embeddings")
        del config["layer_types"]
    json.dump(config, open(path, "w"), indent=2)
    safetensors.torch.save_file({n: t.contiguous() for n, t in tensors.items()}, weights, {"format": "pt"})


def main(out, only):
    hf_fixtures.V, hf_fixtures.LENGTHS = VOCABULARY, LENGTHS
    hf_fixtures.main({name: (kind, {**SIZES, **keys}) for name, (kind, keys) in OPTIONS.items()}, out, only)
    for name in OPTIONS:
        if not only or name in only:
            folder = os.path.join(out, name)
            os.remove(os.path.join(folder, "generation_config.json"))
            if name.endswith("-hub"):
                released(folder)


if __name__ == "__main__":
    main(sys.argv[2], sys.argv[3:])
