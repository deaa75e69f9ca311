"""How well the mock endpoint judges: true positive and true negative rate by wording of the prompt, and flips of pairs.

A positive is an answer that should pass. The prompts go from `Is this a good answer?` to definitions, a rubric and an
example; what each is worth is the lesson. `judge_train.json` was used to set the weights, `judge_heldout.json` was not.

    python benchmarks/mock_judge.py [train|heldout]
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from helpers import connect

CASES = Path(__file__).parent / "competence"
Ask = Callable[[str], str]
GOOD = re.compile(r"\W*(?:pass|yes|correct|good|true|supported|4|5)\b", re.IGNORECASE)

FAILED = """Question: How many seats does the cinema have?
Reference answer: The cinema has 210 seats.
Answer: The cinema has 120 seats.
Verdict: FAIL

"""
# In each, {material} stands for the question, what to compare with, and the answer.
SINGLE = {
    "vague": "Is this a good answer?\n\n{bare}",
    "vague, PASS or FAIL": "You are a judge. Reply PASS or FAIL.\n\n{material}",
    "names the aspect": "Is the answer {aspect}? Reply PASS or FAIL.\n\n{material}",
    "definitions": "Judge the answer.\nPASS: every fact in the answer {agrees}.\nFAIL: a fact differs, is missing or "
    "is "
    "not there.\nReply PASS or FAIL only.\n\n{material}",
    "definitions, evidence first": "Judge the answer.\nPASS: every fact in the answer {agrees}.\nFAIL: a fact "
    "differs, is "
    "missing or is not there.\nFirst compare each fact and give your reason in one sentence, then end with a line "
    "'Verdict: PASS' or 'Verdict: FAIL'.\n\n{material}",
    "definitions and an example": "Judge the answer.\nPASS: every fact in the answer {agrees}.\nFAIL: a fact "
    "differs, is "
    "missing or is not there.\nReply PASS or FAIL only.\n\n{example}{material}\nVerdict:",
    "score of 1 to 5": "Grade how {aspect} the answer is from 1 (wrong) to 5 (right). Reply with the number only.\n\n"
    "{material}",
    "JSON": 'Is the answer {aspect}? Return JSON: {{"verdict": "PASS" or "FAIL", "reason": "..."}}\n\n{material}',
}


def main(which: str) -> None:
    endpoint = connect("mock", quiet=True)
    cases = json.loads((CASES / f"judge_{which}.json").read_text("utf-8"))
    for model in (endpoint.chat_large, endpoint.chat_small):

        def ask(prompt: str, model: str = model) -> str:
            reply = endpoint.client.chat.completions.create(
                model=model, messages=[{"role": "user", "content": prompt}], temperature=0
            )
            return reply.choices[0].message.content

        for kind in ("reference", "context"):
            for name, template in SINGLE.items():
                report(f"{model}  {kind:<10} {name}", rates(cases[kind], kind, template, ask))
        report(f"{model}  rubric     PASS or FAIL", rates(cases["rubric"], "rubric", RUBRIC, ask))
        right, flipped = pairs(cases["pairs"], ask)
        print(f"{model}  pairs      better one chosen {right:.0%}, flipped by order {flipped:.0%}")
        for name, told in PAIRS.items():
            print(f"{model}  close pairs {name:<18} flipped by order {flips(cases['close_pairs'], told, ask):.0%}")


RUBRIC = (
    "Judge the reply to a customer. PASS only if it meets all criteria, else FAIL.\nCriteria:\n{criteria}\n\n"
    "{material}\nVerdict:"
)


def material(item: dict, kind: str, answer: str) -> str:
    given = {
        "reference": f"Reference answer: {item.get('reference')}\n",
        "context": f"Context: {item.get('context')}\n",
    }
    return f"Question: {item['question']}\n{given.get(kind, '')}Answer: {answer}"


def rates(items: list[dict], kind: str, template: str, ask: Ask) -> tuple[float, float, int]:
    """True positive rate, true negative rate, number of cases."""
    outcomes: dict[bool, list[bool]] = {True: [], False: []}
    for item, answer, good in answers(items):
        prompt = template.format(
            material=material(item, kind, answer),
            bare=f"Question: {item['question']}\nAnswer: {answer}",
            aspect="correct" if kind == "reference" else "supported by the context",
            agrees="agrees with the reference" if kind == "reference" else "stands in the context",
            example=FAILED if kind == "reference" else FAILED.replace("Reference answer", "Context"),
            criteria="\n".join(f"- {criterion}" for criterion in item.get("criteria", ())),
        )
        outcomes[good].append(passed(ask(prompt)) == good)
    return (*(sum(own) / len(own) for own in (outcomes[True], outcomes[False])), sum(map(len, outcomes.values())))


def answers(items: list[dict]) -> Iterator[tuple[dict, str, bool]]:
    for item in items:
        yield from ((item, answer, True) for answer in item["good"])
        yield from ((item, answer, False) for answer in item["bad"])


def passed(reply: str) -> bool:
    if reply.startswith("{"):
        return json.loads(reply)["verdict"] == "PASS"
    last = re.search(r"Verdict: (\w+)", reply)
    return bool(GOOD.match(last[1] if last else reply))


PAIRS = {
    "vague": "Which answer is better? Reply A or B.",
    "with criteria": "Which answer is better? Judge accuracy, clarity and helpfulness. The order of the answers must "
    "not "
    "matter. Reply A or B only.",
}


def compare(told: str, item: dict, one: str, two: str, ask: Ask) -> str:
    reference = f"Reference answer: {item['reference']}\n" if "reference" in item else ""
    return ask(f"{told}\n\nQuestion: {item['question']}\n{reference}Answer A: {one}\nAnswer B: {two}")[:1]


def pairs(items: list[dict], ask: Ask) -> tuple[float, float]:
    """How often the better one is chosen, over both orders, and how often the choice changes with the order."""
    told = "Which answer agrees with the reference? Reply A or B only."
    first = [compare(told, i, i["better"], i["worse"], ask) == "A" for i in items]
    second = [compare(told, i, i["worse"], i["better"], ask) == "B" for i in items]
    return sum(first + second) / (2 * len(items)), sum(a != b for a, b in zip(first, second, strict=True)) / len(items)


def flips(items: list[dict], told: str, ask: Ask) -> float:
    first = [compare(told, i, i["a"], i["b"], ask) for i in items]
    second = [compare(told, i, i["b"], i["a"], ask) for i in items]
    return sum(a == b for a, b in zip(first, second, strict=True)) / len(items)


def report(what: str, found: tuple[float, float, int]) -> None:
    positive, negative, count = found
    print(f"{what:<52} TPR {positive:4.0%}  TNR {negative:4.0%}  ({count} cases)")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "train")
