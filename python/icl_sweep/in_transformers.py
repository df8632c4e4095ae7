"""States in the cache of transformers: a cache that read one token has the form, and its content is replaced."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from typing import Any

import torch
import transformers

from .states import ConvertedError, States

ROTARY, INTERLEAVED = "apply_rotary_pos_emb", "apply_rotary_pos_emb_interleave"
# States [N, inner] of state-space layers, where transformers has [inner, N].
TRANSPOSED = {
    "bamba", "falcon_h1", "falcon_mamba", "granitemoehybrid", "jamba", "mamba", "mamba2", "nemotron_h", "zamba2",
}
# Of several tokens at once they forget the state that the cache has, or refuse them.
TOKEN_BY_TOKEN = {"falcon_mamba", "jamba", "mamba", "minimax"}


def load_model(
    directory: Any, dtype: torch.dtype, options: dict[str, Any], change: Callable[[Any], None] | None = None
) -> Any:
    """The model of a checkpoint's directory; OPTIONS are from_pretrained's, CHANGE is given the configuration first."""
    verbosity = transformers.utils.logging.get_verbosity()
    transformers.utils.logging.set_verbosity_error()  # the states are no parameters of the model
    hidden = "fla" not in sys.modules and not torch.cuda.is_available()
    if hidden:  # transformers would take kernels from there for its own layers, which fail without a GPU
        sys.modules["fla"] = None
    try:
        config = transformers.AutoConfig.from_pretrained(directory)
        if change is not None:
            change(config)
        model, loading = transformers.AutoModelForCausalLM.from_pretrained(
            directory, config=config, dtype=dtype, output_loading_info=True, **options
        )
        if loading["missing_keys"]:
            raise ConvertedError(f"{directory}: expected all weights of {type(model).__name__}, found no"
                                 f" {sorted(loading['missing_keys'])[0]}")
        return model.eval()
    except (ImportError, ValueError) as error:
        if isinstance(error, ConvertedError):
            raise
        raise ConvertedError(f"{directory}: expected a model that can be loaded, found {type(error).__name__}:"
                             f" {str(error).splitlines()[0]}") from error
    finally:
        transformers.utils.logging.set_verbosity(verbosity)
        if hidden:
            del sys.modules["fla"]


def cache_of(model: Any, states: States) -> Any:
    """A cache of MODEL that holds STATES."""
    cache, turns = one_token(model, states.tokens)
    sums = getattr(cache, "linear_cache", [])
    for index in range(max(len(cache.layers), len(sums))):
        layer = Layer(index, cache.layers[index] if index < len(cache.layers) else None, states, model)
        if index < len(sums) and isinstance(sums[index], torch.Tensor):
            layer.fill_sums(sums[index])
        layer.fill(turns.get(index))
    return cache


def one_token(model: Any, position: int) -> tuple[Any, dict[int, Any]]:
    """The cache after one token at POSITION, and for each layer the function that turned its key there."""
    current = [-1]
    turns: dict[int, Any] = {}
    blocks = decoder_blocks(model)
    hooks = [block.register_forward_pre_hook(lambda *_, i=index: current.__setitem__(0, i)) for index, block in enumerate(blocks)]
    modeling = sys.modules[type(model).__module__]
    rotary = {name: getattr(modeling, name) for name in (ROTARY, INTERLEAVED) if hasattr(modeling, name)}

    def recording(name):
        def recorded(q, k, cos, sin, *more, **named):
            # Keys whose features were interleaved are kept with those of a pair in two halves.
            turn = rotary[name] if name == ROTARY else by_halves
            turns[current[0]] = lambda keys: turn(keys, keys, cos.to(keys.dtype), sin.to(keys.dtype))[1]
            return rotary[name](q, k, cos, sin, *more, **named)

        return recorded

    given = {"position_ids": torch.tensor([[position]], device=model.device)} if rotary else {}
    for name in rotary:
        setattr(modeling, name, recording(name))
    try:
        with torch.no_grad():
            output = model(input_ids=torch.zeros((1, 1), dtype=torch.long, device=model.device), use_cache=True, **given)
    except (AttributeError, NotImplementedError, RuntimeError, ValueError) as error:
        raise ConvertedError(f"{model.config.model_type}: expected a model that reads a token with a cache, found"
                             f" {type(error).__name__}: {error}") from error
    finally:
        for name, function in rotary.items():
            setattr(modeling, name, function)
        for hook in hooks:
            hook.remove()
    cache = output.get("cache", output.get("past_key_values"))
    if cache is None or not hasattr(cache, "layers"):
        raise ConvertedError(f"{model.config.model_type}: expected a cache in the model's output, found none: this release of"
                             " transformers keeps the state elsewhere, and it has no place to be loaded into")
    return cache, turns


def by_halves(q: torch.Tensor, k: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    def turned(x):
        first, second = x.chunk(2, dim=-1)
        return x * cos.unsqueeze(1) + torch.cat([-second, first], dim=-1) * sin.unsqueeze(1)

    return turned(q), turned(k)


def decoder_blocks(model: Any) -> list[Any]:
    count = model.config.get_text_config().num_hidden_layers
    for module in model.modules():
        if isinstance(module, torch.nn.ModuleList) and len(module) == count:
            return list(module)
    raise ConvertedError(f"{model.config.model_type}: expected {count} blocks in the model, found no such list")


class Layer:
    """One layer of a cache, and the states that belong there."""

    def __init__(self, index: int, layer: Any, states: States, model: Any):
        self.index = index
        self.layer = layer
        self.states = states
        self.left = states.names(index)
        self.model_type = model.config.get_text_config().model_type.removesuffix("_text")
        self.model = model

    def take(self, name: str) -> list[torch.Tensor]:
        self.left = [full for full in self.left if not full.endswith("." + name)]
        like = next(self.model.parameters())
        return [tensor.to(like.device, like.dtype)[None] for tensor in self.states.of(self.index, name)]

    def fill(self, turn: Any) -> None:
        if getattr(self.layer, "recurrent_states", None) and self.layer.recurrent_states[0] is not None:
            self.fill_recurrent(self.take("b_kv"))
        if getattr(self.layer, "conv_states", None) and self.layer.conv_states[0] is not None:
            self.fill_rows(self.take("b_x"))
        if getattr(self.layer, "keys", None) is not None:
            self.fill_keys(self.take("b_k"), self.take("b_v"), turn)
        if self.left:
            raise ConvertedError(f"{self.left[0]}: expected a state that the cache of transformers has a place for, found one"
                                 f" that {type(self.layer).__name__} has none for")

    def fill_recurrent(self, found: list[torch.Tensor]) -> None:
        held = self.layer.recurrent_states[0]
        state = self.only("b_kv", found)
        state = state.transpose(-1, -2) if self.model_type in TRANSPOSED else state
        held.copy_(state.reshape(self.same_size("b_kv", state, held)))

    def fill_rows(self, found: list[torch.Tensor]) -> None:
        held = self.layer.conv_states[0]
        held.zero_()
        if held.shape[-1] > 1:
            rows = torch.cat(found, dim=1) if found else self.only("b_x", found)
            self.same_size("b_x", rows, held[..., 1:])
            held[..., 1:] = rows

    def fill_keys(self, keys: list[torch.Tensor], values: list[torch.Tensor], turn: Any) -> None:
        key, value = self.only("b_k", keys), self.only("b_v", values)
        if self.is_latent(key, value):
            # The keys of latent attention are the part that turns and the latent vector, which its values are.
            key, value = value, key[..., : self.layer.values.shape[3]]
            self.layer.values = turn(value) if turn is not None and value.shape[2] > 0 else value
            self.layer.keys = key
            return
        for name, found, held in (("b_k", key, self.layer.keys), ("b_v", value, self.layer.values)):
            if (found.shape[1], found.shape[3]) != (held.shape[1], held.shape[3]):
                raise ConvertedError(f"layer {self.index}: {name}: expected heads and sizes as in the cache's"
                                     f" {tuple(held.shape)}, found {tuple(found.shape)}: it keeps something else of a token")
        self.layer.keys = turn(key) if turn is not None and key.shape[2] > 0 else key
        self.layer.values = value
        if hasattr(self.layer, "cumulative_length"):
            self.layer.cumulative_length = self.states.tokens

    def is_latent(self, key: torch.Tensor, value: torch.Tensor) -> bool:
        """True where the cache has latent vectors for keys and the shared part of the keys for values."""
        held = self.layer.keys.shape[3], self.layer.values.shape[3]
        return hasattr(self.model.config.get_text_config(), "kv_lora_rank") and held == (
            value.shape[3], key.shape[3] - value.shape[3],
        )

    def fill_sums(self, held: torch.Tensor) -> None:
        state = self.only("b_kv", self.take("b_kv"))
        held.copy_(state.reshape(self.same_size("b_kv", state, held)))

    def only(self, name: str, found: list[torch.Tensor]) -> torch.Tensor:
        if len(found) != 1:
            raise ConvertedError(f"layer {self.index}: expected one tensor {name} for {type(self.layer).__name__}, found"
                                 f" {len(found)}")
        return found[0]

    def same_size(self, name: str, found: torch.Tensor, held: torch.Tensor) -> torch.Size:
        if found.numel() != held.numel():
            raise ConvertedError(f"layer {self.index}: {name}: expected the size of {tuple(held.shape)}, found"
                                 f" {tuple(found.shape)}")
        return held.shape


def takes_positions(model: Any) -> bool:
    return "position_ids" in inspect.signature(model.forward).parameters
