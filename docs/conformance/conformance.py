"""Where does a stack lose its state? Runs transformers' or flash-linear-attention's own cache through conformance cases.

    bin/icl-sweep conformance --model DIR --out CASES
    python3 conformance.py --model DIR --cases CASES [--json FILE]

Needs torch and transformers (or flash-linear-attention beside them, which runs on a CPU too). Prints each case that departs
from the right logits, with the token and the layer where it begins. Exit code 0: all agree; 1: some do not; 2: wrong use.
The cases and the format of CASES: docs/conformance/README.md of icl-sweep.
"""

import argparse
import copy
import importlib.metadata
import inspect
import json
import os
import pathlib
import sys
import tempfile

import numpy

os.environ.setdefault("HF_HUB_OFFLINE", "1")
FORMAT = 1
NO_CACHE = "the output has no cache"
# A reading without a cache that errs by less may be a rounded one, of a model that magnifies rounding; cached ones then may
# err a few times as much.
ROUNDING, A_FEW = 1e-3, 4
MASK_ONCE = "attention_mask with the context alone"
CACHES = ("cache", "past_key_values", "cache_params")
DTYPES = {"F64": numpy.float64, "F32": numpy.float32}


def read_tensors(file):
    """The tensors of a safetensors file, by numpy alone."""
    data = pathlib.Path(file).read_bytes()
    start = 8 + int.from_bytes(data[:8], "little")
    tensors = {}
    for name, entry in json.loads(data[8:start]).items():
        if name != "__metadata__":
            begin, end = entry["data_offsets"]
            flat = numpy.frombuffer(data[start + begin : start + end], DTYPES[entry["dtype"]])
            tensors[name] = flat.reshape(entry["shape"])
    return tensors


class Lacks(Exception):
    """An operation that the stack does not offer, and says so."""


