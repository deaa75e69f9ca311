# ruff: noqa: SIM905 - lists of words read better as text
"""Typed values in text: dates, times, amounts, durations, numbers, names, and which of them a question asks for.

Written by rule, for English with the commonest forms of other European languages.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

_MONTH = (
    r"(?:jan(?:uary|eiro)?|feb(?:ruary)?|fevereiro|mar(?:ch|ço|zo)?|apr(?:il)?|abril|may|mai[oe]?|mayo|june?|junh?io"
    r"|july?|julh?io|aug(?:ust)?|agosto|sep(?:t(?:ember)?)?|set(?:embro)?|oct(?:ober)?|out(?:ubro)?|octubre"
    r"|nov(?:ember|embro|iembre)?|dec(?:ember)?|dez(?:embro)?|diciembre)"
)
_DAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?"
_NUMBER = r"\d+(?:[.,\u00a0\u202f]\d+){0,12}"  # bounded: a text that is one run of digits and commas is read in turn
_NUMBER_WORD = (
    r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen"
    r"|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|(?:a )?hundred|(?:a )?thousand|a dozen)"
    r"(?:[- ](?:one|two|three|four|five|six|seven|eight|nine|hundred|thousand|million|billion))*"
)
_SCALE = r"(?:\s?(?:thousand|million|billion|trillion|mil(?:hões|hão)?|millones|bi(?:lhões)?|bn|mn|[kmb])\b)?"
_CURRENCY = r"(?:R\$|US\$|[$€£¥₹]|\b(?:USD|EUR|GBP|BRL|JPY|CHF|INR)\b)"
_CURRENCY_WORD = (
    r"(?:dollars?|euros?|pounds?|reais|real|yen|rupees?|francs?|cents?|pence|pesos?|crowns?|USD|EUR|GBP|BRL|CHF)"
)
_UNIT_OF_TIME = (
    r"(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?|nights?|decades?|dias?|horas?|meses|anos?|años?|semanas?)"
)
_UNIT = (
    r"(?:km/h|mph|kms?|kilomet(?:er|re)s?|met(?:er|re)s?|cm|mm|miles?|feet|foot|inch(?:es)?|kg|kilos?|kilograms?|grams?"
    r"|tons?|tonnes?|lit(?:er|re)s?|ml|°\s?[CF]|degrees?|watts?|kwh?|kw|mb|gb|tb|square met(?:er|re)s?|hectares?"
    r"|acres?)"
)

_PATTERNS: dict[str, re.Pattern[str]] = {
    kind: re.compile(pattern, re.IGNORECASE)
    for kind, pattern in {
        "date": rf"\b\d{{4}}-\d{{2}}-\d{{2}}\b|\b\d{{1,2}}[/.]\d{{1,2}}[/.]\d{{2,4}}\b"
        rf"|\b\d{{1,2}}(?:st|nd|rd|th|º)?(?:\s+(?:of|de))?\s+{_MONTH}\b(?:,?\s+(?:de\s+)?\d{{4}})?"
        rf"|\b{_MONTH}\.?\s+\d{{1,2}}(?:st|nd|rd|th)?\b(?:,?\s+\d{{4}})?|\b{_MONTH}\s+\d{{4}}\b"
        rf"|\b(?:1[5-9]|20)\d{{2}}\b|\b{_DAY}\b|\b(?:january|february|april|june|july|august|september|october|november"
        rf"|december)\b|\bevery (?:day|week|month|year)\b"
        rf"|\b(?:the )?(?:first|second|third|fourth|last|next|\d{{1,2}}(?:st|nd|rd|th)) (?:working "
        rf"|business )?(?:day|week|month|year)\b|\b(?:tomorrow|yesterday|today)\b|\b(?:spring|summer|autumn|winter)\b",
        "time": r"\b\d{1,2}(?::|h)\d{2}(?::\d{2})?(?:\s?[ap]\.?m\b\.?)?|\b\d{1,2}\s?[ap]\.?m\b\.?"
        r"|\b\d{1,2} o'clock\b|\b(?:noon|midnight|midday)\b",
        "money": rf"{_CURRENCY}\s?{_NUMBER}{_SCALE}|\b{_NUMBER}{_SCALE}\s?(?:{_CURRENCY}|{_CURRENCY_WORD}\b)"
        rf"|\b{_NUMBER_WORD}\s{_CURRENCY_WORD}\b|\bfree of charge\b|\bfor free\b|\bis free\b|\bare free\b"
        rf"|\bno charge\b",
        "percent": rf"\b{_NUMBER}\s?%|\b(?:{_NUMBER}|{_NUMBER_WORD})\s(?:percent|per cent|percentage points)\b"
        r"|\bhalf\b",
        "duration": rf"\b(?:{_NUMBER}|{_NUMBER_WORD}|an?|half an)(?:\s|-)"
        rf"(?:business |working |calendar |full |consecutive )?{_UNIT_OF_TIME}\b",
        "quantity": rf"\b(?:{_NUMBER}|{_NUMBER_WORD})\s?-?{_UNIT}(?!\w)",
        "number": rf"(?<![\w.,]){_NUMBER}(?!\w){_SCALE}|\b{_NUMBER_WORD}\b",
        "email": r"\b[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+\b",
        "url": r"\bhttps?://[^\s)>\]]+|\bwww\.[^\s)>\]]+",
        "phone": r"(?<!\w)\+?\d{1,4}(?:[ -]\(?\d{2,5}\)?){2,5}\b|\b\d{3}-\d{4}\b",
        "code": r"\b0x[0-9a-f]+\b|\b[A-Z]{1,6}[-_]?\d{2,}[\w-]*\b|\b\d+[A-Z]\w*-\w+\b",
    }.items()
}
# Names are told by their capitals, so these two are case-sensitive. A capital that only begins the sentence is no name.
_CAPITALISED = r"[A-Z\u00c0-\u00de][\w'’&.-]*[\w]"
_PARTICLE = r"(?:de|da|do|dos|das|van|von|der|den|del|di|la|le|of|the|bin|al)"
_NAME = re.compile(rf"{_CAPITALISED}(?:\s(?:{_PARTICLE}\s)*{_CAPITALISED})*")
_PLACE = re.compile(
    rf"\b(?:in|at|to|from|near|on|of|behind|beside|inside|outside|into|under|opposite|next to|between)\s"
    rf"(?:the\s)?(?:[\w'-]+\s){{0,3}}?(?:{_CAPITALISED}|floor|room|building|lobby|office|desk|street|station|basement"
    rf"|hall|park|square|garage|kitchen|drawer|shelf|cabinet|entrance|counter|pier|platform|gate|terminal|harbou?r"
    rf"|port|flap|door|portal|page|website|menu|tab)\b"
)
_NOT_NAMES = frozenset(
    "the a an in on at it this that these those we you he she they i if when what where who why how our your their its "
    "there then but and or for from to all no yes not new please hi hello dear monday tuesday wednesday thursday "
    "friday saturday sunday january february march april may june july august september october "
    "november december".split()
)


@dataclass(frozen=True)
class Value:
    """A typed value as it stands in a text, from character `start` to `end`."""

    kind: str
    text: str
    start: int
    end: int


def values(text: str, kind: str) -> tuple[Value, ...]:
    """The values of one kind in a text, in order.

    Kinds: date, time, money, percent, duration, quantity, number, email, url, phone, code, name, place.
    """
    return _remembered(text, kind) if len(text) <= _LONGEST_REMEMBERED else _values(text, kind)


_LONGEST_REMEMBERED = 4_000  # characters: thousands of texts at the context limit would be gigabytes


@lru_cache(maxsize=4096)
def _remembered(text: str, kind: str) -> tuple[Value, ...]:
    return _values(text, kind)


def _values(text: str, kind: str) -> tuple[Value, ...]:
    if kind == "name":
        return _names(text)
    pattern = _PLACE if kind == "place" else _PATTERNS[kind]
    return tuple(Value(kind, m.group().strip(), m.start(), m.end()) for m in pattern.finditer(text))


def _names(text: str) -> tuple[Value, ...]:
    found = []
    for match in _NAME.finditer(text):
        parts = match.group().split(" ")
        start = match.start()
        while parts and parts[0].lower() in _NOT_NAMES:
            start += len(parts[0]) + 1
            parts = parts[1:]
        begins = start == 0 or text[max(0, start - 40) : start].rstrip()[-1:] in ".!?:\n"
        alone = len(parts) == 1 and parts[0].isalpha() and not parts[0].isupper()
        # A single capitalised word that begins a sentence is a name only where a verb of being or doing follows it.
        if parts and not (
            begins and alone and not re.match(r"\s+(?:is|was|will|has|and)\b", text[match.end() : match.end() + 12])
        ):
            found.append(Value("name", " ".join(parts), start, match.end()))
    return tuple(found)


# What a question asks for, by its wording: the first that matches wins. Kinds are in order of preference.
_ASKS: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), kinds)
    for pattern, kinds in (
        (r"\be-?mails?(?: address)?\b", ("email",)),
        (r"\b(?:phone|telephone|number to call|call(?:ing)? number)\b", ("phone", "number")),
        (r"\b(?:url|website|web address|link)\b", ("url",)),
        (r"\b(?:error code|code|part number|model number|reference number|serial)\b", ("code", "number")),
        (r"\b(?:what|which) percent|\bpercentage\b|\bwhat (?:share|proportion|fraction)\b"
         r"|\brate\b", ("percent", "number")),
        (r"\b(?:what|which) time\b|\bat what hour|\b(?:open(?:ing)?|clos\w+) hours?\b|\bque horas\b", ("time", "date")),
        (r"\bhow (?:long|soon|quickly|fast)\b|\bhow many (?:days|weeks|months|years|hours|minutes|nights)\b",
         ("duration", "time", "date", "number")),
        (r"\bhow (?:often|frequently)\b", ("date", "duration", "number")),
        (r"\bhow (?:old|tall|high|deep|wide|far|heavy|big|large|hot|cold)\b|\b(?:weight|height|length|distance"
         r"|temperature)\b",
         ("quantity", "number")),
        (r"\b(?:price|cost|costs|fee|fees|fine|salary|pay|paid|charges?(?! of)|charged|budget|revenue|turnover|deposit"
         r"|refund amount"
         r"|how much money|quanto custa|cuánto cuesta)\b", ("money", "percent", "number")),
        (r"\bhow much\b|\bquanto\b|\bcuánto\b", ("money", "quantity", "percent", "number")),
        (r"\bhow many\b|\bnumber of\b|\bquant[ao]s\b|\bcuánt[ao]s\b", ("number", "quantity")),
        (r"\bwhen\b|\b(?:what|which) (?:date|day|year|month|week|season)\b|\bdeadline\b|\bdue date\b"
         r"|\bsince when\b|\bby when\b"
         r"|\bquando\b|\bcuándo\b", ("date", "time", "duration")),
        (r"\bwho(?:m|se)?\b|\b(?:what|which) (?:person|company|author|team)\b|\bname\b|\bquem\b|\bquién\b"
         r"|\bcalled\b", ("name",)),
        (r"\bwhere\b|\b(?:what|which) (?:place|city|country|town|room|building|street|floor)\b|\bonde\b"
         r"|\bdónde\b", ("place", "name")),
    )
)  # fmt: skip


_YES_OR_NO = re.compile(
    r"\s*(?:is|are|was|were|do|does|did|has|have|had|can|could|may|might|must|should|will|would|shall)\b"
    r"(?!.*\b(?:when|where|who|what|which|how)\b)",
    re.IGNORECASE,
)


def asked_for(question: str) -> tuple[str, ...]:
    """The kinds of value that answer a question, best first; none when it asks for no such thing."""
    if _YES_OR_NO.match(question):
        return ()
    return next((kinds for pattern, kinds in _ASKS if pattern.search(question)), ())


_AFTER_PLACE = re.compile(r"\b(?:in|at|from|near|to|of|on)\s(?:the\s)?$", re.IGNORECASE)


def match_strength(question: str, text: str) -> float:
    """How well the values of a text fit what a question asks for.

    1 for the kind it wants most, 0.4 for another kind that may do, 0 when it asks for none, -1 when there is none.
    """
    kinds = asked_for(question)
    if not kinds:
        return 0.0
    known = question.lower()
    for preference, kind in enumerate(kinds):
        found = [value for value in values(text, kind) if value.text.lower() not in known]
        if kinds == ("name",):
            # Torby in "the mill at Torby" is where, not who.
            found = [value for value in found if not _AFTER_PLACE.search(text[: value.start])]
        if found:
            return 1.0 if preference == 0 else 0.4
    # A place or a person may be written in ways that no rule sees.
    return {"place": 0.0, "name": -0.5}.get(kinds[0], -1.0)


def best_value(question: str, text: str, near: tuple[str, ...] = ()) -> Value | None:
    """The value in a text that a question asks for: of the preferred kind, nearest to words that both share.

    near: words (in lower case) of the question that may stand beside the value.
    """
    for kind in asked_for(question):
        found = [value for value in values(text, kind) if value.text.lower() not in question.lower()]
        if found:
            lower = text.lower()
            places = [at for word in near if (at := lower.find(word)) >= 0]
            return min(found, key=lambda v: min((abs(v.start - at) for at in places), default=0))
    return None
