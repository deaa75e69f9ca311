"""What a published notebook says of its exercises. Reads JSON only: a check asks for it in the learner's kernel."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path


def exercise_cells(path: Path) -> dict[str, str]:
    """Exercise name -> source of its cell: the starter in notebooks/, the worked solution in solutions/.

    Raises FileNotFoundError when there is no such notebook, ValueError when it is not one.
    """
    return dict(_exercise_cells(path, path.stat().st_mtime_ns))


@lru_cache(maxsize=64)
def _exercise_cells(path: Path, _mtime: int) -> tuple[tuple[str, str], ...]:
    notebook = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(notebook, dict) or "cells" not in notebook:
        raise ValueError(f"{path} is not a notebook: it has no cells")
    return tuple(
        (cell["metadata"]["workbook"]["exercise"], "".join(cell["source"]))
        for cell in notebook["cells"]
        if "exercise" in cell["metadata"].get("workbook", {})
    )


def find(name: str, tree: Path) -> Path:
    """The notebook NAME.ipynb under a tree (notebooks/ or solutions/); FileNotFoundError says what there is."""
    found = [p for p in sorted(tree.rglob(f"{name}.ipynb")) if ".ipynb_checkpoints" not in p.parts]
    if not found:
        known = ", ".join(sorted(p.stem for p in tree.rglob("*.ipynb"))) or "none yet"
        raise FileNotFoundError(f"there is no notebook {name!r} under {tree.name}/; there are: {known}")
    return found[0]
