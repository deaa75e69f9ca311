"""What a skill proposes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Call:
    """A function to call; arguments is JSON text."""

    name: str
    arguments: str


@dataclass(frozen=True)
class Candidate:
    """A whole reply and its score: a log-probability up to a constant, so that 2.3 more is ten times as likely.

    A reply is a text or calls of functions. A refusal is the text with which a demand for a schema's document is
    refused: it need not keep the schema, and comes in the field `refusal`.
    """

    text: str
    score: float
    calls: tuple[Call, ...] = ()
    refusal: bool = False
