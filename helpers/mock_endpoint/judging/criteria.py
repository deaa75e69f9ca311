"""Criteria of a rubric: each is measured by what it names: form, something to mention or to avoid, tone, facts.

A criterion whose words name nothing measurable is judged by the impression the answer makes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..config import Model
from ..meaning.similarity import cosines
from ..reading.limits import Limits, read_limits
from ..text.form import breaches
from ..text.language import content_words, overlap, sentences
from ..text.language_id import language_of
from ..text.values import values
from .evidence import Evidence, Finding, against_context, against_reference, impression, rude

_MET, _UNMET = 3.0, -3.5  # log-odds for what can be counted


@dataclass(frozen=True)
class Criterion:
    """One line of a rubric: its name, and what it asks for where the prompt says so."""

    name: str
    about: str = ""

    @property
    def phrase(self) -> str:
        return f"{self.name}: {self.about}" if self.about else self.name


@dataclass(frozen=True)
class Material:
    """What an answer is judged with; empty where the prompt does not give it."""

    question: str = ""
    context: str = ""
    reference: str = ""


_NEGATES = re.compile(
    r"\b(?:no|not|never|without|avoids?|free of|must not|should not|does not|doesn't|don't|contains? no|nothing|sem"
    r"|sin|não)\b",
    re.I,
)
_MENTIONS = re.compile(
    r"\b(?:mention\w*|includ\w+|contain\w*|nam(?:es?|ing)|states?|stating|refers?|referring|gives?|giving|offers?"
    r"|cites?|provid\w+"
    r"|uses?|using|says?|asks?|promis\w+|apologi[sz]\w*|greets?|thanks?|menciona|inclui|incluye)\b",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"[\"“'‘`]([^\"”'’`\n]{2,80})[\"”'’`]")
_KINDS = (
    (r"e-?mail(?: address)?", "email"), (r"phone|telephone", "phone"), (r"url|link|web ?site", "url"),
    (r"dates?|deadline|day", "date"),
    (r"prices?|costs?|amount|fee", "money"), (r"numbers?|figures?", "number"), (r"percent\w*", "percent"),
    (r"times?|hour", "time"),
    (r"names?", "name"), (r"error code|code|reference number|order number", "code"), (r"duration|how long", "duration"),
)  # fmt: skip
_POLITE = re.compile(
    r"\b(?:please|thank\w*|sorry|apologi\w+|kindly|we appreciate|happy to|glad to|dear|regards|welcome|regret|hope"
    r"|understand"
    r"|por favor|obrigad[oa]|desculp\w+|gracias|disculp\w+)\b",
    re.IGNORECASE,
)
_SORRY = re.compile(r"\b(?:sorry|apolog\w+|regret|desculp\w+|disculp\w+|perdón)\b", re.IGNORECASE)
_GREETS = re.compile(
    r"^\W*(?:hi|hello|dear|good (?:morning|afternoon|evening)|olá|hola|bom dia|buenos)\b", re.IGNORECASE
)
_CASUAL = re.compile(
    r"\b(?:hey|yeah|yep|nope|gonna|wanna|gotta|kinda|guys|cool|awesome|stuff|lol|btw|ok|okay|dude|ain't)\b|!{2,}"
    r"|[\U0001f300-\U0001faff]",
    re.IGNORECASE,
)
_SHORT_FORMS = re.compile(r"\b\w+['’](?:s|t|re|ve|ll|d|m)\b")
_JARGON = re.compile(
    r"\b[A-Z]{2,5}s?\b|\b\w+(?:ization|isation|ability|ology|ometric|ivity)\b|\b(?:leverage|synergy|paradigm"
    r"|latency|payload|endpoint"
    r"|stakeholder|utili[sz]e|facilitate|stack trace|null pointer|exception|daemon|backend|timeout|deprecat\w+)\b"
)


def criterion_evidence(
    criterion: Criterion, material: Material, answer: str, model: Model, scrutiny: float
) -> Evidence:
    """The evidence for one criterion."""
    phrase = criterion.phrase.lower()
    for measured in (_form, _quoted_or_typed, _tone):
        if (found := measured(criterion, answer)) is not None:
            return found
    named = criterion.name.lower()
    if re.search(r"faithful|ground|support|hallucinat|source|context|consisten", phrase) and material.context:
        return against_context(material.question, material.context, answer, model, scrutiny)
    if re.search(r"correct|accura|factual|right|truth|precis|match|reference", phrase) and (
        material.reference or material.context
    ):
        return _facts(material, answer, model, scrutiny)
    if re.search(r"complet|cover|thorough|comprehens", named) and (material.reference or material.question):
        return _coverage(material, answer)
    if re.search(r"relevan|on.topic|focus|addresses|answers the question|responsive", phrase) and material.question:
        near = float(cosines(model, [material.question], [answer]).max())
        said = "The answer is about what was asked." if near > 0.35 else "The answer is not about what was asked."
        return Evidence(12.0 * (near - 0.35), (Finding(near - 0.35, said),))
    if re.search(
        r"clar|clear|readab|easy|simple|fluen|plain|understand|grammar|concise|brie|brev|short|length", phrase
    ):
        return _clarity(answer, concise=bool(re.search(r"concise|brie|brev|short|length", phrase)))
    if wanted := _thing(criterion):
        return _mentioned(criterion, wanted, answer, model)
    return impression(material.question, answer, model)


def _met(met: bool, yes: str, no: str, sure: float = 1.0) -> Evidence:
    weight = sure * (_MET if met else _UNMET)
    return Evidence(weight, (Finding(weight, yes if met else no),))


def _form(criterion: Criterion, answer: str) -> Evidence | None:
    limits = read_limits(f"write {criterion.phrase}")
    limits = Limits(**{name: getattr(limits, name) for name in (
        "words", "least_words", "sentences", "least_sentences", "bullets", "case", "json", "starts", "ends", "language",
    )})  # fmt: skip
    if limits == Limits():
        return None
    broken = breaches(answer, limits)
    return _met(
        not broken, f"It keeps to {criterion.phrase.rstrip('.')!r}.", f"The form is not kept: {', '.join(broken)}."
    )


def _quoted_or_typed(criterion: Criterion, answer: str) -> Evidence | None:
    """Something named outright, in quotes or as a kind of value, that has to be there or must not be."""
    phrase = criterion.phrase
    if not _MENTIONS.search(phrase) and not _NEGATES.search(phrase):
        return None
    unwanted = bool(_NEGATES.search(phrase))
    if quoted := _QUOTED.search(phrase):
        there = quoted[1].lower() in answer.lower()
        return _met(
            there != unwanted,
            f'"{quoted[1]}" is {"not " * (not there)}there, as asked.',
            f'"{quoted[1]}" is {"" if there else "not "}there.',
        )
    if re.search(r"apolog", phrase, re.IGNORECASE):
        there = bool(_SORRY.search(answer))
        return _met(
            there != unwanted,
            "It apologises." if there else "It does not apologise, as asked.",
            "It apologises." if there else "It does not apologise.",
        )
    if re.search(r"greet", phrase, re.IGNORECASE):
        there = bool(_GREETS.search(answer))
        return _met(
            there != unwanted, "The greeting is as asked.", "It has a greeting." if there else "It has no greeting."
        )
    if unwanted and re.search(r"jargon|technical", phrase, re.IGNORECASE):
        hit = _JARGON.search(answer)
        return _met(hit is None, "It has no jargon.", f'It uses jargon: "{hit.group() if hit else ""}".')
    if unwanted and re.search(r"personal data|private|pii", phrase, re.IGNORECASE):
        found = [v.text for kind in ("email", "phone") for v in values(answer, kind)]
        return _met(not found, "It gives no personal data.", f'It gives "{"".join(found[:1])}".')
    for pattern, kind in _KINDS:
        if named := _kind_named(pattern, phrase):
            found = [v.text for v in values(answer, kind)]
            shown = f': "{found[0]}"' if found else ""
            return _met(bool(found) != unwanted, f"It has what is asked{shown}." if found else f"It has no {kind}, "
            f"as asked.",
                        f"It has a {kind}{shown}." if found else f"It gives no {named}.")  # fmt: skip
    return None


def _kind_named(pattern: str, phrase: str) -> str:
    """The word with which a phrase names a kind of value: `the fee` -> fee; empty where it does not."""
    match = re.search(
        rf"\b(?:a|an|the|any|some|no|its|their|least one)\s+(?:\w+\s+){{0,2}}?(?P<word>{pattern})\b",
        phrase,
        re.IGNORECASE,
    )
    return match["word"] if match else ""


def kind_wanted(phrase: str) -> str | None:
    """The kind of value that a phrase names, as in text/values.py: `gives no deadline` -> date."""
    return next((kind for pattern, kind in _KINDS if _kind_named(pattern, phrase)), None)


def _tone(criterion: Criterion, answer: str) -> Evidence | None:
    phrase = criterion.phrase.lower()
    if re.search(r"polite|courte|respect|friendl|kind|empath|warm|tone|rude", phrase):
        impolite, polite = rude(answer), len(_POLITE.findall(answer))
        odds = 0.6 + 1.3 * min(polite, 3) - 4.0 * impolite
        said = "It is impolite." if impolite else "It is courteous." if polite else "It is neutral in tone."
        return Evidence(odds, (Finding(odds, said),))
    if re.search(r"professional|formal|business", phrase):
        casual, short = _CASUAL.findall(answer), len(_SHORT_FORMS.findall(answer))
        odds = 2.0 - 2.2 * len(casual) - 0.5 * short - 3.0 * rude(answer)
        return Evidence(
            odds,
            (
                Finding(
                    odds,
                    f'It is informal: "{casual[0]}".'
                    if casual and casual[0]
                    else "The tone is professional."
                    if odds > 0
                    else "The tone is informal.",
                ),
            ),
        )
    if re.search(r"\blanguage\b", phrase) and (asked := language_of(criterion.about)):
        return _met(language_of(answer) in (asked, None), "The language is as asked.", "It is in another language.")
    return None


def _facts(material: Material, answer: str, model: Model, scrutiny: float) -> Evidence:
    if material.reference:
        return against_reference(material.question, material.reference, answer, model, scrutiny)
    return against_context(material.question, material.context, answer, model, scrutiny)


def _coverage(material: Material, answer: str) -> Evidence:
    wanted = content_words(material.reference or material.question)
    share = overlap(wanted, content_words(answer)) if wanted else 0.0
    source = "reference" if material.reference else "question"
    said = f"The answer covers {share:.0%} of the content words of the {source}."
    return Evidence(7.0 * (share - 0.5), (Finding(share - 0.5, said),))


def _clarity(answer: str, *, concise: bool) -> Evidence:
    parts = sentences(answer) or [answer]
    count = len(answer.split())
    mean = count / len(parts)
    odds = (2.5 - count / 25) if concise else (2.2 - 0.12 * max(0.0, mean - 14) - 0.6 * len(_JARGON.findall(answer)))
    said = f"The answer has {count} words." if concise else f"Its sentences have {mean:.0f} words on average."
    return Evidence(odds, (Finding(odds, said),))


def _thing(criterion: Criterion) -> str:
    """What a criterion wants mentioned or left out, as words."""
    match = _MENTIONS.search(criterion.phrase)
    return criterion.phrase[match.end() :].strip(" :.") if match else ""


def _mentioned(criterion: Criterion, wanted: str, answer: str, model: Model) -> Evidence:
    parts = sentences(answer) or [answer]
    shared = (
        max(overlap(content_words(wanted), content_words(part)) for part in parts) if content_words(wanted) else 0.0
    )
    near = float(cosines(model, [wanted], parts).max())
    there = 9.0 * (0.5 * shared + 0.5 * near - 0.33)
    unwanted = bool(_NEGATES.search(criterion.phrase))
    said = f"It {'mentions' if there > 0 else 'does not mention'} {wanted}."
    return Evidence(-there if unwanted else there, (Finding(-there if unwanted else there, said),))
