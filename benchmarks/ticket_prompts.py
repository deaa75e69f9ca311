"""What the prompts of lesson 02 reach on the tickets, on the mock at temperature 0.

Writes the baselines that the lesson's checks compare with, and the router prompt's score for those who come without
one of their own: `workbook bench ticket_prompts --write`.
"""

from __future__ import annotations

import argparse
import json
from datetime import date
from typing import Any

from helpers import connect, in_parallel, intervals, metrics
from helpers.data import load_sample, sample_data
from helpers.tokens import text_tokens

TEAMS = ["ledger", "entry", "works", "desk"]


def measured() -> tuple[dict[str, Any], dict[str, Any]]:
    """The baselines on the hidden set, and the router prompt's score on development and hidden set."""
    endpoint = connect("mock", quiet=True)

    def route(prompt: str, tickets: list[dict[str, Any]]) -> tuple[list[str], list[str]]:
        def one(ticket: dict[str, Any]) -> str:
            messages = [{"role": "user", "content": prompt.replace("{ticket}", ticket["text"])}]
            reply = endpoint.client.chat.completions.create(model=endpoint.chat_large, messages=messages, temperature=0)
            return (reply.choices[0].message.content or "").strip(" .*\n").lower()

        return [ticket["label"] for ticket in tickets], in_parallel(one, tickets)

    def score(prompt: str, name: str) -> dict[str, Any]:
        gold, replies = route(prompt, load_sample(f"tickets/{name}.jsonl"))
        right = sum(g == r for g, r in zip(gold, replies, strict=True))
        found = intervals.share(right, len(gold))
        return {"right": right, "of": len(gold), "low": round(found.low, 3), "high": round(found.high, 3)}

    made_by = {"endpoint": endpoint.label, "model": endpoint.chat_large, "date": date.today().isoformat()}
    prompts = load_sample("tickets/prompts.json")
    router = sample_data("tickets/router.txt").read_text(encoding="utf-8")
    gold, replies = route(prompts["names"].replace("{examples}", ""), load_sample("tickets/hidden.jsonl"))
    names = {"macro_f1": round(metrics.macro_f1(gold, replies, TEAMS), 4)}
    baselines = {**made_by, "rows": "hidden", "B": score(prompts["B"], "hidden"), "names": names}
    tokens = text_tokens(router.replace("{ticket}", ""))
    scored = {name: score(router, name) for name in ("development", "hidden")}
    return baselines, {**made_by, "prompt": "router.txt", "tokens": tokens, "labels": TEAMS, **scored}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--write", action="store_true", help="write both files of sample_data/tickets")
    write = arguments.parse_args().write
    for name, found in zip(("baselines", "router"), measured(), strict=True):
        text = json.dumps(found, indent=1) + "\n"
        print(name, text)
        if write:
            (sample_data("tickets/prompts.json").parent / f"{name}.json").write_text(text, "utf-8", newline="\n")


if __name__ == "__main__":
    main()
