"""Seconds of lesson 01 under papermill, beside a notebook that only imports the same; plain and warm kernels."""

import os
import tempfile
from pathlib import Path

import nbformat
from _side_by_side import compare
from nbformat.v4 import new_code_cell, new_notebook

from helpers.paths import SOLUTIONS
from helpers.publishing.build import BUILD_ENVIRONMENT
from helpers.publishing.execution import execute
from helpers.publishing.warm_kernel import warm_kernels

IMPORTS = """
import tiktoken, openai, numpy, tokenizers, starlette, uvicorn
import matplotlib.figure, hypothesis, pydantic_settings
from helpers import connect, open_lesson, plots, prices, show
"""


def notebook_run(notebook, kernel: str):
    def run() -> None:
        with tempfile.TemporaryDirectory() as home:
            execute(notebook, kernel_name=kernel, cwd=Path(home), env={**BUILD_ENVIRONMENT, "WORKBOOK_HOME": home})

    return run


lesson = nbformat.read(next(SOLUTIONS.rglob("01_tokens.ipynb")), as_version=4)
nothing = new_notebook(
    cells=[new_code_cell(IMPORTS)],
    metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
)
os.environ.update(BUILD_ENVIRONMENT)
with warm_kernels() as warm:
    compare(
        {
            "the same imports, nothing else": notebook_run(nothing, "python3"),
            "lesson 01": notebook_run(lesson, "python3"),
            "the same imports, warm kernel": notebook_run(nothing, warm),
            "lesson 01, warm kernel": notebook_run(lesson, warm),
        },
        times=3,
        yardstick="the same imports, nothing else",
    )
