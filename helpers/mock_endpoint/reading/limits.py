# ruff: noqa: SIM905 - lists of words read better as text
"""What a prompt demands of the form of a reply: length, list, label only, citations, and what to say when unsure."""

from __future__ import annotations

import re
from dataclasses import dataclass

_COUNTS = {
    w: i + 1
    for i, w in enumerate(
        "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen".split()
    )
} | {"a": 1, "an": 1, "a single": 1, "single": 1, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "hundred": 100}
_COUNT = rf"(\d{{1,4}}|{'|'.join(sorted(_COUNTS, key=len, reverse=True))})"
_AT_MOST = (
    r"(?:in|with|within|using|use|to|of|is|be|by)?\s*(?:at most|no more than|not more than|less than|fewer than"
    r"|under|up to"
    r"|max(?:imum)?(?: of)?|a maximum of|about|around|exactly|only|just|a)?\s*"
)
_WORDS = re.compile(rf"\b{_AT_MOST}{_COUNT}(?:\s+or\s+(?:fewer|less))?[\s-]+words?\b", re.IGNORECASE)
_SENTENCES = re.compile(rf"\b{_AT_MOST}{_COUNT}(?:\s+(?:short|simple|full|complete))?[\s-]+sentences?\b", re.IGNORECASE)
_BULLETS = re.compile(
    rf"\b(?:{_COUNT}\s+(?:short\s+)?(?:bullets?(?: points?)?|points)|(?:as|in|use"
    rf"|with)\s+(?:a\s+)?(?:bullet(?:ed)?(?:[ -]points?)?"
    r"|bulleted list|bullet list|list))\b",
    re.IGNORECASE,
)
_ONLY = re.compile(
    r"\b(?:only|just|nothing but|exactly|single)\b[^.\n]{0,40}\b(?:label|category|class|word|name|number|letter"
    r"|value|code|date"
    r"|amount|intent|topic|tag|option|sentiment)\b"
    r"|\b(?:label|category|class|word|name|number|value|date|amount|intent|topic|tag|option|sentiment)(?: name)?,? "
    r"(?:only|alone)\b|\bnothing else\b|\bno (?:explanation|other text|extra text|additional text|punctuation)\b"
    r"|\bwithout (?:any )?(?:explanation|comment|other text)\b|\bdo not explain\b|\bdon't explain\b"
    r"|\bs(?:omente|ó|olo|olamente) (?:com )?(?:o|a|el|la)\b",
    re.IGNORECASE,
)
_SHORT = re.compile(
    r"\b(?:as short(?:ly)? as possible|short(?:est)? possible|only the (?:answer|value)|just the answer)\b",
    re.IGNORECASE,
)
_CITE = re.compile(
    r"\bcit(?:e|es|ed|ing|ation|ations)\b|\b(?:with|give|include|add|name|mention|quote|list|append|state|put)\b[^.\n]{0,40}"
    r"\b(?:source|sources|ids?|reference|references|passage numbers?|document numbers?|brackets)\b|\bcit(?:e|ar|ando)\b"
    r"|\breference the (?:source|passage|document)s?\b",
    re.IGNORECASE,
)
_JSON = re.compile(r"\bjson\b", re.IGNORECASE)
_JSON_KEYS = re.compile(
    r"[\"'`]([A-Za-z_]\w{0,40})[\"'`]\s*:|\b(?:keys?|fields?)\b[^.\n]{0,10}?[\"'`]([A-Za-z_]\w{0,40})[\"'`]",
    re.IGNORECASE,
)
_UPPER = re.compile(
    r"\b(?:in|all|use|using)\s+(?:all[ -]?)?(?:upper[ -]?case|caps|capitals|capital letters|block letters)\b",
    re.IGNORECASE,
)
_LOWER = re.compile(r"\b(?:in|all|use|using)\s+(?:all[ -]?)?(?:lower[ -]?case|small letters)\b", re.IGNORECASE)

