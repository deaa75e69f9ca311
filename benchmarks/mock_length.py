"""Milliseconds of a reply as its prompt grows from 1,000 to 100,000 tokens, for each kind of prompt, and the exponent.

    workbook bench mock_length [--only answer] [--profile answer]

The exponent is the slope of log milliseconds over log tokens between the longest prompts: 1 is linear, 2 quadratic.
Every prompt is new. --profile shows where the longest prompt's time goes.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import math
import pstats
import random
import time
from collections.abc import Callable
from typing import Any

from _prompts import facts

from helpers.mock_endpoint.api.requests import read_chat_request
from helpers.mock_endpoint.completion import complete
from helpers.mock_endpoint.config import MockConfig
from helpers.mock_endpoint.sampling import Randomness

TOKENS = (1_000, 3_000, 10_000, 30_000, 100_000)
_PER_SENTENCE = 21  # tokens, about

_SCHEMA = {
    "type": "object",
    "properties": {"place": {"type": "string"}, "price": {"type": "number"}, "opens_at": {"type": "string"}},
    "required": ["place", "price", "opens_at"],
    "additionalProperties": False,
}
_TOOL = {
    "type": "function",
    "function": {
        "name": "book_tickets",
        "description": "Book tickets for a sight",
        "parameters": {"type": "object", "properties": {"place": {"type": "string"}, "people": {"type": "integer"}}},
    },
}


def sentences(tokens: int, salt: int) -> list[str]:
    return facts(random.Random(salt), max(1, tokens // _PER_SENTENCE))


def user(text: str, **more: Any) -> dict[str, Any]:
    return {"model": "sim-large", "messages": [{"role": "user", "content": text}], **more}


def answer(tokens: int, salt: int) -> dict[str, Any]:
    shown = "\n".join(f"[{i}] {fact}" for i, fact in enumerate(sentences(tokens, salt), 1))
    return user(f"Answer from the passages only.\n\nPassages:\n{shown}\n\nQuestion: What do tickets cost in Carwick?")


def one_passage(tokens: int, salt: int) -> dict[str, Any]:
    return user(f'What do tickets cost in Carwick? Answer from this text.\n\n"""{" ".join(sentences(tokens, salt))}"""')


def label(tokens: int, salt: int) -> dict[str, Any]:
    text = " ".join(sentences(tokens, salt))
    return user(
        f'Classify the text as "travel", "cooking" or "sports". Answer with the label only.\n\nText: """{text}"""'
    )


def few_shot(tokens: int, salt: int) -> dict[str, Any]:
    shown = "\n".join(
        f"Text: {fact}\nLabel: {('cost', 'time')[i % 2]}\n" for i, fact in enumerate(sentences(tokens, salt))
    )
    return user(f"Label each text.\n\n{shown}\nText: When does the ferry leave?\nLabel:")


def extract(tokens: int, salt: int) -> dict[str, Any]:
    form = {"type": "json_schema", "json_schema": {"name": "sight", "schema": _SCHEMA, "strict": True}}
    text = "\n".join(sentences(tokens, salt))
    return user(
        f"Extract the sight's place, price and opening time.\n\n<document>\n{text}\n</document>", response_format=form
    )


def tools(tokens: int, salt: int) -> dict[str, Any]:
    return user(f"{' '.join(sentences(tokens, salt))} Book tickets for 4 people in Carwick.", tools=[_TOOL])


def history(tokens: int, salt: int) -> dict[str, Any]:
    turns = [{"role": ("user", "assistant")[i % 2], "content": fact} for i, fact in enumerate(sentences(tokens, salt))]
    turns += [] if len(turns) % 2 == 0 else [{"role": "assistant", "content": "I see."}]
    return {"model": "sim-large", "messages": [*turns, {"role": "user", "content": "What did I tell you of Carwick?"}]}


def summary(tokens: int, salt: int) -> dict[str, Any]:
    return user(f"Summarise the text in two sentences.\n\n{' '.join(sentences(tokens, salt))}")


def chat(tokens: int, salt: int) -> dict[str, Any]:
    return user(f"{' '.join(sentences(tokens, salt))} Tell me something nice.")


def one_word(tokens: int, salt: int) -> dict[str, Any]:
    return user(f"Summarise this:\n\n{salt} " + "x" * (tokens * 4))


def white_space(tokens: int, salt: int) -> dict[str, Any]:
    return user(f"Summarise this:\n\n{salt}" + " \n" * (tokens * 2) + "The end.")


def marks(tokens: int, salt: int) -> dict[str, Any]:
    return user(f"Answer from the text: who? {salt}\n\n" + "\"'([{<- :#*`|.\n" * (tokens // 12))


KINDS: dict[str, Callable[[int, int], dict[str, Any]]] = {
    f.__name__: f
    for f in (
        answer, one_passage, label, few_shot, extract, tools, history, summary, chat, one_word, white_space, marks,
    )
}  # fmt: skip


def reply(body: dict[str, Any]) -> int:
    asked = read_chat_request(json.loads(json.dumps(body)), MockConfig())
    complete(asked, Randomness())
    return asked.prompt_tokens


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="")
    parser.add_argument("--profile", choices=KINDS)
    parser.add_argument("--most", type=int, default=TOKENS[-1])
    given = parser.parse_args()
    sizes = [size for size in TOKENS if size <= given.most]
    reply(answer(500, 1))
    if given.profile:
        profile = cProfile.Profile()
        body = KINDS[given.profile](sizes[-1], 7)
        profile.runcall(reply, body)
        pstats.Stats(profile).sort_stats("tottime").print_stats(25)
        return
    print(f"{'CPU ms':<14}" + "".join(f"{size:>10,}" for size in sizes) + "  exponent")
    for name, make in KINDS.items():
        if given.only not in name:
            continue
        points = []
        for salt, size in enumerate(sizes):
            body = make(size, 100 + salt)
            started = time.process_time()
            counted = reply(body)
            points.append((counted, 1000 * (time.process_time() - started)))
        (n1, t1), (n2, t2) = points[-2:]
        exponent = math.log(t2 / t1) / math.log(n2 / n1) if n2 > n1 else math.nan
        print(
            f"{name:<14}" + "".join(f"{t:>10,.0f}" for _, t in points) + f"{exponent:>10.2f}   {n2:,} tokens",
            flush=True,
        )


if __name__ == "__main__":
    main()
