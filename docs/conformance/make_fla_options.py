"""Small random checkpoints of flash-linear-attention's own classes in many options, with logits of its own kernels in float32.

usage: python make_fla_options.py ORACLE OUT [NAME ...]     (torch, transformers, flash-linear-attention 0.6.0; on a CPU)

ORACLE is the directory of fla_cpu.py, by which Triton interprets the kernels, and of fla_fixtures.py, which makes a model of each line
of a table. flash-attn needs a GPU: where a model has softmax attention, its function is the plain softmax here.
"""

import importlib.machinery
import os
import sys
import types

sys.path.insert(0, sys.argv[1])

import torch


def softmax_attention(q, k, v, causal=True, window_size=(-1, -1), **keys):
    """flash_attn_func for [B, T, H, d]; a window of (left, 0) reads the last left + 1 tokens."""
    group = q.shape[2] // k.shape[2]
    k, v = (x.repeat_interleave(group, 2) for x in (k, v))
    scores = torch.einsum("bihd,bjhd->bhij", q, k) / q.shape[-1] ** 0.5
    back = torch.arange(q.shape[1])[:, None] - torch.arange(k.shape[1])[None, :]
    seen = (back >= 0) & ((back <= window_size[0]) if window_size[0] >= 0 else True)
    return torch.einsum("bhij,bjhd->bihd", scores.masked_fill(~seen, float("-inf")).softmax(-1), v)


import fla_cpu  # noqa: E402, F401  (before fla)
import transformers.models.llama.modeling_llama  # noqa: E402, F401  (looks for the real flash-attn first)

stub = types.ModuleType("flash_attn")
stub.__spec__ = importlib.machinery.ModuleSpec("flash_attn", None)
stub.flash_attn_func = stub.flash_attn_varlen_func = softmax_attention
sys.modules["flash_attn"] = stub

import fla_fixtures  # noqa: E402

SIZES = dict(vocab_size=24, hidden_size=16, intermediate_size=20, num_hidden_layers=2)
WINDOW = dict(layers=[0], num_heads=4, num_kv_heads=2, window_size=5, rope_theta=500.0)
WHOLE = dict(layers=[2], num_heads=2, qkv_bias=True)
OPTIONS = {
    "hgrn-wide-convolved": ("HGRN", dict(num_hidden_layers=3, expand_ratio=2, use_short_conv=True, conv_size=3, elementwise_affine=False)),
    "hgrn-unbounded-tied": ("HGRN", dict(use_lower_bound=False, tie_word_embeddings=True, norm_eps=1e-3)),
    "hgrn2-three-layers-convolved": ("HGRN2", dict(num_hidden_layers=3, expand_ratio=8, use_short_conv=True, elementwise_affine=False)),
    "hgrn2-by-heads": ("HGRN2", dict(num_heads=2, expand_ratio=None, use_lower_bound=False, norm_eps=1e-3)),
    "gsa-groups-convolved": ("GSA", dict(num_heads=4, num_kv_heads=2, num_slots=6, feature_map="relu", use_short_conv=True)),
    "gsa-learnt-map": ("GSA", dict(num_heads=2, num_slots=None, feature_map="t2r", gate_logit_normalizer=2, elementwise_affine=False)),
    "gsa-hybrid-list": ("GSA", dict(num_hidden_layers=3, num_heads=2, num_slots=8, attn=[WINDOW, WHOLE])),
    "hgrn2-hybrid": ("HGRN2", dict(expand_ratio=8, attn=dict(WHOLE, layers=[1]))),
    "transformer-norms-window": ("Transformer", dict(num_heads=4, num_kv_heads=1, qk_norm=True, window_size=7, rope_theta=500.0)),
    "transformer-biased-tied": ("Transformer", dict(num_heads=2, qkv_bias=True, tie_word_embeddings=True)),
    "linear_attn-dpfp": ("LinearAttention", dict(num_heads=2, feature_map="dpfp", num_kv_heads=1)),
    "linear_attn-dpfp-normed": ("LinearAttention", dict(num_heads=4, feature_map="dpfp", norm_q=True, norm_k=True, norm_feature_map=True)),
}


def main(out, only):
    fla_fixtures.V = SIZES["vocab_size"]
    fla_fixtures.main({name: (kind, {**SIZES, **keys}) for name, (kind, keys) in OPTIONS.items()}, out, only)
    for name in OPTIONS:
        path = os.path.join(out, name, "generation_config.json")
        os.path.exists(path) and os.remove(path)


if __name__ == "__main__":
    main(sys.argv[2], sys.argv[3:])
