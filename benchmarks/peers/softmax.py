"""A softmax model of transformers: each context once into a cache, the queries of all its shot counts in batches on it.

The queries of a batch are of similar length; a mask hides the demonstrations that a query has not seen.
"""

import torch
import torch.nn.functional as F
from transformers import AutoModelForCausalLM, DynamicCache


class CacheRuns:
    def __init__(self, folder, rows):
        self.rows = rows
        self.model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="sdpa").eval()

    def by_state(self, sets):
        """Hidden states at the scored positions [N, D]: set by set, segment by segment, query by query."""
        return torch.cat([self.of_set(one) for one in sets])

    def of_set(self, one):
        ends, context = [], []
        for segment in one["segments"]:
            context = context + segment
            ends.append(len(context))
        before = DynamicCache(config=self.model.config)
        if context:
            self.model.model(input_ids=torch.tensor([context]), cache=before, use_cache=True)
        rows = [(run, end) for runs, end in zip(one["runs"], ends) for run in runs]
        order = sorted(range(len(rows)), key=lambda row: len(rows[row][0]["tokens"]))
        hidden = [None] * len(rows)
        for start in range(0, len(order), self.rows):
            places = order[start:start + self.rows]
            for row, read in zip(places, self.of_queries([rows[row] for row in places], before, len(context))):
                hidden[row] = read
        return torch.cat(hidden)

    def of_queries(self, rows, before, context):
        """Hidden states [S, D] of each row: a query, and the end of the demonstrations that it has seen."""
        lengths = torch.tensor([len(run["tokens"]) for run, _ in rows])
        ends = torch.tensor([end for _, end in rows])
        longest = int(lengths.max())
        tokens = torch.stack([F.pad(torch.tensor(run["tokens"]), (0, longest - len(run["tokens"]))) for run, _ in rows])
        seen = torch.cat([torch.arange(context) < ends[:, None], torch.arange(longest) < lengths[:, None]], 1)
        cache = DynamicCache(config=self.model.config)
        for layer in range(self.model.config.num_hidden_layers if context else 0):
            keys, values = before.layers[layer].keys, before.layers[layer].values
            cache.update(keys.expand(len(rows), -1, -1, -1), values.expand(len(rows), -1, -1, -1), layer)
        hidden = self.model.model(input_ids=tokens, attention_mask=seen.long(), cache=cache, use_cache=True,
                                  position_ids=ends[:, None] + torch.arange(longest)).last_hidden_state
        return [hidden[row, run["from"]:len(run["tokens"])] for row, (run, _) in enumerate(rows)]

    def by_whole_prompts(self, sets):
        """The same of every context and query in one run from nothing; the queries of one context at once."""
        hidden = []
        for one in sets:
            context = []
            for segment, runs in zip(one["segments"], one["runs"]):
                context = context + segment
                texts = [context + run["tokens"] for run in runs]
                lengths = torch.tensor([len(text) for text in texts])
                tokens = torch.stack([F.pad(torch.tensor(text), (0, int(lengths.max()) - len(text))) for text in texts])
                mask = (torch.arange(tokens.shape[1]) < lengths[:, None]).long()
                read = self.model.model(input_ids=tokens, attention_mask=mask, use_cache=False).last_hidden_state
                hidden += [read[row, len(context) + run["from"]:len(texts[row])] for row, run in enumerate(runs)]
        return torch.cat(hidden)

    def logits(self, hidden):
        return self.model.lm_head(hidden)
