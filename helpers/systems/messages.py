"""What each system says: its routine lines, its failures with their category, and an order's story through all five."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from .things import WORD, Things

SYSTEMS = {
    "portal": "portal.log",
    "payments": "payments.jsonl",
    "mailgate": "mailgate.log",
    "orders": "orders.log",
    "depot": "depot.log",
}
LINES = {"portal": 0.208, "payments": 0.2, "mailgate": 0.192, "orders": 0.208, "depot": 0.192}  # share of all lines
EMPTY_LINES = 0.3  # after a trace, in the portal
NEW = "clock"  # the category that the team does not have yet
WORDINGS = {"first": "", "held_out": "held_out"}  # name -> folder in messages/
NEW_IN = {"first": (NEW,), "held_out": (NEW, "upkeep")}  # the categories that the team does not have yet

Said = Callable[[Things], str]


@dataclass(frozen=True, slots=True)
class Message:
    """A line's severity, the part of the system that writes it, and its text; `trace` follows on lines of its own."""

    system: str
    severity: str
    logger: str
    text: Said
    trace: Said | None = None
    code: str = ""
    lines: float = 1  # expected


@dataclass(frozen=True, slots=True)
class Failure:
    """A message of severity WARNING or worse. `often`: events in the sample; `then`: what it sets off, how likely."""

    key: str
    category: str  # "" when it fits nothing
    often: int
    when: str  # a pattern of days.py
    message: Message
    then: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """A line of an order's story, so many seconds after its beginning."""

    after: float
    message: Message


@dataclass(frozen=True, slots=True)
class Sayings:
    routine: dict[str, list[tuple[float, Message]]] = field(default_factory=dict)  # cumulated share, message
    failures: dict[str, Failure] = field(default_factory=dict)  # by "system.key"
    story: list[Step] = field(default_factory=list)
    story_share: float = 0.0
    strangers: dict[str, list[str]] = field(default_factory=dict)  # lists that replace some of things.py's
    new: tuple[str, ...] = (NEW,)


def said(text: str) -> Said:
    """A text whose words in braces are drawn each time it is said."""
    pieces = WORD.split(text)  # literal, word, literal, word, ... literal
    literals, words = pieces[::2], pieces[1::2]

    def say(things: Things) -> str:
        said = [literals[0]]
        for word, literal in zip(words, literals[1:], strict=True):
            said += [things.kinds[word](), literal]
        return "".join(said)

    return say


def expected(system: str, text: str, trace: str | None) -> float:
    """Lines of a failure in its file: JSON needs one; some of the portal's traces end in an empty one."""
    if system == "payments":
        return 1
    after = trace.count("\n") + 1 + (EMPTY_LINES if system == "portal" else 0) if trace else 0
    return 1 + text.count("\n") + after


def read(name: str, wordings: str = "first") -> Any:
    import yaml

    folder = files(__package__).joinpath("messages", WORDINGS[wordings])
    return yaml.safe_load(folder.joinpath(f"{name}.yaml").read_text(encoding="utf-8"))


@cache
def sayings(wordings: str = "first") -> Sayings:
    """All that is in messages/*.yaml, or in the folder of other wordings there; KeyError for unknown ones."""
    stories = read("stories", wordings)
    found = Sayings(story_share=stories["share"], new=NEW_IN[wordings])
    if wordings != "first":
        found.strangers.update(read("strangers", wordings))
    for system in SYSTEMS:
        told = read(system, wordings)
        total, before = sum(share for _, _, share, _ in told["routine"]), 0.0
        found.routine[system] = []
        for severity, logger, share, text in told["routine"]:
            before += share / total
            found.routine[system].append((before, Message(system, severity, logger, said(text))))
        traces = {key: text.rstrip("\n") for key, text in told["traces"].items()}
        for category, rows in told["failures"].items():
            for key, severity, logger, code, often, when, text in rows:
                trace = traces.get(key)
                message = Message(
                    system,
                    severity,
                    logger,
                    said(text),
                    said(trace) if trace else None,
                    code,
                    expected(system, text, trace),
                )
                then = tuple((name, share) for name, share in told["then"].get(key, ()))
                found.failures[f"{system}.{key}"] = Failure(key, category, often, when, message, then)
    for after, system, severity, logger, text in stories["steps"]:
        found.story.append(Step(after, Message(system, severity, logger, said(text))))
    return found
