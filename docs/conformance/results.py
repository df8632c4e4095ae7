"""Runs the conformance suite on checkpoints and prints docs/conformance/results.md.

    python3 docs/conformance/results.py --work DIR MODEL… > docs/conformance/results.md

MODEL is a checkpoint's directory, or STACK:DIRECTORY to choose between transformers and fla. Cases and results are kept in
DIR, and those that are there are not made again. Needs what conformance.py needs.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ICL_SWEEP = os.environ.get("ICL_SWEEP", str(HERE.parent.parent / "bin" / "icl-sweep")).split()
# Interpreted kernels are slow, and those of chunks (more than 64 tokens at once) do not run so.
FLA_CONTEXTS = "0,1,5"
HEAD = """\
# What stacks lose

{cases} cases of {models} small random checkpoints, run by {versions} on a CPU in {dtype}; a case departs where logits differ by
more than {tolerance} of their norm from those of one uninterrupted run in float64. [findings.md](findings.md) has what it means,
[README.md](README.md) what each kind of case is. Made by

```sh
# not run by the tests: it needs torch, transformers and flash-linear-attention, and hours
python3 docs/conformance/results.py --work DIR MODEL… > docs/conformance/results.md
```
"""
KINDS = ["whole", "at-once", "pieces", "chunked", "batch", "reordered", "donor", "saved", "undo", "generate"]


def result_of(model, stack, work):
    """The results of one model, as conformance.py writes them."""
    name = pathlib.Path(model).name + ("" if stack == "auto" else f"-{stack}")
    file = work / f"{name}.json"
    if not file.exists():
        cases = work / f"{name}.cases"
        if not cases.exists():
            fla = "fla" in (stack, pathlib.Path(model).parent.name.removeprefix("fixtures-")) or is_fla(model)
            contexts = ["--contexts", FLA_CONTEXTS] if fla else []
            subprocess.run([*ICL_SWEEP, "conformance", "--model", model, "--out", str(cases), *contexts],
                           check=True, stdout=sys.stderr)
        run = subprocess.run([sys.executable, str(HERE / "conformance.py"), "--model", model, "--cases", str(cases),
                              "--stack", stack, "--json", str(file)], stdout=sys.stderr)
        if run.returncode not in (0, 1):
            raise SystemExit(f"{model}: conformance.py ended with {run.returncode}")
    return {"name": name, **json.loads(file.read_text(encoding="utf-8"))}


def is_fla(model):
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING_NAMES

    return json.loads((pathlib.Path(model) / "config.json").read_text())["model_type"] not in CONFIG_MAPPING_NAMES


def size(value):
    return "not finite" if value == float("inf") else f"{value:.1g}" if value >= 0.1 else f"{value:.0e}"


def group(cases):
    """One line for the cases of a kind that end alike: the first of them, and the largest departure."""
    first = cases[0]
    if first["outcome"] == "departs":
        largest = max(cases, key=lambda case: case["size"])
        layer = "–" if first["layer"] is None else str(first["layer"])
        row = f", row {first['row']}" if first.get("row") else ""
        found = ["departs" + (", as without a cache" if first.get("as_without_cache") and first["kind"] != "whole" else ""),
                 f"{first['token']}{row}", layer, size(largest["size"])]
    else:
        found = [f"{first['outcome']}: {first['error'].replace('|', '/')[:140]}", "–", "–", "–"]
    remedies = {tuple(case.get("right_with", ())) for case in cases}
    remedy = " and ".join(remedies.pop()) if len(remedies) == 1 else "some with " + ", ".join(
        " and ".join(one) for one in sorted(remedies) if one)
    return [f"`{first['id']}`", *found, remedy]


def findings(result):
    """The lines of a model, kind by kind, and pieces by their length; cases that raise alike are one."""
    groups = {}
    for case in result["cases"]:
        if case["outcome"] == "departs":
            groups.setdefault((kind_of(case), case.get("as_without_cache", False)), []).append(case)
        elif case["outcome"] == "raises":
            groups.setdefault(case["error"], []).append(case)
    lines = []
    for cases in groups.values():
        kinds = list(dict.fromkeys(kind_of(case) for case in cases))
        among = [case for case in result["cases"] if kind_of(case) in kinds]
        lines.append([f"{', '.join(kinds)} ({len(cases)} of {len(among)})", *group(cases)])
    return lines


def kind_of(case):
    return "-".join(case["id"].split("-")[:2]) if case["kind"] == "pieces" else case["kind"]


def table(head, rows):
    return "\n".join(["| " + " | ".join(line) + " |" for line in [head, ["---"] * len(head), *rows]])


def summary(result):
    cells = []
    for kind in KINDS:
        cases = [case for case in result["cases"] if case["kind"] == kind]
        agree = sum(case["outcome"] == "agrees" for case in cases)
        lacks = all(case["outcome"] == "lacks" for case in cases)
        cells.append("" if not cases else "lacks" if lacks else "✓" if agree == len(cases) else f"**{agree} of {len(cases)}**")
    return [f"`{result['name']}`", result["model_type"], result["stack"], *cells]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", required=True, type=pathlib.Path)
    parser.add_argument("models", nargs="+")
    given = parser.parse_args()
    given.work.mkdir(parents=True, exist_ok=True)
    results = []
    for model in given.models:
        stack, _, directory = model.rpartition(":")
        results.append(result_of(directory, stack or "auto", given.work))
    versions = {name: version for result in results for name, version in result["versions"].items()}
    told = ", ".join(f"{name} {version}" for name, version in versions.items())
    cases = sum(len(result["cases"]) for result in results)
    print(HEAD.format(
        versions=told, models=len(results), cases=cases, tolerance=results[0]["tolerance"], dtype=results[0]["dtype"]))
    print("## Cases that agree\n")
    print("✓: all of a kind; *lacks*: the stack has no such operation and says so.\n")
    print(table(["model", "type", "stack", *KINDS], [summary(result) for result in results]))
    print("\n## Departures\n")
    print("Token (of the query, from 0) and layer are those of the first case named; the size is the largest of the kind.\n")
    rows = [[f"`{result['name']}`", *line] for result in results for line in findings(result)]
    print(table(["model", "cases", "first", "outcome", "token", "layer", "size", "right with"], rows))


if __name__ == "__main__":
    main()
