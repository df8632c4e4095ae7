"""Small random models of delta rules with a decay per channel, with feedback and of several steps, in many options.

usage: python channel_deltas.py ORACLE OUT [NAME ...]

ORACLE is the directory of hf_fixtures.py and fla_fixtures.py. kimi_linear and bailing_hybrid are of transformers' own classes
(torch, transformers 5.24), with logits in float64 everywhere: the router's weights too, which hf_fixtures.py leaves in float32. kda,
comba and gated_deltaproduct are of flash-linear-attention's (0.6, on a CPU), with logits of its kernels in float32. Each OUT/NAME
has what save_pretrained writes and cases.jsonl. Names that end in -hub are in the layout in which people download the type.
"""

import json
import os
import sys

sys.path.insert(0, sys.argv[1])

VOCABULARY = 24
LINEAR, FULL = "linear_attention", "full_attention"
LENGTHS = [(0, 3), (1, 2), (33, 1), (70, 2), (130, 2)]
# Up to 64 tokens flash-linear-attention takes its recurrent kernels, which the interpreter runs for all types.
FEWER = [(0, 3), (1, 2), (33, 1), (60, 3)]
LATENT = dict(vocab_size=VOCABULARY, hidden_size=24, intermediate_size=20, moe_intermediate_size=6, num_hidden_layers=3, num_attention_heads=2,
              num_key_value_heads=2, kv_lora_rank=8, q_lora_rank=None, qk_nope_head_dim=6, qk_rope_head_dim=4, v_head_dim=6,
              max_position_embeddings=256)
KIMI = dict(num_experts=4, num_experts_per_token=2, linear_num_heads=2, linear_head_dim=6)
LING = dict(num_local_experts=6, num_experts_per_tok=2, n_group=3, topk_group=2, first_k_dense_replace=1, head_dim=6, num_mtp_layers=0)
OF_TRANSFORMERS = {
    "kimi_linear-latent-groups-biased": ("kimi_linear", {**KIMI, **dict(
        layer_types=[LINEAR, FULL, LINEAR], num_experts=6, n_group=3, topk_group=2, q_lora_rank=5, v_head_dim=5, attention_bias=True,
        norm_topk_prob=False, linear_conv_kernel_dim=2)}),
    "kimi_linear-all-linear-gelu": ("kimi_linear", {**KIMI, **dict(
        layer_types=[LINEAR] * 3, mlp_layer_types=["sparse", "dense", "sparse"], hidden_act="gelu", linear_num_heads=3, linear_head_dim=4,
        linear_conv_kernel_dim=1, num_experts_per_token=1, n_shared_experts=2, rms_norm_eps=1e-3)}),
    "kimi_linear-hub": ("kimi_linear", {**KIMI, **dict(
        layer_types=[LINEAR, LINEAR, FULL], qk_nope_head_dim=4, v_head_dim=8, routed_scaling_factor=1.3)}),
    "bailing_hybrid-yarn-biased": ("bailing_hybrid", {**LING, **dict(
        layer_types=[FULL, LINEAR, FULL], attention_bias=True, q_lora_rank=5, v_head_dim=5, kda_safe_gate=False, num_local_experts=4, n_group=1,
        topk_group=1, rope_parameters=dict(rope_type="yarn", rope_theta=5000.0, factor=4.0, original_max_position_embeddings=64, mscale=0.7,
                                           mscale_all_dim=1.2))}),
    "bailing_hybrid-shares-as-they-are": ("bailing_hybrid", {**LING, **dict(
        layer_types=[LINEAR, LINEAR, FULL], mlp_layer_types=["sparse", "dense", "sparse"], kda_lower_bound=-1.5, norm_topk_prob=False,
        hidden_act="gelu", n_shared_experts=2, short_conv_kernel_size=2, qk_rope_head_dim=6, rms_norm_eps=1e-3)}),
    "bailing_hybrid-hub": ("bailing_hybrid", {**LING, **dict(
        layer_types=[LINEAR, FULL, LINEAR], layer_group_size=2, rope_theta=900.0)}),
}
FLA = dict(hidden_size=16, vocab_size=VOCABULARY, intermediate_size=20, num_heads=2, head_dim=8, expand_v=1)
OF_FLA = {
    "kda": ("KDA", {}),
    "kda-bounded-more-value-heads": ("KDA", dict(num_v_heads=4, lower_bound=-3.0, safe_gate=True, allow_neg_eigval=True, conv_size=2,
                                                 tie_word_embeddings=True)),
    "kda-wide-values-without-convolutions": ("KDA", dict(expand_v=2, use_short_conv=False, norm_eps=1e-3)),
    "comba": ("Comba", {}),
    "comba-more-value-heads-no-gate": ("Comba", dict(num_v_heads=4, use_output_gate=False, conv_size=3, tie_word_embeddings=True)),
    "comba-without-convolutions": ("Comba", dict(use_short_conv=False, expand_v=2, use_inner_decay=False, norm_eps=1e-3)),
    "gated_deltaproduct": ("GatedDeltaProduct", dict(num_householder=2)),
    "gated_deltaproduct-three-gated-steps": ("GatedDeltaProduct", dict(num_householder=3, use_forget_gate=True, allow_neg_eigval=True,
                                                                       conv_size=2)),
    "gated_deltaproduct-one-step-no-gate": ("GatedDeltaProduct", dict(num_householder=1, use_output_gate=False, use_short_conv=False,
                                                                      expand_v=2, tie_word_embeddings=True)),
}


