"""What a rewritten text must lose or keep, by kind: host names, addresses, stack traces, personal data, codes,
dates."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .values import values

_TRACE_LINE = re.compile(
    r"^[ \t]*(?:at\s+[\w$.<>]+\([^)\n]*\)|File \"[^\"\n]+\", line \d+.*|Traceback \(most recent call last\):?"
    r"|Caused by:.*|\.\.\. \d+ more"
    r"|in <module>.*|\^+|~+\^*~*)[ \t]*$\n?",
    re.MULTILINE,
)
_INLINE_TRACE = re.compile(r"\s?\(?\bat\s(?:[\w$]+\.){2,}[\w$<>]+\([^)\n]*\)\)?")
_LOG_PREFIX = re.compile(
    r"^[ \t]*\[?\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2})?(?:[.,]\d+)?(?:Z"
    r"|[+-]\d{2}:?\d{2})?\]?[ \t]*(?:\[[^\]\n]{1,40}\][ \t]*)?"
    r"(?P<level>TRACE|DEBUG|INFO|WARN(?:ING)?|ERROR|FATAL"
    r"|CRITICAL)?[ \t]*(?:\[[^\]\n]{1,40}\][ \t]*)?(?:[\w.$-]+[ \t]*(?:-|:)[ \t]+)?",
    re.MULTILINE,
)
_IP = r"(?:\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?(?:/\d{1,2})?|(?:[0-9a-f]{1,4}:){3,7}[0-9a-f]{1,4})"
_HOST = (
    r"(?:(?:[a-z0-9][a-z0-9-]{0,40}\.){1,5}(?:local|internal|intranet|corp|lan|localdomain|example|test|net|com|org"
    r"|io|cloud)"
    r"|(?=[a-z-]{0,40}\d)[a-z][a-z0-9]{0,20}(?:-[a-z0-9]{1,20}){1,5}|(?:srv|node|host|web|db|app|vm)\d{1,4})"
)
_PATH = r"(?:(?<![\w.])(?:/[\w.-]{1,60}){2,12}|[A-Za-z]:\\[\w.\\-]{1,200})"
_CLASS = r"(?:[a-z][\w]{0,40}\.){2,8}[A-Z]\w{0,80}"

# A kind -> the words by which a prompt names it, what to look for, what stands for it in running text.
_KINDS: dict[str, tuple[str, str, str]] = {
    "ip": (r"\bips?\b|ip address\w*|network address\w*|addresses", rf"(?<![\w.]){_IP}(?![\w.])", "an address"),
    "path": (r"paths?|file names?|directories", _PATH, "a file"),
    "class": (r"stack traces?|class names?|technical details|tracebacks?|code", _CLASS, "the program"),
    "host": (r"host ?names?|hosts?|servers?(?: names?)?|machine names?|nomes? de (?:host|servidor\w*)",
             rf"(?<![\w@./-]){_HOST}(?![\w@/-])", "a server"),
}  # fmt: skip
_TRACES = re.compile(r"stack ?traces?|tracebacks?|technical details|call stack", re.IGNORECASE)
_PERSONAL = re.compile(
    r"personal (?:data|information|details)|private (?:data|information)|\bpii\b|e-?mail addresses|e-?mails"
    r"|phone numbers?|names of people"
    r"|customer names?|dados pessoais|datos personales",
    re.IGNORECASE,
)
_REMOVES = re.compile(
    r"\b(?:remov\w+|delet\w+|omit\w*|leav\w+ out|without|hid\w+|no|strip\w*|drop\w*|redact\w*|exclud\w+|avoid\w*"
    r"|do not (?:mention|include"
    r"|use|name)|don't (?:mention|include|use|name)|anonymi[sz]\w+|remov[ae]\w*|sem|omita|elimina\w*|sin"
    r"|quite)\b(?P<what>[^.\n]{1,160})",
    re.IGNORECASE,
)
_KEEPS = re.compile(
    r"\b(?:keep\w*|preserv\w+|retain\w*|includ\w+|mention\w*|do not (?:remove|change|lose)|mantenha|conserv\w+"
    r"|mant[eé]n\w*)\b"
    r"(?P<what>[^.\n]{1,160})",
    re.IGNORECASE,
)
_KEPT = (
    (r"error codes?|codes?|códigos?|ids?|ticket", ("code",)),
    (r"severity|level|gravidade|severidad", ("severity",)),
    (r"numbers?|figures?|amounts?|números?|cifras", ("money", "percent", "quantity", "duration", "number")),
    (r"dates?|deadlines?|datas?|fechas?", ("date",)), (r"times?|hours?|horas?", ("time",)),
    (r"prices?|costs?|preços?|precios?", ("money",)), (r"names?|nomes?|nombres?", ("name",)),
)  # fmt: skip
_SEVERITY = re.compile(
    r"\b(?:SEV-?\d|P[0-4]|(?:severity|priority|level)\s*:?\s*\w+|critical|fatal|major|minor|high severity"
    r"|low severity|warning"
    r"|gravidade\s*:?\s*\w+|severidad\s*:?\s*\w+)\b",
    re.IGNORECASE,
)


def named_for_removal(instructions: str) -> frozenset[str]:
    """The kinds that the instructions tell to leave out: ip, path, class, host, trace, personal, jargon."""
    said = " ".join(m["what"] for m in _REMOVES.finditer(instructions)).lower()
    kinds = {kind for kind, (words, _, _) in _KINDS.items() if re.search(rf"\b(?:{words})\b", said)}
    kinds |= {"trace"} if _TRACES.search(said) else set()
    kinds |= {"personal"} if _PERSONAL.search(said) else set()
    return frozenset(
        kinds | ({"jargon"} if re.search(r"jargon|technical (?:terms?|words?|language)|acronyms?", said) else set())
    )


def named_for_keeping(instructions: str) -> tuple[str, ...]:
    """The kinds of value that the instructions tell to keep."""
    said = " ".join(m["what"] for m in _KEEPS.finditer(instructions)).lower()
    return tuple(
        dict.fromkeys(kind for words, kinds in _KEPT for kind in kinds if re.search(rf"\b(?:{words})\b", said))
    )


def without(text: str, kinds: Iterable[str]) -> str:
    """A text with what is of these kinds left out, or named in general words where the sentence needs something."""
    wanted = frozenset(kinds)
    if "trace" in wanted:
        text = _INLINE_TRACE.sub("", _TRACE_LINE.sub("", text))
        text = _LOG_PREFIX.sub(lambda m: f"{m['level'].capitalize()}: " if m["level"] else "", text)
    if "personal" in wanted:
        for kind in ("email", "phone"):
            for value in sorted(values(text, kind), key=lambda v: -v.start):
                text = f"{text[: value.start]}[{kind} removed]{text[value.start + len(value.text) :]}"
    for kind, (_, pattern, instead) in _KINDS.items():
        if kind in wanted:
            text = re.sub(rf"\s?\(\s?(?:{pattern})\s?\)", "", text)
            noun = instead.split()[-1]
            article = r"(?P<lead>\b(?i:the|a|an|this|host|server|machine|node|file|address|ip|path)\s+)?"
            text = re.sub(rf"{article}(?:{pattern})", lambda m, i=instead, n=noun: _general(m, i, n), text)
    return re.sub(r"[ \t]+(?=[.,;:!?])|(?<=\s)[ \t]+", "", text)


def _general(match: re.Match[str], instead: str, noun: str) -> str:
    """`host db-01` -> `host`, `the 10.0.0.1` -> `the address`, `db-01` -> `a server`."""
    lead = (match["lead"] or "").strip()
    if not lead:
        begins = match.start() == 0 or match.string[: match.start()].rstrip()[-1:] in ".!?\n"
        return instead[0].upper() + instead[1:] if begins else instead
    return f"{lead} {noun}" if lead.lower() in ("the", "a", "an", "this") else lead


def kept_values(text: str, kinds: Iterable[str]) -> list[str]:
    """The values of a text that must not be lost, in order."""
    found: list[tuple[int, str]] = []
    for kind in kinds:
        if kind == "severity":
            found += [(m.start(), m.group()) for m in _SEVERITY.finditer(text)]
        else:
            found += [(v.start, v.text) for v in values(text, kind)]
    return list(dict.fromkeys(value for _, value in sorted(found)))
