"""A PoC workbook of a few lines, to try what all of them share."""

import dataclasses
import sys
from pathlib import Path

from nbformat.v4 import new_code_cell, new_notebook
from pydantic import Field

from helpers.poc import workbooks
from helpers.poc.charter import Criterion
from helpers.poc.parameters import InputPath, Parameters
from helpers.poc.workbooks import Estimate, Workbook


class ToyParameters(Parameters):
    """Of the toy."""

    words_path: InputPath = Field("", description="file with one word a line")
    most: int = Field(10, ge=1, le=100, description="words that are asked about")
    fail_at: str = Field("", description="word at which the notebook fails")
    pause: float = Field(0.0, ge=0, description="seconds before each word")


CELLS = [
    'from helpers.poc import workbooks\nworkbooks.PACKAGES["toy"] = "toy_poc"',
    ToyParameters.as_cell(),
    """import time
from helpers import plots, poc, show
run = poc.begin("toy", globals())
words = run.input_file(run.parameters.words_path).read_text(encoding="utf-8").split()[: run.parameters.most]
prompt = run.prompt("ask.md")

def ask(word):
    time.sleep(run.parameters.pause)
    if word == run.parameters.fail_at:
        raise SystemError("the notebook fails")
    if word == "bad":
        raise ValueError("cannot be read")
    model = run.endpoint.settings.models[run.parameters.model]
    messages = [{"role": "user", "content": prompt.replace("{word}", word)}]
    return run.endpoint.client.chat.completions.create(model=model, messages=messages).choices[0].message.content
""",
    """answers = run.map(ask, words, "asking")
if run.parameters.fail_at in words:
    raise SystemError("the notebook fails")""",
    """with run.section("Answers"):
    show.table([{"word": w, "answer": (a or "")[:40]} for w, a in zip(words, answers)])
    plots.bars({w: len(a or "") for w, a in zip(words, answers)}, title="Length", unit="characters")
run.table("answers", [{"word": w, "answer": a} for w, a in zip(words, answers)])
run.headline(f"**{len(words)} words** were asked about.")
run.measure("answered", sum(a is not None for a in answers) / len(words))
report = run.finish()""",
]


def register(notebook: Path) -> None:
    """Make it known to this process, which is not the tests'."""
    workbooks.PACKAGES["toy"] = "toy_poc"
    sys.modules["toy_poc"].WORKBOOK = dataclasses.replace(WORKBOOK, notebook=notebook)


def notebook() -> object:
    """The toy's notebook."""
    cells = [new_code_cell(text) for text in CELLS]
    cells[1].metadata["tags"] = ["parameters"]
    return new_notebook(
        cells=cells, metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    )


WORKBOOK = Workbook(
    name="toy",
    title="Toy",
    parameters=ToyParameters,
    criteria=(
        Criterion("answered", "Words that were answered", at_least=0.7, unit="%"),
        Criterion("agreed", "Answers that people agree with", at_least=0.8, unit="%", needs="a gold file"),
    ),
    notebook=Path("toy.ipynb"),
    prompts={"ask.md": "What is {word}?"},
    files={"words.txt": "token\n"},
    begins={"words_path": "words.txt"},
    gold="word,answer\n",
    steps=lambda parameters: {"words": f"at most {parameters.most}", parameters.model: "answers"},
    estimate=lambda parameters: Estimate(parameters.most, 20 * parameters.most, 50 * parameters.most, "one a word"),
)
