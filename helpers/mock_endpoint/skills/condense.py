# ruff: noqa: SIM905 - lists of words read better as text
"""Make a follow-up question stand by itself: `And on Sundays?` -> `On Sundays, about opening hours?`

Historical query expansion (Lin et al., 2020, Multi-Stage Conversational Passage Retrieval): what was spoken of lately
is added to a question that leans on it. It does not work out which noun a pronoun stands for, and a question that leans
on nothing stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..config import Model
from ..reading.prompt import Prompt, Turn
from ..text.language import content_words, sentences, words
from ..text.language_id import language_of
from ..text.phrases import phrases
from .candidate import Candidate

_ALONE = re.compile(
    r"\b(?:stand-?\s?alone|self-?contained|context-?free|de-?contextuali[sz]\w+"
    r"|without (?:the|its|any|knowing the|seeing the) (?:earlier |previous |whole )?"
    r"(?:conversation|history|context|dialogue|chat|turns)"
    r"|(?:by itself|on its own)|autónom[oa]|independente|independiente)\b",
    re.IGNORECASE,
)
_REWRITE = re.compile(
    r"\b(?:re-?writ\w+|re-?phras\w+|reformul\w+|condens\w+|turn|make|write|formulate|resolve|reescrev\w+|reescrib\w+)\b",
    re.IGNORECASE,
)
_QUESTION = re.compile(r"\b(?:questions?|quer(?:y|ies)|follow-?ups?|perguntas?|preguntas?)\b", re.IGNORECASE)
_SPEAKER = re.compile(
    r"^\W{0,3}(?P<who>user|human|customer|client|caller|citizen|q|assistant|ai|bot|agent|a|utilizador|usuario|assistente"
    r"|asistente)\W{0,3}:\s*(?P<text>\S.*)$",
    re.IGNORECASE,
)
_ASSISTANTS = frozenset(("assistant", "ai", "bot", "agent", "a", "assistente", "asistente"))
_FOLLOW_UP = re.compile(
    r"^\W{0,3}(?:follow[- ]?up|last|latest|current|new|final|next)?\s*(?:question|query|input|message|follow[- ]?up)"
    r"\W{0,3}:\s*(?P<text>\S.*)$",
    re.IGNORECASE,
)
# Words by which a question leans on what was said before it.
_LEANING = frozenset(
    "it its that this these those they them their there he him his she her one ones same else second former latter "
    "then isso isto esse essa ele ela eles elas lá eso esto ese esa él ella ellos ellas allí".split()
)
_OPENER = re.compile(r"^(?:and|but|so|or|also|ok(?:ay)?|e|mas|y|pero)\b,?\s+(?=\w)", re.IGNORECASE)
_ABOUT = {"pt": "sobre", "es": "sobre"}
_FEW = 3  # content words: a question with fewer says too little by itself
_TOPICS, _TOPICS_OF_SMALL = 2, 1
_LONGEST = 4  # words of a topic
_BY_USER, _PER_TURN_BACK = 1.0, 0.75
_SCALE = 3.0


def condense(prompt: Prompt, model: Model) -> list[Candidate] | None:
    """The last question with the topics it leans on; None when that is not asked for or there is no conversation."""
    told = f"{prompt.rules}\n{prompt.said}"
    if not (_ALONE.search(told) and _REWRITE.search(told) and _QUESTION.search(told)):
        return None
    found = _conversation(prompt)
    if found is None:
        return None
    question, earlier = found
    if not _leans(question):
        return [Candidate(question, 0.0)]
    most = _TOPICS if model.reads_closely else _TOPICS_OF_SMALL
    topics = _topics(question, earlier)
    candidates = [Candidate(_joined(question, topics[:most]), 0.0)]
    if len(topics) > most:
        candidates.append(Candidate(_joined(question, [*topics[: most - 1], topics[most]]), -_SCALE))
    return candidates


def _conversation(prompt: Prompt) -> tuple[str, Sequence[Turn]] | None:
    """The question to rewrite and the turns before it: from a transcript in the message, or the messages themselves."""
    turns, asked = [], ""
    for line in prompt.said.splitlines():
        if follow := _FOLLOW_UP.match(line.strip()):
            asked = follow["text"].strip()
        elif speaker := _SPEAKER.match(line.strip()):
            role = "assistant" if speaker["who"].lower() in _ASSISTANTS else "user"
            turns.append(Turn(role, speaker["text"].strip()))
    if not turns:
        turns = list(prompt.history)
        if not asked and not _ALONE.search(prompt.said):
            asked = prompt.said.strip()
    if not asked:
        last = next((i for i in reversed(range(len(turns))) if turns[i].role == "user"), None)
        if last is None:
            return None
        asked, turns = turns[last].text, turns[:last]
    return (asked, turns) if turns or asked else None


def _leans(question: str) -> bool:
    said = words(question)
    return bool(_OPENER.match(question)) or bool(_LEANING & set(said)) or len(content_words(question)) < _FEW


def _topics(question: str, earlier: Sequence[Turn]) -> list[str]:
    """What was spoken of, the likeliest first: long phrases, said lately, and by the one who asks."""
    own = set(content_words(question))
    worth: dict[str, float] = {}
    for back, turn in enumerate(reversed(earlier)):
        for sentence in sentences(turn.text):
            for phrase in phrases(sentence):
                if not set(content_words(phrase.text)) or set(content_words(phrase.text)) <= own:
                    continue
                name = " ".join(phrase.text.split()[-_LONGEST:])
                score = len(name.split()) + _BY_USER * (turn.role == "user") - _PER_TURN_BACK * back
                worth[name] = max(worth.get(name, score), score)
    topics: list[str] = []
    for name in sorted(worth, key=lambda name: -worth[name]):
        stems = set(content_words(name))
        if not any(2 * len(stems & set(content_words(other))) >= len(stems) for other in topics):
            topics.append(name)  # and what says the same in other words is left out
    return topics


def _joined(question: str, topics: Sequence[str]) -> str:
    body = _OPENER.sub("", question.strip()).rstrip(" ?.!")
    body = body[:1].upper() + body[1:]
    if not topics:
        return f"{body}?"
    language = language_of(question) or "en"
    link = " and " if language not in _ABOUT else " e " if language == "pt" else " y "
    return f"{body}, {_ABOUT.get(language, 'about')} {link.join(topics)}?"
