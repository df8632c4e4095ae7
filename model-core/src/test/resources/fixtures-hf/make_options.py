"""Small random models of transformers' own classes in many options, with float64 logits over whole sequences.

usage: python make_options.py ORACLE OUT [NAME ...]     (torch, transformers 5.24)

ORACLE is the directory of hf_fixtures.py, which makes a model of each line of a table, and keeps float64 everywhere,
rotary tables included. Each OUT/NAME has what save_pretrained writes and cases.jsonl. Names end in what is special.
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

SIZES = dict(vocab_size=VOCABULARY, hidden_size=24, intermediate_size=20, num_hidden_layers=3, num_attention_heads=4,
             num_key_value_heads=2, max_position_embeddings=256)


def rope(kind, theta=10000.0, **keys):
    return dict(rope_type=kind, rope_theta=theta, **keys)


LLAMA3 = rope("llama3", 500000.0, factor=16.0, low_freq_factor=0.5, high_freq_factor=3.0, original_max_position_embeddings=48)
WINDOW, FULL = "sliding_attention", "full_attention"

OPTIONS = {
    "llama-llama3-gqa1": ("llama", dict(num_key_value_heads=1, head_dim=10, tie_word_embeddings=True, rope_parameters=LLAMA3)),
    "llama-yarn-factor": ("llama", dict(head_dim=16, mlp_bias=True, hidden_act="gelu", rope_parameters=rope(
        "yarn", factor=8.0, original_max_position_embeddings=32, attention_factor=1.3, beta_fast=8.0, beta_slow=2.0, truncate=False))),
    "llama-yarn-mscale": ("llama", dict(head_dim=16, attention_bias=True, num_key_value_heads=4, rope_parameters=rope(
        "yarn", 5000.0, factor=4.0, original_max_position_embeddings=64, mscale=0.7, mscale_all_dim=1.2))),
    "llama-linear-hub": ("llama", dict(hidden_act="relu", rms_norm_eps=1e-3, rope_parameters=rope("linear", 500.0, factor=2.5))),
    "mistral-window-llama3": ("mistral", dict(sliding_window=7, head_dim=8, rope_parameters=LLAMA3)),
    "mistral-full-yarn-hub": ("mistral", dict(sliding_window=None, num_key_value_heads=4, rope_parameters=rope(
        "yarn", factor=4.0, original_max_position_embeddings=64))),
    "qwen2-upper-windows": ("qwen2", dict(use_sliding_window=True, sliding_window=20, max_window_layers=1, num_key_value_heads=1)),
    "qwen2-layer-types-yarn": ("qwen2", dict(use_sliding_window=True, sliding_window=9, layer_types=[WINDOW, FULL, WINDOW],
                                             tie_word_embeddings=True, rope_parameters=rope(
        "yarn", 1000000.0, factor=4.0, original_max_position_embeddings=64))),
    "qwen2-head-dim-all-windows": ("qwen2", dict(head_dim=10, use_sliding_window=True, sliding_window=70, max_window_layers=0, rms_norm_eps=1e-5)),
    "qwen3-biased-tied": ("qwen3", dict(head_dim=12, attention_bias=True, tie_word_embeddings=True, num_key_value_heads=1)),
    "qwen3-all-windows-llama3": ("qwen3", dict(head_dim=8, use_sliding_window=True, sliding_window=5, max_window_layers=0, rope_parameters=LLAMA3)),
    "qwen3-layer-types-hub": ("qwen3", dict(head_dim=6, use_sliding_window=True, sliding_window=40, layer_types=[FULL, WINDOW, FULL],
                                            num_key_value_heads=4, rope_parameters=rope("linear", 300.0, factor=3.0))),
    "smollm3-no-rope-layers-biased": ("smollm3", dict(no_rope_layers=[0, 1, 1], attention_bias=True, mlp_bias=True, tie_word_embeddings=False)),
    "smollm3-windows-without-positions": ("smollm3", dict(no_rope_layer_interval=2, use_sliding_window=True, sliding_window=11,
                                                          num_key_value_heads=1)),
    "smollm3-all-windows-yarn": ("smollm3", dict(use_sliding_window=True, sliding_window=30, layer_types=[WINDOW] * 3, head_dim=8,
                                                 no_rope_layer_interval=3, rope_parameters=rope(
        "yarn", 2000000.0, factor=2.0, original_max_position_embeddings=64))),
    "gemma3_text-pattern2-linear": ("gemma3_text", dict(
        head_dim=12, num_key_value_heads=1, sliding_window=9, sliding_window_pattern=2, query_pre_attn_scalar=10,
        rope_parameters={FULL: rope("linear", 1000000.0, factor=8.0), WINDOW: rope("default", 700.0)})),
    "gemma3_text-all-windows-biased": ("gemma3_text", dict(
        head_dim=8, sliding_window=33, layer_types=[WINDOW] * 3, attention_bias=True, tie_word_embeddings=False,
        hidden_activation="gelu", rms_norm_eps=1e-4)),
    "gemma3_text-hub": ("gemma3_text", dict(
        head_dim=6, num_key_value_heads=4, sliding_window=20, sliding_window_pattern=3, query_pre_attn_scalar=6,
        rope_parameters={FULL: rope("linear", 30000.0, factor=4.0), WINDOW: rope("default", 500.0)})),
    "gemma3_text-capped-logits": ("gemma3_text", dict(
        head_dim=10, num_key_value_heads=2, sliding_window=5, sliding_window_pattern=3, final_logit_softcapping=1.7)),
    "gpt_oss-no-window-default": ("gpt_oss", dict(
        head_dim=8, layer_types=[FULL] * 3, attention_bias=False, num_local_experts=5, num_experts_per_tok=3,
        swiglu_alpha=0.9, swiglu_limit=0.6, rope_parameters=rope("default", 2000.0))),
    "gpt_oss-all-windows-one-expert": ("gpt_oss", dict(
        head_dim=6, num_key_value_heads=1, sliding_window=12, layer_types=[WINDOW] * 3, num_local_experts=3,
        num_experts_per_tok=1, tie_word_embeddings=True, rms_norm_eps=1e-4)),
    "gpt_oss-all-experts-hub": ("gpt_oss", dict(
        head_dim=16, num_key_value_heads=4, sliding_window=25, num_local_experts=3, num_experts_per_tok=3, rope_parameters=rope(
            "yarn", 150000.0, factor=32.0, original_max_position_embeddings=64, beta_fast=32.0, beta_slow=1.0, truncate=False))),
}


def older(path):
    """config.json as releases before transformers 5 wrote it: base and scaling at the top, the stored type by its former name."""
    config = json.load(open(path))
    scaling = config.pop("rope_parameters")
    if "full_attention" in scaling:
        config["rope_local_base_freq"] = scaling["sliding_attention"]["rope_theta"]
        scaling = scaling["full_attention"]
        config["sliding_window_pattern"] = config.pop("_sliding_window_pattern")
        del config["layer_types"]
    config["rope_theta"] = scaling.pop("rope_theta")
    if config["model_type"] in ("llama", "qwen3"):
        scaling["type"] = scaling.pop("rope_type")
    config["rope_scaling"] = scaling
    config["torch_dtype"] = config.pop("dtype")
    if config["model_type"] == "gpt_oss":
        config.update(experts_per_token=config["num_experts_per_tok"], initial_context_length=64, num_experts=config.pop("num_local_experts"))
    json.dump(config, open(path, "w"), indent=2)


def mxfp4(out):
    """gpt_oss as it is released: experts as bytes of MXFP4, decoded by transformers for the logits, exactly (to float64)."""
    from transformers import AutoModelForCausalLM
    from transformers.integrations.mxfp4 import convert_moe_packed_tensors

    name = "gpt_oss-mxfp4"
    kind, keys = OPTIONS["gpt_oss-no-window-default"]
    spec = {name: (kind, {**SIZES, **keys, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "layer_types": [FULL, WINDOW], "sliding_window": 9})}
    hf_fixtures.main(spec, out)
    folder = os.path.join(out, name)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager", experts_implementation="eager")
    generator = torch.Generator().manual_seed(11)
    tensors = {n: p.detach().clone() for n, p in model.state_dict().items()}
    for parameter in [n for n in tensors if n.endswith(("experts.gate_up_proj", "experts.down_proj"))]:
        experts, inputs, outputs = tensors.pop(parameter).shape
        blocks = torch.randint(0, 256, (experts, outputs, inputs // 32, 16), generator=generator, dtype=torch.uint8)
        scales = torch.randint(121, 127, (experts, outputs, inputs // 32), generator=generator, dtype=torch.uint8)
        model.get_parameter(parameter).data = convert_moe_packed_tensors(blocks, scales, dtype=torch.float32)
        tensors[parameter + "_blocks"], tensors[parameter + "_scales"] = blocks, scales
    safetensors.torch.save_file({n: t.contiguous() for n, t in tensors.items()}, os.path.join(folder, "model.safetensors"), {"format": "pt"})
    path = os.path.join(folder, "config.json")
    config = json.load(open(path))
    config["quantization_config"] = {"quant_method": "mxfp4", "modules_to_not_convert": ["model.layers.*.self_attn", "model.layers.*.mlp.router", "model.embed_tokens", "lm_head"]}
    json.dump(config, open(path, "w"), indent=2)
    twin = hf_fixtures.float64_twin(model)
    rows = []
    hf_fixtures.ON[0] = True
    for line in open(os.path.join(folder, "cases.jsonl")):
        case = json.loads(line)
        with torch.no_grad():
            logits = twin(input_ids=torch.tensor([case["context"] + case["query"]]), use_cache=False).logits[0]
        case["logits"] = [[float(f"{x:.17g}") for x in row] for row in logits[len(case["context"]):].tolist()]
        rows.append(case)
    hf_fixtures.ON[0] = False
    open(os.path.join(folder, "cases.jsonl"), "w").write("".join(json.dumps(row) + "\n" for row in rows))


def main(out, only):
    hf_fixtures.V, hf_fixtures.LENGTHS = VOCABULARY, LENGTHS
    hf_fixtures.main({name: (kind, {**SIZES, **keys}) for name, (kind, keys) in OPTIONS.items()}, out, only)
    for name in OPTIONS:
        if name.endswith("-hub") and (not only or name in only):
            older(os.path.join(out, name, "config.json"))
    if not only or "gpt_oss-mxfp4" in only:
        mxfp4(out)
    for folder, _, files in os.walk(out):
        for file in files:
            if file == "generation_config.json":
                os.remove(os.path.join(folder, file))


if __name__ == "__main__":
    main(sys.argv[2], sys.argv[3:])
