"""What came of every field of every document: a map with a sign and a colour for each outcome."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from helpers.plots.figure import new_figure, show_figure

# Outcome -> sign, colour (Okabe and Ito), colour of the sign. Signs differ in shape: the map reads without colour.
LOOKS = {
    "right": ("✓", "#cfe8fc", "#1a1a1a"),
    "wrong": ("✗", "#d55e00", "#ffffff"),
    "missing": ("?", "#f0e442", "#1a1a1a"),
    "invented": ("+", "#000000", "#ffffff"),
    "rightly none": ("·", "#ffffff", "#777777"),
}
MEANINGS = {"missing": "missing", "invented": "invented", "rightly none": "none there, none given"}


def field_map(outcomes: Mapping[tuple[str, str], str], *, title: str, source: str = "") -> None:
    """(document, field) -> right, wrong, missing, invented or rightly none; documents are rows, in their order."""
    from matplotlib.patches import Patch

    documents = list(dict.fromkeys(document for document, _ in outcomes))
    fields = list(dict.fromkeys(name for _, name in outcomes))
    unknown = set(outcomes.values()) - set(LOOKS)
    if unknown:
        raise ValueError(f"{sorted(unknown)[0]!r} is no outcome; there are {', '.join(LOOKS)}")
    figure, axes = new_figure(height=1.9 + 0.34 * len(documents))
    for y, document in enumerate(documents):
        for x, name in enumerate(fields):
            if (document, name) in outcomes:
                sign, colour, ink = LOOKS[outcomes[document, name]]
                axes.add_patch(_square(x, y, colour))
                axes.text(x, y, sign, ha="center", va="center", color=ink, fontsize=12, fontweight="bold")
    axes.set(xlim=(-0.5, len(fields) - 0.5), ylim=(len(documents) - 0.5, -0.5))
    axes.set_xticks(
        range(len(fields)), [name.replace("_", " ") for name in fields], rotation=35, ha="right", fontsize=9
    )
    axes.set_yticks(range(len(documents)), documents, fontsize=9)
    axes.tick_params(length=0)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    counted = Counter(outcomes.values())
    entries = [
        Patch(
            facecolor=LOOKS[name][1],
            edgecolor="#777777",
            label=f"{LOOKS[name][0]} {MEANINGS.get(name, name)}: {counted[name]}",
        )
        for name in LOOKS
        if counted[name]
    ]
    figure.legend(handles=entries, loc="outside lower left", ncols=len(entries), frameon=False, fontsize=9)
    said = ", ".join(f"{counted[name]} {MEANINGS.get(name, name)}" for name in LOOKS if counted[name])
    show_figure(
        figure,
        title,
        source,
        f"Map of {len(documents)} documents by {len(fields)} fields: {title}. {said}. {_listed(outcomes)}",
    )


def _square(x: float, y: float, colour: str):
    from matplotlib.patches import Rectangle

    return Rectangle((x - 0.47, y - 0.47), 0.94, 0.94, facecolor=colour, edgecolor="#999999", linewidth=0.5)


def _listed(outcomes: Mapping[tuple[str, str], str]) -> str:
    """What is not right, by outcome, in words."""
    parts = []
    for name in ("wrong", "missing", "invented"):
        cells = [
            f"{field.replace('_', ' ')} of {document}" for (document, field), out in outcomes.items() if out == name
        ]
        if cells:
            parts.append(f"{name.capitalize()}: {'; '.join(cells)}.")
    return " ".join(parts)