def released(folder):
    """The checkpoint in the layout of the hub."""
    import safetensors.torch
    import torch

    path, weights = os.path.join(folder, "config.json"), os.path.join(folder, "model.safetensors")
    config, tensors = json.load(open(path)), safetensors.torch.load_file(weights)
    types, layers = config.pop("layer_types"), config["num_hidden_layers"]
    config["first_k_dense_replace"] = config.pop("mlp_layer_types").index("sparse")
    heads, size, taps = (config.pop("linear_" + key) for key in ("num_heads", "head_dim", "conv_kernel_dim"))
    if config["model_type"] == "kimi_linear":
        config["linear_attn_config"] = dict(
            num_heads=heads, head_dim=size, short_conv_kernel_size=taps,
            kda_layers=[i + 1 for i, kind in enumerate(types) if kind == LINEAR],
            full_attn_layers=[i + 1 for i, kind in enumerate(types) if kind == FULL])
        config.update(head_dim=12, mla_use_nope=True, moe_layer_freq=1, moe_router_activation_func="sigmoid", num_nextn_predict_layers=0,
                      rope_scaling=None, rope_theta=10000.0, use_grouped_topk=True)
        dense = "model.layers.0.block_sparse_moe."
        tensors = {name.replace(dense, "model.layers.0.mlp."): tensor for name, tensor in tensors.items()}
    else:
        config["head_dim"], config["num_nextn_predict_layers"] = size, 1
        config["n_group"], config["norm_topk_prob"] = config.pop("num_expert_group"), config.pop("moe_renormalize")
        config["num_experts_per_tok"] = config.pop("num_experts_per_token")
        config.pop("rope_parameters")
        config.update(partial_rotary_factor=0.5, rotary_dim=4, rope_interleave=True, use_qk_norm=True, use_bias=False, use_qkv_bias=False,
                      score_function="sigmoid", moe_router_enable_expert_bias=True, topk_method="noaux_tc", rope_scaling=None,
                      moe_shared_expert_intermediate_size=6, no_kda_lora=True, gated_attention_proj_granularity_type="head_wise",
                      mtp_use_kda=False, router_dtype="fp32")
        tensors[f"model.layers.{layers}.eh_proj.weight"] = torch.ones(24, 48)
    json.dump(config, open(path, "w"), indent=2)
    safetensors.torch.save_file({n: t.contiguous() for n, t in tensors.items()}, weights, {"format": "pt"})


def of_transformers(out, names):
    import hf_fixtures
    import torch

    of_type = torch.Tensor.type
    torch.Tensor.type = lambda self, *a, **k: of_type(
        self, *(torch.float64 if hf_fixtures.ON[0] and x is torch.float32 else x for x in a), **k)
    hf_fixtures.V, hf_fixtures.LENGTHS = VOCABULARY, LENGTHS
    hf_fixtures.main({name: (OF_TRANSFORMERS[name][0], {**LATENT, **OF_TRANSFORMERS[name][1]}) for name in names}, out)
    for name in names:
        if name.endswith("-hub"):
            released(os.path.join(out, name))


def of_fla(out, names):
    import fla_fixtures

    fla_fixtures.V, fla_fixtures.LENGTHS = VOCABULARY, FEWER
    fla_fixtures.main({name: (OF_FLA[name][0], {**FLA, **OF_FLA[name][1]}) for name in names}, out)


def main(out, only):
    for table, make in ((OF_TRANSFORMERS, of_transformers), (OF_FLA, of_fla)):
        names = [name for name in table if not only or name in only]
        if names:
            make(out, names)
        for name in names:
            os.remove(os.path.join(out, name, "generation_config.json"))


if __name__ == "__main__":
    main(sys.argv[2], sys.argv[3:])
