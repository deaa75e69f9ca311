"""Whether a model fits into this machine's memory, reckoned before it is loaded: a machine that swaps helps nobody."""

from __future__ import annotations

from helpers.local_model.gguf import GGUF
from helpers.problem import Problem

# What llama.cpp and Python take beside weights and context, measured: docs/local_model.md has the totals.
BUFFERS = 350_000_000


def needed(model: GGUF, context: int, parallel: int) -> int:
    """Bytes that the server takes: the weights, the context of every request at a time, and buffers."""
    return model.size + model.bytes_per_token * context * parallel + BUFFERS


def refuse_if_too_large(model: GGUF, context: int, parallel: int, available: int | None = None) -> int:
    """Bytes needed. Raises Problem when this machine has fewer available (bytes; None asks the system)."""
    if available is None:
        import psutil

        available = psutil.virtual_memory().available
    wanted = needed(model, context, parallel)
    if wanted > available:
        raise Problem(
            f"{model.name} needs about {gigabytes(wanted)} of memory, and {gigabytes(available)} are free",
            "close other programs, take a smaller --context or --parallel 1, or a smaller model",
        )
    return wanted


def gigabytes(size: int) -> str:
    """1_234_000_000 -> "1.2 GB"."""
    return f"{size / 1e9:.1f} GB"
