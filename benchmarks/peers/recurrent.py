"""Models whose layers keep a state, in PyTorch, for whole batches: linear attention and the gated delta rule.

Linear attention is chunked without a loop over chunks; the gated delta rule is transformers' own function for a CPU
(torch_chunk_gated_delta_rule). Sequences are padded on the right; padding changes no state.
"""

import json
import math
import pathlib

import torch
import torch.nn.functional as F
from safetensors.torch import load_file


class Recurrent:
    """The decoder around the mixers: norm, mixer, norm, gated feed-forward part."""

    def __init__(self, folder):
        folder = pathlib.Path(folder)
        self.config = json.loads((folder / "config.json").read_text())
        self.weights = {name: tensor.float() for name, tensor in load_file(folder / "model.safetensors").items()}
        self.layers = self.config["num_hidden_layers"]

    def linear(self, x, name):
        return F.linear(x, self.weights[name + ".weight"])

    def norm(self, x, name):
        return F.rms_norm(x, x.shape[-1:], self.weights[name + ".weight"], self.eps)

    def read(self, tokens, lengths, state):
        """Hidden states [B, T, D] of tokens [B, T] behind `state`, and the state after `lengths` of them."""
        valid = torch.arange(tokens.shape[1]) < lengths[:, None]
        x = F.embedding(tokens, self.weights[self.embeddings])
        shared = self.shared(tokens.shape[1], lengths, valid, state)
        after = []
        for layer in range(self.layers):
            at = f"model.layers.{layer}."
            mixed, new = self.mix(self.norm(x, at + self.norms[0]), at + self.mixer, state[layer], shared)
            x = x + mixed
            z = self.norm(x, at + self.norms[1])
            gate = F.silu(self.linear(z, at + "mlp.gate_proj"), inplace=True)
            x = x + self.linear(gate.mul_(self.linear(z, at + "mlp.up_proj")), at + "mlp.down_proj")
            after.append(new)
        return x, after

    def logits(self, hidden):
        head = "lm_head.weight" if "lm_head.weight" in self.weights else self.embeddings
        return F.linear(self.norm(hidden, "model.norm"), self.weights[head])

    def rows(self, states, rows):
        return [{name: tensor[rows] for name, tensor in layer.items()} for layer in states]

    def joined(self, states):
        """The rows of several states below one another."""
        return [{name: torch.cat([state[layer][name] for state in states]) for name in states[0][layer]}
                for layer in range(self.layers)]


class LinearLlama(Recurrent):
    """Linear attention with feature map 1 + elu, normaliser, rotary positions behind the feature map."""

    embeddings, mixer, norms = "model.embed_tokens.weight", "self_attn", ("input_layernorm", "post_attention_layernorm")

    def __init__(self, folder, chunk=64):
        super().__init__(folder)
        self.eps = self.config.get("rms_norm_eps", 1e-6)
        self.heads = self.config["num_attention_heads"]
        self.size = self.config["hidden_size"] // self.heads
        self.chunk = chunk

    def empty(self, rows):
        return [{"kv": torch.zeros(rows, self.heads, self.size, self.size),
                 "d": torch.zeros(rows, self.heads, self.size, 1),
                 "read": torch.zeros(rows, dtype=torch.long)} for _ in range(self.layers)]

    def shared(self, tokens, lengths, valid, state):
        half = self.size // 2
        positions = state[0]["read"][:, None] + torch.arange(tokens)
        angle = positions[:, None, :, None] * torch.exp(torch.arange(half) * (-math.log(1e4) / half))
        return lengths, None if bool(valid.all()) else valid[:, None, :, None], angle.cos(), angle.sin()

    def rotated(self, x, cos, sin):
        a, b = x.chunk(2, -1)
        return torch.cat([a * cos - b * sin, b * cos + a * sin], -1)

    def mix(self, x, at, state, shared):
        lengths, keep, cos, sin = shared
        rows, tokens, _ = x.shape
        q, k, v = (self.linear(x, f"{at}.{name}_proj").view(rows, tokens, self.heads, self.size).transpose(1, 2)
                   for name in "qkv")
        q, k = F.elu(q) + 1, F.elu(k) + 1
        turned_q, turned_k = self.rotated(q, cos, sin), self.rotated(k, cos, sin)
        if keep is not None:
            turned_k, k = turned_k * keep, k * keep
        chunk = min(self.chunk, tokens)
        padding = -tokens % chunk
        turned_q, turned_k, q, k, v = (
            F.pad(part, (0, 0, 0, padding)).reshape(rows, self.heads, -1, chunk, self.size)
            for part in (turned_q, turned_k, q, k, v))
        sums = turned_k.transpose(-1, -2) @ v
        totals = k.sum(-2)[..., None]
        before, below = state["kv"][:, :, None], state["d"][:, :, None]
        if sums.shape[2] > 1:
            before = torch.cat([before, before + sums[:, :, :-1].cumsum(2)], 2)
            below = torch.cat([below, below + totals[:, :, :-1].cumsum(2)], 2)
        numerator = (turned_q @ turned_k.transpose(-1, -2)).tril_() @ v + turned_q @ before
        denominator = (q * k.cumsum(-2)).sum(-1, keepdim=True) + q @ below
        out = (numerator / denominator).reshape(rows, self.heads, -1, self.size)[:, :, :tokens]
        after = {"kv": before[:, :, -1] + sums[:, :, -1], "d": below[:, :, -1] + totals[:, :, -1],
                 "read": state["read"] + lengths}
        return self.linear(out.transpose(1, 2).reshape(rows, tokens, -1), at + ".o_proj"), after


