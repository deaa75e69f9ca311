"""List or count the things of one kind that a text names: `List the towns`, `Which colours are mentioned?`.

Kinds that can be told by form (names, dates, amounts, colours) are read by `text/values.py`; all others are the phrases
of the text that mean something near the kind's name, and those that the text lists beside them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ..config import Model
from ..meaning.similarity import cosines
from ..reading.limits import Limits, read_limits
from ..reading.prompt import Prompt
from ..reading.work import Work, read_work
from ..text.form import Draft, shaped, wanted_items
from ..text.phrases import Phrase, heads, phrases
from ..text.values import values
from .candidate import Candidate

_NUMBER = r"(?:\d{1,2}|two|three|four|five|six|seven|eight|nine|ten|dois|duas|três|quatro|cinco|dos|tres|cuatro)"
_KIND = (
    r"(?P<kind>[^\W\d_][\w'’-]*(?: (?!in\b|from|the\b|this\b|it\b|o\b|el\b|that|named|mentioned|listed"
    r"|of\b|you|as\b|and\b|do\b|da\b|no\b|del\b|de\b|en\b|which|are\b|is\b|does)[^\W\d_][\w'’-]*){0,2})"
)
_LIST = re.compile(
    r"\b(?:list|name|extract|find|identify|enumerate|pick out|pull out|collect|write down|return|give|output"
    r"|print|write"
    r"|show|get|liste|nomeie|enumere|extraia|escreva|lista|enumera|nombra|extrae|escribe|di|diga)\s+"
    r"(?:me |only |out |just |a list of |uma lista d[eoa]s? |una lista de )?(?:every |each "
    r"|all )?(?:of )?(?:the |any |os |as |los |las |todos |todas )*"
    rf"(?:names? of (?:the |all |every |any )*)?(?:(?P<count>{_NUMBER}) )?(?:different |distinct )?{_KIND}",
    re.IGNORECASE,
)
_WHICH = re.compile(
    rf"\b(?:which|what|que|quais|qué|cuáles)\s+(?:(?P<count>{_NUMBER}) )?{_KIND}\s+(?:are|is|were|was|does|do"
    rf"|did|can you find|appear|occur|come up"
    r"|são|aparecem|aparecen|menciona|se)\b",
    re.IGNORECASE,
)
_HOW_MANY = re.compile(
    rf"\b(?:how many|count (?:the|all)|quant[ao]s|cuánt[ao]s)\s+(?:different |distinct )?{_KIND}", re.IGNORECASE
)
_IN_TEXT = re.compile(
    r"\b(?:mention\w*|named|listed|text|below|following|above|passage|article|note|message|sentence"
    r"|paragraph|appear\w*|occur\w*"
    r"|texto|nota|mensagem|mensaje|menciona\w*|list|e-?mail|story|recipe|report|post|review)\b",
    re.IGNORECASE,
)
# What is listed of a text otherwise than by kind: its points are chosen by the summary, its fields by the schema.
_NO_KIND = re.compile(
    r"\b(?:points?|ideas?|facts?|takeaways?|arguments?|steps?|sentences?|bullets?|answers?|questions?|words?"
    r"|labels?|categor\w+|class\w*"
    r"|reasons?|summary|keys?|fields?|json|details?|information|things|text|title|headline|sources?|ids?"
    r"|items|line|lines"
    r"|reply|number|result|results|values?|topics?|verdict|score|rating|problems?|list|it|this|them|object"
    r"|data|sentiment|tone)\b",
    re.IGNORECASE,
)
_BY_FORM = (
    (r"people|persons?|names?|men|women|persona[sl]?|pessoas|nomes|nombres|employees|colleagues|authors"
     r"|guests|speakers|members",
     "name"),
    (r"dates?|datas|fechas", "date"), (r"times", "time"), (r"colou?rs?|cores|colores", "colour"),
    (r"prices?|amounts?|costs?|sums|preços|precios", "money"), (r"e-?mails?(?: addresses)?", "email"),
    (r"phone numbers?|telephone numbers?", "phone"), (r"urls?|links?"
     r"|web addresses", "url"), (r"percentages?", "percent"),
    (r"(?:\w+ )?(?:codes?|order numbers?|part numbers?|ticket numbers?)", "long code"), (r"numbers|números"
     r"|figures", "number"),
    (r"weekdays?|days of the week|days|dias|días", "weekday"), (r"months", "month"),
)  # fmt: skip
_PLACES = re.compile(
    r"\b(?:towns?|cit(?:y|ies)|villages?|places?|countr(?:y|ies)|rivers?|lakes?|mountains?|islands?"
    r"|stations?|cidades|vilas|ciudades"
    r"|pueblos|lugares|países|rios|harbours?|ports?|streets?|regions?|valleys?)\b",
    re.IGNORECASE,
)
_AT_PLACE = re.compile(
    r"\b(?:in|at|to|from|near|via|through|of|towards?|past|over|between|em|de|para|a|en|hasta|desde|por)\s(?:the\s)?$",
    re.I,
)
# Of nearness: what each item of an enumeration speaks for it, and what its items have before others; of the mean of
# the best enumeration, what its own items and those outside it must have; what anything must have; what a whole phrase
# has before a part of it.
_ITEM, _BESIDE, _IN_ROW, _ALONE, _LEAST, _WHOLE = 0.03, 0.25, 0.45, 0.95, 0.12, 0.12


def list_things(prompt: Prompt, model: Model) -> list[Candidate] | None:
    """The things as a list in the form that the prompt wants, or their count; None when it asks for no such thing."""
    if (
        prompt.schema is not None
        or prompt.labels
        or prompt.results
        or (prompt.limits.json and not _SAYS_LIST.search(prompt.said))
    ):
        return None
    work = read_work(prompt)
    if len(work.text.split()) < 3:
        return None
    asked = _asked(work)
    if asked is None:
        return None
    kind, count, counting = asked
    limits = read_limits(work.told)
    if limits.json:
        return None
    wanted = count or (limits.bullets or None)
    found = things(work.text, kind, wanted, model)
    if not found:
        return None
    if counting:
        text = (
            str(len(found))
            if limits.only_value or limits.words
            else f"The text names {len(found)}: {', '.join(found)}."
        )
        return [Candidate(text, 0.0)]
    found = _ordered(found, work.told)
    if model.demands is not None:
        limits = limits.first(model.demands)
    return [Candidate(_written(found[: limits.bullets or None], limits, model), 0.0)]


_NEGATED = re.compile(r"\b(?:not|never|don't|don’t|without|no|não|sem|sin|nunca)\s+(?:to\s+)?$", re.IGNORECASE)
_SAYS_LIST = re.compile(r"\bjson (?:list|array)\b", re.IGNORECASE)


def _asked(work: Work) -> tuple[str, int | None, bool] | None:
    """The kind of thing, how many the prompt says there are, and whether they are only to be counted."""
    for pattern in (_HOW_MANY, _WHICH, _LIST):
        for match in pattern.finditer(work.told):
            kind = match["kind"].strip()
            if _NEGATED.search(work.told[: match.start()]):
                continue
            around = work.told[match.start() : match.end() + 80]
            if _NO_KIND.fullmatch(kind.split()[-1]) or not (
                kind.endswith(("s", "people", "men", "women", "fruit")) or "all " in around
            ):
                continue
            if not _IN_TEXT.search(around) and pattern is not _LIST:
                continue
            said = (match.groupdict().get("count") or "").lower()
            return kind, _COUNTS.get(said, int(said) if said.isdigit() else None), pattern is _HOW_MANY
    return None


_COUNTS = {
    w: n
    for n, ws in enumerate(("two dois duas dos", "three três tres", "four quatro cuatro", "five cinco"), 2)
    for w in ws.split()
}
_COUNTS |= {"six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10}


def things(text: str, kind: str, wanted: int | None, model: Model) -> list[str]:
    """The things of a kind that a text names, in the order of the text, each once."""
    for words, form in _BY_FORM:
        if re.fullmatch(words, kind, re.IGNORECASE) and (
            found := list(
                dict.fromkeys(v.text for v in values(text, form) if form != "name" or not _is_place(text, v.start))
            )
        ):
            return found
    if _PLACES.search(kind) or kind[:1].isupper():
        named = values(text, "name")
        if placed := [v for v in named if _is_place(text, v.start)] or list(named):
            rows = list(
                dict.fromkeys(v.text for v in [v for v in named if v in placed or _beside(text, v.start, placed)])
            )
            return rows
    return _near(phrases(text), kind, wanted, model)


def _is_place(text: str, at: int) -> bool:
    return bool(_AT_PLACE.search(text[max(0, at - 12) : at]))


def _beside(text: str, at: int, placed: Sequence[object]) -> bool:
    return bool(re.search(r"(?:,|\band|\be|\by|\bor)\s$", text[max(0, at - 6) : at]))


def _near(found: Sequence[Phrase], kind: str, wanted: int | None, model: Model) -> list[str]:
    """The phrases nearest in meaning to the kind. What is listed side by side is of one kind, unless far from it."""
    named = {w.lower() for w in kind.split()} | {_singular(kind).lower()}
    found = [p for p in found if p.text.lower() not in named]
    if not found:
        return []
    best, scores = _best_versions(found, kind, model)
    rows: dict[int, list[int]] = {}
    for i, phrase in enumerate(found):
        rows.setdefault(phrase.row, []).append(i)
    means = {row: sum(scores[i] for i in own) / len(own) for row, own in rows.items() if len(own) > 1}
    first = max(means, key=lambda row: means[row] + _ITEM * len(rows[row]), default=None)
    if not model.reads_closely:
        first = None  # what stands side by side is only seen by reading closely
    least = means[first] if first is not None else max(scores)
    worth = [s + (_BESIDE if p.row == first else 0.0) for s, p in zip(scores, found, strict=True)]
    if wanted:
        chosen = sorted(range(len(found)), key=lambda i: -worth[i])[:wanted]
    else:
        chosen = [
            i
            for i, p in enumerate(found)
            if scores[i] >= (_IN_ROW if p.row == first else _ALONE) * least and scores[i] >= _LEAST
        ]
    return list(dict.fromkeys(best[i] for i in sorted(chosen)))


def _best_versions(found: Sequence[Phrase], kind: str, model: Model) -> tuple[list[str], list[float]]:
    """Each phrase, or the part of it that is clearly nearer to the kind, with its nearness."""
    versions = [heads(p.text) for p in found]
    flat = [f"a {v}" for own in versions for v in own]
    near = cosines(model, [f"a {_singular(kind)}"], flat)[0]
    best, scores, at = [], [], 0
    for own in versions:
        row = [float(x) for x in near[at : at + len(own)]]
        at += len(own)
        top = max(range(len(own)), key=lambda i: row[i] + (_WHOLE if i == 0 else 0.0))
        best.append(own[top])
        scores.append(max(row[top], 0.0))
    return best, scores


def _singular(kind: str) -> str:
    return re.sub(r"ies$", "y", kind) if kind.endswith("ies") else kind[:-1] if kind.endswith("s") else kind


# --- order and form ------------------------------------------------------------------------------------------------


def _ordered(found: Sequence[str], told: str) -> list[str]:
    if re.search(r"\balphabetic\w*|\bA to Z\b|\ba-z\b|\bordem alfabética\b|\borden alfabético\b", told, re.IGNORECASE):
        ranked = sorted(found, key=str.casefold)
    elif re.search(
        r"\b(?:ascending|smallest first|lowest first|cheapest first|from (?:the )?(?:smallest|lowest|cheapest))\b",
        told,
        re.I,
    ):
        ranked = sorted(found, key=_size)
    elif re.search(
        r"\b(?:descending|largest first|highest first|most expensive first|from (?:the )?(?:largest|highest))\b",
        told,
        re.I,
    ):
        ranked = sorted(found, key=_size, reverse=True)
    else:
        ranked = list(found)
    return (
        ranked[::-1]
        if re.search(r"\b(?:reverse\w*|backwards|z to a|last (?:one )?first)\b", told, re.IGNORECASE)
        else ranked
    )


def _size(text: str) -> float:
    number = re.search(r"\d+(?:[.,]\d+)?", text)
    return float(number.group().replace(",", ".")) if number else 0.0


def _written(found: Sequence[str], limits: Limits, model: Model) -> str:
    listed = limits
    if wanted_items(limits) is None:
        listed = replace(limits, separator=", ", bullets=0)
    listed = replace(
        listed,
        only_value=False,
        words=limits.words if limits.words_each else None,
        sentences=None,
        yes_no=None,
        cite=False,
        bullets=0 if listed.bullets is not None else None,
    )
    return shaped(Draft(tuple(found)), replace(listed, order=()), model)
