"""Runs the notebooks' texts from top to bottom and stores them with their outputs: `python3 notebooks/execute.py [NAME ...]`."""

from __future__ import annotations

import argparse
import concurrent.futures
import json
import os
import pathlib

import jupytext
import nbclient
import nbformat

HERE = pathlib.Path(__file__).resolve().parent
NAMES = ("exactness", "accuracy", "influence", "order", "approximations", "fine-tuning")
# The query and the rows that the notebook's answer comes from.
KEEP = """
import json, pathlib
pathlib.Path({file!r}).write_text(json.dumps({{"query": QUERY, "columns": list(rows.columns),
    "rows": rows.astype(object).where(rows.notna(), None).values.tolist()}}, default=lambda value: value.item()), "utf-8")
"""


def execute(name: str, output: pathlib.Path, rows: pathlib.Path | None) -> None:
    """Executes a notebook's text in a kernel of its own and writes OUTPUT/NAME.ipynb, and ROWS/NAME.json if asked for."""
    notebook = jupytext.read(HERE / f"{name}.py")
    for place, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{place}"
    if rows is not None:
        notebook.cells.append(nbformat.v4.new_code_cell(KEEP.format(file=str(rows / f"{name}.json"))))
    nbclient.NotebookClient(notebook, timeout=120, record_timing=False, resources={"metadata": {"path": str(HERE)}}).execute()
    if rows is not None:
        notebook.cells.pop()
    notebook.metadata.pop("language_info", None)  # the version of Python that ran it
    written = json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    (output / f"{name}.ipynb").write_text(written, "utf-8")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(NAMES)}; all of them if none is given")
    parser.add_argument("--output", type=pathlib.Path, default=HERE, help="directory for the notebooks with their outputs")
    parser.add_argument("--rows", type=pathlib.Path, help="directory for each notebook's query and rows, as JSON")
    options = parser.parse_args()
    if unknown := set(options.names) - set(NAMES):
        parser.error(f"NAME: expected one of {', '.join(NAMES)}, found {', '.join(sorted(unknown))}")
    # The package of these sources, before one that is installed.
    os.environ["PYTHONPATH"] = os.pathsep.join([str(HERE.parent / "python"), *filter(None, [os.environ.get("PYTHONPATH")])])
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(execute, name, options.output.resolve(), options.rows and options.rows.resolve()) for name in options.names or NAMES]:
            done.result()


if __name__ == "__main__":
    main()
