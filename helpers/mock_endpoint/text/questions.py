"""What a question asks for: the kinds of value that answer it, the noun it counts, or a yes or no.

Written by rule from the wording of questions: English, with the commonest forms of Portuguese and Spanish.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from .language import content_words
from .values import Value, numbers_alone, values


@dataclass(frozen=True)
class Asked:
    """kinds: levels of kinds of value, the most wanted first; none where no typed value is asked for.

    words: stems of the question that only say the kind (`how long`, `price`): a value of that kind answers for them.
    counted: the noun of `how many rooms`. yes_or_no: the reply is a yes or a no, with what it rests on.
    """

    kinds: tuple[tuple[str, ...], ...] = ()
    words: frozenset[str] = frozenset()
    counted: str = ""
    yes_or_no: bool = False

    @property
    def sure(self) -> bool:
        """Whether values of the kind are always recognised, so that a text without one cannot answer."""
        return bool(self.kinds) and self.kinds[0][0] not in _WRITTEN_FREELY


# A person, a place, a reason or a date may be written in ways that no rule sees.
_WRITTEN_FREELY = frozenset(("name", "place", "reason", "date", "time", "frequency"))

_PER_TIME = r"(?:days?|weeks?|months?|years?|hours?|minutes?|nights?|dias?|horas?|meses|semanas?|anos?|años?)"
# The first that matches wins.
_ASKS: tuple[tuple[re.Pattern[str], tuple[tuple[str, ...], ...]], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), tuple(tuple(level.split()) for level in kinds.split(",")))
    for pattern, kinds in (
        (r"\be-?mail(?: address)?\b(?=.*\?|$)", "email"),
        (r"\b(?:phone|telephone|telefone|teléfono|mobile|hotline)(?: number)?\b|\bnumber (?:to call|of the \w+ line)\b"
         r"|\bcall(?:ing)? number\b", "phone"),
        (r"\b(?:url|website|web address|link)\b", "url"),
        (r"\b(?:colou?rs?|cor|color)\b", "colour"),
        (r"\b(?:error code|password|code|part number|model number|reference number|serial|licen[cs]e plate)\b",
         "code,number"),
        (r"\b(?:what|which) percent|\bpercentage\b|\bwhat (?:share|proportion|fraction)\b", "percent,number"),
        (r"\b(?:what|which) year\b|\bque ano\b|\bqué año\b", "year"),
        (r"\b(?:what|which) month\b|\bque mês\b|\bqué mes\b", "month"),
        (r"\b(?:what|which) (?:week)?days?\b|\bque dia\b|\bqué día\b", "weekday date"),
        (r"\b(?:what|which) time\b|\bat what hour\b|\b(?:open(?:ing)?|clos\w+) hours?\b|\ba que horas\b"
         r"|\ba qué hora\b", "time,date"),
        (r"\bhow (?:often|frequently)\b|\bcom que frequência\b", "frequency,duration,number"),
        (r"\bhow (?:long|much time|much notice|soon|quickly|early|late|far (?:in advance|ahead))\b"
         rf"|\bhow many {_PER_TIME}\b|\b(?:quanto|cuánto) tempo?\b|\bduration\b", "duration span,time"),
        (r"\bhow fast\b", "duration speed,time"),
        (r"\bhow old\b|\bwhat age\b", "duration,number"),
        (r"\bhow (?:tall|high|deep|wide|far|long|thick|close)\b|\b(?:height|depth|width|distance)\b", "length"),
        (r"\bhow (?:hot|cold|warm)\b|\btemperature\b", "temperature"),
        (r"\bhow heavy\b|\bweigh(?:t|s)?\b", "mass"),
        (r"\bhow (?:big|large)\b|\bwhat size\b|\barea\b|\bcapacity\b", "quantity,number"),
        (r"\b(?:prices?|costs?|fees?|fares?|fine|salary|wage|pay|paid|charges?(?! of)|charged|budget|revenue|turnover"
         r"|deposit|sold for|rent|refund amount|how much (?:money|is|are|was|were|did|do|does)"
         r"|(?:quanto|cuánto) (?:custa|cuesta|é|es))\b", "money,percent"),
        (r"\bhow much\b|\bquanto\b|\bcuánto\b", "money quantity percent,number"),
        (r"\bhow many\b|\bnumber of\b|\bquant[ao]s\b|\bcuánt[ao]s\b", "number quantity"),
        (r"\b(?:when|by when|since when|deadline|due date|what date|which date|(?:what|which) (?:week|season)|quando"
         r"|cuándo)\b", "date time,duration"),
        (r"\bwho(?:m|se)?\b|\b(?:what|which) (?:person|company|author)\b|\bquem\b|\bquién(?:es)?\b", "name"),
        (r"\bwhere\b|\b(?:what|which) (?:place|city|country|town|building|street)\b|\bonde\b|\b[ad]?dónde\b",
         "place,name"),
        (r"\bwhy\b|\bfor what reason\b|\bpor qu[eê]\b|\bhow come\b", "reason"),
    )
)  # fmt: skip

_YES_OR_NO = re.compile(
    r"\s*(?:(?:and|but|so|ok(?:ay)?|then|also)\b[ ,]*)*"
    r"(?:is|are|was|were|do|does|did|has|have|had|can|could|may|might|must|should|will|would|shall|há|existe|hay|"
    r"posso|puedo|tem|tiene)\b(?!.*\b(?:when|where|who|what|which|how)\b)",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    r"\b(?:how many|number of|quant[ao]s|cuánt[ao]s)\s+((?:[\w-]+\s+){0,2}?[\w-]+?)(?=\s+(?:\w+\s+)?(?:is|are"
    r"|was|were|do|does|did"
    r"|can|may|will|has|have|had|per|a|an|in|on|of|at|the|my|your|we|i|you|they|each|every|come|fit|tem|há|posso|hay|tiene)\b"
    r"|\s*\?|\s*$)",
    re.IGNORECASE,
)


@lru_cache(maxsize=1024)
def asked(question: str) -> Asked:
    """What a question asks for."""
    if _YES_OR_NO.match(question):
        return Asked(yes_or_no=True)
    for pattern, kinds in _ASKS:
        if match := pattern.search(question):
            counted = _COUNTED.search(question) if kinds[0][0] == "number" else None
            said = frozenset(content_words(match.group())) - {"number"}
            return Asked(kinds, said, counted[1].split()[-1].lower() if counted else "")
    return Asked()


def asked_for(question: str) -> tuple[str, ...]:
    """The kinds of value that answer a question, best first; none when it asks for no such thing."""
    return tuple(kind for level in asked(question).kinds for kind in level)


_AFTER_PLACE = re.compile(r"\b(?:in|at|from|near|to|of|on)\s(?:the\s)?$", re.IGNORECASE)
_PAYS = re.compile(
    r"\b(?:pa(?:y|ys|id|ying)|costs?|prices?d?|fees?|charged?|admission|fares?|fine|rent|sold|sells?|bonus|deposit|custa|"
    r"cuesta|paga\w*)\b",
    re.IGNORECASE,
)


_WITH_NUMBERS = ("number", "duration")


def _alone(text: str, kind: str, any_number: bool) -> tuple[Value, ...]:
    """The values of a kind; of numbers only those that are no part of a date, a time or an amount of something else."""
    if kind != "number":
        return values(text, kind)
    return numbers_alone(text, ("money", "percent", "code", *(() if any_number else ("duration", "quantity"))))


def answering(question: str, text: str) -> tuple[int | None, tuple[Value, ...]]:
    """The values in a text of the kinds that a question asks for, with their level (0 is the best); None without any.

    What the question itself says is no answer to it.
    """
    known = question.lower()
    kinds = asked(question).kinds
    for level, own in enumerate(kinds):
        found = [
            v
            for kind in own
            for v in _alone(text, kind, bool(kinds[0][0] in _WITH_NUMBERS))
            if v.text.lower() not in known
        ]
        if own == ("money",) and not found and _PAYS.search(text):
            found = [v for v in values(text, "number") if v.text.lower() not in known]  # `students pay 9`
        if own == ("name",) and len(kinds) == 1:
            # Torby in "the mill at Torby" is where, not who.
            found = [v for v in found if not _AFTER_PLACE.search(text[: v.start])]
        if found:
            return level, tuple(found)
    return None, ()


def best_value(question: str, text: str, near: tuple[str, ...] = ()) -> Value | None:
    """The value in a text that a question asks for: of the preferred kind, nearest to words that both share.

    near: words (in lower case) of the question that may stand beside the value.
    """
    level, found = answering(question, text)
    if level is None or asked_for(question)[0] == "reason":
        return None
    lower = text.lower()
    places = [at for word in near if (at := lower.find(word)) >= 0]
    first = asked(question).kinds[level]
    return min(
        found,
        key=lambda v: (
            first.index(v.kind) if v.kind in first else 9,
            min((abs(v.start - at) for at in places), default=0),
        ),
    )
