"""Imported once, by the server from which processes are forked: what grading and the lessons need is loaded there.

Loads; starts no thread and opens no connection, so that it is safe to fork. Where processes cannot be forked, a
submission's process imports what it uses, when it uses it.
"""

from __future__ import annotations

import ast
import contextlib
import gc
import importlib
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

CHECKS = Path(__file__).parent.parent / "checks"
LESSONS = "WORKBOOK_GRADED_LESSONS"  # names of the lessons to load, with commas
_SHARED = ("psutil", "helpers.show", "helpers.plots")
_WITH_MODELS = (
    *("numpy", "tiktoken", "openai.types.chat", "uvicorn", "helpers.endpoint", "helpers.ledger", "helpers.settings"),
    "helpers.grading.scripted",
)


def load(lessons: list[str]) -> None:
    """Import what every lesson needs, and what the published notebooks and the checks of these lessons import."""
    os.environ.setdefault("MPLBACKEND", "Agg")
    for name in _SHARED:
        _import(name)
    text = "".join(_notebook_code(lesson) + _checks_code(lesson) for lesson in lessons)
    if re.search(r"openai|connect\(|ScriptedClient|endpoint", text):
        for name in _WITH_MODELS:
            _import(name)
        _use_client()
        _use_mock()
    if "for_all" in text:
        _import("hypothesis.strategies")
    for lesson in lessons:
        _import(f"helpers.checks.{lesson}")
        for module in _imports_of_notebook(lesson):
            _import(module)
    # What is loaded is kept out of garbage collection, so that the forked processes go on sharing its memory.
    gc.collect()
    gc.freeze()


def _import(name: str) -> None:
    with contextlib.suppress(Exception):  # the submission that needs it will say what is missing
        importlib.import_module(name)


def _use_client() -> None:
    """A client's first use imports its resources: half a second that no submission should pay."""
    import httpx2
    import openai

    client = openai.OpenAI(base_url="http://127.0.0.1:9", api_key="-", http_client=httpx2.Client(trust_env=False))
    _ = (client.chat.completions, client.embeddings, client.responses)
    client.close()


def _use_mock() -> None:
    """The mock endpoint's own first reply, asked for without a server."""
    import asyncio

    import httpx2

    from helpers.mock_endpoint import MockConfig, create_app

    async def ask() -> None:
        transport = httpx2.ASGITransport(create_app(MockConfig(seed=0)))
        headers = {"authorization": "Bearer workbook"}
        async with httpx2.AsyncClient(transport=transport, base_url="http://mock/v1", headers=headers) as client:
            question = [{"role": "user", "content": "What is a token?"}]
            await client.post("/chat/completions", json={"model": "sim-large", "messages": question})

    with contextlib.suppress(Exception):
        asyncio.run(ask())
        import tiktoken

        tiktoken.get_encoding("cl100k_base")


def _checks_code(lesson: str) -> str:
    path = CHECKS / f"{lesson}.py"
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _notebook_code(lesson: str) -> str:
    from helpers.paths import NOTEBOOKS
    from helpers.publishing.published import find

    try:
        notebook = json.loads(find(lesson, NOTEBOOKS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    return "\n".join("".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code")


def _imports_of_notebook(lesson: str) -> Iterator[str]:
    """Modules that a published notebook imports, and packages that those of `helpers` among them import late."""
    code = _notebook_code(lesson)
    for line in re.findall(r"^(?:import|from) .+", code, re.MULTILINE):
        for name in _imported(line):
            yield name
            module = importlib.import_module(name) if name.startswith("helpers.") else None
            for late in _late_imports(getattr(module, "__file__", None)):
                if not late.startswith("langchain") or "langchain" in code or "chat_model" in code:
                    yield late


def _imported(line: str) -> Iterator[str]:
    try:
        node = ast.parse(line).body[0]
    except SyntaxError:
        return
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module:
        yield node.module
        if node.module == "helpers":
            import helpers

            for alias in node.names:
                yield helpers._EXPORTS.get(alias.name, "helpers")


def _late_imports(path: str | None) -> Iterator[str]:
    if path:
        with Path(path).open(encoding="utf-8") as file:
            tree = ast.parse(file.read())
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield node.module


if (names := os.environ.pop(LESSONS, None)) is not None:
    load([name for name in names.split(",") if name])
