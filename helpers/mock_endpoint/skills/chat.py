"""Chat: greetings and thanks, statements acknowledged, the course's terms explained, and for everything else a plain
word on what an offline simulation cannot do."""

from __future__ import annotations

import re

from ..config import Model
from ..reading.prompt import Prompt
from ..text.glossary import look_up
from ..text.language import content_words, sentences, to_second_person, words
from .candidate import Candidate

_KNOWN = 0.44  # score of a glossary entry that is about the question
_SCALE = 12.0

_GREETING = re.compile(
    r"\b(?:hi|hello|hey|good (?:morning|afternoon|evening)|greetings|olá|ola|oi|bom dia|boa tarde|hola|bonjour"
    r"|hallo)\b",
    re.I,
)
_THANKS = re.compile(r"\b(?:thanks|thank you|thx|cheers|obrigad[oa]|gracias|merci|danke)\b", re.IGNORECASE)
_FAREWELL = re.compile(r"\b(?:bye|goodbye|see you|farewell|good night|tchau|adeus|adiós)\b", re.IGNORECASE)
_ABOUT_ITSELF = re.compile(
    r"\bwho are you\b|\bwhat are you\b|\bare you (?:a |an )?(?:real|human|robot|bot|ai|person|model|simulat\w+)"
    r"|\bwhich model\b|\bwhat model\b|\bwhat can you do\b|\bhow can you help\b|\bquem é você\b|\bquién eres\b",
    re.IGNORECASE,
)
_QUESTION_START = re.compile(
    r"^(?:what|who|whom|whose|which|when|where|why|how|is|are|am|was|were|do|does|did|can|could|will|would|should"
    r"|shall|may"
    r"|has|have|had|tell|explain|describe|define|give|list|name|write|translate|show|make|create|find|help|please"
    r"|let)\b",
    re.IGNORECASE,
)
_OWN = re.compile(r"\b(?:i|i'm|i’m|my|we|we're|our|me|us)\b", re.IGNORECASE)

CAN_DO = (
    "answer questions from passages in the prompt, choose between labels, fill a JSON schema, call tools, judge an "
    "answer, summarise or rewrite a text, explain this course's terms and remember what you tell me"
)


def converse(prompt: Prompt, model: Model) -> list[Candidate]:
    """Always at least one candidate."""
    said = prompt.said.strip()
    if not said:
        return [
            Candidate("Your message has no text that I can read. What would you like to ask?", 1.0),
            Candidate("I received no text. Ask me something, or send me a text to work on.", 0.0),
        ]
    return _explained(said, model) or _courtesy(said) or _noted(said) or _cannot(prompt)


def _explained(said: str, model: Model) -> list[Candidate]:
    """The glossary's answer; with the next best entries as unlikely candidates."""
    asked = sentences(said)
    question = next((s for s in reversed(asked) if s.endswith("?") or _QUESTION_START.match(s)), "")
    if not question or _ABOUT_ITSELF.search(question):
        return []
    found = look_up(question, model)
    if not found or found[0][1] < _KNOWN:
        return []
    best = found[0][1]
    candidates = []
    for entry, score in found[:3]:
        first = sentences(entry.text)[0]
        candidates.append(Candidate(entry.text, _SCALE * (score - best)))
        if first != entry.text:
            candidates.append(Candidate(first, _SCALE * (score - best) - 1.5))
    return candidates


def _courtesy(said: str) -> list[Candidate]:
    if _ABOUT_ITSELF.search(said):
        return [
            Candidate(f"I am an offline simulation of a chat model. I can {CAN_DO}.", 2.0),
            Candidate(f"I am a simulated model that runs offline on your computer. I can {CAN_DO}.", 0.5),
        ]
    if len(words(said)) > 6 or _OWN.search(said):
        return []
    if _THANKS.search(said):
        return [
            Candidate("You're welcome.", 2.0),
            Candidate("You're welcome. What is next?", 0.8),
            Candidate("Any time.", 0.0),
        ]
    if _FAREWELL.search(said):
        return [Candidate("Goodbye.", 2.0), Candidate("Goodbye, and good luck with the course.", 0.8)]
    if _GREETING.match(said):
        return [
            Candidate("Hello! What would you like to do?", 2.0),
            Candidate("Hello! How can I help you?", 1.5),
            Candidate("Hi! Send me a text and a question about it.", 0.5),
        ]
    return []


def _noted(said: str) -> list[Candidate]:
    """Statements that someone makes of themselves are said back, so that one sees what was understood."""
    told = [s for s in sentences(said) if _OWN.search(s) and not s.endswith("?") and not _QUESTION_START.match(s)]
    if not told:
        return []
    back = to_second_person(_without_greeting(told[0])).rstrip(".!")
    lower = back[:1].lower() + back[1:]
    return [
        Candidate(f"Noted: {lower}.", 2.0),
        Candidate(f"Thank you, I have noted that {lower}.", 1.5),
        Candidate(f"{back}. I will use that while it is part of the conversation.", 0.5),
    ]


def _without_greeting(sentence: str) -> str:
    return re.sub(rf"^(?:{_GREETING.pattern})[\s,!.]+", "", sentence, flags=re.IGNORECASE)


def _cannot(prompt: Prompt) -> list[Candidate]:
    """Said plainly: what this is, that it cannot do what was asked, and what it can."""
    topic = _topic(prompt.said)
    about = f' about "{topic}"' if topic else ""
    seen = " I cannot see pictures." if prompt.pictures else ""
    return [
        Candidate(f"I am an offline simulation and know nothing of my own{about}.{seen} I can {CAN_DO}.", 2.0),
        Candidate(f"This offline simulation has no knowledge{about}.{seen} It can {CAN_DO}.", 1.0),
        Candidate(
            f"I cannot answer that{about}: I am an offline simulation.{seen} Give me a text to answer from, or "
            f"connect a live endpoint.",
            0.5,
        ),
    ]


def _topic(said: str, most_words: int = 8) -> str:
    """The words of the last sentence from the first that carries meaning to the last that does."""
    parts = (sentences(said) or [""])[-1].split()
    telling = [i for i, part in enumerate(parts) if content_words(part)]
    if not telling:
        return ""
    chosen = parts[telling[0] : telling[-1] + 1]
    return " ".join(chosen[:most_words]).strip("\"'.,;:!?()") + ("…" if len(chosen) > most_words else "")
