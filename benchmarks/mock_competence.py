"""What the mock endpoint gets right on its development cases, over HTTP, for both sizes; with 95% Wilson intervals.

The cases in competence/ were used to set the skills' weights: these are development figures, and new texts will score
lower. They show the mechanism (what a definition, an example, a grounding instruction is worth), not the quality of a
real model.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable
from pathlib import Path

from helpers import connect

CASES = Path(__file__).parent / "competence"
DECLINE = "Not found"
Ask = Callable[[str], str]


def main() -> None:
    endpoint = connect("mock", quiet=True)
    labels, answers = (json.loads((CASES / f"{name}.json").read_text("utf-8")) for name in ("labels", "answers"))
    for model in (endpoint.chat_large, endpoint.chat_small):

        def ask(prompt: str, model: str = model) -> str:
            reply = endpoint.client.chat.completions.create(
                model=model, messages=[{"role": "user", "content": prompt}], temperature=0
            )
            return reply.choices[0].message.content

        for shown in ((), ("definitions",), ("examples",), ("definitions", "examples")):
            told = " and ".join(shown) or "names only"
            report(model, f"choose a label, {told}", labelled(labels, shown, ask))
        report(model, "answer what a passage answers", answered(answers, ask))
        report(model, "decline what none answers, told to", declined(answers, ask, grounded=True))
        report(model, "decline what none answers, not told to", declined(answers, ask, grounded=False))


def labelled(tasks: list[dict], shown: Iterable[str], ask: Ask) -> list[bool]:
    """Whether each case got its label, with the labels' names and what else is shown."""
    return [ask(label_prompt(task, shown, case["text"])) == case["label"] for task in tasks for case in task["cases"]]


def label_prompt(task: dict, shown: Iterable[str], text: str) -> str:
    lines = [task["task"], ""]
    if "definitions" in shown:
        lines += ["Labels:", *(f"- {name}: {meaning}" for name, meaning in task["labels"].items())]
    else:
        lines += [f"Choose one of: {', '.join(task['labels'])}."]
    lines += ["Answer with the label only.", ""]
    if "examples" in shown:
        lines += [f"Text: {example['text']}\nLabel: {example['label']}\n" for example in task["examples"]]
        return "\n".join([*lines, f"Text: {text}\nLabel:"])
    return "\n".join([*lines, f'Text: """{text}"""'])


def answered(documents: list[dict], ask: Ask) -> list[bool]:
    """Whether the reply to each answerable question holds the words that answer it."""
    return [
        case["answer_contains"] in ask(passage_prompt(document, case["question"], grounded=True))
        for document in documents
        for case in document["questions"]
        if case["answer_contains"]
    ]


def declined(documents: list[dict], ask: Ask, *, grounded: bool) -> list[bool]:
    """Whether each question that no passage answers was declined."""
    return [
        ask(passage_prompt(document, case["question"], grounded=grounded)).startswith(DECLINE)
        for document in documents
        for case in document["questions"]
        if not case["answer_contains"]
    ]


def passage_prompt(document: dict, question: str, *, grounded: bool) -> str:
    passages = "\n".join(f"[{number}] {text}" for number, text in enumerate(document["passages"], 1))
    rule = f' If they do not contain the answer, reply "{DECLINE}".' if grounded else ""
    return f"Answer the question from the passages.{rule}\n\nPassages:\n{passages}\n\nQuestion: {question}"


def report(model: str, what: str, right: list[bool]) -> None:
    low, high = wilson(sum(right), len(right))
    share = f"{sum(right):3} of {len(right):3}  {sum(right) / len(right):4.0%}"
    print(f"{model}  {what:<42} {share}  ({low:.0%} to {high:.0%})")


def wilson(successes: int, trials: int, z: float = 1.96) -> tuple[float, float]:
    """Wilson's score interval for a proportion; z = 1.96 for 95%.

    https://en.wikipedia.org/wiki/Binomial_proportion_confidence_interval#Wilson_score_interval
    """
    share = successes / trials
    centre = share + z * z / (2 * trials)
    spread = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    return (centre - spread) / scale, (centre + spread) / scale


if __name__ == "__main__":
    main()
