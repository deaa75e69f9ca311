"""What a skill proposes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Candidate:
    """A whole reply and its score: a log-probability up to a constant, so that 2.3 more is ten times as likely."""

    text: str
    score: float
