"""Small random models of transformers' types with fixed decays and with gated units, in many options, with float64 logits.

usage: python make_decay_options.py ORACLE OUT [NAME ...]     (torch, transformers 5.24)

ORACLE is the directory of hf_fixtures.py, which makes a model of each line of a table, and keeps float64 everywhere. Each
OUT/NAME has what save_pretrained writes and cases.jsonl. Names end in what is special; those that end in -hub are in the
spelling in which people download the type.

transformers stores MiniMax's rates of decay and three tables that follow from them, in float32. The logits are of the stored rates
(of exact ones where the spelling is that of the hub, which stores none), and of tables that follow from them in float64.
"""

import json
import os
import sys

sys.path.insert(0, sys.argv[1])

import hf_fixtures
import safetensors.torch
import torch

VOCABULARY = 24
# Contexts within and beyond chunks of 64 tokens and windows; one, and none.
LENGTHS = [(0, 3), (1, 2), (33, 1), (70, 2), (130, 2)]
LINEAR, FULL = "linear_attention", "full_attention"
SIZES = dict(vocab_size=VOCABULARY, hidden_size=16, num_attention_heads=4, num_key_value_heads=2)
EXPERTS = dict(num_hidden_layers=3, intermediate_size=8, num_local_experts=3, num_experts_per_tok=2, block_size=8,
               max_position_embeddings=256)
FACTORS = dict(full_attn_alpha_factor=1.5, full_attn_beta_factor=0.8, linear_attn_alpha_factor=1.4, linear_attn_beta_factor=0.9,
               mlp_alpha_factor=1.2, mlp_beta_factor=0.7)
LLAMA3 = dict(rope_type="llama3", rope_theta=500000.0, factor=16.0, low_freq_factor=0.5, high_freq_factor=3.0,
              original_max_position_embeddings=48)

OPTIONS = {
    "minimax-all-lightning-tied": ("minimax", {**EXPERTS, **FACTORS, **dict(
        layer_types=[LINEAR] * 3, num_attention_heads=3, num_key_value_heads=3, head_dim=6, hidden_act="gelu", num_experts_per_tok=1,
        tie_word_embeddings=True, rms_norm_eps=1e-3)}),
    "minimax-hub": ("minimax", {**EXPERTS, **FACTORS, **dict(layer_types=[LINEAR, FULL, LINEAR])}),
    "minimax-window-llama3": ("minimax", {**EXPERTS, **dict(
        layer_types=None, sliding_window=20, head_dim=10, num_key_value_heads=1, num_experts_per_tok=3, mlp_beta_factor=2,
        linear_attn_alpha_factor=0.5, rope_parameters=LLAMA3)}),
    "recurrent_gemma-all-recurrent": ("recurrent_gemma", dict(
        num_hidden_layers=2, intermediate_size=20, block_types=["recurrent"], num_attention_heads=2, conv1d_width=2, rms_norm_eps=1e-3)),
    "recurrent_gemma-hub": ("recurrent_gemma", dict(
        num_hidden_layers=4, intermediate_size=20, attention_window_size=20, num_key_value_heads=1)),
    "recurrent_gemma-wide-biased": ("recurrent_gemma", dict(
        num_hidden_layers=3, intermediate_size=20, block_types=["attention", "recurrent"], lru_width=24, attention_window_size=40,
        attention_bias=True, hidden_activation="gelu", logits_soft_cap=5.0, tie_word_embeddings=False,
        rope_parameters=dict(rope_type="default", rope_theta=500.0, partial_rotary_factor=1.0))),
}
BUFFERS = ("slope_rate", "query_decay", "key_decay", "diagonal_decay")
SPELLINGS = {"linear_attn_alpha_factor": "layernorm_linear_attention_alpha", "linear_attn_beta_factor": "layernorm_linear_attention_beta",
             "full_attn_alpha_factor": "layernorm_full_attention_alpha", "full_attn_beta_factor": "layernorm_full_attention_beta",
             "mlp_alpha_factor": "layernorm_mlp_alpha", "mlp_beta_factor": "layernorm_mlp_beta"}


TWIN_OF = hf_fixtures.float64_twin


def twin(model, stored):
    """The model in float64 with tables of MiniMax's decays that follow from the rates, the stored ones or exact ones."""
    wide = TWIN_OF(model)
    for module in wide.modules():
        if hasattr(module, "decay_factors"):
            torch.set_default_dtype(torch.float64)
            module.slope_rate = module.slope_rate if stored else module.get_slope_rate()
            module.query_decay, module.key_decay, module.diagonal_decay = module.decay_factors(module.slope_rate)
            torch.set_default_dtype(torch.float32)
    return wide


def widen_types():
    """The last places that go to float32: recurrences by Tensor.type."""
    narrow = torch.Tensor.type

    def wide(self, *arguments, **keys):
        if hf_fixtures.ON[0] and arguments and arguments[0] in (torch.float32, torch.bfloat16, torch.float16):
            arguments = (torch.float64,)
        return narrow(self, *arguments, **keys)

    torch.Tensor.type = wide


def as_on_the_hub(folder):
    """config.json and tensors as they are released."""
    path = os.path.join(folder, "config.json")
    config = json.load(open(path))
    config["torch_dtype"] = config.pop("dtype")
    rope = config.pop("rope_parameters")
    config["rope_theta"] = rope["rope_theta"]
    if config["model_type"] == "minimax":
        as_minimax_text_01(config, folder)
    else:
        config["_block_types"] = config["block_types"]
        config.update(partial_rotary_factor=rope["partial_rotary_factor"], embeddings_scale_by_sqrt_dim=True)
    json.dump(config, open(path, "w"), indent=2)


def as_minimax_text_01(config, folder):
    """The spelling of MiniMax-Text-01: other names, and rates that nobody stores."""
    config["model_type"] = "minimax_text_01"
    config["attn_type_list"] = [int(one == FULL) for one in config.pop("layer_types")]
    for name, released in SPELLINGS.items():
        config[released] = config.pop(name)
    config.pop("block_size")
    config.update(postnorm=True, shared_intermediate_size=0, shared_moe_mode="sigmoid", rotary_dim=4)
    weights = os.path.join(folder, "model.safetensors")
    tensors = safetensors.torch.load_file(weights)
    safetensors.torch.save_file({k: v for k, v in tensors.items() if k.rsplit(".", 1)[1] not in BUFFERS}, weights)


def main(out, only):
    hf_fixtures.V, hf_fixtures.LENGTHS = VOCABULARY, LENGTHS
    widen_types()
    for stored in (True, False):
        hf_fixtures.float64_twin = lambda model, stored=stored: twin(model, stored)
        made = {name: (kind, {**SIZES, **keys}) for name, (kind, keys) in OPTIONS.items() if name.endswith("-hub") != stored}
        hf_fixtures.main(made, out, only)
    for name in OPTIONS:
        folder = os.path.join(out, name)
        if os.path.isdir(folder) and (not only or name in only):
            if name.endswith("-hub"):
                as_on_the_hub(folder)
            os.path.exists(path := os.path.join(folder, "generation_config.json")) and os.remove(path)


if __name__ == "__main__":
    main(sys.argv[2], sys.argv[3:])
