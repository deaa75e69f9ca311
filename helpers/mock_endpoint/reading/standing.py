"""Orders that hold for every reply of a conversation: how it begins and ends, its language, how the user is addressed.

They stand in the system message, or in what the user said earlier with words such as `from now on`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..text.language import sentences
from ..text.language_id import NAMES

_ALWAYS = re.compile(
    r"\b(?:from now on|from here on|always|every|each|all (?:your|of your)|any|until i (?:say|tell)|henceforth"
    r"|whenever you|for the rest|never|a partir de agora|sempre|siempre|de ahora en adelante"
    r"|a partir de ahora|cada|todas?|nunca|in future)\b",
    re.IGNORECASE,
)
_REPLIES = (
    r"(?:answers?|repl(?:y|ies)|responses?|messages?|sentences?|turns?|respostas?|respuestas?"
    r"|mensage(?:m|ns)|mensajes?)"
)
_PHRASE = (
    r"[\s:,]*(?:the\s+)?(?:(?:exact\s+)?(?:words?|phrases?|lines?|sentence|text|greeting"
    r"|signature|palavras?|palabras?|frase|linha|línea)\s*:?\s*)?"
)
_SAID = r"(?:[\"“«'‘`](?P<q{0}>[^\"”»`\n]{{1,120}}?)[\"”»'’`](?!\w)|(?P<p{0}>[^\s\"“«'][^\n]{{0,80}}))"
_BEGIN = re.compile(
    r"\b(?:begins?|starts?|opens?|beginning|starting|opening|prefix|preface|comec[ea]|começ[ae]|inicia|empieza"
    r"|comienza)\b[^.\n\"“«'‘]{0,50}?(?:\b(?:with|by saying|by writing|by|com|con)\b|:)"
    + _PHRASE + _SAID.format("1"),
    re.IGNORECASE,
)  # fmt: skip
_END = re.compile(
    r"\b(?:ends?|finish(?:es)?|closes?|conclude|sign(?: off)?|ending|termina|acaba|encerra|cierra|firma"
    r"|assina)\b[^.\n\"“«'‘]{0,50}?(?:\b(?:with|by saying|by writing|by|as|com|con)\b|:)"
    + _PHRASE + _SAID.format("1"),
    re.IGNORECASE,
)  # fmt: skip
_LANGUAGE = re.compile(
    r"\b(?:answer|reply|respond|write|speak|talk|communicate|responde|responda|fala|habla|escreve|escribe|use"
    r"|only|always|everything|siempre|sempre)\b[^.\n]{0,50}?\b(?:in|em|en|only)?\s*"
    rf"\b(?P<language>{'|'.join(sorted(NAMES, key=len, reverse=True))})\b",
    re.IGNORECASE,
)
_TITLE = re.compile(
    r"\b(?i:(?:address|call|greet|refer to)\s+(?:the\s+)?(?:users?|me|them|him|her|people|guests?|visitors?"
    r"|customers?|everyone|whoever \w+)\s+(?:only\s+|always\s+)?(?:as|by|with)?"
    r"|trata\w*\s+(?:o|al?|el)?\s*\w+\s+(?:por|como|de)|ch[ae]m[ae]\w*\s+(?:o|ao|me)\s+\w*\s*(?:de"
    r"|por)?)\s*(?i:the\s+title\s+|the name\s+)?"
    r"(?:[\"“'‘](?P<quoted>[^\"”'’\n]{1,40})[\"”'’]|(?P<plain>[A-ZÀ-Þ][\w.'-]*(?:\s+[A-ZÀ-Þ][\w'-]*){0,2}|\w+))",
)
_NEVER = re.compile(
    r"\b(?:never|do not|don't|must not|avoid|not allowed to|forbidden to|nunca|não|no)\s+(?:ever\s+)?(?:us(?:e"
    r"|ing)|say(?:ing)?|writ(?:e|ing)|mention(?:ing)?|uses?|digas?|diga|escrevas?)\s+"
    r"(?:the\s+|a\s+|la\s+)?(?:words?|term|phrase|palavra"
    r"|palabra)\s+(?:[\"“'‘«](?P<quoted>[^\"”'’»\n]{1,40})[\"”'’»]|(?P<plain>[\w-]+))",
    re.IGNORECASE,
)
_UPPER = re.compile(r"\b(?:capitals|capital letters|upper[- ]?case|all caps|maiúsculas|mayúsculas)\b", re.IGNORECASE)
_LOWER = re.compile(r"\b(?:lower[- ]?case|small letters|minúsculas)\b", re.IGNORECASE)
_ONE_WORD = re.compile(
    r"\b(?:one|a single|single|uma(?: só)?|una(?: sola)?) (?:words?|palavra|palabra)\b|\bone-word\b", re.IGNORECASE
)
_CONDITION = re.compile(r"\b(?:if|when|unless|in case|se|si|quando|cuando)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Standing:
    """Orders that hold for each reply; order: their names as they are made."""

    starts: str = ""
    ends: str = ""
    language: str | None = None
    title: str = ""
    never: tuple[str, ...] = ()
    case: str | None = None
    one_word: bool = False
    order: tuple[str, ...] = ()


def read_standing(rules: str, user_turns: Sequence[str]) -> Standing:
    """From the system message, and from earlier user turns that say an order is to last. Later orders win."""
    told = [(s, True) for s in sentences(rules)]
    told += [(s, False) for turn in user_turns for s in sentences(turn)]
    found: dict[str, object] = {}
    never: list[str] = []
    for sentence, by_system in told:
        lasting = bool(_ALWAYS.search(sentence))
        if not by_system and not lasting:
            continue
        if _CONDITION.search(sentence):
            continue
        if (match := _BEGIN.search(sentence)) and (lasting or re.search(rf"\b{_REPLIES}\b", sentence, re.IGNORECASE)):
            found["starts"] = _phrase(match)
        if (match := _END.search(sentence)) and (lasting or re.search(rf"\b{_REPLIES}\b", sentence, re.IGNORECASE)):
            found["ends"] = _phrase(match)
        if (match := _LANGUAGE.search(sentence)) and NAMES.get(match["language"].lower()) in ("pt", "es", "en"):
            found["language"] = NAMES[match["language"].lower()]
        if match := _TITLE.search(sentence):
            found["title"] = (match["quoted"] or match["plain"]).strip()
        never += [(m["quoted"] or m["plain"]) for m in _NEVER.finditer(sentence)]
        if lasting and (_UPPER.search(sentence) or _LOWER.search(sentence)):
            found["case"] = "upper" if _UPPER.search(sentence) else "lower"
        if lasting and _ONE_WORD.search(sentence) and not by_system:
            found["one_word"] = True
    if never:
        found["never"] = tuple(never)
    return Standing(**found, order=tuple(found))  # type: ignore[arg-type]


def _phrase(match: re.Match[str]) -> str:
    if match["q1"]:
        return match["q1"].strip()
    plain = match["p1"].strip()
    plain = re.split(r",? (?:and|but|in|on|before|from now on|so that|no matter|always|e|y) ", plain, maxsplit=1)[0]
    plain = re.sub(r"\s+(?:from now on|please)\W*$", "", plain)
    # The full stop ends the order; a mark of another kind belongs to the phrase.
    return plain[:-1].strip() if plain.endswith(".") else plain.strip()
