"""One line read as the beginning of an event: JSON, syslog, key=value, access logs, and plain text of many loggers.

A parser is a function of a line that gives a Head, or None for a line that is not its. What a Head leaves open (no
severity, no time) is filled in by the reader.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from helpers.logs.events import SYSLOG, severity_of
from helpers.logs.times import Clock, read_time


@dataclass(slots=True)
class Head:
    """What the first line of an event says."""

    message: str
    when: datetime | None = None
    severity: str = ""
    system: str = ""
    code: str = ""
    trace: str = ""
    stamped: bool = True  # it begins with a time, a level or a brace, and so is surely the beginning of an event
    timed: bool = True  # it has a time or is an object, not just a level
    detail: bool = False  # belongs to the event above, though it has a time of its own: PostgreSQL's DETAIL


Parser = Callable[[str, Clock], Head | None]

# --- JSON lines ----------------------------------------------------------------------------------------------------

# Names of fields, lower-case; the first that is there counts. A dot is a field within a field, or a dot in the name.
_MESSAGE = (
    "message",
    "msg",
    "@m",
    "@mt",
    "event",
    "log",
    "text",
    "body",
    "short_message",
    "textpayload",
    "description",
)
_LEVEL = ("level", "severity", "lvl", "loglevel", "log_level", "log.level", "levelname", "@l", "severity_text", "severitytext",
          "level_name", "priority", "lev", "l", "levelno", "syslog.severity", "severity_number")  # fmt: skip
_TIME = ("time", "ts", "timestamp", "@timestamp", "@t", "asctime", "datetime", "date", "t", "eventtime", "created", "when",
         "__realtime_timestamp", "timemillis", "instant.epochsecond")  # fmt: skip
_SYSTEM = ("service", "service.name", "app", "application", "system", "appname", "app_name", "service_name", "program",
           "syslog_identifier", "resource.service.name", "component", "fields.service")  # fmt: skip
_TRACE = ("exc_info", "stack_trace", "stacktrace", "traceback", "exception", "stack", "@x", "exc_text", "error.stack_trace",
          "error.stack", "err.stack", "exception.stacktrace", "exception.stack_trace", "error.stacktrace", "thrown.extendedstacktrace",
          "full_message", "backtrace")  # fmt: skip
_ERROR = ("error", "err", "error.message", "err.message", "exception.message", "cause", "reason", "thrown.message")
_CODE = ("code", "error_code", "errorcode", "err_code", "error.code", "err.code", "errcode", "event_code", "status_code",
         "status", "statuscode", "http.status", "http.status_code", "http.response.status_code")  # fmt: skip
_HTTP_FIELDS = frozenset(_CODE[8:])
_PINO = {10: "DEBUG", 20: "DEBUG", 30: "INFO", 40: "WARNING", 50: "ERROR", 60: "CRITICAL"}
_LEVELNO = {10: "DEBUG", 20: "INFO", 30: "WARNING", 40: "ERROR", 50: "CRITICAL"}
_MOST_FIELDS = 200


def read_json(line: str, clock: Clock) -> Head | None:
    """A JSON object in a line, of structlog, python-json-logger, pino, bunyan, zap, logrus, Serilog, ECS, GELF, Docker."""
    begin = line.find("{")
    if begin < 0 or (begin and line[:begin].strip() not in ("", "@cee:")):
        return None
    try:
        read = json.loads(line[begin:])
    except (ValueError, RecursionError):
        return None
    if not isinstance(read, dict):
        return None
    fields = _flat(read)
    if isinstance(inner := fields.get("log"), str) and "stream" in fields:
        return _of_container(inner, read_time(fields.get("time")), clock)
    message = _first_text(fields, _MESSAGE)
    severity = _level(fields)
    trace = _trace(fields)
    error = _first_text(fields, _ERROR)
    if error and not trace and "\n" in error:
        error, _, trace = error.partition("\n")
    if error and error not in message:
        message = f"{message}: {error}" if message else error
    if not (message or severity or trace or any(name in fields for name in _TIME)):
        return None
    first, _, more = message.strip().partition("\n")
    return Head(
        first.strip() or ("" if trace else _others(fields)),
        next((when for name in _TIME if name in fields and (when := read_time(fields[name]))), None),
        severity,
        _first_text(fields, _SYSTEM),
        _code(fields),
        "\n".join(part for part in (more, trace) if part),
    )


def _flat(read: Mapping[str, Any], prefix: str = "", depth: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in read.items():
        key = prefix + name.lower()
        if isinstance(value, dict) and depth < 3:
            found |= _flat(value, key + ".", depth + 1)
        else:
            found.setdefault(key, value)
        if len(found) > _MOST_FIELDS:
            break
    return found


def _first_text(fields: Mapping[str, Any], names: tuple[str, ...]) -> str:
    for name in names:
        value = fields.get(name)
        if isinstance(value, str) and value.strip():
            return value
    return ""


def _level(fields: Mapping[str, Any]) -> str:
    for name in _LEVEL:
        value = fields.get(name)
        if isinstance(value, str):
            if value.isdecimal():
                value = int(value)
            elif severity := severity_of(value.strip()):
                return severity
        if isinstance(value, int) and not isinstance(value, bool):
            if name == "severity_number":  # OpenTelemetry: four numbers a level, from TRACE
                return ("DEBUG", "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")[min(max(value - 1, 0) // 4, 5)]
            if value in range(8):
                return SYSLOG[value]
            if severity := (_LEVELNO if name == "levelno" else _PINO).get(value, ""):
                return severity
    return "INFO" if "@t" in fields and ("@m" in fields or "@mt" in fields) else ""  # Serilog leaves out Information


def _trace(fields: Mapping[str, Any]) -> str:
    for name in _TRACE:
        value = fields.get(name)
        if isinstance(value, list):
            value = "\n".join(each if isinstance(each, str) else json.dumps(each, default=str) for each in value)
        if isinstance(value, str) and value.strip():
            return value
    return ""


def _code(fields: Mapping[str, Any]) -> str:
    for name in _CODE:
        value = fields.get(name)
        if name in _HTTP_FIELDS:
            if str(value).isdecimal() and 400 <= int(value) <= 599:  # type: ignore[arg-type]
                return f"HTTP {value}"
        elif isinstance(value, str) and 0 < len(value) <= 24 and any(map(str.isupper, value)) and " " not in value:
            return value
        elif isinstance(value, int) and not isinstance(value, bool) and 400 <= value <= 599:
            return f"HTTP {value}"
    return ""


def _others(fields: Mapping[str, Any]) -> str:
    known = {*_LEVEL, *_TIME, *_SYSTEM}
    return " ".join(f"{name}={value}" for name, value in fields.items() if name not in known)[:2000]


def _of_container(inner: str, when: datetime | None, clock: Clock) -> Head:
    """A line of a program in a container, as Docker and Kubernetes wrap it."""
    from helpers.logs.lines import clean

    line = clean(inner.rstrip("\n"))
    head = parse(line, clock) or Head(line, stamped=False)
    head.when = head.when or when
    return head


# --- syslog --------------------------------------------------------------------------------------------------------

_PRI = re.compile(r"<(\d{1,3})>(?=\S)")
_RFC5424 = re.compile(r"1 (?P<time>\S+) \S+ (?P<app>\S+) \S+ \S+ (?:-|(?:\[(?:[^\]\"]|\"(?:[^\"\\]|\\.)*\")*\])+) ?(?:\ufeff|BOM)?")
_TAG = re.compile(
    r"\s*(?:(?P<host>[\w.:-]{1,255}) )?(?P<app>[A-Za-z_(][\w./()@+-]{0,80}?)(?:\[(?P<pid>[\w.-]{1,20})\])?: ?"
)
_SAID = re.compile(
    r"\s*(?:<[^>]*> ?|\[\s*\d+\.\d+\] ?)?[\[(]?(emerg|alert|crit|critical|fatal|panic|error|err|warning|warn|notice|info|debug)"
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


# --- key=value -----------------------------------------------------------------------------------------------------

_PAIR = re.compile(
    r"([A-Za-z_@][\w.@/-]*)=(?:\"((?:[^\"\\]|\\.)*)(?:\"|$)|(\S*))"
)  # a value may go on in the next line
_BEARING = ("level", "lvl", "severity", "loglevel", "lev", "msg", "message", "event")


_BEARING_PAIR = re.compile(rf"(?:^|[\s\[])(?:{'|'.join(_BEARING)})=", re.IGNORECASE)


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
    severity = _level(fields)
    used = {*_LEVEL, *_TIME, *_SYSTEM, *_TRACE, "logger", "caller", "module", "thread", "pid", "hostname", "host"}
    message = _first_text(fields, _MESSAGE)
    rest = " ".join(match[0] for match in found if match[1].lower() not in used and match[1].lower() not in _MESSAGE)
    text = " ".join(part for part in (_unescaped(message), rest) if part)
    first, _, more = text.partition("\n")
    return Head(
        first,
        when or next((w for name in _TIME if name in fields and (w := read_time(fields[name]))), None),
        severity,
        _first_text(fields, _SYSTEM),
        _code(fields),
        "\n".join(part for part in (more, _unescaped(_trace(fields))) if part),
    )


def _unescaped(text: str) -> str:
    return text.replace("\\n", "\n").replace("\\t", "\t").replace('\\"', '"') if "\\" in text else text


# --- access logs of web servers --------------------------------------------------------------------------------------

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


# --- plain text ----------------------------------------------------------------------------------------------------

_UPPER = (
    "TRACE|DEBUG[1-5]?|DBG|INFO|INFORMATION|INF|NOTICE|WARNING|WARN|WRN|ERROR|ERR|SEVERE|FATAL|FTL|CRITICAL|CRIT|ALERT|EMERG"
    "|EMERGENCY|PANIC|FINE|FINER|FINEST|VERBOSE|LOG|HINT"
)
_LOWER = "trace|debug|info|notice|warning|warn|error|err|fatal|critical|crit|alert|emerg|panic|dbug|trce|fail"
# A level as the loggers set it off: in capitals, or in lower case in brackets or before a colon.
_LEVEL_WORD = (
    rf"(?:[\[(<|]\s?(?P<boxed>{_UPPER}|{_LOWER}|Error|Warning|Warn|Info|Debug|Critical|Fatal|Note|System|Information)\s?[\])>|]:?"
    rf"|(?P<upper>{_UPPER})(?=[\s:\]|,-]|$):?|(?P<lower>{_LOWER}|Error|Warning|Warn|Info|Debug|Critical|Fatal):(?=\s|$))"
)
_CODE_LIKE = r"(?![A-Z]{0,8}-?\d{2,6}\])"
_TOKEN = r"(?:\[[^\]\n]{0,120}\]|\((?:[^()\s]{0,60})\)|[^\s\[(]{1,80})"
_HEADER = re.compile(rf"[\s|:,\])-]*(?P<before>(?:{_TOKEN}[\s|:,]+(?:- )?){{0,5}}?){_LEVEL_WORD}")
_AFTER = re.compile(
    rf"[\s|:\]-]*(?:\d+ --- )?(?:\[{_CODE_LIKE}[^\]\n]{{0,120}}\][\s:|-]*){{0,4}}"
    r"(?:(?:[A-Za-z_$][\w$]*(?:[.:/][\w$<>~]+)+|[A-Za-z_$][\w$.]*(?= - | : | \| ))(?::\d+)?(?:\([^)\s]*\))?(?:\s+[\w.-]+=\S+){0,5}\s*(?::|-|\||—)+\s+)?"
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
_CRI = re.compile(r"(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6,9}(?:Z|[+-]\d\d:\d\d)) (?:stdout|stderr) [FP] ")
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
    when, end = clock.read(line)
    if not end:
        if program := _PROGRAM_FIRST.match(line):  # update-alternatives 2026-11-22 17:00:00: message
            when, end = clock.read(line[program.end() :])
            return Head(line[program.end() + end :].strip(" :-"), when, system=program[1])
        return _level_first(line)
    if line[:1] in "IWEFD" and line[1:5].isdecimal():  # klog: E1122 17:00:00.123456 1 file.go:12] message
        return Head(line[end:].partition("] ")[2] or line[end:].strip(), when, severity_of(line[0]))
    if (cri := _CRI.match(line)) is not None:
        return _of_container(line[cri.end() :], when, clock)
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


# --- which of them ---------------------------------------------------------------------------------------------------

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
    if "=" in line and _BEARING_PAIR.search(line) and (head := read_pairs(line, clock)):
        return head
    if _SYSLOG_LIKE.match(line) and (head := read_syslog(line, clock)):
        return head
    if "{" in line and (head := _json_after_a_time(line, clock)):
        return head
    return read_plain(line, clock)


_SYSLOG_LIKE = re.compile(
    r"(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT\S+) \S+ (?:[^\s:\[]+\[[\w.-]+\]|kernel|systemd|[\w./-]+): ?"
)


def _json_after_a_time(line: str, clock: Clock) -> Head | None:
    if not line.endswith("}"):
        return None
    if cri := _CRI.match(line):
        return _of_container(line[cri.end() :], clock.read(line)[0], clock)
    return None