class Stack:
    """A model of a stack, and the residual stream behind each of its blocks."""

    def __init__(self, directory, library, dtype, layers, attention):
        import torch

        self.torch = torch
        self.library = library
        kernels_on_cpu(torch, library)
        if library == "transformers" and not torch.cuda.is_available():
            # It would take kernels from there for its own layers, which fail without a GPU.
            sys.modules["fla"] = None
        import transformers

        if library == "fla":
            import fla.layers.attn  # registers its model types

            fla.layers.attn.flash_attn_func = fla.layers.attn.flash_attn_func or plain_attention
        config = transformers.AutoConfig.from_pretrained(directory)
        for option in ("fuse_norm", "fuse_swiglu", "fuse_cross_entropy", "fuse_linear_cross_entropy"):
            if library == "fla" and not torch.cuda.is_available() and hasattr(config, option):
                setattr(config, option, False)
        # The grouped product of experts refuses the small sizes of fixtures on a CPU.
        plain = {"experts_implementation": "eager"}
        if library == "fla" or torch.cuda.is_available():
            plain = {"key_mapping": {"g_norm_swish_gate": "g_norm"}} if getattr(config, "fuse_norm", True) is False else {}
        if attention:
            plain["attn_implementation"] = attention
        model, loading = transformers.AutoModelForCausalLM.from_pretrained(
            directory, config=config, dtype=getattr(torch, dtype), output_loading_info=True, **plain
        )
        if loading["missing_keys"]:
            raise SystemExit(f"{directory}: {library} does not read this checkpoint's names: it finds no"
                             f" {sorted(loading['missing_keys'])[0]}")
        self.model = model.eval()
        self.config = self.model.config
        names = inspect.signature(self.model.forward).parameters
        self.keyword = next((name for name in CACHES if name in names), "past_key_values")
        self.takes_positions = "position_ids" in names
        self.streams = []
        self.blocks = self.find_blocks(layers)
        for block in self.blocks:
            block.register_forward_hook(self.keep_stream)

    def find_blocks(self, layers):
        for module in self.model.modules():
            if isinstance(module, self.torch.nn.ModuleList) and len(module) == layers:
                return list(module)
        return []

    def keep_stream(self, module, arguments, output):
        stream = output[0] if isinstance(output, tuple) else output
        self.streams.append(stream.detach().double().cpu().numpy())

    def tensor(self, ids):
        return self.torch.tensor(ids, device=self.model.device)

    def call(self, ids, cache=None, mask=None, positions=None, use_cache=True):
        """Logits [B, T, V] and stream [L, B, T, D] of a call, and the cache after it."""
        given = {"use_cache": use_cache}
        if cache is not None:
            given[self.keyword] = cache
        if mask is not None:
            given["attention_mask"] = self.tensor(mask)
        if positions is not None:
            given["position_ids"] = self.tensor(positions)
        self.streams.clear()
        with self.torch.no_grad():
            output = self.model(input_ids=self.tensor(ids), **given)
        after = next((output[name] for name in CACHES if output.get(name) is not None), None)
        return output.logits.double().cpu().numpy(), self.kept_streams(), after

    def kept_streams(self):
        per_block = len(self.streams) == len(self.blocks) and self.streams
        return numpy.stack(self.streams) if per_block else None

    def new_cache(self):
        import transformers

        return transformers.DynamicCache(config=self.config)

    def generate(self, ids, count):
        """Tokens [count], their logits [count, V], and the stream [L, count, D] of the tokens that they follow."""
        self.streams.clear()
        self.model.generation_config.eos_token_id = None
        with self.torch.no_grad():
            made = self.model.generate(
                self.tensor([ids]), attention_mask=self.tensor([[1] * len(ids)]), max_new_tokens=count,
                do_sample=False, use_cache=True, return_dict_in_generate=True, output_logits=True,
            )
        logits = numpy.stack([step[0].double().cpu().numpy() for step in made.logits])
        blocks = max(1, len(self.blocks))
        steps = [numpy.stack(self.streams[i : i + blocks]) for i in range(0, len(self.streams), blocks)]
        stream = None
        if self.blocks and all(len(step) == blocks for step in steps):
            stream = numpy.concatenate(steps, axis=2)[:, 0, -count:]
        return made.sequences[0, len(ids) :].tolist(), logits, stream


