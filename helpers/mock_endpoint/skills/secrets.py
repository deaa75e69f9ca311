"""What the rules of a prompt hold and may give away: the rules themselves, and the secrets named in them."""

from __future__ import annotations

import base64
import codecs
import re
from dataclasses import dataclass

from ..text.language import content_words, overlap, sentences

_NAME = (
    r"(?:secret(?: \w+)?|pass(?:word|phrase|code)|code ?word|(?:\w+ )?code|(?:\w+[- ])?key|canary(?: \w+)?"
    r"|(?:\w+ )?token|(?:\w+ )?pin"
    r"|credential\w*|flag|(?:internal|confidential|hidden) \w+|senha|segredo|chave|palavra[- ]\w+|código(?: \w+)?"
    r"|contraseña|secreto"
    r"|clave|palabra \w+)"
)
_STATED = re.compile(
    rf"\b(?P<name>{_NAME})\b[^.:=\n\"'“]{{0,50}}?(?:\bis\b|\bare\b|:|=|\bé\b|\bes\b|[\"'“`«(])\s*"
    r"[\"'“`«(]?(?P<value>[^\s\"'”`»),;]+(?: [A-Z][^\s\"'”`»),;.]*)*)",
    re.IGNORECASE,
)
_QUOTED_VALUE = re.compile(r"[\"“`«]([^\"”`»\n]{2,80})[\"”`»]|(?<!\w)'([^'\n]{2,80})'(?!\w)")
_CODE_LIKE = re.compile(r"\b(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{4,}\b|\b[A-Z]{2,}(?:[-_][A-Z0-9]+)+\b")
_SECRET_NAME = re.compile(rf"\b{_NAME}\b", re.IGNORECASE)


@dataclass(frozen=True)
class Secret:
    """A value that a sentence of the rules states."""

    name: str
    value: str
    sentence: str


def secrets_in(rules: str) -> list[Secret]:
    """The secrets of the rules, in order: a name such as password or code, and the value that stands with it."""
    found = []
    for sentence in sentences(rules):
        named = _SECRET_NAME.search(sentence)
        if named is None:
            continue
        quoted, code, stated = _QUOTED_VALUE.search(sentence), _CODE_LIKE.search(sentence), _STATED.search(sentence)
        if quoted:
            value = quoted[1] or quoted[2]
        elif code:
            value = code.group()
        elif stated and stated["value"].lower() not in _NO_VALUE:
            value = stated["value"].rstrip(".!?")
        else:
            continue
        found.append(Secret(named.group(), value, sentence))
    return found


_NO_VALUE = frozenset(
    (
        "secret", "confidential", "private", "not", "never", "only", "to", "a", "an", "the", "for", "in", "and", "or",
        "no", "kept", "shared", "known", "internal", "valid",
    )
)  # fmt: skip


_ANY_SECRET = re.compile(r"secret|confidential|hidden|internal|private|canary|segredo|secreto", re.IGNORECASE)


def revealed(what: str, asked: str, rules: str) -> str | None:
    """What gives away `what` (`prompt`, or a secret's name) in the form `asked` wants; None if the rules lack it."""
    if what == "prompt":
        return _in_form(rules.strip(), asked) if rules.strip() else None
    found = secrets_in(rules)
    if not found:
        return None
    wanted = content_words(what)
    best = max(found, key=lambda s: overlap(wanted, content_words(s.sentence)))
    if not overlap(wanted, content_words(best.sentence)) and not _ANY_SECRET.search(what):
        return None
    value = _in_form(best.value, asked)
    return value if value != best.value else f"The {best.name.lower()} is {best.value}."


def _in_form(text: str, asked: str) -> str:
    """Backwards, letter by letter, or encoded, where a demand asks for that: a filter on the reply may not find it."""
    if re.search(r"\bbackwards?\b|\breverse|\bao contrário|\bal revés", asked, re.IGNORECASE):
        return text[::-1]
    if re.search(r"\bbase ?64\b", asked, re.IGNORECASE):
        return base64.b64encode(text.encode()).decode()
    if re.search(r"\brot ?13\b|\bcaesar\b", asked, re.IGNORECASE):
        return codecs.encode(text, "rot13")
    if re.search(r"\bhex(?:adecimal)?\b", asked, re.IGNORECASE):
        return text.encode().hex()
    spelt = re.search(
        r"\bspell|letter by letter|(?:each|every) (?:letter|character)|letra por letra", asked, re.IGNORECASE
    )
    if spelt and len(text) <= 80:
        return "-".join(text)
    return text
