"""What a prompt tells to reply where its text holds no answer: read sentence by sentence, with its exact words."""

from __future__ import annotations

import re

_IF = re.compile(
    r"\b(?:if|when|whenever|where|in case|should|unless|otherwise|else|failing that|anything|no (?:answer|match|source)"
    r"|nothing|not (?:in|on|there|found|covered|mentioned|stated|given|answerable)|missing|unanswerable|unknown"
    r"|out of scope"
    r"|si|se|caso|cuando|quando|sino|senão|en caso|de lo contrario|caso contrário|nada)\b",
    re.IGNORECASE,
)
_WHEN = re.compile(r"\b(?:if|when|whenever|where|in case|should|unless|si|se|caso|cuando|quando)\b", re.IGNORECASE)
_LACKS = re.compile(
    r"\b(?:not|no|none|nothing|cannot|without|missing|absent|silent|lacks?|unknown|unsure|unless|otherwise|else|failing"
    r"|fails?|neither|nowhere|insufficient|unanswerable|unclear|beyond|outside"
    r"|não|nao|nada|ningún|ninguna|nenhum|nenhuma|nem|falta|faltar|ausente|sem|sin|contrario|contrário|sino|senão)\b"
    r"|n['’]t\b|\bdont\b|\bisnt\b|\bdoesnt\b|\bcant\b",
    re.IGNORECASE,
)
_SAYING = (
    r"(?:say(?:s|ing)?|answer(?: with)?|reply(?: with)?|respond(?: with)?|write|return|output|print|tell (?:me|them|us"
    r"|him|her|the \w+)|put|type|use|send|state|give|go with|diga[- ]?(?:me|lhe)?|di(?:me|le)?|decid|dizer|decir"
    r"|responda(?: com)?|responde(?: con| com)?|contesta(?: con)?|conteste(?: con)?|escreva|escreve|escriba"
    r"|escribe|devuelve"
    r"|devolva|pon)"
)
_TOLD = re.compile(
    rf"(?:(?<!the )(?<!an )(?<!any )(?<!no )(?<!its )\b{_SAYING}\b(?!\s+(?:is|isn|cannot|can|in the)\b)"
    r"|->|=>|→|:|[–—])\s*",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"[\"“”„«]([^\"“”»\n]{1,160})[\"“”»]|(?<!\w)['‘`]([^\n]{1,160}?)['’`](?!\w)")
_FILLER = re.compile(
    r"^(?:\s*(?:only|just|simply|exactly|literally|verbatim|with|the (?:words?|phrase|text)|a|plain|plainly|back"
    r"|then|please|sólo|solo|só|apenas|somente|exactamente|exatamente|con|com|que|simplemente|simplesmente|:|,))+\s+",
    re.IGNORECASE,
)
_LONGEST = 500  # characters
_MOST_ASIDE = 25  # words
_MOST_BARE = 9  # words of a reply that stands without quotes


def decline_in(sentence: str) -> str | None:
    """The words to reply with, where a sentence says what to reply when there is no answer; None for any other."""
    outside = _blanked(sentence)
    condition = _IF.search(outside) or _LACKS.search(outside)
    if condition is None or len(sentence) > _LONGEST:
        return None
    told = list(_TOLD.finditer(outside))
    quoted = [m for m in _QUOTED.finditer(sentence) if any(t.end() <= m.start() for t in told)]
    if quoted:
        return (quoted[0][1] or quoted[0][2]).strip()
    if not _LACKS.search(outside):
        return None
    if (only := _QUOTED.search(sentence)) and len(sentence.split()) <= _MOST_ASIDE:
        return (only[1] or only[2]).strip()  # `not in there? then just "nope"`
    if not told or '"' in sentence or "“" in sentence:
        return None
    return next((said for mark in reversed(told) if (said := _bare(sentence, outside, mark))), None)


def _bare(sentence: str, outside: str, told: re.Match[str]) -> str | None:
    """The words without quotes that a verb of saying tells to reply, where a condition stands before or after them."""
    before, rest = outside[: told.start()], sentence[told.end() :]
    if not (_IF.search(before) and _LACKS.search(before)):
        # `say dunno if it isn't there`: what is said ends where the condition begins.
        later = _WHEN.search(rest)
        if later is None or not _LACKS.search(rest[later.start() :]):
            return None
        rest = rest[: later.start()]
    said = re.split(r"[;\n]|,? (?:and (?:nothing|do|don|say)|instead\b|e nada|y nada)", _FILLER.sub("", rest))[0]
    said = said.strip().strip("()").rstrip(" .,").strip()
    if not said or len(said.split()) > _MOST_BARE or re.match(r"(?:so|that|it|you|me|lo)\b", said, re.IGNORECASE):
        return None
    return said


_HALF = re.compile(
    r"\W*(?:and |but )?(?:(?:it(?:['’]s| is) )?(?:not|nothing|no |none|missing|unknown|unclear|unsure|can['’]?t"
    r"|cannot|don['’]?t)"
    r"|(?:no|não|nada|ningun\w|sin|sem)\b)[^?]{0,60}\?$",
    re.IGNORECASE,
)


def asks_for_decline(sentence: str) -> bool:
    """Whether a sentence is the first half of `Not in there? Then say nope.`"""
    return _HALF.match(sentence) is not None


def _blanked(text: str) -> str:
    """What stands in quotes blotted out, so that positions stay."""
    return _QUOTED.sub(lambda m: "\ue002" * len(m.group()), text)
