"""Python beside icl-sweep: converted checkpoints in the models and caches of other stacks."""

from .converted import Converted, ConvertedError, load_converted

__all__ = ["Converted", "ConvertedError", "load_converted"]
