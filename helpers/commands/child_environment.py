"""The environment variables of the processes that `workbook` starts. Standard library only."""

from __future__ import annotations

import os

LOOPBACK = ("127.0.0.1", "localhost")

# A trainer's own tracing must not send learners' prompts away, nor slow every call by a failed upload.
TRACING = ("LANGSMITH_TRACING", "LANGSMITH_TRACING_V2", "LANGCHAIN_TRACING", "LANGCHAIN_TRACING_V2")


def child_environment() -> dict[str, str]:
    """This process' variables without tracing, and with loopback kept from any proxy (in addition to what is set)."""
    environment = {key: value for key, value in os.environ.items() if key not in TRACING}
    for key in ("NO_PROXY", "no_proxy"):
        hosts = [host.strip() for host in environment.get(key, "").split(",") if host.strip()]
        environment[key] = ",".join([*hosts, *(host for host in LOOPBACK if host not in hosts)])
    return environment
