"""What a prompt's words ask to be done with a text."""

from __future__ import annotations

import re

_SUMMARY = re.compile(
    r"\b(?:summari[sz]e|summary|sum up|tl;?dr|main (?:points?|ideas?)|key (?:points?|takeaways?|facts)|gist"
    r"|resum[ae]n?|resumir|resumo)\b",
    re.I,
)


def asks_for_summary(instructions: str) -> bool:
    return _SUMMARY.search(instructions) is not None
