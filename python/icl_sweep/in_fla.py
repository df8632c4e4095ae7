"""States in the cache of flash-linear-attention: a cache that read one token has the form, and its content is replaced."""

from __future__ import annotations

import os
from typing import Any

import torch

from .in_transformers import decoder_blocks, load_model as load
from .states import ConvertedError, States

# Types whose layers keep a state [values, keys], not [keys, values].
VALUES_FIRST = {"gated_deltanet", "gla", "hgrn2", "kda", "mamba2"}
# Types that refuse several tokens after a state.
TOKEN_BY_TOKEN = {"mamba2"}
# The convolutions of types that have others than those of queries, keys and values.
CONVOLUTIONS = {"hgrn": "if", "hgrn2": "qfi"}
# Types whose keys are turned by their positions, so that a state turns as a key does. Here it is as seen from the last
# token, there from the first.
TURNED = {"retnet"}


def load_model(directory: Any, dtype: torch.dtype, options: dict[str, Any]) -> Any:
    if not torch.cuda.is_available():
        interpret_kernels()
    import fla.layers.attn  # registers its model types

    fla.layers.attn.flash_attn_func = fla.layers.attn.flash_attn_func or plain_attention
    if torch.cuda.is_available():
        return load(directory, dtype, options)
    # The norm of a fused kernel has another name.
    return load(directory, dtype, {"key_mapping": {"g_norm_swish_gate": "g_norm"}, **options}, plain_options)


def plain_options(config: Any) -> None:
    """Has CONFIG ask for no fused kernel that needs a GPU."""
    for option in ("fuse_norm", "fuse_swiglu", "fuse_cross_entropy", "fuse_linear_cross_entropy"):
        if hasattr(config, option):
            setattr(config, option, False)


def interpret_kernels() -> None:
    """Without a GPU, has Triton interpret the kernels, each in its first configuration: choosing one times them on a GPU."""
    os.environ["TRITON_INTERPRET"] = "1"
    from triton.runtime import autotuner

    def run_first(tuner, *positional, **named):
        tuner.nargs = dict(zip(tuner.arg_names, positional))
        try:
            first = tuner.prune_configs(named)[0]
            tuner.best_config = first
            options = first.all_kwargs()
            if first.pre_hook is not None:
                first.pre_hook({**tuner.nargs, **named, **options})
            return tuner.fn.run(*positional, **named, **options)
        finally:
            tuner.nargs = None

    autotuner.Autotuner.run = run_first


