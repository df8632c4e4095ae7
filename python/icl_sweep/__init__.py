"""Python beside icl-sweep: a sweep's tables, report and comparison, and converted checkpoints in other stacks."""

from __future__ import annotations

import importlib
import typing

if typing.TYPE_CHECKING:
    from .charts import Plot, plots, summary
    from .comparison import ComparedCell, Comparison, IncomparableError, compare
    from .converted import Converted, load_converted
    from .states import ConvertedError
    from .sweep import Sweep, SweepError, read

__all__ = [
    "ComparedCell", "Comparison", "Converted", "ConvertedError", "IncomparableError", "Plot", "Sweep", "SweepError",
    "compare", "load_converted", "plots", "read", "summary",
]

# Each name's module is imported when the name is used: a sweep's tables need no torch, a checkpoint no DuckDB.
MODULES = {
    "charts": ("Plot", "plots", "summary"),
    "comparison": ("ComparedCell", "Comparison", "IncomparableError", "compare"),
    "converted": ("Converted", "load_converted"),
    "states": ("ConvertedError",),
    "sweep": ("Sweep", "SweepError", "read"),
}


def __getattr__(name: str) -> typing.Any:
    for module, names in MODULES.items():
        if name in names:
            return getattr(importlib.import_module(f".{module}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
