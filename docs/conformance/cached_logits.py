#!/usr/bin/env python3
"""Adds to prompts the logits of a model that goes on from its cached state. See README.md beside this file."""

import argparse
import json

import torch
import transformers

try:  # registers the model types of flash-linear-attention
    import fla  # noqa: F401
except ImportError:
    pass


def cache_of(output):
    """The cache of a forward pass, with the name of the argument that takes it back."""
    for name in ("cache", "past_key_values", "cache_params"):
        cache = getattr(output, name, None)
        if cache is not None:
            return name, cache
    raise SystemExit(f"{type(output).__name__} has no cache that this script knows")


def continued_logits(model, context, query):
    """Logits at every token of the query, which is fed, token by token, to the cache that the context left."""
    device = model.device
    cache = {}
    if context:
        output = model(input_ids=torch.tensor([context], device=device), use_cache=True)
        name, state = cache_of(output)
        cache = {name: state}
    rows = []
    for i, token in enumerate(query):
        position = torch.tensor([len(context) + i], device=device)
        arguments = {"cache_position": position} if "cache_params" in cache else {}
        output = model(input_ids=torch.tensor([[token]], device=device), use_cache=True, **cache, **arguments)
        name, state = cache_of(output)
        cache = {name: state}
        rows.append(output.logits[0, -1].double().tolist())
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True, help="a checkpoint's directory")
    parser.add_argument("--prompts", required=True, help="JSON Lines with id, context and query")
    parser.add_argument("--output", required=True, help="where to write the same lines with logits")
    parser.add_argument("--dtype", default="float32", choices=["float64", "float32", "bfloat16"])
    arguments = parser.parse_args()
    dtype = getattr(torch, arguments.dtype)
    model = transformers.AutoModelForCausalLM.from_pretrained(arguments.model, dtype=dtype).eval()
    with open(arguments.prompts, encoding="utf-8") as prompts, open(arguments.output, "w", encoding="utf-8") as output:
        for line in prompts:
            if line.strip():
                prompt = json.loads(line)
                with torch.no_grad():
                    prompt["logits"] = continued_logits(model, prompt["context"], prompt["query"])
                output.write(json.dumps(prompt) + "\n")


if __name__ == "__main__":
    main()
