"""A toy lesson whose notebooks are made when it is asked for, in the shape of published ones."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from typing import Any

from helpers.grading.trials import LessonTrial, code_cells, run_cell
from helpers.grading.variants import NEUTRAL
from helpers.publishing.published import exercise_cells

NAME = "99_sample"
SETUP = """
import openai
from helpers.grading import ScriptedClient
client = ScriptedClient(["Lima"] * 50).client
"""
SOLUTIONS = {
    "split": """
def split(text, size, overlap):
    "Pieces of `size` characters, each repeating the last `overlap` of the one before."
    return [text[i:i + size] for i in range(0, len(text), size - overlap)]
""",
    "ask": """
def ask(client, question):
    for _ in range(2):
        try:
            messages = [{"role": "user", "content": question}]
            reply = client.chat.completions.create(model="m", messages=messages)
            return reply.choices[0].message.content
        except openai.RateLimitError:
            continue
""",
    "spent": """
def spent(question):
    messages = [{"role": "user", "content": question}]
    return client.chat.completions.create(model="m", messages=messages).usage.total_tokens
""",
    "recap": """
recap = {1: "a", 2: "b"}
""",
}
STARTERS = {
    "split": """
def split(text, size, overlap):
    "Pieces of `size` characters, each repeating the last `overlap` of the one before."
    ...
""",
    "ask": """
def ask(client, question):
    ...
""",
    "spent": """
def spent(question):
    ...
""",
    "recap": """
recap = {1: ..., 2: ...}
""",
}


def write_notebook(path: Path, cells: dict[str, str]) -> Path:
    from nbformat import write
    from nbformat.v4 import new_code_cell, new_notebook

    made = [new_code_cell(SETUP.strip(), id="setup")]
    for name, source in cells.items():
        made.append(new_code_cell(source.strip(), id=f"exercise-{name}", metadata={"workbook": {"exercise": name}}))
        made.append(new_code_cell("1 + 1", id=f"after-{name}"))
    path.parent.mkdir(parents=True, exist_ok=True)
    write(new_notebook(cells=made), path)
    return path


def sample_trial(folder: Path, variant: str = NEUTRAL) -> LessonTrial:
    """The toy lesson, from two notebooks written into `folder`."""
    from sample_lesson import checks

    starter = write_notebook(folder / "notebooks" / f"{NAME}.ipynb", STARTERS)
    solution = write_notebook(folder / "solutions" / f"{NAME}.ipynb", SOLUTIONS)
    return LessonTrial(NAME, checks, code_cells(solution), exercise_cells(starter), exercise_cells(solution), variant)


def notebook(*cells: str) -> dict[str, Any]:
    """The variables of a notebook in which these cells have been run."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for cell in cells:
        run_cell(dedent(cell).strip("\n"), namespace, "cell")
    return namespace
