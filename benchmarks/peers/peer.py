"""The work of a sweep's batches in PyTorch, on one thread: python peer.py WORK.json, started by benchmarks/peers/run.

WORK.json: model (a checkpoint's directory), batches of sets; a set has segments (the tokens that each further shot count
adds to the context), runs (for each segment the queries: tokens, from which position on they are scored) and answers (for
each segment and query, for each label: which row of the set's scored positions has which token). Reads commands from
standard input, a line each, and answers with a JSON object: "work BATCH none|state|whole" does a batch, the converted run
alone or beside a prompted one (the same again from a fresh state, or every prompt whole), and gives its processor seconds;
"check" gives logits and the scores of labels.
"""

import json
import pathlib
import platform
import sys
import time

import torch
import transformers

torch.set_num_threads(1)


def runs(folder, options):
    kind = json.loads((pathlib.Path(folder) / "config.json").read_text())["model_type"]
    if kind in ("linear_llama", "gated_deltanet"):
        from recurrent import GatedDeltaNet, LinearLlama, StateRuns
        model = LinearLlama if kind == "linear_llama" else GatedDeltaNet
        return StateRuns(model(folder, options["chunk"]), options["block"])
    from softmax import CacheRuns
    return CacheRuns(folder, options["rows"])


def scores(answers, chances):
    """The log-likelihood of each label of each query: the sum over its tokens."""
    rows = torch.tensor([place[0] for labels in answers for label in labels for place in label], dtype=torch.long)
    tokens = torch.tensor([place[1] for labels in answers for label in labels for place in label], dtype=torch.long)
    read = iter(chances[rows, tokens].tolist())
    return [[sum(next(read) for _ in label) for label in labels] for labels in answers]


def measured(work, batch, prompted):
    """The measures of a batch: scores of labels in each run, and how far their logits are apart."""
    sets = batch["sets"]
    hidden = work.by_state(sets)
    logits = work.logits(hidden)
    chances = logits.log_softmax(-1)
    result = {"converted": scores(batch["answers"], chances), "logits": logits}
    if prompted != "none":
        again = work.by_state(sets) if prompted == "state" else work.by_whole_prompts(sets)
        reference = work.logits(again)
        likely = reference.log_softmax(-1)
        difference = reference - logits
        result |= {"prompted": scores(batch["answers"], likely), "reference": reference,
                   "largest": difference.abs().amax(-1).tolist(),
                   "squares": difference.square().sum(-1).tolist(),
                   "kl": (likely.exp() * (likely - chances)).sum(-1).tolist()}
    return result


def check(work, batches):
    """Some logits of each batch's first set, on a state and in whole prompts, and the scores of all labels."""
    found = []
    for batch in batches:
        every = measured(work, batch, "state")
        first = {"sets": batch["sets"][:1], "answers": []}
        one = measured(work, first, "whole")
        found.append({"logits": some(one["logits"]), "reference": some(one["reference"]),
                      "converted": every["converted"], "prompted": every["prompted"]})
    return {"batches": found}


def some(logits):
    """The first 64 positions, and one column in so many that about 64 are left."""
    return logits[:64, ::max(1, logits.shape[1] // 64)].tolist()


def main(file):
    task = json.loads(pathlib.Path(file).read_text())
    work = runs(task["model"], task["options"])
    answer({"python": platform.python_version(), "torch": torch.__version__, "transformers": transformers.__version__})
    for line in sys.stdin:
        command, *arguments = line.split()
        if command == "check":
            answer(check(work, task["batches"]))
            continue
        began = time.thread_time()
        measured(work, task["batches"][int(arguments[0])], arguments[1])
        answer({"seconds": time.thread_time() - began})


def answer(message):
    print(json.dumps(message), flush=True)


if __name__ == "__main__":
    with torch.inference_mode():
        main(sys.argv[1])
