"""The states of a converted checkpoint, layer by layer."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import re

import safetensors
import torch

LAYER = re.compile(r"\.(\d+)\.")
STATE = re.compile(r"(?:^|\.)(b_[a-z_0-9]+)$")
# The convolutions of queries, keys and values, and of forget gates and inputs.
SIDES = "qkvfi"
# What an approximation leaves in the place of keys and values.
APPROXIMATED = {"b_m": "the weights of merged slots", "b_a": "the norms of random features"}


class ConvertedError(ValueError):
    """A checkpoint that cannot be loaded, or whose logits are not those that it should have."""


@dataclasses.dataclass(frozen=True)
class States:
    """Of each layer the state tensors by their names in the checkpoint, of one context; and the context's length."""

    layers: dict[int, dict[str, torch.Tensor]]
    tokens: int

    def of(self, layer: int, name: str) -> list[torch.Tensor]:
        """The tensors of a layer that are called NAME below their modules, those of convolutions in the order of SIDES."""
        found = [full for full in self.names(layer) if full.endswith("." + name)]
        return [self.layers[layer][full] for full in sorted(found, key=side)]

    def names(self, layer: int) -> list[str]:
        return list(self.layers.get(layer, {}))


def side(name: str) -> int:
    """The place of the convolution that a tensor is of among those of its layer."""
    module = name.split(".")[-2]
    return SIDES.find(module[0]) if module.endswith("_conv1d") else 0


def read_states(directory: pathlib.Path, config: dict) -> States:
    """The states in a converted checkpoint's directory; its config.json is CONFIG."""
    layers: dict[int, dict[str, torch.Tensor]] = {}
    positions = None
    for file in sorted(directory.glob("model*.safetensors")):
        with safetensors.safe_open(file, framework="pt") as tensors:
            for name in tensors.keys():
                found = STATE.search(name)
                if found is None:
                    continue
                tensor = tensors.get_tensor(name)
                if found[1] in APPROXIMATED:
                    raise ConvertedError(
                        f"{file}: {name}: expected an exact conversion, found {APPROXIMATED[found[1]]}, which have no"
                        " place in another stack's cache; convert with iclca or full-cache"
                    )
                layer = LAYER.search(name)
                if found[1] == "b_pos":
                    positions = int(round(float(tensor)))
                elif layer is not None:
                    layers.setdefault(int(layer[1]), {})[name] = tensor
    if not layers:
        raise ConvertedError(f"{directory}: expected a checkpoint that icl-sweep convert wrote, found no b_… tensor in it")
    return States({layer: layers[layer] for layer in sorted(layers)}, length(config, layers, positions))


def length(config: dict, layers: dict[int, dict[str, torch.Tensor]], positions: int | None) -> int:
    """The context's number of tokens: as told, else the most keys that a layer keeps."""
    if positions is not None:
        return positions
    told = len(config.get("icl_context", {}).get("token_ids", []))
    keys = [tensor.shape[1] for layer in layers.values() for name, tensor in layer.items() if name.endswith(".b_k")]
    return max([told, *keys])


def read_check(directory: pathlib.Path) -> tuple[list[int], torch.Tensor] | None:
    """The query and its logits [Q, V] that travel with a converted checkpoint, if there are any."""
    file = directory / "icl_check.safetensors"
    if not file.exists():
        return None
    with safetensors.safe_open(file, framework="pt") as tensors:
        return json.loads(tensors.metadata()["query"]), tensors.get_tensor("logits")
