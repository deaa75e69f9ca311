"""Which kinds of value a field asks for, by the words of its name and description, and by its type and format."""

from __future__ import annotations

import re

from ..api.schemas import Node

# The first that matches the name wins, then the first that matches the description. Kinds are in order of preference.
_BY_WORDS: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = tuple(
    (re.compile(rf"\b(?:{words})\b", re.IGNORECASE), kinds)
    for words, kinds in (
        (r"e-?mails?(?: address)?", ("email",)),
        (r"phones?|telephone|mobile|fax|tel", ("phone",)),
        (r"urls?|website|web ?page|link|homepage|uri", ("url",)),
        (r"percent(?:age)?|rate|share|discount|humidity|probability|chance", ("percent", "number")),
        (r"units?(?: of measure)?", ("unit",)),
        (r"expression|formula|calculation", ("expression",)),
        (r"time ?stamp|date ?time|logged at|date and time", ("date time", "date", "time")),
        (r"age(?: in years| years)?|years? old|how old|idade|edad", ("duration", "number")),
        (r"due day|day of (?:the )?month|month day|payment day", ("month day", "number")),
        (r"street(?: address| and (?:house )?number)?|house number|(?:postal |delivery |shipping |home "
         r")?address|calle|rua|endereço"
         r"|dirección|morada", ("address", "place", "name")),
        (r"price|costs?|amount|fee|fine|salary|budget|balance|fare|rent|revenue|subtotal|total|deposit|payment|refund"
         r"|money|vat|charge|precio|preço|importe|valor|custo|coste", ("money", "number")),
        (r"dates?|day|deadline|birthday|dob|due|born|month|year|arrival|departure|check ?(?:in|out)|expir\w+"
         r"|appointment|fecha|starts? (?:date|day)|first day|last day", ("date", "time")),
        (r"times?|hours?|clock|starts?(?: at)?|ends?(?: at)?", ("time", "duration", "date")),
        (r"duration|length of stay|nights|minutes|how long|warranty|period", ("duration", "number")),
        (r"city|town|country|location|place|origin|destination|venue|region|station|airport"
         r"|where|ciudad|cidade|localidade|lugar",
         ("place", "name")),
        (r"weight|height|width|depth|distance|length|temperature|speed|mass|volume|altitude|power|area|size",
         ("quantity", "number")),
        (r"ids?|codes?|number|no|sku|ref|reference|serial|identifier|iban|isbn|plate|tracking|ticket|order id|flight",
         ("code", "number")),
        (r"names?|person|people|customers?|clients?|authors?|manager|guests?|senders?|recipients?|owner|compan(?:y|ies)"
         r"|organi[sz]ations?|employer|patient|doctor|teacher|student|driver|buyer|seller|vendor|supplier|attendees"
         r"|buyer|plaintiff|defendant|judge|lawyer|witness|chair(?:man|woman|person)?|host"
         r"|trainer|coach|pupil|applicant|employee|hospede|hóspede"
         r"|landlord|tenant|nombre|nome|paciente|cliente|autor|surname|participants|members?"
         r"|assignee|who|speaker|artist|director|players?|team|contacts?|user", ("name",)),
        (r"colou?rs?", ("colour",)),
        (r"currency", ("currency",)),
    )
)  # fmt: skip
_BY_FORMAT = {"date": ("date",), "time": ("time",), "date-time": ("date", "time"), "email": ("email",), "uri": ("url",)}
_NUMERIC = ("number", "money", "percent", "quantity", "duration")
_DATED = re.compile(r"\byyyy|\biso(?:[ -]?8601)?(?: date)?\b|\bdate\b.*\bformat\b", re.IGNORECASE)
_WHOLE = re.compile(
    r"\b(?:summary|descriptions?|reason(?:ing)?|comments?|message|notes?|explanation|text|quote"
    r"|evidence|details?|feedback"
    r"|complaint|sentence|question|request|instructions?|rationale|justification|body|content|problem|issue"
    r"|symptoms?|tasks?|actions?|to ?do|msg)\b",
    re.IGNORECASE,
)


def kinds_of(name: str, description: str, node: Node) -> tuple[str, ...]:
    """Kinds of value in order of preference; none where the field asks for no typed value."""
    if (form := node.get("format")) in _BY_FORMAT:
        return _BY_FORMAT[form]
    if _DATED.search(description):
        return ("date",)
    named = next((kinds for pattern, kinds in _BY_WORDS if pattern.search(_plain_name(name))), ())
    if not named and description:
        first = re.split(r"[.,;(]|\be\.g\.|\bsuch as\b", description, maxsplit=1)[0]
        named = next((kinds for pattern, kinds in _BY_WORDS if pattern.search(first)), ())
    if node.get("type") in ("integer", "number"):
        numeric = tuple(kind for kind in named if kind in (*_NUMERIC, "month day"))
        if numeric:
            return tuple(dict.fromkeys((*numeric, "number")))
        return tuple(dict.fromkeys((*numeric, *(("date",) if "year" in name.lower() else ()), *_NUMERIC)))
    return named


def is_prose(name: str, description: str) -> bool:
    """Whether a field wants a sentence rather than a name or a word."""
    return bool(_WHOLE.search(_plain_name(name))) or bool(re.search(r"\bsentences?\b|\bverbatim\b", description))


def _plain_name(name: str) -> str:
    return re.sub(r"[_\-]+", " ", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)).lower()


def spoken(name: str) -> str:
    """`orderId`, `order_id` -> `order id`."""
    return _plain_name(name).strip() or name
