"""What a yes-or-no question asks that a text's words alone show: tone, a request, a question, a kind of value."""

from __future__ import annotations

import re

from ..text.polarity import polarity
from ..text.values import values

_BLAME = re.compile(
    r"\b(?:angry|upset|annoyed|unhappy|dissatisfied|disappointed|frustrated|furious|bored|negative|complain\w*"
    r"|criticis\w+|criticiz\w+|rude|hostile"
    r"|dislik\w+|zangad\w|insatisfeit\w|negativ\w|enfadad\w|insatisfech\w|descontent\w|reclam\w+|queja\w*)\b",
    re.IGNORECASE,
)
_PRAISE = re.compile(
    r"\b(?:happy|satisfied|pleased|positive|praise\w*|recommend\w*|enjoy\w*|delighted|content|liked?|loved?"
    r"|thank\w*|feliz|satisfeit\w|satisfech\w"
    r"|content[eo]|positiv\w|recomend\w+|recomiend\w+|elogi\w+|gost\w+)\b",
    re.IGNORECASE,
)
_ASKS_REQUEST = re.compile(
    r"\b(?:requests?|asks? (?:for something|somebody|someone|us)|call to action|pedido|solicitud|petición)\b",
    re.IGNORECASE,
)
_ASKS_QUESTION = re.compile(r"\b(?:a question|questions|pergunta|pregunta)\b", re.IGNORECASE)
_REQUEST = re.compile(
    r"\b(?:please|could (?:you|somebody|someone)|can (?:you|somebody|someone)|would you|i(?:'d| would) like|i"
    r" need|we need|let me know|por favor"
    r"|pod(?:e|em|ia|iam)|puede[ns]?|quisiera|gostaria)\b|^(?:send|call|bring|fix|come|give|tell|let|help)\b",
    re.IGNORECASE,
)
_WONDERS = re.compile(
    r"\?|\b(?:wonder\w*|want(?:ed)? to know|like to know|queria saber|quisiera saber|gostaria de saber)\b",
    re.IGNORECASE,
)
_KINDS = (
    (re.compile(r"\b(?:e-?mail address|e-?mail)\b", re.IGNORECASE), ("email",)),
    (re.compile(r"\b(?:phone|telephone) number\b", re.IGNORECASE), ("phone",)),
    (re.compile(r"\b(?:price|amount|cost|sum of money|preço|precio)s?\b", re.IGNORECASE), ("money",)),
    (re.compile(r"\b(?:a|the|any|exact) (?:time|hour)\b|\bhoras?\b", re.IGNORECASE), ("time",)),
    (re.compile(r"\b(?:a|the|any) (?:date|day)\b|\bdatas?\b|\bfechas?\b", re.IGNORECASE), ("date", "weekday", "month")),
    (re.compile(r"\b(?:url|link|web ?site)s?\b", re.IGNORECASE), ("url",)),
    (
        re.compile(r"\b(?:an?|any|the) (?:number|figure)\b|\bnumbers\b", re.IGNORECASE),
        ("number", "money", "time", "quantity"),
    ),
)
_HOLDS = re.compile(
    r"\b(?:mentions?|contains?|includes?|gives?|states?|names?|has|have|is there|menciona|contém|contiene|hay|há"
    r"|tem)\b",
    re.IGNORECASE,
)
_SURE = 0.5


def shown(question: str, text: str) -> float | None:
    """Above 0 where the text has what is asked about, below where it has not; None where no rule here knows it."""
    for pattern, kinds in _KINDS:
        if _HOLDS.search(question) and pattern.search(question):
            found = any(values(text, kind) for kind in kinds) or (kinds[0] == "time" and bool(_CLOCK.search(text)))
            return _SURE if found else -_SURE
    if _ASKS_REQUEST.search(question):
        return _SURE if any(_REQUEST.search(part.strip()) for part in re.split(r"(?<=[.!?])\s+", text)) else -_SURE
    if _ASKS_QUESTION.search(question) and _HOLDS.search(question):
        return _SURE if _WONDERS.search(text) else -_SURE
    if _POLITE.search(question):
        return -_SURE if _RUDE.search(text) else _SURE if _KIND.search(text) else None
    blame, praise = (None if _ABOUT.search(question) else p.search(question) for p in (_BLAME, _PRAISE))
    if bool(blame) != bool(praise):
        tone = polarity(text)
        return (-tone if blame else tone) - (0.1 if abs(tone) < 0.1 else 0.0)
    return None


_POLITE = re.compile(r"\b(?:polite|courteous|friendly|kind|educad[oa]|amable)\b", re.IGNORECASE)
_RUDE = re.compile(
    r"\b(?:idiot\w*|stupid|shut up|get out|fool|moron|damn|hell|useless|ridiculous|how dare)\b", re.IGNORECASE
)
_KIND = re.compile(
    r"\b(?:please|thank\w*|so kind|kindly|sorry|grateful|may i|would you|por favor|obrigad\w|gracias)\b", re.IGNORECASE
)
_ABOUT = re.compile(
    r"\b(?:complain\w*|thank\w*|recommend\w*|liked?|enjoy\w*|praise\w*|angry|happy|reclam\w+|queja\w*)\s+(?:about"
    r"|of|for|that|the|a|with|de|da|do|por)\b",
    re.IGNORECASE,
)
_CLOCK = re.compile(
    r"\b(?:at|by|from|until|before|after) (?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|noon"
    r"|midnight|half past|quarter)\b",
    re.IGNORECASE,
)