def kernels_on_cpu(torch, library):
    """Without a GPU, has Triton interpret the kernels, each in its first configuration: choosing one times them on a GPU."""
    if library != "fla" or torch.cuda.is_available():
        return
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
    import torch

    k, v = (x.repeat_interleave(q.shape[2] // x.shape[2], 2) for x in (k, v))
    scores = torch.einsum("bihd,bjhd->bhij", q, k) / q.shape[-1] ** 0.5
    before = k.shape[1] - q.shape[1] + torch.arange(q.shape[1])[:, None] - torch.arange(k.shape[1])[None]
    seen = (before >= 0) & ((before <= window_size[0]) if window_size[0] >= 0 else True)
    return torch.einsum("bhij,bjhd->bihd", scores.masked_fill(~seen, float("-inf")).softmax(-1), v)


class Reader:
    """A batch of rows that a stack reads call by call, with its cache."""

    def __init__(self, stack, rows, padding, variant):
        lengths = [len(row) for row in rows]
        self.stack = stack
        self.variant = variant
        longest = max(lengths)
        self.ids = numpy.array([[padding] * (longest - len(row)) + row for row in rows])
        self.mask = numpy.array([[0] * (longest - length) + [1] * length for length in lengths])
        self.is_padded = min(lengths) < longest
        self.cache = stack.new_cache() if "cache" in variant else None
        self.read = 0
        self.answers = []

    def next(self, count, aside=None):
        """Reads the next tokens of the rows, or others in their place, whose answers are not kept."""
        ids = self.ids[:, self.read : self.read + count] if aside is None else numpy.array([aside])
        kept = self.mask[:, : self.read + count] if aside is None else None
        positions = None
        if "position_ids" in self.variant:
            positions = numpy.arange(self.read, self.read + count)[None].repeat(len(ids), 0)
            if self.is_padded:
                positions = numpy.maximum(0, kept.cumsum(1) - 1)[:, -count:]
        mask = kept if self.is_padded and not (self.read and MASK_ONCE in self.variant) else None
        logits, stream, cache = self.stack.call(ids, self.cache, mask, positions)
        self.cache = cache if cache is not None else self.cache
        if self.cache is None:
            raise RuntimeError(NO_CACHE)
        self.read += count
        if aside is None:
            self.answers.append((logits, stream))

    def branch(self):
        """Another reader on a copy of the cache."""
        other = copy.copy(self)
        other.cache = copy.deepcopy(self.cache)
        other.answers = []
        return other

    def save_and_load(self):
        torch = self.stack.torch
        with tempfile.NamedTemporaryFile(suffix=".pt") as file:
            torch.save(self.cache, file.name)
            self.cache = torch.load(file.name, weights_only=False)

    def reverse(self):
        if not hasattr(self.cache, "reorder_cache"):
            raise Lacks("the cache has no reorder_cache")
        order = list(range(len(self.ids)))[::-1]
        self.cache.reorder_cache(self.stack.tensor(order))
        self.ids = self.ids[order]

    def read_and_take_back(self, aside):
        if not hasattr(self.cache, "crop"):
            raise Lacks("the cache has no crop")
        if hasattr(self.cache, "activate_past_recording"):
            self.cache.activate_past_recording()
        if getattr(self.cache, "is_croppable", True) is False:
            raise Lacks("is_croppable is False")
        before = self.read
        self.next(len(aside), aside)
        self.cache.crop(-len(aside))
        self.read = before

    def last(self, count):
        """Logits [B, count, V] and stream [L, B, count, D] of the last tokens that were read."""
        logits = numpy.concatenate([answer[0] for answer in self.answers], axis=1)[:, -count:]
        streams = [answer[1] for answer in self.answers]
        if any(stream is None for stream in streams):
            return logits, None
        return logits, numpy.concatenate(streams, axis=2)[:, :, -count:]


def answers(stack, case, variant):
    """For each row of a case the stack's logits [Q, V] and its stream [L, Q, D]; Q tokens, or fewer in a generation."""
    rows = [row["context"] + row["query"] for row in case["rows"]]
    queries = len(case["rows"][0]["query"])
    context = max(len(row["context"]) for row in case["rows"])
    padding = getattr(stack.config, "pad_token_id", None) or 0
    kind, pieces = case["kind"], case["pieces"]
    if kind == "whole":
        logits, stream, _ = stack.call(numpy.array(rows), use_cache=False)
        return [(logits[0, -queries:], None if stream is None else stream[:, 0, -queries:])]
    if kind == "generate":
        begin, count = pieces
        tokens, logits, stream = stack.generate(rows[0][:begin], count)
        return [(logits, stream)]
    reader = Reader(stack, rows, padding, variant)
    for piece in pieces:
        if reader.read == context:
            use_cache_as(kind, reader, case["aside"])
        reader.next(piece)
    logits, stream = reader.last(queries)
    order = range(len(rows))[::-1] if kind == "reordered" else range(len(rows))
    return [(logits[row], None if stream is None else stream[:, row]) for row in order]


def use_cache_as(kind, reader, aside):
    if kind == "donor":
        reader.branch().next(len(aside), aside)
    elif kind == "saved":
        reader.save_and_load()
    elif kind == "reordered":
        reader.reverse()
    elif kind == "undo":
        reader.read_and_take_back(aside)


def sizes(right, found):
    """The norm of the difference of each row from the right one, relative to the norm of the right one."""
    with numpy.errstate(all="ignore"):
        size = numpy.linalg.norm(found - right, axis=-1) / numpy.linalg.norm(right, axis=-1)
    return numpy.where(numpy.isfinite(size), size, numpy.inf)


class Suite:
    """The cases in a directory, and the stack's answers to them."""

    def __init__(self, directory, stack, about, tolerance):
        self.directory = pathlib.Path(directory)
        self.stack = stack
        self.about = about
        self.tolerance = tolerance
        self.layers = set(range(about["layers"])) if stack.blocks else set()
        self.right = {}
        self.own = {}
        self.rounding = {}

    def cases(self, only):
        lines = (self.directory / "cases.jsonl").read_text(encoding="utf-8").splitlines()
        cases = [json.loads(line) for line in lines]
        chosen = [case for case in cases if not only or any(word in case["id"] for word in only)]
        prompts = {row["prompt"]: row for case in chosen for row in case["rows"]}
        return chosen, prompts

    def read_without_cache(self, prompts):
        """The stack's own reading of every prompt; layers whose output is another quantity there are not compared."""
        for name, row in prompts.items():
            self.right[name] = read_tensors(self.directory / f"{name}.safetensors")
            case = {"kind": "whole", "rows": [row], "pieces": []}
            try:
                logits, stream = answers(self.stack, case, ())[0]
            except Exception:
                continue  # the case itself has the error
            self.own[name] = logits
            error = sizes(self.right[name]["logits"], logits).max()
            agrees = error <= self.tolerance
            self.rounding[name] = error if error < ROUNDING else 0
            right = self.right[name]["stream"]
            if stream is None or stream.shape != right.shape:
                self.layers = set()
            elif agrees:
                self.layers -= {i for i in self.layers if sizes(right[i], stream[i]).max() > self.tolerance}

    def result(self, case):
        result = self.outcome(case, ())
        result = {"id": case["id"], "kind": case["kind"], **result}
        if result["outcome"] in ("departs", "raises", "lacks") and case["kind"] not in ("whole", "generate"):
            result["tried"] = {}
            for variant in self.variants(case, result):
                tried = self.outcome(case, variant)
                result["tried"][" and ".join(variant)] = tried
                if tried["outcome"] == "agrees":
                    result["right_with"] = list(variant)
                    break
        return result

    def variants(self, case, result):
        """What a caller might give beside the tokens, or leave out, where the model takes it."""
        positions = [("position_ids",)] if self.stack.takes_positions else []
        caches = [("cache",)] if NO_CACHE in result.get("error", "") else []
        masks = [(MASK_ONCE,)] if case["kind"] == "batch" else []
        return positions + caches + [a + b for a in positions for b in caches] + masks

    def outcome(self, case, variant):
        try:
            found = answers(self.stack, case, variant)
        except Lacks as lack:
            return {"outcome": "lacks", "error": str(lack)}
        except Exception as error:
            lines = str(error).splitlines() or [""]
            return {"outcome": "raises", "error": f"{type(error).__name__}: {lines[0][:200]}"}
        worst = {"outcome": "agrees", "size": 0.0}
        for row, (logits, stream) in enumerate(found):
            one = self.departure(case["kind"], case["rows"][row]["prompt"], logits, stream)
            if one["size"] >= worst["size"]:
                worst = {**one, "row": row}
        return worst

    def departure(self, kind, prompt, logits, stream):
        right = self.right[prompt]
        count = len(logits)
        if logits.shape != right["logits"][:count].shape:
            raise SystemExit(f"{prompt}: expected logits of {right['logits'].shape}, found {logits.shape}: another model")
        size = sizes(right["logits"][:count], logits)
        allowed = self.tolerance if kind == "whole" else max(self.tolerance, A_FEW * self.rounding.get(prompt, 0))
        if size.max() <= allowed:
            return {"outcome": "agrees", "size": float(size.max())}
        token = int(numpy.argmax(size > allowed))
        layer = None
        if stream is not None and stream.shape[1] == count:
            depart = [i for i in sorted(self.layers)
                      if sizes(right["stream"][i, token], stream[i, token]) > allowed]
            layer = depart[0] if depart else None
        departure = {"outcome": "departs", "size": float(size.max()), "token": token, "layer": layer}
        if kind != "whole" and prompt in self.own and sizes(self.own[prompt][:count], logits).max() <= allowed:
            departure["as_without_cache"] = True
        return departure


def described(result):
    if result["outcome"] == "departs":
        where = f"token {result['token']}" + ("" if result["layer"] is None else f", layer {result['layer']}")
        rows = f" of row {result['row']}" if result.get("row") else ""
        text = f"departs by {result['size']:.1e} from {where}{rows} on"
        text += ", as without a cache" if result.get("as_without_cache") else ""
    else:
        text = f"{result['outcome']}: {result['error']}"
    return text + (f"; right with {' and '.join(result['right_with'])}" if "right_with" in result else "")


def library_of(directory, asked):
    """The stack that has a model's type: transformers, or fla."""
    if asked != "auto":
        return asked
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING_NAMES

    config = json.loads((pathlib.Path(directory) / "config.json").read_text(encoding="utf-8"))
    return "transformers" if config["model_type"] in CONFIG_MAPPING_NAMES else "fla"


def versions(library):
    found = {}
    for name in ("transformers", "torch") + (("flash-linear-attention", "triton") if library == "fla" else ()):
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            pass
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True, help="the checkpoint's directory")
    parser.add_argument("--cases", required=True, help="the directory that icl-sweep conformance wrote for it")
    parser.add_argument("--stack", default="auto", choices=["auto", "transformers", "fla"])
    parser.add_argument("--dtype", default="float32", choices=["float64", "float32", "bfloat16"])
    parser.add_argument("--attention", help="the attn_implementation of transformers, such as eager (default: its own choice)")
    parser.add_argument("--tolerance", type=float, default=1e-4, help="largest relative difference of logits (default 1e-4)")
    parser.add_argument("--only", nargs="*", default=[], help="cases whose id has one of these words in it")
    parser.add_argument("--json", metavar="FILE", help="where to write all results, - for standard output")
    given = parser.parse_args()
    about = json.loads((pathlib.Path(given.cases) / "suite.json").read_text(encoding="utf-8"))
    if about["format"] != FORMAT:
        parser.error(f"{given.cases}: expected format {FORMAT}, found {about['format']}; take this script's icl-sweep")
    library = library_of(given.model, given.stack)
    stack = Stack(given.model, library, given.dtype, about["layers"], given.attention)
    suite = Suite(given.cases, stack, about, given.tolerance)
    cases, prompts = suite.cases(given.only)
    suite.read_without_cache(prompts)
    results = [suite.result(case) for case in cases]
    wrong = [result for result in results if result["outcome"] != "agrees"]
    shown = sys.stderr if given.json == "-" else sys.stdout
    for result in wrong:
        print(f"{result['id']}: {described(result)}", file=shown)
    print(f"{about['model_type']} by {library}: {len(results) - len(wrong)} of {len(results)} cases agree", file=shown)
    if len(suite.layers) < about["layers"]:
        missing = sorted(set(range(about["layers"])) - suite.layers)
        print(f"not compared: the stream behind layers {missing}, where the blocks of {library} put out another", file=shown)
    if given.json:
        text = json.dumps({
            "model": given.model, "model_type": about["model_type"], "stack": library, "versions": versions(library),
            "dtype": given.dtype, "attention": given.attention, "tolerance": given.tolerance, "layers_compared": sorted(suite.layers), "cases": results,
        }, indent=1)
        if given.json == "-":
            print(text)
        else:
            pathlib.Path(given.json).write_text(text + "\n", encoding="utf-8")
    return 1 if any(result["outcome"] in ("departs", "raises") for result in results) else 0


if __name__ == "__main__":
    sys.exit(main())
