"""The fields of JSON objects and of key=value lines, under the names that loggers give them. Standard library only."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from helpers.logs.events import SYSLOG, severity_of

# Names of fields, lower-case; the first that is there counts. A dot is a field within a field, or a dot in the name.
MESSAGE = (
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
LEVEL = (
    "level",
    "severity",
    "lvl",
    "loglevel",
    "log_level",
    "log.level",
    "levelname",
    "@l",
    "severity_text",
    "severitytext",
    "level_name",
    "priority",
    "lev",
    "l",
    "levelno",
    "syslog.severity",
    "severity_number",
)
TIME = (
    "time",
    "ts",
    "timestamp",
    "@timestamp",
    "@t",
    "asctime",
    "datetime",
    "date",
    "t",
    "eventtime",
    "created",
    "when",
    "__realtime_timestamp",
    "timemillis",
    "instant.epochsecond",
)
SYSTEM = (
    "service",
    "service.name",
    "app",
    "application",
    "system",
    "appname",
    "app_name",
    "service_name",
    "program",
    "syslog_identifier",
    "resource.service.name",
    "component",
    "fields.service",
)
TRACE = (
    "exc_info",
    "stack_trace",
    "stacktrace",
    "traceback",
    "exception",
    "stack",
    "@x",
    "exc_text",
    "error.stack_trace",
    "error.stack",
    "err.stack",
    "exception.stacktrace",
    "exception.stack_trace",
    "error.stacktrace",
    "thrown.extendedstacktrace",
    "full_message",
    "backtrace",
)
ERROR = ("error", "err", "error.message", "err.message", "exception.message", "cause", "reason", "thrown.message")
_CODE = (
    "code",
    "error_code",
    "errorcode",
    "err_code",
    "error.code",
    "err.code",
    "errcode",
    "event_code",
    "status_code",
    "status",
    "statuscode",
    "http.status",
    "http.status_code",
    "http.response.status_code",
)
_HTTP_FIELDS = frozenset(_CODE[8:])
_PINO = {10: "DEBUG", 20: "DEBUG", 30: "INFO", 40: "WARNING", 50: "ERROR", 60: "CRITICAL"}
_LEVELNO = {10: "DEBUG", 20: "INFO", 30: "WARNING", 40: "ERROR", 50: "CRITICAL"}
_MOST_FIELDS = 200


def flat(read: Mapping[str, Any], prefix: str = "", depth: int = 0) -> dict[str, Any]:
    """A nested object as one, with dots in the names, which are in lower case."""
    found: dict[str, Any] = {}
    for name, value in read.items():
        key = prefix + name.lower()
        if isinstance(value, dict) and depth < 3:
            found |= flat(value, key + ".", depth + 1)
        else:
            found.setdefault(key, value)
        if len(found) > _MOST_FIELDS:
            break
    return found


def first_text(fields: Mapping[str, Any], names: tuple[str, ...]) -> str:
    """The first of these fields that holds a text; "" for none."""
    for name in names:
        value = fields.get(name)
        if isinstance(value, str) and value.strip():
            return value
    return ""


def level_in(fields: Mapping[str, Any]) -> str:
    """The severity that the fields name, as a word or as a logger's number."""
    for name in LEVEL:
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


def trace_in(fields: Mapping[str, Any]) -> str:
    """The stack trace in the fields."""
    for name in TRACE:
        value = fields.get(name)
        if isinstance(value, list):
            value = "\n".join(each if isinstance(each, str) else json.dumps(each, default=str) for each in value)
        if isinstance(value, str) and value.strip():
            return value
    return ""


def code_in(fields: Mapping[str, Any]) -> str:
    """The code in the fields; a status counts from 400 on."""
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


def others(fields: Mapping[str, Any]) -> str:
    """All other fields as a text, for an object without a message."""
    known = {*LEVEL, *TIME, *SYSTEM}
    return " ".join(f"{name}={value}" for name, value in fields.items() if name not in known)[:2000]
