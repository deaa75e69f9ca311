"""The docs page, from the stored results alone, so that its figures cannot differ from them."""

from __future__ import annotations

from collections.abc import Sequence

from .cases import SKILLS
from .results import Column, Count, wilson

WHAT = {
    "answer": "Answer from passages, with the source where asked",
    "decline": "Decline what no passage answers",
    "label": "Choose a label",
    "tools": "Choose tools and fill their arguments",
    "extract": "Fill a schema from a text (fields)",
    "memory": "Remember the conversation, obey the system message",
    "format": "Follow format instructions",
    "summarise": "Summarise and rewrite",
    "judge": "Judge answers",
}
HALVES = {
    "heldout": (
        "Held-out cases",
        "Nobody tuned on these. Their totals were known before the last round, though, and whoever tuned labels saw "
        "two sets of label names in a test's output. Read this table, and the next one beside it: the gap is prompts "
        "that are worded in ways which are not read yet.",
    ),
    "train": ("Train cases", "The skills were tuned on these; a gap to the table above is what tuning fitted."),
    "development": ("Development cases", "The first cases, with which the skills were begun."),
}


def write_page(columns: Sequence[Column]) -> str:
    """The whole page in markdown."""
    parts = [_head(columns)]
    for half, (title, text) in HALVES.items():
        if any(column.count(skill, half)[1] for column in columns for skill in SKILLS):
            parts += [f"## {title}", text, table(columns, half)]
    parts += [_mechanism([column for column in columns if column.mechanism])]
    return "\n\n".join(parts) + "\n"


def _head(columns: Sequence[Column]) -> str:
    made = "\n".join(
        f"- **{column.model}**{' (simulated)' if column.simulated else ''}: {column.date}, commit {column.commit}, "
        f"`{column.command}`{'. ' + column.note if column.note else ''}"
        for column in columns
    )
    return f"""# What the mock endpoint gets right

The replies of `sim-large` and `sim-small` are **simulated**: small textbook methods compute them from the request, and
no language model is at work. This page shows how often they are right, over HTTP at temperature 0, and that they
change with the prompt for the reason for which a model's would. `workbook bench mock_competence --write` writes it from
[mock_competence.json](mock_competence.json); the cases and how they are scored are in
[benchmarks/competence](../benchmarks/competence/README.md).

{made}

Shares are in percent with 95% Wilson intervals. Extraction counts fields, of which a text has several, so that its
interval is somewhat too narrow.

![{alt_text(columns)}](mock_competence.png)"""


def table(columns: Sequence[Column], half: str) -> str:
    """A row a skill, a column a model."""
    rows = [["Skill", "Cases", *(column.model for column in columns)], ["---", "--:", *("--:" for _ in columns)]]
    for skill in SKILLS:
        cases = max(column.cases(skill, half) for column in columns)
        if cases:
            rows.append([WHAT[skill], str(cases), *(share(column.count(skill, half)) for column in columns)])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def share(count: Count) -> str:
    """share((15, 20)) -> '75 (53–89)': percent and interval."""
    right, total = count
    if not total:
        return "–"
    low, high = wilson(right, total)
    return f"{100 * right / total:.0f} ({100 * low:.0f}–{100 * high:.0f})"


def _mechanism(columns: Sequence[Column]) -> str:
    parts = [
        "## What one thing in the prompt is worth",
        "The same questions, asked in ways that differ in one thing. Nothing is scripted: a definition, an example "
        "or a passage moves the score by which a reply is chosen.",
    ]
    for what in columns[0].mechanism if columns else ():
        rows = [[what, "Asked", *(column.model for column in columns)], ["---", "--:", *("--:" for _ in columns)]]
        for variant, (_, total) in columns[0].mechanism[what].items():
            counts = [tuple(column.mechanism.get(what, {}).get(variant, (0, 0))) for column in columns]
            rows.append([variant, str(total), *map(share, counts)])
        parts.append("\n".join(f"| {' | '.join(row)} |" for row in rows))
    return "\n\n".join(parts)


def alt_text(columns: Sequence[Column]) -> str:
    """What the picture shows, in words."""
    said = []
    for column in columns:
        counts = {skill: column.count(skill, "heldout") for skill in SKILLS}
        shares = [f"{skill} {100 * right / total:.0f}" for skill, (right, total) in counts.items() if total]
        said.append(f"{column.model}: {', '.join(shares)}")
    return f"Percent right on held-out cases, with intervals, by skill and model. {'; '.join(said)}."
