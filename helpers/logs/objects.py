"""JSON lines of many loggers, and the lines of containers that Docker and Kubernetes wrap. Standard library only."""

from __future__ import annotations

import json
from datetime import datetime

from helpers.logs.fields import ERROR, MESSAGE, SYSTEM, TIME, code_in, first_text, flat, level_in, others, trace_in
from helpers.logs.heads import Head
from helpers.logs.lines import clean
from helpers.logs.times import Clock, read_time


def read_json(line: str, clock: Clock) -> Head | None:
    """A JSON object, of structlog, python-json-logger, pino, bunyan, zap, logrus, Serilog, ECS, GELF, Docker."""
    begin = line.find("{")
    if begin < 0 or (begin and line[:begin].strip() not in ("", "@cee:")):
        return None
    try:
        read = json.loads(line[begin:])
    except (ValueError, RecursionError):
        return None
    if not isinstance(read, dict):
        return None
    fields = flat(read)
    if isinstance(inner := fields.get("log"), str) and "stream" in fields:
        return of_container(inner, read_time(fields.get("time")), clock)
    message = first_text(fields, MESSAGE)
    severity = level_in(fields)
    trace = trace_in(fields)
    error = first_text(fields, ERROR)
    if error and not trace and "\n" in error:
        error, _, trace = error.partition("\n")
    if error and error not in message:
        message = f"{message}: {error}" if message else error
    if not (message or severity or trace or any(name in fields for name in TIME)):
        return None
    first, _, more = message.strip().partition("\n")
    return Head(
        first.strip() or ("" if trace else others(fields)),
        next((when for name in TIME if name in fields and (when := read_time(fields[name]))), None),
        severity,
        first_text(fields, SYSTEM),
        code_in(fields),
        "\n".join(part for part in (more, trace) if part),
    )


def of_container(inner: str, when: datetime | None, clock: Clock) -> Head:
    """A line of a program in a container, as Docker and Kubernetes wrap it."""
    from helpers.logs.formats import parse

    line = clean(inner.rstrip("\n"))
    head = parse(line, clock) or Head(line, stamped=False)
    head.when = head.when or when
    return head
