"""Converted checkpoints in the models and caches of other stacks."""

from __future__ import annotations

import copy
import dataclasses
import json
import os
import pathlib
from typing import Any

import torch

from . import in_transformers
from .states import ConvertedError, States, read_check, read_states


@dataclasses.dataclass(frozen=True)
class Converted:
    """A model of another stack, and a cache of it that holds the context of a converted checkpoint.

    model: the stack's own model, with the checkpoint's weights
    cache: the stack's own cache; a call of the model goes on from it and changes it
    tokens: number of tokens of the context
    token_by_token: True where this stack loses the state when several tokens follow at once, or refuses them
    keyword: the name by which the model's forward takes the cache
    """

    model: Any
    cache: Any
    tokens: int
    token_by_token: bool
    keyword: str

    def logits(self, query: list[int]) -> torch.Tensor:
        """The logits [Q, V] at every token of QUERY behind the context; the cache stays as it is."""
        cache = copy.deepcopy(self.cache)
        pieces = [[token] for token in query] if self.token_by_token else [list(query)]
        rows, read = [], self.tokens
        for piece in pieces:
            ids = torch.tensor([piece], device=self.model.device)
            with torch.no_grad():
                output = self.model(input_ids=ids, use_cache=True, **{self.keyword: cache}, **self.positions(read, len(piece)))
            cache = output[self.keyword] if output.get(self.keyword) is not None else cache
            read += len(piece)
            rows.append(output.logits[0])
        return torch.cat(rows)

    def positions(self, read: int, count: int) -> dict[str, torch.Tensor]:
        """Positions, given where a stack would start anew without them."""
        if self.keyword == "cache" and in_transformers.takes_positions(self.model):
            return {"position_ids": torch.arange(read, read + count, device=self.model.device)[None]}
        return {}

    def check(self, query: list[int], expected: Any, tolerance: float = 1e-4) -> float:
        """The largest relative difference of the logits of QUERY from those EXPECTED [Q, V]; an error above TOLERANCE."""
        right = torch.as_tensor(expected, dtype=torch.float64)
        found = self.logits(query).double().cpu()
        size = float(((found - right).norm(dim=-1) / right.norm(dim=-1)).max())
        if not size <= tolerance:
            raise ConvertedError(f"expected logits within {tolerance} of the converted checkpoint's, found a difference of"
                                 f" {size:.1e}: this stack does not go on from the state")
        return size


def load_converted(
    directory: str | os.PathLike[str],
    stack: str = "auto",
    dtype: torch.dtype = torch.float32,
    expected: tuple[list[int], Any] | None = None,
    tolerance: float = 1e-4,
    **options: Any,
) -> Converted:
    """The checkpoint that `icl-sweep convert` wrote into DIRECTORY, as a model and a cache of another stack.

    stack: "transformers", "fla", or "auto" for the first that knows the model type
    expected: a query and its logits; by default those that travel with the checkpoint
    tolerance: the largest relative difference of the logits
    options: given to from_pretrained, such as experts_implementation="eager"

    Raises ConvertedError for a state that has no place in the stack's cache, by the tensor's name, and for other logits.
    """
    place = pathlib.Path(directory)
    config = json.loads((place / "config.json").read_text(encoding="utf-8"))
    states = read_states(place, config)
    loaded = load_into(stack_of(config, stack), place, states, dtype, options)
    checked = expected if expected is not None else read_check(place)
    if checked is not None:
        loaded.check(*checked, tolerance=tolerance)
    return loaded


def stack_of(config: dict, asked: str) -> str:
    if asked not in ("auto", "transformers", "fla"):
        raise ConvertedError(f"stack: expected auto, transformers or fla, found {asked}")
    if asked != "auto":
        return asked
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING_NAMES

    return "transformers" if config["model_type"] in CONFIG_MAPPING_NAMES else "fla"


def load_into(stack: str, place: pathlib.Path, states: States, dtype: torch.dtype, options: dict[str, Any]) -> Converted:
    if stack == "fla":
        from . import in_fla

        model = in_fla.load_model(place, dtype, options)
        token_by_token = model.config.model_type in in_fla.TOKEN_BY_TOKEN
        return Converted(model, in_fla.cache_of(model, states), states.tokens, token_by_token, "past_key_values")
    model = in_transformers.load_model(place, dtype, options)
    cache = in_transformers.cache_of(model, states)
    model_type = model.config.get_text_config().model_type.removesuffix("_text")
    return Converted(model, cache, states.tokens, model_type in in_transformers.TOKEN_BY_TOKEN, "cache")