# "If the answer is not in the context, say 'not found'": the condition, the verb of saying, and what to say.
_LACKING = (
    r"(?:not|n't|n’t|cannot|can't|no|nothing|none|unknown|unsure|missing|absent|lacks?|unable|insufficient|without|doesn't"
    r"|fails? to|neither|não|nao|ningun[ao]?)"
)
# "the answer" and "answer is" speak of an answer, they do not tell to answer.
_SAYING = (
    r"(?<!the )(?<!an )(?<!no )(?<!any )(?<!that )(?<!its )"
    r"(?:say|says|answer|reply|respond|write|return|output|state|print|tell|use|diga|responda|responde)"
    r"(?!\s+(?:is|isn|was|can|cannot|could|does|doesn|are|not|lies|must|comes)\b)"
)
_DECLINE = re.compile(
    rf"\b(?:if|when|where|whenever|unless|otherwise|should|se|si)\b[^.\n]{{0,160}}?\b{_SAYING}\b(?P<rest>[^\n]{{0,200}})",
    re.IGNORECASE,
)
_OTHERWISE = re.compile(
    rf"\b(?:otherwise|else)\b,?\s*(?:just |simply |only )?{_SAYING}\b(?P<rest>[^\n]{{0,200}})", re.IGNORECASE
)
_QUOTED = re.compile(r"[\"“”„«]([^\"“”»\n]{1,160})[\"“”»]|(?<!\w)['‘`]([^\n]{1,160}?)['’`](?!\w)")
_GROUNDED = re.compile(
    r"\b(?:only|solely|exclusively|strictly|just|somente|apenas|solo)\b[^.\n]{0,60}\b(?:context|passages?|sources?|documents?|text"
    r"|information|article|excerpts?|facts|contexto|texto|fontes?|documentos?)\b"
    r"|\b(?:do not|don't|never)\b[^.\n]{0,40}\b(?:make (?:things |anything |it )?up|guess|invent"
    r"|outside knowledge|prior knowledge"
    r"|own knowledge|hallucinate|speculate|fabricate)\b",
    re.IGNORECASE,
)
_PLAIN_DECLINE = "The text given does not contain the answer."


@dataclass(frozen=True)
class Limits:
    """Demands on the form of the reply; None or False where the prompt makes none.

    decline: what to say when the text does not hold the answer, in the prompt's own words where it quotes them.
    """

    words: int | None = None
    sentences: int | None = None
    bullets: int | None = None
    only_value: bool = False
    cite: bool = False
    decline: str | None = None
    json_keys: tuple[str, ...] = ()
    json: bool = False
    case: str | None = None


def read_limits(instructions: str) -> Limits:
    """The limits that the instructions of a prompt set. Data must not be among them."""
    words, sentences, bullets = (
        _WORDS.search(instructions),
        _SENTENCES.search(instructions),
        _BULLETS.search(instructions),
    )
    json = bool(_JSON.search(instructions))
    return Limits(
        words=_count(words[1]) if words else None,
        sentences=_count(sentences[1]) if sentences else None,
        bullets=(_count(bullets[1]) if bullets[1] else 0) if bullets else None,
        only_value=bool(_ONLY.search(instructions) or _SHORT.search(instructions)),
        cite=bool(_CITE.search(instructions)),
        decline=_decline(instructions),
        json_keys=tuple(m[1] or m[2] for m in _JSON_KEYS.finditer(instructions)) if json else (),
        json=json,
        case="upper" if _UPPER.search(instructions) else "lower" if _LOWER.search(instructions) else None,
    )


def _count(text: str) -> int:
    return int(text) if text.isdigit() else _COUNTS[text.lower()]


def _decline(instructions: str) -> str | None:
    """The words for an answer that is not there, or None when the prompt does not ask for that."""
    for match in _DECLINE.finditer(instructions):
        condition = match.group()[: match.start("rest") - match.start()]
        if re.search(rf"\b{_LACKING}\b|n't\b|n’t\b", condition, re.IGNORECASE) or "unless" in condition.lower():
            return _wording(match["rest"])
    # "Say 'not found' if the answer is missing": the other order.
    for match in re.finditer(
        rf"\b{_SAYING}\b(?P<rest>[^\n.]{{1,120}}?[\"'”’`.]?)\s*,?\b(?:if|when|unless|where)\b(?P<condition>[^.\n]{{1,160}})",
        instructions,
        re.IGNORECASE,
    ):
        if re.search(rf"\b{_LACKING}\b|n't\b|n’t\b", match["condition"], re.IGNORECASE):
            return _wording(match["rest"])
    if otherwise := _OTHERWISE.search(instructions):
        return _wording(otherwise["rest"])
    return _PLAIN_DECLINE if _GROUNDED.search(instructions) else None


_SAY_SO = re.compile(r"^\s*(?:so|that)\b\s*(?:\.|$)", re.IGNORECASE)
_DO_NOT_KNOW = re.compile(
    r"\b(?:you|we) (?:do not|don't|don’t|cannot|can't) (?:know|answer|tell|find)[^.\n]{0,60}", re.IGNORECASE
)


def _wording(rest: str) -> str:
    if quoted := _QUOTED.search(rest):
        return (quoted[1] or quoted[2]).strip()
    if known := _DO_NOT_KNOW.search(rest):
        text = re.sub(r"^(?:you|we)\b", "I", known.group().strip(), flags=re.IGNORECASE).rstrip(" ,;")
        return text + "."
    said = re.sub(r"^\s*(?:only|just|simply|exactly|with|that|:|\s)+\s*", "", rest, flags=re.IGNORECASE)
    said = re.split(r"(?<=\w)[.;\n]|,? and (?:nothing|do)", said)[0].strip()
    # Bare words are an answer to give only where they look like one: UNKNOWN, not found.
    if said and not _SAY_SO.match(rest) and len(said.split()) <= 6 and (said.isupper() or len(said.split()) <= 4):
        return said
    return _PLAIN_DECLINE
