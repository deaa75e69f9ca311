"""Requests of about 200 prompt tokens for the speed benchmarks: each number makes a text of its own."""

from __future__ import annotations

import json
import random
from typing import Any

_PLACES = ("Aldmoor", "Brenhill", "Carwick", "Dunleigh", "Eastmere", "Farrowby", "Glanton", "Hexcombe", "Ilverton")
_THINGS = ("ferry", "library", "orchard", "observatory", "swimming pool", "bakery", "tram", "museum", "market hall")
_FACTS = (
    "The {thing} in {place} opens at {hour} in the morning and closes at {later} in the evening.",
    "Tickets for the {thing} of {place} cost {price} coins, and half of that for children.",
    "Since {year} the {thing} at {place} has been run by a society of {people} volunteers.",
    "Repairs to the roof of the {thing} in {place} took {people} days and were paid by the council.",
    "Visitors reach the {place} {thing} by the number {hour} bus, which leaves every {people} minutes.",
)
_LABELS = {"opening": "asks when something opens", "price": "asks what something costs", "way": "asks how to get there"}


def facts(rng: random.Random, count: int) -> list[str]:
    return [
        rng.choice(_FACTS).format(
            thing=rng.choice(_THINGS),
            place=rng.choice(_PLACES),
            hour=rng.randint(6, 11),
            later=rng.randint(4, 9),
            price=rng.randint(2, 90),
            year=rng.randint(1890, 2020),
            people=rng.randint(5, 60),
        )
        for _ in range(count)
    ]


def _question(rng: random.Random) -> str:
    return f"What does the {rng.choice(_THINGS)} in {rng.choice(_PLACES)} cost for {rng.randint(2, 99)} people?"


def answer(passages: int, question: int, sentences: int = 7) -> str:
    """A question over passages, each drawn by its own number."""
    shown_facts = facts(random.Random(passages), sentences)
    shown = "\n".join(f"[{i}] {fact}" for i, fact in enumerate(shown_facts, 1))
    asked = _question(random.Random(question))
    return (
        "Answer the question from the passages only, and cite them. If they do not contain the answer, reply "
        f'"Not found".\n\nPassages:\n{shown}\n\nQuestion: {asked}'
    )


def label(number: int, sentences: int = 3) -> str:
    """A text to be labelled, with definitions and an example."""
    rng = random.Random(number)
    meanings = "\n".join(f"- {name}: {meaning}" for name, meaning in _LABELS.items())
    return (
        f"Classify the message by what its writer asks.\n\nLabels:\n{meanings}\n\nAnswer with the label only.\n\n"
        f"Text: How late may I come to the baths?\nLabel: opening\n\nText: {' '.join(facts(rng, sentences))} "
        f"{_question(rng)}\nLabel:"
    )


def body(prompt: str, **more: Any) -> bytes:
    """The JSON of a request to /chat/completions."""
    return json.dumps({"model": "sim-large", "messages": [{"role": "user", "content": prompt}], **more}).encode()
