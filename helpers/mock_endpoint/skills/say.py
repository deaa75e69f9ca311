"""Say something literally: `Say "ready"`, `Reply with the single word x`, `Write ... in capitals`."""

from __future__ import annotations

import re
from dataclasses import replace

from ..config import Model
from ..reading.limits import Limits, read_limits
from ..reading.prompt import Prompt
from ..reading.work import read_work
from ..text.form import finished
from .candidate import Candidate

_VERB = (
    r"(?:say|repeat|echo|print|write|reply|respond|answer|output|return|type|send|display|emit"
    r"|(?:your|the) (?:whole |entire |complete |full |only )?(?:reply|answer|response|output) (?:must|should"
    r"|has to|is to"
    r"|shall|will|may)(?: only)? (?:be|read|consist of|contain)"
    r"|diga|responda|escreva|repita|imprima|responde|escribe|repite|di|contesta)"
)
# Words that may stand between the verb and what is to be said, none of which says anything of its own.
_BETWEEN = (
    r"(?:\s*,?\s*(?:to (?:every|each|all|any)(?: \w+)?|only|exactly|just|back|with|after me|this|the"
    r"|following|one|single|words?|text|phrase|sentence|string"
    r"|line|message|verbatim|literally|simply|nothing but|nothing else than|me|to me|in (?:all )?(?:caps"
    r"|capitals|capital letters"
    r"|upper ?case|lower ?case)|a|o|as|la|el|las|com|con|apenas|somente|só|solo|sólo|solamente|palavras?"
    r"|palabras?|frase"
    r"|texto|exatamente|exactamente|seguinte|siguiente|única?|in one word|and nothing else|token|letters?|number)\b)*"
)
_OPEN, _CLOSE = "\"'“‘`«", "\"'”’`»"
_QUOTED = re.compile(
    rf"\b{_VERB}\b{_BETWEEN}\s*:?\s*(?:\"(?P<a>[^\"\n]{{1,400}})\"|“(?P<b>[^”\n]{{1,400}})”|`(?P<c>[^`\n]{{1,400}})`"
    r"|«(?P<e>[^»\n]{1,400})»|['‘](?P<d>[^\n'’]{1,400}(?:['’]\w[^\n'’]{0,200}){0,3})['’](?!\w))",
    re.IGNORECASE,
)
_WORD = re.compile(
    rf"\b{_VERB}\b{_BETWEEN}\s+(?:words?|palavras?|palabras?)\s*:?\s+(?P<what>[\w'’-]+)(?=\s*(?:[.!,]|$"
    rf"|\band nothing|\bin\b|\be nada"
    r"|\by nada))",
    re.IGNORECASE,
)
_COLON = re.compile(
    rf"^\s*(?:please\s+|just\s+|now\s+|por favor,?\s+)*{_VERB}\b{_BETWEEN}\s*:\s*(?P<what>\S[^\n]{{0,2000}})$",
    re.IGNORECASE,
)
_BARE = re.compile(
    r"^\s*(?:please\s+|just\s+|now\s+)*(?:say|repeat|echo)\s+(?!something|anything|what|why|how|if|whether"
    r"|it\b|that\b|this\b"
    r"|the\b|only\b|a\b|your\b|in\b|\W*[\"“'])(?P<what>\S[^\n]{0,200})$",
    re.IGNORECASE,
)
_CHOICE = re.compile(
    r"^\s*(?:,\s*(?:or|if|when|[\"'“])|/|\||or\b|ou\b|o\b|if\b|when\b|unless\b|and (?:then|say)|otherwise"
    r"|se\b|si\b|for\b|as\b)",
    re.I,
)
_CONDITION = re.compile(
    r"\b(?:if|when|unless|whether|otherwise|start|begin|end|finish|se|quando|si|cuando)\b[^.\n]*$", re.IGNORECASE
)
# A rule for every message: what the message says is no matter then.
_ALWAYS = re.compile(
    r"\b(?:always|only ever|whatever|no matter|regardless|everything|every (?:message|question|input)|anything"
    r"|all (?:messages|questions)|each (?:message|question)|sempre|siempre|qualquer)\b",
    re.IGNORECASE,
)
# What may stand around a literal: words on its form, none of them a task of its own.
_ABOUT_FORM = re.compile(
    r"\b(?:and|with|in|no|nothing|else|without|any|only|just|punctuation|explanations?|comments?|quotes?"
    r"|quotation|marks|please|full|stop|period"
    r"|capitals?|block|letters|upper|lower|case|all|caps|text|words?|other|more|extra|do|not|add|anything"
    r"|around|it|once|twice"
    r"|thrice|times|two|three|four|five|six|\d+|separated|by|commas?|spaces?|lines?|on|separate|one|per|own"
    r"|its|a|an|the"
    r"|exactly|uppercase|lowercase|e|nada|mais|más|em|en|maiúsculas|mayúsculas|minúsculas|sem|sin|that|is|followed"
    r"|exclamation|mark|new|each|using|as|it|said|be|your|reply|answer|to|me|now)\b",
    re.IGNORECASE,
)
_TIMES = re.compile(
    r"\b(?:(?P<n>\d{1,2}|two|three|four|five|six|seven|eight|nine|ten) times|(?P<twice>twice)|(?P<thrice>thrice))\b",
    re.I,
)
_NUMBERS = {word: i for i, word in enumerate("two three four five six seven eight nine ten".split(), 2)}  # noqa: SIM905
_COPY = re.compile(
    r"\b(?:write|print|repeat|say|convert|turn|put|change|copy|rewrite|echo|type|output|set|return|transform"
    r"|give|escreva"
    r"|converta|repita|escribe|convierte|repite|upper-?case|lower-?case|capitali[sz]e)\b",
    re.IGNORECASE,
)
_OTHER_WORK = re.compile(
    r"\b(?:summar\w+|answer|translate|classif\w+|label|list|extract|titles?|headlines?|name|names|describe"
    r"|explain|shorten"
    r"|question|poem|story|resum\w+|simplify|judge|rate|polite\w*|shorter|verdict|category|sentiment)\b",
    re.IGNORECASE,
)


