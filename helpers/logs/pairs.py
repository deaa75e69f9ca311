"""key=value lines (logfmt), and the access logs of web servers. Standard library only."""

from __future__ import annotations

import re

from helpers.logs.fields import LEVEL, MESSAGE, SYSTEM, TIME, TRACE, code_in, first_text, level_in, trace_in
from helpers.logs.heads import Head
from helpers.logs.times import Clock, read_time

_PAIR = re.compile(
    r"([A-Za-z_@][\w.@/-]*)=(?:\"((?:[^\"\\]|\\.)*)(?:\"|$)|(\S*))"
)  # a value may go on in the next line
_BEARING = ("level", "lvl", "severity", "loglevel", "lev", "msg", "message", "event")


BEARING_PAIR = re.compile(rf"(?:^|[\s\[])(?:{'|'.join(_BEARING)})=", re.IGNORECASE)


def read_pairs(line: str, clock: Clock) -> Head | None:
    """key=value (logfmt), which may follow a time. Other keys than time and level stay with the message."""
    when, end = clock.read(line)
    if "=" not in line[end : end + 200]:
        return None
    found = list(_PAIR.finditer(line, end))
    # Words before the first pair: a message that names a value, unless they are few and the pairs many.
    if not found or line[end : found[0].start()].strip(" -|:[]"):
        return None
    fields = {match[1].lower(): (match[2] if match[2] is not None else match[3]) for match in found}
    if not any(name in fields for name in _BEARING):
        return None
    severity = level_in(fields)
    used = {*LEVEL, *TIME, *SYSTEM, *TRACE, "logger", "caller", "module", "thread", "pid", "hostname", "host"}
    message = first_text(fields, MESSAGE)
    rest = " ".join(match[0] for match in found if match[1].lower() not in used and match[1].lower() not in MESSAGE)
    text = " ".join(part for part in (_unescaped(message), rest) if part)
    first, _, more = text.partition("\n")
    return Head(
        first,
        when or next((w for name in TIME if name in fields and (w := read_time(fields[name]))), None),
        severity,
        first_text(fields, SYSTEM),
        code_in(fields),
        "\n".join(part for part in (more, _unescaped(trace_in(fields))) if part),
    )


def _unescaped(text: str) -> str:
    return text.replace("\\n", "\n").replace("\\t", "\t").replace('\\"', '"') if "\\" in text else text


_ACCESS = re.compile(
    r"(?:\S+:\d+ )?\S+ \S+ (?:\S+ )?\[(?P<time>\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4})\] "
    r"\"(?P<request>(?:[^\"\\]|\\.)*)\" (?P<status>\d{3}) (?:\d+|-)"
)


_PROTOCOL = re.compile(r" HTTP/\d(?:\.\d)?$")


def read_access(line: str, clock: Clock) -> Head | None:
    """Common and combined log format of Apache and nginx: who asked is left out, what and with which status stays."""
    match = _ACCESS.match(line)
    if match is None:
        return None
    status = int(match["status"])
    severity = "ERROR" if status >= 500 else "WARNING" if status >= 400 else "INFO"
    code = f"HTTP {status}" if status >= 400 else ""
    return Head(f"{_PROTOCOL.sub('', match['request'])} {status}", clock.read(match["time"])[0], severity, code=code)
