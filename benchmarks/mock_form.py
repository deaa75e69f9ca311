"""How many demands on the form of a reply the mock endpoint keeps, over HTTP, for three skills and both sizes."""

from __future__ import annotations

import json
import re
from pathlib import Path

from helpers import connect

CASES = Path(__file__).parent / "competence" / "forms.json"
TEXT = (
    "The cable ferry crosses the fjord every fifteen minutes, even at night. A crossing costs 6 euros for a car, and "
    "bicycles travel free of charge. In strong wind the ferry stops, because the cable could break. The ferry was "
    "built "
    "in 1974 and renewed last year. Dogs are welcome on deck, but they must be kept on a lead."
)
TASKS = {
    "answer": f"Answer from the text. {{demand}}\n\nText: {TEXT}\n\nQuestion: What does a crossing cost for a car?",
    "summarise": f'Summarise the text. {{demand}}\n"""{TEXT}"""',
    "rewrite": f'Rewrite the text in plain language. {{demand}}\n"""{TEXT}"""',
}


def main() -> None:
    endpoint = connect("mock", quiet=True)
    cases = json.loads(CASES.read_text("utf-8"))
    for model in (endpoint.chat_large, endpoint.chat_small):
        for task, template in TASKS.items():
            kept, missed = 0, []
            for case in cases:
                reply = endpoint.client.chat.completions.create(
                    model=model,
                    messages=[{"role": "user", "content": template.format(demand=case["demand"])}],
                    temperature=0,
                )
                text = reply.choices[0].message.content
                if keeps(text, case):
                    kept += 1
                else:
                    missed.append((case["demand"], text))
            print(f"{model}  {task:<10} {kept:2} of {len(cases)}")
            if model == endpoint.chat_large:
                for demand, text in missed:
                    print(f"    {demand}  ->  {text!r}")


def keeps(text: str, case: dict) -> bool:
    """Whether a reply keeps everything that the case asks for."""
    lines = [line for line in text.splitlines() if line.strip()]
    sentences = len(re.findall(r"[.!?](?=\s|$)", text)) or 1
    low, high = case.get("words", (0, 10**6))
    fewest, most = case.get("sentences", (0, 10**6))
    return (
        low <= len(text.split()) <= high
        and fewest <= sentences <= most
        and len(lines) == case.get("lines", len(lines))
        and all(re.search(case.get("each", ""), line) for line in lines)
        and bool(re.search(case.get("match", ""), text))
        and text == {"upper": text.upper(), "lower": text.lower()}.get(case.get("case", ""), text)
        and ("keys" not in case or _has_keys(text, case["keys"]))
    )


def _has_keys(text: str, keys: list[str]) -> bool:
    try:
        return list(json.loads(text)) == keys
    except ValueError:
        return False


if __name__ == "__main__":
    main()
