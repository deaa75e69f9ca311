"""Scorers that ask a model: alike in meaning, and judged by a rubric. They cost calls, and they err: see judges."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from helpers.evaluation.datasets import Case
from helpers.evaluation.scorers import Score, Scorer, scorer

if TYPE_CHECKING:
    from helpers.endpoint import Endpoint

RUBRIC = "The answer says what the reference says, and nothing that contradicts it."
INSTRUCTIONS = """You judge answers. Judge by the criterion alone, not by length or style.
Criterion: {rubric}
Give your reason in one sentence first, then the verdict: pass or fail."""
VERDICT = {
    "type": "object",
    "properties": {"reason": {"type": "string"}, "verdict": {"type": "string", "enum": ["pass", "fail"]}},
    "required": ["reason", "verdict"],
    "additionalProperties": False,
}


def similar(endpoint: Endpoint, at_least: float, name: str = "similar") -> Scorer:
    """The output's embedding is as near as that to the expected one's, by cosine. One call a case.

    What is near in meaning for an embedding may differ in a number or a "not": never the only scorer.
    """

    def near(case: Case, output: Any) -> Score:
        import numpy as np

        texts = [str(case.expected), str(output)]
        if not texts[1].strip():
            return Score(0.0, "the output is empty")
        data = endpoint.client.embeddings.create(model=endpoint.embedding, input=texts).data
        a, b = (np.asarray(item.embedding) for item in data)
        cosine = float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))
        return Score(float(cosine >= at_least), f"cosine {cosine:.2f}, at least {at_least:.2f} is asked")

    return _in_a_thread(near, name)


def judged(
    endpoint: Endpoint,
    rubric: str = RUBRIC,
    *,
    model: str | None = None,
    instructions: str = INSTRUCTIONS,
    name: str = "judged",
) -> Scorer:
    """A model passes or fails the output by a rubric, given the input and what is expected. One call a case.

    model: None takes the endpoint's judge. instructions: the system message; {rubric} in it is replaced. A reply that
    is no verdict leaves the score open, it never fails the output. Validate the judge before you believe it.
    """

    def verdict(case: Case, output: Any) -> Score:
        asked = [f"<question>\n{_text(case.input)}\n</question>"]
        asked += [f"<reference>\n{_text(case.expected)}\n</reference>"] if case.expected is not None else []
        asked += [f"<answer>\n{_text(output)}\n</answer>"]
        reply = endpoint.client.chat.completions.create(
            model=model or endpoint.judge,
            messages=[
                {"role": "system", "content": instructions.replace("{rubric}", rubric)},
                {"role": "user", "content": "\n".join(asked)},
            ],
            temperature=0,
            response_format={
                "type": "json_schema",
                "json_schema": {"name": "verdict", "strict": True, "schema": VERDICT},
            },
        )
        content = reply.choices[0].message.content or ""
        try:
            said = json.loads(content)
            return Score({"pass": 1.0, "fail": 0.0}[said["verdict"]], said["reason"])
        except (ValueError, KeyError, TypeError):
            return Score(None, f"the judge gave no verdict: {content[:200]!r}")

    return _in_a_thread(verdict, name)


def _in_a_thread(function: Any, name: str) -> Scorer:
    """A scorer that waits for a reply must not hold up the others."""
    import asyncio

    async def scored(case: Case, output: Any) -> Score:
        return await asyncio.to_thread(function, case, output)

    return scorer(scored, name=name)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
