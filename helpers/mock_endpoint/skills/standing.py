"""Keeping the orders that hold for every reply, whichever skill made it; one that is kept already stays as it is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ..config import Model
from ..reading.prompt import Prompt
from ..reading.standing import Standing, read_standing
from ..text.language_id import language_of
from ..text.questions import best_value
from .candidate import Candidate

# What an assistant says of itself, in the languages that it can be told to keep to.
_PHRASES = {
    "pt": (
        (re.compile(r"^(?:hello|hi)\b", re.IGNORECASE), "Olá! Em que posso ajudar?"),
        (re.compile(r"^(?:you're welcome|any time)", re.IGNORECASE), "De nada. O que mais posso fazer por você?"),
        (re.compile(r"^goodbye", re.IGNORECASE), "Até logo! Foi um prazer falar com você."),
        (
            re.compile(r"^(?:i am|i'm|this is|this offline|i cannot)\b.*simulat", re.IGNORECASE | re.DOTALL),
            (
                "Sou uma simulação offline de um modelo de chat e não sei nada por mim. Posso responder "
                "a perguntas sobre um texto, escolher etiquetas e resumir."
            ),
        ),
        (
            re.compile(r"^(?:noted|thank you, i have noted)", re.IGNORECASE),
            "Muito bem, já está anotado para esta conversa.",
        ),
    ),
    "es": (
        (re.compile(r"^(?:hello|hi)\b", re.IGNORECASE), "¡Hola! ¿En qué le puedo ayudar?"),
        (re.compile(r"^(?:you're welcome|any time)", re.IGNORECASE), "De nada. ¿En qué más le puedo ayudar?"),
        (re.compile(r"^goodbye", re.IGNORECASE), "Hasta luego. Ha sido un placer hablar con usted."),
        (
            re.compile(r"^(?:i am|i'm|this is|this offline|i cannot)\b.*simulat", re.IGNORECASE | re.DOTALL),
            (
                "Soy una simulación sin conexión de un modelo de chat y no sé nada por mí misma. Puedo "
                "responder a preguntas sobre un texto, elegir etiquetas y resumir."
            ),
        ),
        (
            re.compile(r"^(?:noted|thank you, i have noted)", re.IGNORECASE),
            "Muy bien, está anotado para esta conversación.",
        ),
    ),
}
_INSTEAD = {
    "hello": "Welcome",
    "hi": "Welcome",
    "sorry": "afraid",
    "can't": "am unable to",
    "welcome": "glad to help",
    "goodbye": "See you",
    "noted": "Understood",
}


def keep_standing(candidates: Sequence[Candidate], prompt: Prompt, model: Model) -> list[Candidate]:
    """The candidates as the conversation's standing orders want them; a small model keeps only the first of several."""
    turns = [turn.text for turn in prompt.history if turn.role == "user"]
    standing = read_standing(prompt.rules, turns)
    if not standing.order or prompt.schema is not None or prompt.json_mode or prompt.limits.json:
        return list(candidates)
    if model.demands is not None and len(standing.order) > model.demands:
        lost = standing.order[model.demands :]
        defaults = {name: getattr(Standing(), name) for name in lost}
        standing = replace(standing, order=standing.order[: model.demands], **defaults)
    return [c if c.calls else replace(c, text=_kept(c.text, standing, prompt)) for c in candidates]


def _kept(text: str, standing: Standing, prompt: Prompt) -> str:
    if standing.one_word:
        value = best_value(prompt.said, text)
        told = value.text if value else text
        text = re.sub(r"[^\w'’:.,€$£%-]+$", "", told.split()[-1]).rstrip(".,") if told.split() else told
    if standing.language in _PHRASES and language_of(text) != standing.language:
        text = next((said for pattern, said in _PHRASES[standing.language] if pattern.search(text)), text)
    for word in standing.never:
        text = _without(text, word)
    if standing.title and not standing.one_word and not _bare(prompt) and standing.title.lower() not in text.lower():
        text = _addressed(text, standing.title)
    if standing.case:
        text = text.upper() if standing.case == "upper" else text.lower()
    if standing.starts and not text.lower().startswith(standing.starts.lower()):
        text = f"{standing.starts}{' ' if standing.starts[-1] in '.!?,:;-–—…' else ', '}{text}"
    if standing.ends and not text.rstrip(" .").lower().endswith(standing.ends.rstrip(" .").lower()):
        text = f"{text.rstrip()}{chr(10) if standing.ends.startswith(('-', '–', '—')) else ' '}{standing.ends}"
    return text


def _bare(prompt: Prompt) -> bool:
    """A reply that has to be a label or a value alone has no place for a title."""
    return prompt.limits.only_value or (prompt.limits.words or 99) <= 3 or len(prompt.labels) > 1


def _addressed(text: str, title: str) -> str:
    """`Hello! What ...` -> `Hello, Captain! What ...`"""
    first = re.match(r"[^.!?\n]{1,200}(?=[.!?](?:\s|$))", text)
    if first is None:
        return f"{title}, {text}"
    return f"{first.group()}, {title}{text[first.end() :]}"


def _without(text: str, word: str) -> str:
    other = _INSTEAD.get(word.lower(), "")
    replaced = re.sub(rf"\b{re.escape(word)}\b", other, text, flags=re.IGNORECASE)
    if replaced == text:
        return text
    replaced = re.sub(r"\s+([.,!?])", r"\1", re.sub(r" {2,}", " ", replaced)).lstrip(" ,!.")
    return replaced[:1].upper() + replaced[1:]
