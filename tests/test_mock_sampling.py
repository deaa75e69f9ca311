"""Temperature, seed, n, top_p and log-probabilities of the offline endpoint all come from one distribution."""

from __future__ import annotations

import math
import os
import random
import subprocess
import sys
from collections import Counter
from typing import Any

import openai
import pytest

from helpers.mock_endpoint import MockConfig, start
from helpers.mock_endpoint.sampling import draw, probabilities, token_logprobs
from helpers.mock_endpoint.skills.candidate import Candidate

ASK: Any = [
    {
        "role": "user",
        "content": "Is this note about cooking, gardening or sailing? Answer with the label only.\n"
        '"""The wind filled the garden while the soup was on the stove."""',
    }
]
THREE = [Candidate("yes", 0.0), Candidate("no", -1.0), Candidate("perhaps so", -2.0)]


HELLO: Any = [{"role": "user", "content": "Hello"}]


def replies(client: openai.OpenAI, messages: Any = HELLO, **parameters: Any) -> list[str]:
    reply = client.chat.completions.create(model="sim-large", messages=messages, **parameters)
    return [choice.message.content or "" for choice in reply.choices]


# --- the distribution ----------------------------------------------------------------------------------------------


def test_probabilities_are_softmax_of_score_over_temperature():
    shares = probabilities([0.0, -1.0, -2.0], temperature=0.5, top_p=1)
    assert sum(shares) == pytest.approx(1)
    assert shares[0] / shares[1] == pytest.approx(math.exp(1 / 0.5))


def test_temperature_0_takes_the_best_and_a_higher_one_spreads():
    assert probabilities([-1.0, 0.0, 0.0], 0, 1) == [0, 1, 0]
    cold, warm = (probabilities([0.0, -1.0, -2.0], t, 1)[0] for t in (0.3, 2.0))
    assert cold > warm > 1 / 3


def test_top_p_keeps_the_smallest_set_of_best_candidates():
    assert probabilities([0.0, -0.1, -5.0], 1, 0.5) == [1, 0, 0]
    assert probabilities([0.0, -0.1, -5.0], 1, 0.9)[2] == 0
    assert probabilities([0.0, -0.1, -5.0], 1, 0) == [1, 0, 0]


def test_draws_follow_the_probabilities():
    rng = random.Random(1)
    drawn = Counter(draw(THREE, 1, 1, rng).text for _ in range(4000))
    for candidate, share in zip(THREE, probabilities([0.0, -1.0, -2.0], 1, 1), strict=True):
        assert drawn[candidate.text] / 4000 == pytest.approx(share, abs=0.03)


# --- through the API -----------------------------------------------------------------------------------------------


def test_at_temperature_0_every_reply_is_the_same(client):
    assert len({replies(client, temperature=0)[0] for _ in range(4)}) == 1


def test_without_a_seed_replies_vary_and_the_best_one_is_commonest(client):
    best = replies(client, temperature=0)[0]
    drawn = Counter(replies(client, n=128, temperature=0.7))
    assert len(drawn) > 1
    assert drawn.most_common(1)[0][0] == best
    assert replies(client, n=40, temperature=2) != replies(client, n=40, temperature=2), "two calls, two draws"


def test_the_same_seed_gives_the_same_replies_streamed_or_not(client):
    first = replies(client, n=8, seed=42, temperature=2)
    assert replies(client, n=8, seed=42, temperature=2) == first
    streams = client.chat.completions.create(
        model="sim-large", messages=HELLO, n=8, seed=42, temperature=2, stream=True
    )
    texts = [""] * 8
    for chunk in streams:
        texts[chunk.choices[0].index] += chunk.choices[0].delta.content or ""
    assert texts == first
    assert any(replies(client, n=8, seed=seed, temperature=2) != first for seed in range(5))


def test_log_probabilities_are_those_of_the_drawing(client):
    reply = client.chat.completions.create(
        model="sim-large", messages=ASK, logprobs=True, top_logprobs=5, temperature=0, n=1
    )
    first = reply.choices[0].logprobs.content[0]
    shown = {top.token: math.exp(top.logprob) for top in first.top_logprobs}
    assert sum(shown.values()) == pytest.approx(1, abs=0.01)
    drawn = Counter(replies(client, ASK, n=120, seed=3))
    for text, times in drawn.items():
        share = next(p for token, p in shown.items() if text.startswith(token))
        assert times / 120 == pytest.approx(share, abs=0.17)
    assert first.token == max(shown, key=lambda token: shown[token])
    assert "".join(row.token for row in reply.choices[0].logprobs.content) == reply.choices[0].message.content
    assert reply.choices[0].logprobs.content[0].bytes == list(first.token.encode())


def test_log_probabilities_add_up_to_that_of_the_whole_reply():
    from helpers.mock_endpoint.text import tokens

    shares = probabilities([c.score for c in THREE], 1, 1)
    for candidate, share in zip(THREE, shares, strict=True):
        rows = token_logprobs(THREE, tokens.encode(candidate.text), top=3)
        assert sum(row.logprob for row in rows) == pytest.approx(math.log(share))


# --- a seeded endpoint ---------------------------------------------------------------------------------------------


def test_a_seeded_endpoint_repeats_its_whole_history():
    def history() -> list[tuple[str, str, int]]:
        with start(MockConfig(seed=7)) as running:
            client = openai.OpenAI(base_url=running.url, api_key="workbook")
            made = [client.chat.completions.create(model="sim-large", messages=HELLO, temperature=2) for _ in range(10)]
            return [(r.id, r.choices[0].message.content or "", r.created) for r in made]

    first = history()
    assert history() == first
    assert len({text for _, text, _ in first}) > 1, "identical calls still vary within one run"


def test_the_environments_seed_reaches_the_shared_endpoint():
    code = (
        "import openai; from helpers.mock_endpoint import start\n"
        "c = openai.OpenAI(base_url=start().url, api_key='workbook')\n"
        "hello = [{'role': 'user', 'content': 'Hi'}]\n"
        "print(c.chat.completions.create(model='sim-large', temperature=2, n=6, messages=hello).model_dump_json())"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env=os.environ | {"WORKBOOK_MOCK_SEED": "3"},
        ).stdout
        for _ in range(2)
    ]
    assert runs[0] == runs[1] != ""
