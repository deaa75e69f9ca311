"""Plain text: a line that begins with a time or a level, as loggers and programs write it. Standard library only."""

from __future__ import annotations

import re

from helpers.logs.events import severity_of
from helpers.logs.heads import Head
from helpers.logs.objects import of_container
from helpers.logs.times import Clock

_UPPER = (
    "TRACE|DEBUG[1-5]?|DBG|INFO|INFORMATION|INF|NOTICE|WARNING|WARN|WRN|ERROR|ERR|SEVERE|FATAL|FTL|CRITICAL|CRIT|ALERT|EMERG"
    "|EMERGENCY|PANIC|FINE|FINER|FINEST|VERBOSE|LOG|HINT"
)
_LOWER = "trace|debug|info|notice|warning|warn|error|err|fatal|critical|crit|alert|emerg|panic|dbug|trce|fail"
# A level as the loggers set it off: in capitals, or in lower case in brackets or before a colon.
_LEVEL_WORD = (
    rf"(?:[\[(<|]\s?(?:[a-z_\d]{{1,30}}:)?(?P<boxed>{_UPPER}|{_LOWER}|Error|Warning|Warn|Info|Debug|Critical|Fatal|Note|System|Information)\s?[\])>|]:?"
    rf"|(?P<upper>{_UPPER})(?=[\s:\]|,-]|$):?|(?P<lower>{_LOWER}|Error|Warning|Warn|Info|Debug|Critical|Fatal):(?=\s|$))"
)
_CODE_LIKE = r"(?![A-Z]{0,8}-?\d{2,6}\])"
_TOKEN = r"(?:\[[^\]\n]{0,120}\]|\((?:[^()\s]{0,60})\)|[^\s\[(]{1,80})"
_HEADER = re.compile(rf"[\s|:,\])-]*(?P<before>(?:{_TOKEN}[\s|:,]+(?:- )?){{0,5}}?){_LEVEL_WORD}")
_AFTER = re.compile(
    rf"[\s|:\]-]*(?:\d+ --- )?(?:\[{_CODE_LIKE}[^\]\n]{{0,120}}\][\s:|-]*){{0,4}}"
    r"(?:(?:[A-Za-z_$][\w$]*(?:[.:/][\w$<>~]+)+|[A-Za-z_$][\w$.]*(?= - | : | \| "
    r"))(?::\d+)?(?:\([^)\s]*\))?(?:\s+[\w.-]+=\S+){0,5}\s*(?::|-|\||—)+\s+)?"
    r"[\s|:-]*"
)
_BARE = re.compile(r"[A-Za-z][a-z]*[\s,]+")
_LEVEL_FIRST = re.compile(
    rf"\s?(?:[\[(<]\s?(?P<boxed>{_UPPER}|{_LOWER})\s?[\])>]:?|(?P<upper>{_UPPER})(?::|\s+(?=[\[(\w\"'])|\s*$)"
    r"|(?P<lower>trace|debug|info|notice|warning|warn|error|fatal|critical|crit|fail|dbug|trce|Error|Warning):(?=\s|$)"
    r"|npm (?P<npm>ERR!|WARN|error|warn)(?=\s)|(?P<apt>[EWN]): (?=\S)"
    # nginx: [emerg] …; psql: error: …; main.c:1:20: error: …
    rf"|[^\s:]{{1,200}}(?::\d+){{0,2}}: \[?(?P<program>{_LOWER}|fatal error|fatal)(?:\]|:)(?=\s))"
)
_RUBY = re.compile(r"(?P<letter>[DIWEFA]), \[(?P<time>[^\]#]+)#\d+\]\s+\w+ -- [^:]*: ")
# Tornado and Jupyter: [W 2026-11-22 18:35:36.585 ServerApp] message
_LETTER_FIRST = re.compile(r"\[(?P<letter>[DIWECF]) (?P<time>[\d-]{6,10} \d\d:\d\d:\d\d(?:[.,]\d+)?) [^\]\n]{1,80}\] ?")
CRI = re.compile(r"(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6,9}(?:Z|[+-]\d\d:\d\d)) (?:stdout|stderr) [FP] ")
_COMPOSE = re.compile(r"[\w.-]+\s+\| (?=\S)")
# Its process and connection; and of whom, which is the same for whatever went wrong.
_NGINX = re.compile(r"\d+#\d+: (?:\*\d+ )?(?P<message>.*?)(?:, (?P<context>client: \S+, server: .*))?$")
_PROGRAM_FIRST = re.compile(r"([A-Za-z][\w.-]{1,40})(?:\[\d+\])?:? (?=\d{4}-\d\d-\d\d[ T]\d\d:\d\d)")
_POSTGRES = re.compile(
    r"\s*(?:[A-Z]{2,5}\s)?(?P<context>.{0,200}?)\b(?P<level>LOG|ERROR|FATAL|PANIC|WARNING|NOTICE|INFO|DEBUG[1-5]?|DETAIL|HINT|"
    r"STATEMENT|CONTEXT|QUERY|LOCATION):  "
)
_DETAILS = frozenset(("DETAIL", "HINT", "STATEMENT", "CONTEXT", "QUERY", "LOCATION"))