class GatedDeltaNet(Recurrent):
    """Gated DeltaNet in flash-linear-attention's layout, its rule by transformers."""

    embeddings, mixer, norms = "model.embeddings.weight", "attn", ("attn_norm", "mlp_norm")

    def __init__(self, folder, chunk=64):
        super().__init__(folder)
        from transformers.models.qwen3_next.modeling_qwen3_next import torch_chunk_gated_delta_rule
        self.rule = torch_chunk_gated_delta_rule
        self.eps = self.config.get("norm_eps", 1e-6)
        self.heads, self.size = self.config["num_heads"], self.config["head_dim"]
        self.values = int(self.size * self.config.get("expand_v", 2))
        self.gated = self.config.get("use_gate", True)
        self.kernel = self.config.get("conv_size", 4)
        self.chunk = chunk
        for layer in range(self.layers):
            at = f"model.layers.{layer}.attn."
            self.weights[at + "qkv_proj.weight"] = torch.cat([self.weights[f"{at}{x}_proj.weight"] for x in "qkv"])
            self.weights[at + "conv.weight"] = torch.cat([self.weights[f"{at}{x}_conv1d.weight"] for x in "qkv"])
            self.weights[at + "ab_proj.weight"] = torch.cat([self.weights[f"{at}{x}_proj.weight"] for x in "ab"])

    def empty(self, rows):
        channels = self.heads * (2 * self.size + self.values)
        return [{"kv": torch.zeros(rows, self.heads, self.size, self.values),
                 "conv": torch.zeros(rows, self.kernel - 1, channels)} for _ in range(self.layers)]

    def shared(self, tokens, lengths, valid, state):
        last = lengths[:, None] + torch.arange(self.kernel - 1)
        return last[:, :, None].expand(-1, -1, state[0]["conv"].shape[-1]), valid[..., None]

    def mix(self, x, at, state, shared):
        last, valid = shared
        rows, tokens, _ = x.shape
        before = torch.cat([state["conv"], self.linear(x, at + ".qkv_proj")], 1)
        conv = before.gather(1, last)
        taps = self.weights[at + ".conv.weight"][:, 0]
        qkv = before[:, :tokens] * taps[:, 0]
        for tap in range(1, self.kernel):
            qkv.addcmul_(before[:, tap:tap + tokens], taps[:, tap])
        q, k, v = F.silu(qkv, inplace=True).split(
            [self.heads * self.size, self.heads * self.size, self.heads * self.values], -1)
        a, b = self.linear(x, at + ".ab_proj").chunk(2, -1)
        beta = b.sigmoid() * valid
        decay = -self.weights[at + ".A_log"].exp() * F.softplus(a + self.weights[at + ".dt_bias"]) * valid
        out, kv = self.rule(
            q.reshape(rows, tokens, self.heads, self.size), k.reshape(rows, tokens, self.heads, self.size),
            v.reshape(rows, tokens, self.heads, self.values), g=decay, beta=beta,
            chunk_size=min(self.chunk, -(-tokens // 8) * 8), initial_state=state["kv"], output_final_state=True,
            use_qk_l2norm_in_kernel=True)
        out = self.norm(out, at + ".o_norm")
        if self.gated:
            out = out * F.silu(self.linear(x, at + ".g_proj")).view(out.shape)
        return self.linear(out.reshape(rows, tokens, -1), at + ".o_proj"), {"kv": kv, "conv": conv}


def padded(sequences):
    """Tokens [B, T], padded on the right, and lengths [B]."""
    lengths = torch.tensor([len(sequence) for sequence in sequences])
    tokens = torch.zeros(len(sequences), max(1, int(lengths.max())), dtype=torch.long)
    for row, sequence in enumerate(sequences):
        tokens[row, :len(sequence)] = torch.tensor(sequence, dtype=torch.long)
    return tokens, lengths


class StateRuns:
    """The runs of a batch by a model with states: every context once, segment by segment, queries batched on them."""

    def __init__(self, model, block):
        self.model, self.block = model, block

    def by_state(self, sets):
        """Hidden states at the scored positions [N, D]: set by set, segment by segment, query by query."""
        segments = len(sets[0]["segments"])
        state, states = self.model.empty(len(sets)), []
        for segment in range(segments):
            texts = [one["segments"][segment] for one in sets]
            if any(texts):
                _, state = self.model.read(*padded(texts), state)
            states.append(state)
        joined = self.model.joined(states)
        rows = [(run["tokens"], segment * len(sets) + row, run["from"])
                for row, one in enumerate(sets)
                for segment, runs in enumerate(one["runs"]) for run in runs]
        return self.blocks(rows, lambda some: self.model.rows(joined, torch.tensor([row for _, row, _ in some])))

    def by_whole_prompts(self, sets):
        """The same of every context and query in one run from nothing."""
        rows = []
        for one in sets:
            context = []
            for segment, runs in zip(one["segments"], one["runs"]):
                context = context + segment
                rows += [(context + run["tokens"], 0, len(context) + run["from"]) for run in runs]
        return self.blocks(rows, lambda some: self.model.empty(len(some)))

    def blocks(self, rows, states):
        """Sequences of similar length at once, so many that a block has about `block` tokens."""
        order = sorted(range(len(rows)), key=lambda row: len(rows[row][0]))
        hidden = [None] * len(rows)
        start = 0
        while start < len(order):
            end = start + 1
            while end < len(order) and (end + 1 - start) * len(rows[order[end]][0]) <= self.block:
                end += 1
            some = [rows[row] for row in order[start:end]]
            read, _ = self.model.read(*padded([tokens for tokens, _, _ in some]), states(some))
            for place, row in enumerate(order[start:end]):
                tokens, _, scored = rows[row]
                hidden[row] = read[place, scored:len(tokens)]
            start = end
        return torch.cat(hidden)

    def logits(self, hidden):
        return self.model.logits(hidden)
