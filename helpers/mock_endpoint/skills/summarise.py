"""Summarise by extraction: the sentences nearest to the middle of the text, in their order, cut to a length."""

from __future__ import annotations

from ..config import Model
from ..language import sentences
from ..prompt import Prompt
from ..reading.tasks import asks_for_summary
from ..similarity import cosines
from .candidate import Candidate

_READ = 40  # sentences considered; of a longer text they are taken evenly
_USUAL_SENTENCES = 2
_SCALE = 20.0


def extract_summary(prompt: Prompt, model: Model) -> list[Candidate] | None:
    """Extracts of the text, most central first; None when no summary is asked for or there is no text."""
    if not asks_for_summary(prompt.instructions) or prompt.item is None:
        return None
    found = sentences(prompt.item.text)
    if not found:
        return None
    step = max(1, len(found) // _READ)
    found = found[::step]
    wanted = prompt.limits.bullets or prompt.limits.sentences or (3 if prompt.limits.bullets == 0 else _USUAL_SENTENCES)
    central = cosines(model, found, found).mean(axis=1)
    # Writers put the point first: a small bonus for early sentences.
    worth = [float(c) + 0.05 * (1 - i / len(found)) for i, c in enumerate(central)]
    order = sorted(range(len(found)), key=lambda i: -worth[i])
    candidates = []
    for skipped in range(min(3, max(1, len(found) - wanted + 1))):
        # The best set first; then sets in which the next sentence takes the place of the last one chosen.
        chosen = order[: wanted - 1] + order[wanted - 1 + skipped : wanted + skipped]
        text = _written([found[i] for i in sorted(chosen)], prompt)
        score = sum(worth[i] for i in chosen) / len(chosen)
        candidates.append(Candidate(text, _SCALE * score))
    return sorted({c.text: c for c in reversed(candidates)}.values(), key=lambda c: -c.score)


def _written(chosen: list[str], prompt: Prompt) -> str:
    if prompt.limits.bullets is not None:
        return "\n".join(f"- {s}" for s in chosen)
    text = " ".join(chosen)
    parts = text.split()
    limit = prompt.limits.words
    text = text if limit is None or len(parts) <= limit else " ".join(parts[:limit]).rstrip(",;:") + "…"
    return {"upper": text.upper(), "lower": text.lower()}.get(prompt.limits.case or "", text)
