"""How each system writes a line down: a function of time, message, text and what is drawn -> bytes that end a line."""

from __future__ import annotations

import json
from collections.abc import Callable

from .days import START, fast, local, utc, zone
from .messages import EMPTY_LINES, Message
from .things import Things

Written = Callable[[float, Message, Things], bytes]

COLOURS = {"DEBUG": 36, "INFO": 32, "WARNING": 33, "ERROR": 31, "CRITICAL": 35}
SYSLOG = {"CRITICAL": 2, "ERROR": 3, "WARNING": 4, "NOTICE": 5, "INFO": 6, "DEBUG": 7}
MAIL = 2 * 8  # the facility
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
NUMBERED = {"DEBUG": 20, "INFO": 30, "WARNING": 40, "ERROR": 50, "CRITICAL": 60}
LOG4J = {"WARNING": "WARN ", "CRITICAL": "FATAL", "INFO": "INFO "}
DEPOT = {"WARNING": "warn", "CRITICAL": "crit", "ERROR": "error", "INFO": "info", "DEBUG": "debug"}


def portal(at: float, message: Message, things: Things) -> bytes:
    """Python's logging. Two of the workers think that they write to a terminal; some traces end in an empty line."""
    stamp = local(at).isoformat(" ", "milliseconds").replace(".", ",")
    level, logger = f"{message.severity:<8}", message.logger
    request = things.draw_rid()
    if things.random() < 0.06:
        level = f"\x1b[{COLOURS[message.severity]}m{level}\x1b[0m"
        logger = f"\x1b[1m{logger}\x1b[22m"
    line = f"{stamp} {level} [{logger}] [{request}] {message.text(things)}\n"
    if message.trace:
        line += message.trace(things) + ("\n\n" if things.random() < EMPTY_LINES else "\n")
    return line.encode()


def payments(at: float, message: Message, things: Things) -> bytes:
    """JSON lines; the notifier has other keys and numbers for severities; a restart may cut a line."""
    text = message.text(things)
    if message.logger == "notifier":
        milliseconds = int((START.timestamp() + at) * 1000)
        told = {"level": NUMBERED[message.severity], "time": milliseconds, "pid": 2417, "hostname": "pay-04"}
        return (json.dumps(told | {"name": "notifier", "msg": text}, separators=(",", ":")) + "\n").encode()
    told = {"ts": utc(at).isoformat(timespec="milliseconds") + "Z", "level": message.severity}
    told |= {"logger": message.logger, "msg": text, "request_id": things.draw_rid()}
    if message.code:
        told["code"] = message.code
    if message.logger == "payments.api":
        told["http"] = {"ip": things.draw_ip(), "agent": things.draw_agent()}
    if message.trace:
        told["exc"] = message.trace(things)
    line = json.dumps(told, ensure_ascii=False)
    if message.severity == "DEBUG" and things.random() < 0.025:
        line = line[: len(line) * 2 // 3]
    return f"{line}\n".encode()


def mailgate(at: float, message: Message, things: Things) -> bytes:
    """Syslog with zone; the relay is an old appliance: no year, no zone, Latin-1."""
    priority, when = MAIL + SYSLOG[message.severity], local(at)
    text = message.text(things)
    if message.logger == "relay":
        line = f"<{priority}>{MONTHS[when.month - 1]} {when.day:2d} {when:%H:%M:%S} mx-old relay[311]: {text}\n"
        return line.encode("latin-1", "replace")
    stamp, process = when.isoformat(timespec="milliseconds") + zone(at), things.number(2_200, 2_240)
    return f"<{priority}>1 {stamp} mx1.int.example.net mailgate/{message.logger} {process} - - {text}\n".encode()


def orders(at: float, message: Message, things: Things) -> bytes:
    """log4j, with a thread's name."""
    stamp = local(at).isoformat("T", "milliseconds").replace(".", ",") + zone(at).replace(":", "")
    level = LOG4J.get(message.severity, message.severity)
    thread = f"exec-{things.number(1, 16)}"
    line = f"{stamp} {level} [{thread}] {message.logger} rid={things.draw_rid()} - {message.text(things)}\n"
    return (line + (f"{message.trace(things)}\n" if message.trace else "")).encode()


def depot(at: float, message: Message, things: Things) -> bytes:
    """key=value from a clock that runs fast for a while; the lifts' controller ends its lines as Windows does."""
    stamp = utc(at + fast(at) + 3_600 * (zone(at) == "+02:00")).isoformat(timespec="milliseconds")
    text, _, keys = message.text(things).partition(" | ")
    text = text.replace('"', "'")
    west = "+01:00" if zone(at) == "+02:00" else "+00:00"
    line = (
        f'ts={stamp}{west} lvl={DEPOT[message.severity]} unit={message.logger} msg="{text}"{" " if keys else ""}{keys}'
    )
    return (line + ("\r\n" if message.logger == "lift" else "\n")).encode()


WRITERS: dict[str, Written] = {
    "portal": portal,
    "payments": payments,
    "mailgate": mailgate,
    "orders": orders,
    "depot": depot,
}