def say_literally(prompt: Prompt, model: Model) -> list[Candidate] | None:
    """The words that are to be said, in the form that the prompt demands; None when nothing literal is asked for."""
    if always := next((s for s in re.split(r"(?<=[.!?])\s+|\n", prompt.rules) if _ALWAYS.search(s) and _what(s)), None):
        return [Candidate(_what(always)[0], 0.0)]
    if len(prompt.said) > 4_000 or prompt.labels:
        return None
    found = _what(prompt.said)
    if found and (_ALWAYS.search(found[1]) or not _ABOUT_FORM.sub(" ", re.sub(r"[\W_]+", " ", found[1])).split()):
        return [Candidate(_formed(*found, model), 0.0)]
    return _cased(prompt, model)


def _what(said: str) -> tuple[str, str] | None:
    """What is to be said, and the other words of the message."""
    match = _QUOTED.search(said)
    if match is not None:
        what = next(group for group in match.groups() if group)
        rest = said[match.end() :]
        if _CHOICE.match(rest) or _CONDITION.search(said[: match.start()]):
            return None
        return what.strip(), f"{said[: match.start()]} {_between(match.group(), what)} {rest}"
    if (match := _WORD.search(said)) and not _CONDITION.search(said[: match.start()]):
        return match["what"], f"{said[: match.start()]} {_between(match.group(), match['what'])} {said[match.end() :]}"
    if (match := _COLON.match(said)) or (match := _BARE.match(said)):
        what = match["what"].strip()
        return what, _between(match.group(), what)
    return None


_LITERAL_WORDS = re.compile(rf"\b{_VERB}\b", re.IGNORECASE)


def _between(whole: str, what: str) -> str:
    """The words on form between the verb and the literal: `in capitals`."""
    lead = _LITERAL_WORDS.sub(" ", whole.replace(what, " "), count=1)
    return " ".join(
        m.group()
        for m in re.finditer(r"\bin (?:all )?(?:caps|capitals|capital letters|upper ?case|lower ?case)\b", lead, re.I)
    )


def _formed(what: str, told: str, model: Model) -> str:
    limits = _of_literal(told).first(model.demands)
    times = _TIMES.search(told)
    count = 1
    if times:
        count = (
            2
            if times["twice"]
            else 3
            if times["thrice"]
            else _NUMBERS.get((times["n"] or "").lower()) or int(times["n"])
        )
    between = ", " if re.search(r"\bcommas?\b", told, re.I) else "\n" if re.search(r"\blines?\b", told, re.I) else " "
    text = finished(what, limits)
    return between.join([text] * min(count, 20))


def _of_literal(told: str) -> Limits:
    read = read_limits(told)
    case = read.case
    return replace(Limits(), case=case, order=("case",) if case else ())


def _cased(prompt: Prompt, model: Model) -> list[Candidate] | None:
    """A text given only to be written in capitals or small letters."""
    work = read_work(prompt)
    limits = read_limits(work.told)
    if not work.text or not limits.case or not _COPY.search(work.told) or _OTHER_WORK.search(work.told):
        return None
    if "?" in work.told or limits.words or limits.sentences or limits.bullets is not None or limits.json:
        return None
    return [Candidate(finished(work.text, limits.first(model.demands)), 0.0)]
