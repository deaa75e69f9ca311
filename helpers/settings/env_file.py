"""What a `.env` and the environment say together, and which of them won. The environment wins; an empty value is none.

A file that an editor saved as UTF-16 or with a byte-order mark is read too; what is no settings file at all is said so.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path

from helpers.settings.slips import Problem

LARGEST = 64 * 1024  # bytes; the example has two thousand
# Names of other tools for what is here called otherwise.
ELSEWHERE = {
    "OPENAI_KEY": "OPENAI_API_KEY",
    "OPENAI_TOKEN": "OPENAI_API_KEY",
    "OPENAI_BASE_URL": "WORKBOOK_BASE_URL",
    "OPENAI_API_BASE": "WORKBOOK_BASE_URL",
    "OPENAI_MODEL": "WORKBOOK_CHAT_LARGE",
    "OPENAI_MODEL_NAME": "WORKBOOK_CHAT_LARGE",
    "AZURE_OPENAI_KEY": "AZURE_OPENAI_API_KEY",
    "AZURE_API_KEY": "AZURE_OPENAI_API_KEY",
    "AZURE_API_BASE": "AZURE_OPENAI_ENDPOINT",
    "AZURE_OPENAI_API_ENDPOINT": "AZURE_OPENAI_ENDPOINT",
    "AZURE_OPENAI_BASE_URL": "AZURE_OPENAI_ENDPOINT",
    "AZURE_OPENAI_API_VERSION": "OPENAI_API_VERSION",
    "AZURE_API_VERSION": "OPENAI_API_VERSION",
    "AZURE_OPENAI_DEPLOYMENT": "WORKBOOK_CHAT_LARGE",
    "AZURE_OPENAI_DEPLOYMENT_NAME": "WORKBOOK_CHAT_LARGE",
    "AZURE_OPENAI_CHAT_DEPLOYMENT": "WORKBOOK_CHAT_LARGE",
    "AZURE_OPENAI_CHAT_DEPLOYMENT_NAME": "WORKBOOK_CHAT_LARGE",
    "AZURE_OPENAI_EMBEDDING_DEPLOYMENT": "WORKBOOK_EMBEDDING",
    "AZURE_OPENAI_EMBEDDINGS_DEPLOYMENT": "WORKBOOK_EMBEDDING",
}


@dataclass(frozen=True)
class Lines:
    """A `.env` that was read: its values by name, names that stand there without a value, and what is wrong with it."""

    values: Mapping[str, str] = field(default_factory=dict)
    empty: frozenset[str] = frozenset()
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()


def read(path: Path) -> Lines:
    """The lines of a file; none when it does not exist. Raises nothing: what keeps it from being read is a problem."""
    try:
        if not path.exists():
            return Lines()
        if not path.is_file():
            return Lines(problems=(Problem(str(path), "is not a file", "a text file there, made from .env.example"),))
        if path.stat().st_size > LARGEST:
            return _unreadable(f"has more than {LARGEST // 1024} kB, so it is something else")
        content = path.read_bytes()
    except OSError as error:
        return _unreadable(f"cannot be read ({error.strerror})")
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        return _unreadable("is not text in UTF-8")
    return _unreadable("is not a text file") if "\0" in text else parse(text)


def parse(text: str) -> Lines:
    """The lines of a `.env`'s text, with nothing put in for `$`."""
    from dotenv.parser import parse_stream

    values: dict[str, str] = {}
    empty: set[str] = set()
    problems, notes = [], []
    for binding in parse_stream(StringIO(text)):
        if binding.error or (binding.key and binding.value is None):
            # dotenv counts an unfinished line from where it began to look, which may be blank lines earlier.
            skipped = len(binding.original.string) - len(binding.original.string.lstrip("\r\n"))
            line = binding.original.line + binding.original.string[:skipped].count("\n")
            put = "NAME=value, without `set`, `$env:` or a colon, and a value in quotes on one line"
            problems.append(Problem(f".env, line {line},", "is not a setting", put))
        elif binding.key and binding.value:
            if values.get(binding.key, binding.value) != binding.value:
                notes.append(f"{binding.key} is set twice in .env: the last one counts.")
            values[binding.key] = binding.value
        elif binding.key:
            empty.add(binding.key)
    return Lines(values, frozenset(empty), tuple(problems[:5]), tuple(notes))


def strangers(names: Iterable[str], known: Iterable[str], given: Mapping[str, str]) -> tuple[list[Problem], list[str]]:
    """Names in a `.env` that nothing reads, and look as if something should: problems, and remarks.

    A problem is a name of ours that does not exist, or one that stands for a setting which has no value (`given`).
    """
    known = list(known)
    problems, notes = [], []
    for name in names:
        if name in known:
            continue
        upper = name.upper().replace("-", "_")
        longer = [each for each in known if each.startswith(upper)]
        near = min(longer, key=len) if longer else next(iter(difflib.get_close_matches(upper, known, 1, 0.8)), "")
        meant = upper if upper in known else ELSEWHERE.get(upper) or near
        if name.startswith("WORKBOOK_"):
            put = f"{meant}, if you meant that" if meant else "nothing: delete the line; .env.example has every name"
            problems.append(Problem(name, "is not a setting", put))
        elif meant and not given.get(meant):
            problems.append(Problem(name, "is not read here", f"its value into {meant}"))
        elif meant:
            notes.append(f"{name} in .env is not read here; {meant} is.")
    return problems, notes


def _unreadable(why: str) -> Lines:
    put = "a text file in UTF-8, made from .env.example with a plain text editor"
    return Lines(problems=(Problem(".env", why, put),))
