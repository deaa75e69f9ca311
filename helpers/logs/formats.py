"""A line read as the beginning of an event, in whatever format: JSON, syslog, key=value, access log, plain text.

A parser is a function of a line that gives a Head, or None for a line that is not its. What a Head leaves open (no
severity, no time) is filled in by the reader.
"""

from __future__ import annotations

import re

from helpers.logs.heads import Head, Parser
from helpers.logs.objects import of_container, read_json
from helpers.logs.pairs import BEARING_PAIR, read_access, read_pairs
from helpers.logs.plain import CRI, read_plain
from helpers.logs.syslog import read_syslog
from helpers.logs.times import Clock

PARSERS: dict[str, tuple[Parser, ...]] = {
    "plain": (read_plain,),
    "json": (read_json,),
    "syslog": (read_syslog,),
    "key=value": (read_pairs,),
    "access": (read_access,),
}
FORMATS = ("auto", *PARSERS)


def parse(line: str, clock: Clock) -> Head | None:
    """The beginning of an event in whatever format, by what the line looks like; None where it looks like none."""
    begin = line[:1]
    if begin == "{" or line.startswith(("@cee:", " {")):
        return read_json(line, clock)
    if begin == "<" and (head := read_syslog(line, clock)):
        return head
    if '] "' in line and (head := read_access(line, clock)):
        return head
    if "=" in line and BEARING_PAIR.search(line) and (head := read_pairs(line, clock)):
        return head
    if _SYSLOG_LIKE.match(line) and (head := read_syslog(line, clock)):
        return head
    if "{" in line and (head := _json_after_a_time(line, clock)):
        return head
    return read_plain(line, clock)


_SYSLOG_LIKE = re.compile(
    r"(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT\S+) \S+ "
    r"(?:[^\s:\[]+\[[\w.-]+\]|kernel|systemd|[\w./-]+): ?"
)


def _json_after_a_time(line: str, clock: Clock) -> Head | None:
    if not line.endswith("}"):
        return None
    if cri := CRI.match(line):
        return of_container(line[cri.end() :], clock.read(line)[0], clock)
    return None
