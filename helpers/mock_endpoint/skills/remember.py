"""Remember the conversation: what a user said of themselves, and what the assistant was told to be.

Nothing is kept between requests. The statements are found in the messages of this request, so a program that does not
send the earlier turns gets an assistant that knows nothing of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from ..config import Model
from ..meaning.similarity import cosines
from ..reading.prompt import Prompt
from ..text.corrections import corrected
from ..text.language import Rarity, content_words, overlap, sentences, to_first_person, to_second_person
from ..text.questions import asked, asked_for, best_value
from ..text.values import numbers_alone, values
from .candidate import Candidate

_MEANING, _WORDS, _TYPE, _LATER = 0.6, 0.35, 0.1, 0.05
_SUPPORT = 0.30  # of meaning and shared words; what was never said reaches 0.2
_SCALE = 25.0
_REPLACED = 0.2  # what a corrected statement loses
_MOST_STATEMENTS = 40

_OWN = (
    r"(?:my|mine|i|i'm|i’m|i've|i’ve|about me|our|ours|we|we're|meus?|minhas?|mis?|eu|yo|nosso"
    r"|nossa|nuestr[oa]|me|vivo|trabalho|trabajo|tenho|tengo|sou|soy|moro)"
)
_ASKS_OF_SPEAKER = re.compile(rf"\b{_OWN}\b", re.IGNORECASE)
_INTRODUCED = re.compile(r"\b(?:[Ii]\s+am|[Ii]['’]m|[Cc]all me|[Tt]his is)\s+([A-ZÀ-Þ][\w'’-]+)")
_ASKS_WHO = re.compile(r"\b(?:who|what) (?:are|r) you\b|\bintroduce yourself\b", re.IGNORECASE)
_ASKS_OF_ASSISTANT = re.compile(r"\b(?:you|your|yours)\b", re.IGNORECASE)
_QUESTION_WORD = re.compile(
    r"^(?:and |but |so |ok,? |hey,? |hi,? |now,? |again,? |please,? |in |at |on |to |from |for |with )*"
    r"(?:what|what's|whats|who|whom|whose|which"
    r"|when|where|why|how|is|are|am"
    r"|was|were|do|does|did|can you (?:remember|recall|tell|remind|repeat)"
    r"|could you (?:remember|recall|tell"
    r"|remind)|have|remember|remind|tell me|qual|como|quem|quién|quando|cuándo|quant[oa]s?|cuánt[oa]s?|que|qué|a"
    r" que|em que|en qué|de que|de qué|cuál|cómo|onde|dónde)\b",
    re.IGNORECASE,
)
# "How do I ...", "Can I ...", "What should I ..." ask for advice, not for what was said.
_ADVICE = re.compile(
    r"\b(?:how (?:do|can|should|could|would|to)|(?:should|can|could|may|must|would|shall) (?:i|we)|do (?:i"
    r"|we) (?:need|have to)|what if"
    r"|help (?:me|us)|show (?:me|us)|give (?:me|us)|explain|write|want you)\b",
    re.IGNORECASE,
)
_TOLD_ASSISTANT = re.compile(
    r"\b(?:you are|you're|your|call yourself|you work|you were|you live|you have)\b", re.IGNORECASE
)


def recall(prompt: Prompt, model: Model) -> list[Candidate] | None:
    """An answer from what was said earlier, or that it was not said; None when neither speaker is asked about."""
    question = _question(prompt)
    if not question or (prompt.passages and not prompt.loose):
        return None
    if prompt.history and model.reads_closely and (total := _total(question, _of_user(prompt))):
        return total
    if _ASKS_OF_SPEAKER.search(question) and not _ADVICE.search(question):
        statements = _of_user(prompt)
        return (
            _recalled(question, _put_right(statements, model), model, to_second_person)
            or _said_to_user(question, prompt, model)
            or _not_told(question)
        )
    if _ASKS_OF_ASSISTANT.search(question) and (told := _of_assistant(prompt)):
        identity = next((s for s in told if re.match(r"you(?: are|'re) ", s, re.IGNORECASE)), None)
        if identity and _ASKS_WHO.search(question):
            return [Candidate(_ended(to_first_person(identity)), 0.0)]
        if identity and _ASKS_NAME.search(question):
            return [Candidate(_ended(to_first_person(identity)), 0.0)]
        if found := _recalled(question, told, model, to_first_person):
            return found
    return _from_conversation(question, prompt, model)


_ASKS_NAME = re.compile(
    r"\b(?:call you|your name|address you|te chamas|te llamas|seu nome|teu nome|tu nombre)\b", re.IGNORECASE
)


def _put_right(statements: Sequence[str], model: Model) -> list[str]:
    """A model that reads closely takes a correction for what it corrects; another takes it as one more statement."""
    return corrected(statements) if model.reads_closely else list(statements)


def _from_conversation(question: str, prompt: Prompt, model: Model) -> list[Candidate] | None:
    """A fact that was said earlier by either side, asked for without saying whose it is; None where nothing fits."""
    if not prompt.history or not content_words(question) or (prompt.passages and not prompt.loose):
        return None
    statements = _put_right(_of_user(prompt), model)
    wanted = content_words(question)
    statements = [s for s in statements if overlap(wanted, content_words(s)) >= _SHARED]
    found = _recalled(question, statements, model, to_second_person) if statements else None
    if found and asked_for(question) and best_value(question, found[0].text) is None:
        return _said_to_user(question, prompt, model) or found  # the other side said the value
    return found or _said_to_user(question, prompt, model)


_SHARED = 0.34  # of the words of a question, at least, in what answers it


def _said_to_user(question: str, prompt: Prompt, model: Model) -> list[Candidate] | None:
    """What the assistant said earlier, said again."""
    wanted = content_words(question)
    kinds = asked_for(question)
    said = [
        s for turn in prompt.history if turn.role == "assistant" for s in sentences(turn.text) if not s.endswith("?")
    ]
    fit = [
        s
        for s in said
        if overlap(wanted, content_words(s)) >= _SHARED
        or (kinds and best_value(question, s) is not None and _AGAIN.search(question))
    ]
    if not fit:
        return None
    valued = [s for s in fit if kinds and best_value(question, s) is not None]
    again = [Candidate(_ended(valued[-1]), 0.0)] if valued and _AGAIN.search(question) else None
    return _recalled(question, fit, model, str) or again


_AGAIN = re.compile(
    r"\b(?:again|you (?:say|said|tell|told)|did you|was (?:it|that)|were (?:they|those))\b", re.IGNORECASE
)
_IN_ALL = re.compile(
    r"\b(?:in total|total|altogether|in all|sum|combined|all together|no total|ao todo|en total)\b", re.IGNORECASE
)


def _total(question: str, statements: Sequence[str]) -> list[Candidate] | None:
    """The sum of what was said in several places, where a question asks for the whole."""
    if not _IN_ALL.search(question):
        return None
    wants_money = asked_for(question)[:1] == ("money",) or re.search(
        r"\b(?:spen[dt]|pa(?:y|id)|costs?|how much)\b", question, re.IGNORECASE
    )
    wanted = [w for w in content_words(question) if w not in ("total", "altogether")]
    amounts = []
    for statement in corrected(statements):
        found = values(statement, "money") if wants_money else numbers_alone(statement)
        if wants_money or overlap(wanted, content_words(statement)) > 0:
            amounts += list(found)
    numbers = [number for value in amounts if (number := _number(value.text)) is not None]
    if len(numbers) < 2:
        return None
    whole = f"{sum(numbers):g}"
    unit = re.sub(r"[\d.,\s]+", "", amounts[0].text) if wants_money else ""
    counted = asked(question).counted
    text = f"{unit}{whole}" if unit and amounts[0].text.startswith(unit) else f"{whole} {unit or counted}".strip()
    told = " + ".join(f"{n:g}" for n in numbers)
    return [Candidate(f"{text} in total ({told}).", 0.0)]


_WORDS_FOR = dict(
    zip(
        ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"],
        range(1, 13),
        strict=True,
    )
)


def _number(text: str) -> float | None:
    match = re.search(r"\d+(?:[.,]\d{1,2})?", text)
    return float(match.group().replace(",", ".")) if match else _WORDS_FOR.get(text.strip().lower())


def _question(prompt: Prompt) -> str:
    found = [s for s in sentences(prompt.said) if s.endswith("?") or _QUESTION_WORD.match(s)]
    return found[-1] if found and _QUESTION_WORD.match(found[-1].lstrip("¿ ")) else ""


def _of_user(prompt: Prompt) -> list[str]:
    turns = [turn.text for turn in prompt.history if turn.role == "user"]
    return [
        s
        for text in [*turns, prompt.said]
        for s in sentences(text)
        if not s.endswith("?") and not _QUESTION_WORD.match(s)
    ][-_MOST_STATEMENTS:]


def _of_assistant(prompt: Prompt) -> list[str]:
    return [s for s in sentences(prompt.rules) if _TOLD_ASSISTANT.search(s)][-_MOST_STATEMENTS:]


def _recalled(
    question: str, statements: Sequence[str], model: Model, said_back: Callable[[str], str]
) -> list[Candidate] | None:
    if not statements:
        return None
    stems = [content_words(s) for s in statements]
    rarity = Rarity(stems)
    wanted = content_words(question)
    meaning = cosines(model, [question], [_spelt_out(s) for s in statements])[0]
    wants_value = bool(asked_for(question))
    scored = []
    for i, statement in enumerate(statements):
        held = wants_value and best_value(question, statement) is not None
        # What was said later corrects what was said before.
        later = _LATER * (i + 1) / len(statements)
        shared = rarity.coverage(wanted, stems[i])
        score = _MEANING * float(meaning[i]) + _WORDS * shared + _TYPE * held + later
        scored.append((score, float(meaning[i]) + 0.3 * shared, i))
    scored.sort(key=lambda row: -row[0])
    best, support, place = scored[0]
    if support < _SUPPORT:
        return None
    ranked = [(score, i) for score, _, i in scored[:3]]
    corrected = _correction(stems, [rarity.coverage(wanted, own) for own in stems], place)
    if corrected != place:
        ranked = [(best, corrected), *((score - _REPLACED, i) for score, i in ranked if i != corrected)]
    return [Candidate(_ended(said_back(statements[i])), _SCALE * (score - best)) for score, i in ranked]


def _correction(stems: Sequence[Sequence[str]], shared: Sequence[float], place: int) -> int:
    """The last statement that says the same thing over again with another value; else the statement itself."""
    later = range(len(stems) - 1, place, -1)
    return next((i for i in later if shared[i] >= shared[place] and overlap(stems[place], stems[i]) >= 0.5), place)


def _spelt_out(statement: str) -> str:
    """`I'm Ana` and `call me Ana` state a name without the word; to compare meanings the word is added."""
    introduced = _INTRODUCED.search(statement)
    return f"My name is {introduced[1]}. {statement}" if introduced else statement


_OPENING = re.compile(
    r"^(?:(?:hi|hello|hey|sorry|actually|well|oh|ok|okay|no|by the way|please note(?: that)?)\b[,!.:]*\s+)+",
    re.IGNORECASE,
)


def _ended(text: str) -> str:
    text = _OPENING.sub("", text)
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "…")) else text + "."


def _not_told(question: str) -> list[Candidate]:
    thing = re.search(
        r"\b(?:my|our)\s+((?:[\w'’-]+\s?){1,4}?)(?=\s*(?:\?|\.|,|$|\b(?:is|are|was|were|again|called)\b))",
        question,
        re.I,
    )
    what = f"your {thing[1].strip()}" if thing else "that"
    return [
        Candidate(f"You have not told me {what} in this conversation.", 2.0),
        Candidate(f"I don't know {what}: nothing in this conversation says it.", 1.0),
        Candidate(f"I cannot know {what}. I only see the messages that are sent with this request.", 0.5),
    ]
