"""Exceptions between the two processes: told as plain data, raised again as what the engine knows how to explain."""

from __future__ import annotations

import builtins
import re
import sys
import types
from collections.abc import Mapping
from typing import Any

from helpers.grading.endpoint_failures import SCRIPTED_HOST
from helpers.grading.failures import LearnerLine, NotYet, learner_line

_MOST_TEXT = 2_000
# Where a class may be looked up by the name that the other side gives: packages whose exceptions checks ask for.
_KNOWN = ("builtins", "openai", "httpx2", "pydantic", "pydantic_core", "json", "helpers.ledger", "langchain_core")


def told_of_failure(error: BaseException, namespace: Mapping[str, Any] | None) -> dict[str, Any]:
    """Plain data about an exception. namespace: of the notebook whose line is to be told."""
    line = learner_line(error, namespace) if namespace is not None else None
    return {
        "mro": [[kind.__module__, kind.__qualname__] for kind in type(error).__mro__[:12]],
        "text": _text(error),
        "line": [line.number, line.source, line.function] if line else None,
        "status": _plain(getattr(error, "status_code", None)),
        "code": _plain(getattr(error, "code", None)),
        "name": _plain(getattr(error, "name", None)),
        "scripted": _host(error) == SCRIPTED_HOST,
    }


def _text(error: BaseException) -> str:
    try:
        return str(error)[:_MOST_TEXT]
    except Exception:
        return ""


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int) else None


def _host(error: BaseException) -> str:
    try:
        return str(error.request.url.host)  # type: ignore[attr-defined]
    except Exception:
        return ""


def raised_again(about: dict[str, Any]) -> BaseException:
    """An exception of the same name and kind, as far as its kind is known here, with the learner's line."""
    try:
        names = [(str(module), str(name)) for module, name in about["mro"]]
        return _made(names, about)
    except Exception:  # the other side may say what it likes
        return RuntimeError("the code stopped with an exception that cannot be told")


def _made(names: list[tuple[str, str]], about: dict[str, Any]) -> BaseException:
    if ("helpers.gradebook.codec", "CodecError") in names:
        return NotYet(f"What came back cannot be checked: {str(about['text'])[:200]}.")
    bases = [found for found in (_class(*name) for name in names) if found]
    base = next((b for b in bases if issubclass(b, Exception)), Exception)
    name = re.sub(r"\W", "", names[0][1].rpartition(".")[2])[:80] if names else ""
    kind = type(name or "Exception", (base,), {"__str__": lambda self: self.told})
    try:
        error = kind.__new__(kind)
    except TypeError:
        error = Exception.__new__(type(kind.__name__, (Exception,), {"__str__": lambda self: self.told}))
    error.told = str(about["text"])[:_MOST_TEXT]
    _describe(error, about)
    return error


def _describe(error: Any, about: dict[str, Any]) -> None:
    status, code, name = about["status"], about["code"], about["name"]
    details: dict[str, Any] = {
        "status_code": status if type(status) is int else None,
        "code": code if type(code) is str else None,
        "name": name if type(name) is str else None,
    }
    if about["scripted"]:
        details["request"] = types.SimpleNamespace(url=types.SimpleNamespace(host=SCRIPTED_HOST))
    if about["line"]:
        number, source, function = about["line"]
        details["learner_line"] = LearnerLine(int(number), str(source)[:300], str(function)[:80])
    for key, value in details.items():
        if value is not None:
            try:
                setattr(error, key, value)
            except (AttributeError, TypeError):
                continue


def _class(module: str, name: str) -> type[BaseException] | None:
    """An exception class by its name, of a known package that is already loaded."""
    if module == "builtins":
        found = getattr(builtins, name, None)
    elif module.startswith(_KNOWN):
        found = getattr(sys.modules.get(module), name, None)
    else:
        return None
    return found if isinstance(found, type) and issubclass(found, BaseException) else None
