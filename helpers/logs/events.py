"""Event: one thing that a log says happened, whatever shape its lines have; and how bad it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

SEVERITIES = ("CRITICAL", "ERROR", "WARNING", "INFO", "DEBUG")  # the worst first; "" is an unknown one

# what(is wrong), why, next step: how a reader says what it could not use. It goes on after it.
OnProblem = Callable[[str, str, str], None]

_WORDS = {
    "CRITICAL": "critical crit fatal ftl panic emerg emergency alert crt f",
    "ERROR": "error err severe failure fail eror e",
    "WARNING": "warning warn wrn w",
    "INFO": "info information informational inf notice note log hint verbose i",
    "DEBUG": "debug dbug dbg trace trce trc vrb fine finer finest debug1 debug2 debug3 debug4 debug5 d",
}
SEVERITY_OF_WORD = {word: severity for severity, words in _WORDS.items() for word in words.split()}
SYSLOG = ("CRITICAL", "CRITICAL", "CRITICAL", "ERROR", "WARNING", "INFO", "INFO", "DEBUG")  # RFC 5424, 0 to 7
_RANK = {severity: rank for rank, severity in enumerate(SEVERITIES)} | {"": len(SEVERITIES)}


@dataclass(frozen=True, slots=True)
class Event:
    """What is known of it. Texts are as the log has them: nothing is redacted yet."""

    file: str  # relative to the folder that was read, with "/"; a single file's own name
    line: int  # its first line, 1-based
    when: datetime | None  # without zone: in UTC where the line names its offset, else as it is written
    severity: str  # one of SEVERITIES, or "" where nothing tells
    code: str  # such as E1042, PAY-003, HTTP 503; "" for none
    system: str  # the service or program that the line names, else the file's name without its ending
    message: str  # one line, without time, level, logger and terminal escapes
    trace: str  # the lines that belong to it: a stack trace, details; cut at a bound; "" for none


def severity_of(word: str) -> str:
    """The severity that a logger's word for a level means; "" for an unknown word.

    >>> severity_of("Warn"), severity_of("FATAL"), severity_of("blue")
    ('WARNING', 'CRITICAL', '')
    """
    return SEVERITY_OF_WORD.get(word.lower(), "")


def worse(one: str, other: str) -> str:
    """The worse of two severities; an unknown one is the least."""
    return one if _RANK[one] <= _RANK[other] else other


def at_least(severity: str, least: str) -> bool:
    """Whether a severity is `least` or worse; an unknown one is worse than nothing."""
    return _RANK[severity] <= _RANK[least]
