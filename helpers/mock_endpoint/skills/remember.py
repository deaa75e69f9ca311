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
from ..text.language import Rarity, content_words, overlap, sentences, to_first_person, to_second_person
from ..text.questions import asked_for, best_value
from .candidate import Candidate

_MEANING, _WORDS, _TYPE, _LATER = 0.6, 0.35, 0.1, 0.05
_SUPPORT = 0.30  # of meaning and shared words; what was never said reaches 0.2
_SCALE = 25.0
_REPLACED = 0.2  # what a corrected statement loses
_MOST_STATEMENTS = 40

_OWN = r"(?:my|mine|i|i'm|i’m|i've|i’ve|about me|our|ours|we|we're|meu|minha|mi|eu|yo)"
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
    r"|remind)|have|remember|remind|tell me|qual|como|cuál|cómo|onde|dónde)\b",
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
    if _ASKS_OF_SPEAKER.search(question) and not _ADVICE.search(question):
        statements = _of_user(prompt)
        return _recalled(question, statements, model, to_second_person) or _not_told(question)
    if _ASKS_OF_ASSISTANT.search(question) and (told := _of_assistant(prompt)):
        identity = next((s for s in told if re.match(r"you(?: are|'re) ", s, re.IGNORECASE)), None)
        if identity and _ASKS_WHO.search(question):
            return [Candidate(_ended(to_first_person(identity)), 0.0)]
        return _recalled(question, told, model, to_first_person)
    return None


def _question(prompt: Prompt) -> str:
    asked = [s for s in sentences(prompt.said) if s.endswith("?") or _QUESTION_WORD.match(s)]
    return asked[-1] if asked and _QUESTION_WORD.match(asked[-1]) else ""


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
