"""Keys hidden wherever a text might be stored: an error's words, a traceback, a recording. Standard library only.

Two ways together: the keys that this process knows, exactly; and what has the shape of a key. It is applied to the
replies of endpoints that are errors, to what IPython writes under a failed cell, and to recordings. It cannot see what
a learner's own `print(key)` writes.
"""

from __future__ import annotations

import os
import re
import sys
from typing import Any, TypeVar

HIDDEN = "[key hidden]"
SHAPES = re.compile(
    r"\bsk-[\w-]{6,}(?:\*+\w*)?"  # OpenAI, and gateways that copy its shape; also half masked
    r"|(?i:(?<=api key provided: )(?!\[key hidden))[^\s\"]*[^\s\".]"  # a refusal that quotes it, also half masked
    r"|\beyJ[\w-]{10,}\.[\w-]{10,}(?:\.[\w-]*)?"  # a token of Entra ID
    r"|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"  # a proxy's user and password
    r"|(?i:(?<=bearer )(?!token\b)[\w.~+/-]{12,}=*)"
    r"|(?i:(?<=api-key: )|(?<=api-key\": \")|(?<=api-key=)|(?<=api_key=))[\w.~+/-]{12,}=*"
)
_NAMES = re.compile(r"(?:^|_)(?:KEY|TOKEN|SECRET|PASSWORD)$", re.IGNORECASE)
_LEAST = 8  # characters; what is shorter is in too many words
_NO_SECRETS = {"workbook", "not-needed"}  # what the clients are given where no key is wanted
_known: set[str] = set()
Text = TypeVar("Text", str, bytes)


def hide(secret: str) -> None:
    """From now on this very text is hidden."""
    if len(secret) >= _LEAST:
        _known.add(secret)


def known_secrets() -> set[str]:
    """The keys that this process knows: those it was told to hide, and those of its environment."""
    return _known | _of_environment()


def without_keys(text: Text, *sent: str) -> Text:
    """The text with every key in it hidden. Bytes are taken as UTF-8; what is not is left as it is.

    sent: keys that went with the very request which this text answers.
    """
    if isinstance(text, bytes):
        try:
            return without_keys(text.decode("utf-8"), *sent).encode("utf-8")
        except UnicodeDecodeError:
            return text
    secrets = known_secrets() | {key for key in sent if len(key) >= _LEAST and key not in _NO_SECRETS}
    for secret in sorted(secrets, key=len, reverse=True):
        if secret in text:
            text = text.replace(secret, HIDDEN)
    return SHAPES.sub(HIDDEN, text)


def guard_tracebacks() -> None:
    """In IPython: what is written under a failed cell, and so stored in the notebook, holds no key."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is None or hasattr(shell, "_workbook_guarded"):
        return
    write = shell._showtraceback

    def guarded(etype: Any, evalue: Any, lines: list[str]) -> Any:
        return write(etype, _Said(evalue), [without_keys(line) for line in lines])

    shell._showtraceback, shell._workbook_guarded = guarded, True


class _Said:
    """An exception of which only the words are wanted."""

    def __init__(self, error: Any) -> None:
        self._error = error

    def __str__(self) -> str:
        return without_keys(str(self._error))


def _of_environment() -> set[str]:
    found = {value for name, value in os.environ.items() if _NAMES.search(name) and len(value) >= _LEAST}
    return found - _NO_SECRETS
