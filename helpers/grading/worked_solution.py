"""The worked solution beside the learner's own code, as a diff. Judges nothing."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

from helpers.grading.outcomes import fenced
from helpers.grading.starters import defined_names, own_cell, same_code


def worked_solution(names: Sequence[str], namespace: Mapping[str, Any], starter: str, solution: str) -> str:
    """Markdown: a unified diff from the learner's cell to the solution; before they have begun, the solution alone."""
    own = own_cell([name for name in names if name in defined_names(solution)] or names, namespace)
    solution = solution.strip()
    if not own or own == starter.strip():
        return "One way to write it:\n\n" + fenced(solution, "python")
    if same_code(own, solution):
        return "Your code is the worked solution, but perhaps for its comments and spaces."
    lines = difflib.unified_diff(own.splitlines(), solution.splitlines(), "yours", "one worked solution", lineterm="")
    explained = "From yours (`-`) to one worked solution (`+`). Another way that passes the check is as right."
    return f"{explained}\n\n{fenced(chr(10).join(lines), 'diff')}"
