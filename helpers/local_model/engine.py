"""llama.cpp inside this process, by the package xllamacpp: it loads one GGUF file and serves it on a loopback port.

Only the front knows the port and the word that opens it. What leaves this module is an address; how llama.cpp is told
what is in here.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass, field
from typing import Any

from helpers.local_model.gguf import GGUF
from helpers.problem import Problem

CONTEXT = 8192  # tokens of one request and its reply
PARALLEL = 2  # requests that are answered at a time; the others wait their turn


@dataclass
class Engine:
    """A loaded model. `url` is up to, and without, /v1."""

    url: str
    key: str = field(repr=False)
    context: int = CONTEXT
    _server: Any = field(default=None, repr=False)


def context_for(model: GGUF, wanted: int) -> int:
    """Tokens of context: what is wanted, as far as the model was trained for it."""
    return min(wanted, model.trained_context or wanted)


def threads() -> int:
    """One thread for each physical core that this process may use: more only wait for each other."""
    import psutil

    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(usable, psutil.cpu_count(logical=False) or usable))


def start(model: GGUF, context: int, parallel: int) -> Engine:
    """Load the model and serve it; returns when it answers, after seconds. Raises Problem."""
    # Waiting threads that spin take the processor from each other: ten times slower on a busy machine. Read at import.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    try:
        import xllamacpp
    except ImportError:
        raise Problem(
            "The extra `local` is not installed", "`workbook extra local`, then the same command again"
        ) from None
    key = secrets.token_hex(16)
    try:
        server = xllamacpp.Server(_parameters(xllamacpp, model, context, parallel, key))
    except RuntimeError:
        raise Problem(
            f"llama.cpp could not load {model.path} ({model.architecture})",
            "is the file complete, and not newer than this llama.cpp? Compare its checksum with its source's, "
            "or start again with --verbose to read llama.cpp's own log",
        ) from None
    return Engine(server.listening_address, key, context, server)


def _parameters(xllamacpp: Any, model: GGUF, context: int, parallel: int, key: str) -> Any:
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(model.path)
    parameters.model_alias = {model.name}
    parameters.n_ctx = context * parallel  # shared out evenly, so that no request takes another's room
    parameters.n_parallel = parallel
    parameters.kv_unified = False
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = threads()
    parameters.n_threads_http = 32  # each waiting request holds one
    parameters.n_batch = 512  # between two batches it looks whether the client is still there
    parameters.cache_ram_mib = 0  # no copies of earlier conversations beside the context itself
    parameters.port = 0
    parameters.hostnames = ["127.0.0.1"]
    parameters.api_keys = [key]
    parameters.offline = True
    parameters.ui = parameters.endpoint_slots = False
    parameters.verbosity = 3 if os.environ.get("WORKBOOK_LOCAL_VERBOSE") else 0
    return parameters