def plain_attention(q, k, v, causal=True, window_size=(-1, -1), **named):
    """flash_attn_func, which needs a GPU, for [B, T, H, d]: causal, aligned at the last token; its window is (left, 0)."""
    k, v = (x.repeat_interleave(q.shape[2] // x.shape[2], 2) for x in (k, v))
    scores = torch.einsum("bihd,bjhd->bhij", q, k) / q.shape[-1] ** 0.5
    before = k.shape[1] - q.shape[1] + torch.arange(q.shape[1])[:, None] - torch.arange(k.shape[1])[None]
    seen = (before >= 0) & ((before <= window_size[0]) if window_size[0] >= 0 else True)
    return torch.einsum("bhij,bjhd->bihd", scores.masked_fill(~seen, float("-inf")).softmax(-1), v)


def cache_of(model: Any, states: States) -> Any:
    """A cache of MODEL that holds STATES."""
    with torch.no_grad():
        output = model(input_ids=torch.zeros((1, 1), dtype=torch.long, device=model.device), use_cache=True)
    cache = output.get("past_key_values")
    if cache is None:
        raise ConvertedError(f"{model.config.model_type}: expected a cache in the model's output, found none")
    for index, block in enumerate(decoder_blocks(model)):
        Layer(index, cache, block, states, model).fill()
    return cache


class Layer:
    """One layer of a cache, and the states that belong there."""

    def __init__(self, index: int, cache: Any, block: Any, states: States, model: Any):
        self.index = index
        self.held = cache[index]
        self.block = block
        self.states = states
        self.left = states.names(index)
        self.model_type = model.config.model_type
        self.device = model.device
        cache.layers[index]._seen_tokens = states.tokens

    def take(self, *names: str) -> list[torch.Tensor]:
        """The tensors with these names below the block's modules, in the order of the names."""
        taken = []
        for name in names:
            full = [one for one in self.left if one.endswith("." + name)]
            self.left = [one for one in self.left if one not in full]
            taken += [self.states.layers[self.index][one].to(self.device)[None] for one in full]
        return taken

    def fill(self) -> None:
        for key, held in self.held.items():
            if held is not None:
                self.held[key] = getattr(self, f"new_{key}", self.without_place)(held)
        if self.left:
            raise ConvertedError(f"{self.left[0]}: expected a state that the cache of flash-linear-attention has a place for,"
                                 f" found one that a layer of {self.model_type} has none for")

    def without_place(self, held: Any) -> Any:
        raise ConvertedError(f"layer {self.index}: expected states that the checkpoint has, found another of {self.model_type}")

    def new_recurrent_state(self, held: Any) -> Any:
        if isinstance(held, (tuple, list)):
            return self.normed_sum(held) if self.model_type == "linear_attn" else self.slots(held)
        state = self.only("b_kv", self.take("attn.b_kv", "mixer.b_kv"))
        if self.model_type in TURNED:
            state = turned(state, self.states.tokens - 1, self.block.attn.rotary)
        state = state.transpose(-1, -2) if self.model_type in VALUES_FIRST else state
        return self.like("b_kv", state, held)

    def slots(self, held: Any) -> Any:
        """The keys [keys, slots] and values [slots, values] of slots, of which the state has both in a row."""
        state = self.only("b_kv", self.take("attn.b_kv"))
        keys = held[0].shape[-2]
        return (self.like("b_kv", state[..., :keys].transpose(-1, -2), held[0]), self.like("b_kv", state[..., keys:], held[1]))

    def normed_sum(self, held: Any) -> Any:
        """The sum of keys and values, and that of keys, by which outputs are divided."""
        state, keys = self.only("b_kv", self.take("attn.b_kv")), self.only("b_d", self.take("attn.b_d"))
        return (self.like("b_kv", state, held[0]), self.like("b_d", keys, held[1][:, 0]).unsqueeze(1))

    def new_conv_state(self, held: Any) -> Any:
        if isinstance(held, (tuple, list)):
            rows = self.take(*(f"{side}_conv1d.b_x" for side in CONVOLUTIONS.get(self.model_type, "qkv")))
            if len(rows) != len(held):
                raise ConvertedError(f"layer {self.index}: expected {len(held)} tensors b_x, found {len(rows)}")
            return tuple(self.rows(one, like) for one, like in zip(rows, held))
        found = self.only("b_x", self.take("attn.b_x", "mixer.b_x", "conv1d.b_x"))
        # A token shift keeps one row, a convolution its taps.
        return self.rows(found, held) if held.dim() == 3 and found.dim() == 3 else self.like("b_x", found, held)

    def new_ffn_state(self, held: Any) -> Any:
        return self.like("b_x", self.only("b_x", self.take("ffn.b_x")), held)

    def rows(self, found: torch.Tensor, held: torch.Tensor) -> torch.Tensor:
        rows = torch.zeros_like(held)
        kept = found.shape[-1]
        rows[..., held.shape[-1] - kept :] = found
        return rows

    def new_attn_state(self, held: Any) -> Any:
        key, value = self.only("b_k", self.take("attn.b_k")), self.only("b_v", self.take("attn.b_v"))
        if getattr(self.block.attn, "rotary", None) is not None:
            key = turned(key.transpose(-1, -2), self.states.tokens, self.block.attn.rotary).transpose(-1, -2)
        return tuple(one.transpose(1, 2).flatten(2).to(like.dtype) for one, like in zip((key, value), held))

    def only(self, name: str, found: list[torch.Tensor]) -> torch.Tensor:
        if len(found) != 1:
            raise ConvertedError(f"layer {self.index}: expected one tensor {name}, found {len(found)}")
        return found[0]

    def like(self, name: str, found: torch.Tensor, held: torch.Tensor) -> torch.Tensor:
        """FOUND in the form of HELD, in which query heads may each have the state that they share here."""
        if found.dim() == held.dim() > 2 and held.shape[1] % found.shape[1] == 0:
            found = found.repeat_interleave(held.shape[1] // found.shape[1], dim=1)
        if found.numel() != held.numel():
            raise ConvertedError(f"layer {self.index}: {name}: expected the size of {tuple(held.shape)}, found"
                                 f" {tuple(found.shape)}")
        return found.reshape(held.shape).to(held.dtype).contiguous()


def turned(state: torch.Tensor, positions: int, rotary: Any) -> torch.Tensor:
    """STATE [1, H, keys, values] with its keys turned on by POSITIONS, both halves of them together."""
    half = state.shape[2] // 2
    exponents = torch.arange(half, dtype=torch.float64, device=state.device) / half
    angles = positions * float(rotary.base) ** -exponents
    cos, sin = angles.cos()[:, None], angles.sin()[:, None]
    first, second = state[:, :, :half].double(), state[:, :, half:].double()
    return torch.cat([first * cos - second * sin, first * sin + second * cos], dim=2)
