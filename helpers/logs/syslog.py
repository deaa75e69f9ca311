"""syslog, as it goes over the wire and as it stands in files. Standard library only."""

from __future__ import annotations

import re

from helpers.logs.events import SYSLOG, severity_of
from helpers.logs.heads import Head
from helpers.logs.times import Clock, read_time

_PRI = re.compile(r"<(\d{1,3})>(?=\S)")
_RFC5424 = re.compile(
    r"1 (?P<time>\S+) \S+ (?P<app>\S+) \S+ \S+ (?:-|(?:\[(?:[^\]\"]|\"(?:[^\"\\]|\\.)*\")*\])+) ?(?:\ufeff|BOM)?"
)
_TAG = re.compile(
    r"\s*(?:(?P<host>[\w.:-]{1,255}) )?(?P<app>[A-Za-z_(][\w./()@+-]{0,80}?)(?:\[(?P<pid>[\w.-]{1,20})\])?: ?"
)
_SAID = re.compile(
    r"\s*(?:<[^>]*> ?|\[\s*\d+\.\d+\] "
    r"?)?[\[(]?(emerg|alert|crit|critical|fatal|panic|error|err|warning|warn|notice|info|debug)"
    r"(?:[\])]:?|:)\s*",
    re.IGNORECASE,
)


def read_syslog(line: str, clock: Clock) -> Head | None:
    """RFC 5424 and RFC 3164, with <PRI> or, as rsyslog writes files, without; with BSD's time or ISO's."""
    severity, at = "", 0
    if pri := _PRI.match(line):
        if int(pri[1]) > 191:
            return None
        severity, at = SYSLOG[int(pri[1]) % 8], pri.end()
        if new := _RFC5424.match(line, at):
            app = "" if new["app"] == "-" else new["app"]
            return _said(Head(line[new.end() :], read_time(new["time"]), severity, _program(app)))
    when, end = clock.read(line[at:])
    if not end and not pri:
        return None
    tag = _TAG.match(line, at + end)
    if tag is None:
        return _said(Head(line[at + end :].strip(), when, severity)) if pri else None
    if not pri and (severity_of(tag["app"]) or severity_of(tag["host"] or "") or not (tag["host"] or tag["pid"])):
        return None  # a plain log, whose level or logger stands there
    return _said(Head(line[tag.end() :].strip(), when, severity, _program(tag["app"])))


def _program(name: str) -> str:
    return name.strip("()").partition("/")[0]  # postfix/smtpd is postfix


def _said(head: Head) -> Head:
    if said := _SAID.match(head.message):
        head.severity = head.severity or severity_of(said[1])
        head.message = head.message[said.end() :] or head.message
    return head
