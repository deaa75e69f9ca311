"""The form of a reply: what a skill has to say, written as the prompt demands. Every skill's demands are kept here.

Length by choosing and shortening sentences, lists, the bare value, yes or no, JSON keys, citations, case, words to
begin and end with. A small model keeps only the first demands of several: `Model.demands`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from ..config import Model
from ..reading.limits import Limits
from .compression import fitted, shortened, word_count
from .language import sentences
from .language_id import NAMES, language_of
from .opposition import affirms

SHORT_ANSWER_WORDS = 6  # a limit of so few words asks for the bare value
_USUAL_ITEMS = 3

# Words that lead into a text and say nothing of their own, by their number: what an exact count of words still lacks.
_LEADS: Mapping[str, tuple[str, ...]] = {
    "en": ("Briefly:", "In short:", "In a word:", "The short version is:", "The text says, in short:"),
    "pt": ("Resumindo:", "Em resumo:", "Em poucas palavras:", "O texto diz que:", "O texto diz, em resumo:"),
    "es": ("Resumiendo:", "En resumen:", "En pocas palabras:", "El texto dice que:", "El texto dice, en resumen:"),
}
_NOT_TRANSLATED = {
    "en": "I cannot translate; this offline simulation keeps the language of the text:",
    "pt": "Não sei traduzir; esta simulação offline mantém a língua do texto:",
    "es": "No sé traducir; esta simulación sin conexión mantiene el idioma del texto:",
}
_LANGUAGE_NAMES = {code: name for name, code in reversed(NAMES.items())}
_OF_SOURCE = re.compile(r"sourc|cit|ref|\bid|ids\b|passage|document", re.IGNORECASE)


@dataclass(frozen=True)
class Draft:
    """What a skill has to say.

    parts: sentences or items, in the order of reading. value: the bare answer, label or number, where there is one.
    spare: further sentences, best first, for a prompt that wants more. sources: ids to cite. question: what is asked,
    for yes or no. fields: values for JSON keys by name, where the skill knows them. keep: values that no shortening may
    lose.
    """

    parts: tuple[str, ...]
    value: str = ""
    spare: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    question: str = ""
    fields: Mapping[str, object] = field(default_factory=dict)
    keep: tuple[str, ...] = ()


def wants_value(limits: Limits) -> bool:
    """Whether a prompt asks for the bare value: by name, or by a limit of a few words."""
    few = limits.words is not None and limits.words <= SHORT_ANSWER_WORDS and limits.bullets is None
    return limits.only_value or few


def wanted_items(limits: Limits) -> int | None:
    """How many items a list is to have; None where no list is asked for."""
    if limits.bullets is None and limits.separator is None:
        return None
    return limits.bullets or _USUAL_ITEMS


def shaped(draft: Draft, limits: Limits, model: Model) -> str:
    """The reply in the form that the prompt demands, as far as a model of this size keeps to it."""
    limits = limits.first(model.demands)
    if limits.yes_no:
        yes, no = limits.yes_no
        text = _as_first(yes if affirms(draft.question, " ".join(draft.parts)) else no)
    elif draft.value and wants_value(limits):
        text = shortened(draft.value, limits.words) if limits.words else draft.value
    elif wanted_items(limits) is not None:
        text = _listed(draft, limits)
    else:
        text = _prose(draft, limits)
    if not limits.yes_no and not wants_value(limits) and wanted_items(limits) is None:
        text = _in_language(text, limits)
    return finished(text, limits, draft.sources, draft.fields)


def finished(text: str, limits: Limits, sources: Sequence[str] = (), fields: Mapping[str, object] | None = None) -> str:
    """A text of fixed words, as a label or a decline, with what goes around it: keys, citations, case, first words."""
    if limits.case:
        text = text.upper() if limits.case == "upper" else text.lower()
    if limits.json:
        return json.dumps(_by_keys(text, sources, limits.json_keys, fields or {}), ensure_ascii=False)
    if limits.cite and sources:
        before, after = limits.cite_marks
        text += " " + "".join(f"{before}{one}{after}" for one in sources)
    if limits.starts and not text.startswith(limits.starts):
        text = f"{limits.starts}{_gap(text, limits.starts)}{text}"
    if limits.ends and not text.endswith(limits.ends):
        text = f"{text}{'' if limits.ends[0] in '.!?,;)…' else _gap(text, '')}{limits.ends}"
    return text


def _gap(text: str, before: str) -> str:
    return "\n" if "\n" in text else "" if before.endswith((" ", "(")) else " "


# --- prose ---------------------------------------------------------------------------------------------------------


def _prose(draft: Draft, limits: Limits) -> str:
    around = word_count(limits.starts) + word_count(limits.ends)
    most = None if limits.words is None else max(1, limits.words - around)
    least = None if limits.least_words is None else max(1, limits.least_words - around)
    kept = list(draft.parts[: limits.sentences] if limits.sentences else draft.parts)
    kept += _lacking(kept, draft.spare, least, limits)
    if most is not None:
        kept = fitted(kept, most, draft.keep)
    text = " ".join(kept)
    return _filled_up(text, draft.spare, least, most) if least is not None and most is not None else text


def _lacking(kept: Sequence[str], spare: Sequence[str], least: int | None, limits: Limits) -> list[str]:
    """Sentences to add where the prompt demands at least so many, or so many words."""
    added: list[str] = []
    for sentence in spare:
        if limits.sentences and len(kept) + len(added) >= limits.sentences:
            break
        few = limits.least_sentences is not None and len(kept) + len(added) < limits.least_sentences
        if not few and (least is None or word_count(" ".join([*kept, *added])) >= least):
            break
        if sentence not in kept:
            added.append(sentence)
    return added


def _filled_up(text: str, spare: Sequence[str], least: int, most: int) -> str:
    """A text that is short of a count of words, led in by words that say nothing of their own."""
    missing = least - word_count(text)
    if missing <= 0:
        return text
    leads = _LEADS.get(language_of(text) or "en", _LEADS["en"])
    if missing > len(leads):
        more = next((shortened(s, most - word_count(text)) for s in spare if s not in text), "")
        if not more:
            return f"{leads[-1]} {text}"
        joined = f"{text} {more}"
        return joined if word_count(joined) >= least else _filled_up(joined, [], least, most)
    return f"{leads[missing - 1]} {text}"


# --- lists ---------------------------------------------------------------------------------------------------------


def _listed(draft: Draft, limits: Limits) -> str:
    added = draft.spare if limits.bullets else ()
    items = list(dict.fromkeys((*draft.parts, *added)))[: limits.bullets or None]
    if limits.bullets and len(items) < limits.bullets:
        items = _split_up(items, limits.bullets)
    if limits.words is not None:
        each = limits.words if limits.words_each else max(1, limits.words // max(1, len(items)))
        items = [shortened(item, each, draft.keep) for item in items]
    if limits.separator:
        return limits.separator.join(item if limits.separator == "\n" else item.rstrip(".!?") for item in items)
    marks = [f"{i}. " for i in range(1, len(items) + 1)] if limits.numbered else ["- "] * len(items)
    return "\n".join(mark + item for mark, item in zip(marks, items, strict=True))


def _split_up(items: Sequence[str], wanted: int) -> list[str]:
    """More items from the same words: the longest is cut at a comma or a conjunction until there are enough."""
    found = list(items)
    while len(found) < wanted:
        cuts = [(word_count(item), i, place) for i, item in enumerate(found) if (place := _middle(item))]
        if not cuts:
            break
        _, i, (start, end) = max(cuts)
        first, second = found[i][:start].rstrip(" ,;:"), found[i][end:]
        found[i : i + 1] = [first, second[:1].upper() + second[1:]]
    return found


def _middle(text: str) -> tuple[int, int] | None:
    """The place in a text nearest to its middle at which it can be cut in two."""
    places = [
        (m.start(), m.end()) for m in re.finditer(r"[;,]\s+(?:and\s|e\s|y\s)?|\s(?:and|e|y|but|mas|pero)\s", text)
    ]
    places = [p for p in places if word_count(text[: p[0]]) >= 2 and word_count(text[p[1] :]) >= 2]
    return min(places, key=lambda p: abs(p[0] - len(text) / 2), default=None)


# --- fixed words ---------------------------------------------------------------------------------------------------


def _as_first(word: str) -> str:
    return word if word.isupper() else word[:1].upper() + word[1:]


def _in_language(text: str, limits: Limits) -> str:
    """A text that is not in the language asked for says so: nothing here can translate."""
    own = language_of(text)
    if limits.language is None or own is None or own == limits.language:
        return text
    return f"{_NOT_TRANSLATED.get(limits.language, _NOT_TRANSLATED['en'])} {text}"


def _by_keys(text: str, sources: Sequence[str], keys: Sequence[str], fields: Mapping[str, object]) -> dict[str, object]:
    """The keys the prompt names: those the skill knows, those that speak of sources, and the first other one."""
    names = list(keys) or (["answer", "sources"] if sources else ["answer"])
    answer = next((k for k in names if k not in fields and not _OF_SOURCE.search(k)), None)
    filled: dict[str, object] = {}
    for key in names:
        if key in fields:
            filled[key] = fields[key]
        elif key == answer:
            filled[key] = text
        elif _OF_SOURCE.search(key):
            filled[key] = list(sources) if key.lower().endswith("s") else (sources[0] if sources else None)
        else:
            filled[key] = None
    return filled


def dressed(text: str, limits: Limits, model: Model) -> str:
    """A reply in its own words, in the form that the prompt demands of it: its length, case, first and last words.

    For replies that are no list of facts, such as chat: nothing is turned into a list, a label or an object.
    """
    kept = limits.first(model.demands)
    if not (kept.words or kept.sentences or kept.case or kept.starts or kept.ends):
        return text
    loose = replace(
        kept,
        bullets=None,
        separator=None,
        numbered=False,
        only_value=False,
        json=False,
        cite=False,
        yes_no=None,
        language=None,
    )
    return shaped(Draft(tuple(sentences(text))), replace(loose, least_words=None, least_sentences=None), model)


# --- checking ------------------------------------------------------------------------------------------------------


def breaches(text: str, limits: Limits) -> list[str]:
    """Which demands a finished text does not keep, each as a phrase with what was counted; none when it keeps all."""
    counted, lines = word_count(text), [line for line in text.splitlines() if line.strip()]
    found = len(sentences(text))
    marked = [line for line in lines if re.match(r"\s*(?:[-*•–]|\d+[.)])\s", line)]
    language = language_of(text)
    tests = (
        (limits.words is not None and counted > limits.words, f"it has {counted} words"),
        (limits.least_words is not None and counted < limits.least_words, f"it has only {counted} words"),
        (limits.sentences is not None and found > limits.sentences, f"it has {found} sentences"),
        (limits.least_sentences is not None and found < limits.least_sentences, f"it has only {found} sentences"),
        (limits.bullets is not None and len(marked) < max(1, limits.bullets), f"it has {len(marked)} list items"),
        (limits.case == "upper" and not text.isupper(), "it is not in upper case"),
        (limits.case == "lower" and not text.islower(), "it is not in lower case"),
        (bool(limits.starts) and not text.startswith(limits.starts), f'it does not start with "{limits.starts}"'),
        (bool(limits.ends) and not text.rstrip().endswith(limits.ends), f'it does not end with "{limits.ends}"'),
        (limits.json and not _is_json(text), "it is not valid JSON"),
        (
            limits.language is not None and language is not None and language != limits.language,
            f"it is written in {_LANGUAGE_NAMES.get(language or '', 'another language').title()}",
        ),
    )
    return [said for broken, said in tests if broken]


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
