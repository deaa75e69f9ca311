"""A preflight: is this machine, and the endpoint it is set to, ready? Each line is a check that was really made.

Shown in lesson 00 and by `workbook doctor`. It makes one short call for each role and asks nothing else of an endpoint.
"""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from helpers.paths import my_work

if TYPE_CHECKING:
    from helpers.endpoint import Endpoint

LEAST_FREE_GB = 1.0
SYMBOLS = {"ok": "✓", "warning": "!", "failure": "✗"}


@dataclass(frozen=True)
class Finding:
    """One line of the preflight. `next_step` says what to do when it is not ok."""

    name: str
    state: Literal["ok", "warning", "failure"]
    what: str
    next_step: str = ""


@dataclass(frozen=True)
class Report:
    """All findings, in the order in which they were made."""

    findings: tuple[Finding, ...]

    @property
    def failed(self) -> bool:
        """True when something must be mended before work can begin."""
        return any(finding.state == "failure" for finding in self.findings)

    def _repr_markdown_(self) -> str:
        rows = ["| | checked | found | next step |", "|---|---|---|---|"]
        rows += [f"| {SYMBOLS[f.state]} | {f.name} | {f.what} | {f.next_step} |" for f in self.findings]
        return "\n".join(rows)

    def __repr__(self) -> str:
        return "\n".join(
            f"{SYMBOLS[f.state]} {f.name}: {f.what}" + (f"  -> {f.next_step}" if f.next_step else "")
            for f in self.findings
        )


def preflight(endpoint: Endpoint) -> None:
    """Examine, and show what was found."""
    from helpers.show import show

    show(examine(endpoint))


def examine(endpoint: Endpoint) -> Report:
    """Make every check; none of them raises."""
    return Report(tuple([*_machine(), *_network(), *_endpoint(endpoint)]))


def _machine() -> Iterator[Finding]:
    version = platform.python_version()
    if (3, 11) <= sys.version_info < (3, 15):
        yield Finding("Python", "ok", version)
    else:
        yield Finding("Python", "warning", version, "3.11 to 3.14 are tested")
    folder = my_work()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
        yield Finding("your folder", "ok", f"{folder.name}/ can be written")
    except OSError as error:
        step = "set WORKBOOK_HOME to a folder that you may write to"
        yield Finding("your folder", "failure", error.strerror or "cannot be written", step)
        return
    free = shutil.disk_usage(folder).free / 1e9
    if free >= LEAST_FREE_GB:
        yield Finding("disk", "ok", f"more than {LEAST_FREE_GB:g} GB free")
    else:
        yield Finding("disk", "warning", f"{free:.1f} GB free", "make some room first")


def _network() -> Iterator[Finding]:
    """Proxy and certificates, as the clients will see them. Names only: a proxy's address may hold a password."""
    proxies = [name for name in urllib.request.getproxies() if name != "no"]
    found = f"set for {', '.join(sorted(proxies))}" if proxies else "none is set"
    yield Finding("proxy", "ok", found)
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        path = os.environ.get(name)
        if path and not Path(path).exists():
            yield Finding(
                "certificates", "failure", f"{name} names a file that is not there", f"correct or unset {name}"
            )


def _endpoint(endpoint: Endpoint) -> Iterator[Finding]:
    def chat(model: str) -> Callable[[], str]:
        def call() -> str:
            messages = [{"role": "user", "content": "Say hello."}]
            reply = endpoint.client.chat.completions.create(model=model, messages=messages, max_completion_tokens=16)
            return f"{reply.model} answers, {reply.usage.total_tokens} tokens"

        return call

    def embed() -> str:
        reply = endpoint.client.embeddings.create(model=endpoint.embedding, input="hello")
        return f"{reply.model} answers, {len(reply.data[0].embedding)} dimensions"

    calls = {
        f"chat-large, `{endpoint.chat_large}`": chat(endpoint.chat_large),
        f"chat-small, `{endpoint.chat_small}`": chat(endpoint.chat_small),
        f"embedding, `{endpoint.embedding}`": embed,
    }
    for name, call in calls.items():
        yield _called(name, call)


def _called(name: str, call: Callable[[], str]) -> Finding:
    import openai

    try:
        return Finding(name, "ok", call())
    except openai.APIStatusError as error:
        step = {
            401: "look at the key in .env: it may belong to another resource",
            403: "ask for access to this model or network",
            404: "look at the model's or deployment's name in .env",
            429: "the quota is used up: wait, or ask for more",
        }.get(error.status_code, "see the endpoint's log")
        return Finding(name, "failure", f"{error.status_code} {error.code or ''}".strip(), step)
    except openai.APIConnectionError:
        return Finding(name, "failure", "cannot be reached", "look at the address in .env, and at HTTPS_PROXY")
    except openai.OpenAIError as error:
        return Finding(name, "failure", str(error), "")