def read_plain(line: str, clock: Clock) -> Head | None:
    """A line that begins with a time or a level, as log4j, logging, nginx, PostgreSQL and many others write it."""
    if line[:2] in ("D,", "I,", "W,", "E,", "F,", "A,") and (ruby := _RUBY.match(line)):
        when = clock.read(ruby["time"])[0]
        return Head(line[ruby.end() :], when, severity_of(ruby["letter"]) or "ERROR")
    if line[:1] == "[" and line[2:3] == " " and (letter := _LETTER_FIRST.match(line)):
        date = re.sub(r"^(\d\d)(\d\d)(\d\d) ", r"20\1-\2-\3 ", letter["time"])  # Tornado's is 261122
        severity = "CRITICAL" if letter["letter"] == "C" else severity_of(letter["letter"])
        return Head(line[letter.end() :], clock.read(date)[0], severity)
    when, end = clock.read(line)
    if not end:
        if program := _PROGRAM_FIRST.match(line):  # update-alternatives 2026-11-22 17:00:00: message
            when, end = clock.read(line[program.end() :])
            return Head(line[program.end() + end :].strip(" :-"), when, system=program[1])
        return _level_first(line)
    if line[:1] in "IWEFD" and line[1:5].isdecimal():  # klog: E1122 17:00:00.123456 1 file.go:12] message
        return Head(line[end:].partition("] ")[2] or line[end:].strip(), when, severity_of(line[0]))
    if (cri := CRI.match(line)) is not None:
        return of_container(line[cri.end() :], when, clock)
    rest = line[end:]
    if ":  " in rest and (match := _POSTGRES.match(rest)):
        level = match["level"]
        return Head(rest[match.end() :], when, severity_of(level), detail=level in _DETAILS)
    match = _HEADER.match(rest)
    if match is None:
        return Head(rest.strip(" \t-|:"), when)
    severity = severity_of(match["boxed"] or match["upper"] or match["lower"])
    before = match["before"]
    if len(_BARE.findall(before)) > 2:  # words of a sentence that mentions a level, not a header
        return Head(rest.strip(" \t-|:"), when, severity)
    after = _AFTER.match(rest, match.end())
    message = rest[after.end() if after else match.end() :].strip()
    if nginx := _NGINX.match(message):
        return Head(nginx["message"], when, severity, trace=nginx["context"] or "")
    return Head(message, when, severity)


def _level_first(line: str) -> Head | None:
    match = _LEVEL_FIRST.match(line)
    if match is None:
        return None
    word = match["boxed"] or match["upper"] or match["lower"] or match["apt"] or match["npm"] or match["program"]
    message = line[match.end() :]
    if match["upper"] and (python := re.match(r"([\w.]+):(?=\S)", message)) and ":" in match[0]:
        message = message[python.end() :]  # logging's own: ERROR:portal.auth:message
    else:
        message = message[(found.end() if (found := _AFTER.match(message)) else 0) :]
    return Head(message.strip(), severity=severity_of(word.rstrip("!").partition(" ")[0]), timed=False)
