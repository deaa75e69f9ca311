"""A team's own rules: a YAML list of {name, pattern}. A wrong one is refused, one that takes for ever is stopped."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from helpers.problem import Problem

SECONDS = 0.05  # that a pattern may take for one text
_NAME = re.compile(r"[A-Z][A-Z_]{1,30}")
# Long runs of a kind of character, on which a pattern that backtracks for ever shows it.
_HARD = tuple(
    run * (400 // len(run)) + "!" for run in ("a", "A", "0", " ", "a ", "0 ", "a.", "ab1-", "/a", "_", "-", ",")
)


@dataclass(frozen=True)
class Rule:
    """What fits `pattern`, of the `regex` library, is replaced by <name>."""

    name: str
    pattern: str
    compiled: Any = field(repr=False, compare=False)


def read_rules(path: Path) -> Iterator[Rule]:
    """The rules in a file. Raises Problem, with the rule that is wrong and what to do."""
    import yaml

    try:
        read = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise Problem(
            f"the redaction rules {path} cannot be read: {error}", "check the path, and that it is YAML"
        ) from None
    if read is None:
        return
    if not isinstance(read, list):
        raise Problem(f"{path} is no list of rules", "begin each rule with `- name: ORDER_ID` and `pattern: …`")
    for number, rule in enumerate(read, 1):
        yield _rule(rule, f"rule {number} of {path.name}")


def _rule(rule: Any, which: str) -> Rule:
    import regex

    if not isinstance(rule, dict) or set(rule) != {"name", "pattern"}:
        raise Problem(f"{which} has not just a name and a pattern: {str(rule)[:200]}", "write `name:` and `pattern:`")
    name, pattern = str(rule["name"]), rule["pattern"]
    if not _NAME.fullmatch(name):
        raise Problem(f"{which} has the name {name!r}", "use capitals and underscores, such as ORDER_ID")
    if not isinstance(pattern, str):
        raise Problem(f"{which}, {name}, has a pattern that is no text", "put it in single quotes")
    try:
        compiled = regex.compile(pattern)
    except regex.error as error:
        raise Problem(f"{which}, {name}, has a wrong pattern: {error}", f"correct {pattern!r}") from None
    tried = ""
    try:
        if compiled.search("", timeout=SECONDS):
            raise Problem(
                f"{which}, {name}, fits the empty text, and so everywhere", "let it need one character at least"
            )
        for tried in _HARD:
            compiled.search(tried, timeout=5 * SECONDS)
    except TimeoutError:
        raise Problem(
            f"{which}, {name}, takes too long for a text such as {tried[:12]}…",
            f"write it without a repeat within a repeat: {pattern!r}",
        ) from None
    return Rule(name, pattern, compiled)
