"""The path of a reply: read the request, let the first skill that applies propose candidates, sample, cut to limits."""

from __future__ import annotations

import random
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from .api.requests import ChatRequest, ToolCall
from .reading.prompt import read_prompt
from .remembered import Remembered
from .sampling import Randomness, TokenLogprob, draw, token_logprobs
from .skills import propose
from .skills.candidate import Call, Candidate
from .text import tokens


@dataclass(frozen=True)
class Choice:
    """One reply: its text, its tokens as text that can be streamed, and why it ended; or the functions it calls."""

    text: str
    pieces: tuple[str, ...]
    tokens: int
    finish_reason: Literal["stop", "length", "tool_calls", "content_filter"]
    logprobs: tuple[TokenLogprob, ...] | None
    calls: tuple[ToolCall, ...] = ()
    refusal: bool = False  # the text refuses, where the request demands a document of a schema
    filter: Mapping[str, Any] | None = None  # what a content filter found in it, where one is on


@dataclass(frozen=True)
class Completion:
    """What answers a ChatRequest. `id` and `created` (seconds) are drawn with the replies, so they repeat with them."""

    id: str
    choices: tuple[Choice, ...]
    prompt_tokens: int
    cached_tokens: int = 0  # of prompt_tokens
    prompt_filter: Mapping[str, Any] | None = None  # what a content filter found in the prompt, where one is on

    @property
    def completion_tokens(self) -> int:
        return sum(choice.tokens for choice in self.choices)


def complete(request: ChatRequest, randomness: Randomness, scripted: Candidate | None = None) -> Completion:
    """Compute the replies to a request: n of them, drawn from one distribution. A script stands in for the skills."""
    rng = randomness.generator(request.identity, request.seed)
    candidates = _proposed(request) if scripted is None else (scripted,)
    choices = []
    for _ in range(request.n):
        chosen = draw(candidates, request.temperature, request.top_p, rng)
        if chosen.calls:
            choices.append(_calling(chosen.calls, request, rng))
            continue
        text, kept, finish_reason = _cut(chosen.text, request)
        logprobs = token_logprobs(candidates, kept, request.top_logprobs) if request.logprobs else None
        rows = None if logprobs is None else tuple(logprobs)
        choices.append(Choice(text, pieces(text), len(kept), finish_reason, rows, refusal=chosen.refusal))
    return Completion(f"chatcmpl-{rng.getrandbits(116):029x}", tuple(choices), request.prompt_tokens)


# What a prompt leads to does not depend on how a reply is drawn from it. So the same prompt asked again, with any seed,
# temperature or number of replies, whole or as a stream, costs only the drawing.
_proposals: Remembered[bytes, tuple[Candidate, ...]] = Remembered(entries=2_000, size=16_000_000)  # by identity


def _proposed(request: ChatRequest) -> tuple[Candidate, ...]:
    """The candidates for a request. Two threads that ask the same at once both compute them, and find the same."""
    candidates = _proposals.get(request.identity)
    if candidates is None:
        candidates = tuple(propose(read_prompt(request), request.model))
        _proposals.put(request.identity, candidates, sum(_bytes(candidate) for candidate in candidates))
    return candidates


MOST_READY = 4  # replies to one request that are drawn at once


def is_ready(request: ChatRequest) -> bool:
    """Whether the reply only has to be drawn: less work than handing the request to another thread."""
    return request.n <= MOST_READY and not request.logprobs and _proposals.get(request.identity) is not None


def _bytes(candidate: Candidate) -> int:
    """About what a candidate takes in memory."""
    texts = [candidate.text, *(part for call in candidate.calls for part in (call.name, call.arguments))]
    return 200 + sum(sys.getsizeof(text) for text in texts)


def _calling(calls: Sequence[Call], request: ChatRequest, rng: random.Random) -> Choice:
    """A reply that calls functions. As at the API, one call that the request names ends with `stop`."""
    made, left = [], request.max_tokens
    for call in calls:
        left -= tokens.TOKENS_PER_CALL + tokens.count(call.name)
        sequence = tokens.encode(call.arguments)
        if left <= 0:
            break
        arguments = call.arguments if len(sequence) <= left else tokens.decode(sequence[:left])
        left -= len(sequence)
        made.append(ToolCall(f"call_{rng.getrandbits(96):024x}", call.name, arguments))
    used = request.max_tokens - max(left, 0)
    named = request.tools.choice.name is not None
    reason: Literal["stop", "length", "tool_calls"] = "length" if left < 0 else "stop" if named else "tool_calls"
    return Choice("", (), used, reason, None, tuple(made))


def _cut(text: str, request: ChatRequest) -> tuple[str, Sequence[int], Literal["stop", "length"]]:
    """End a reply before the first stop sequence, and at the most tokens it may have."""
    ends = [at for at in (text.find(stop) for stop in request.stop) if at >= 0]
    if ends:
        text = text[: min(ends)]
    sequence = _tokenised(text)[0]
    if len(sequence) > request.max_tokens:
        sequence = sequence[: request.max_tokens]
        return tokens.decode(sequence), sequence, "length"
    return text, sequence, "stop"


_texts: Remembered[str, tuple[tuple[int, ...], tuple[str, ...]]] = Remembered(entries=4_000, size=16_000_000)


def _tokenised(text: str) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """The tokens of a reply, and its pieces."""
    found = _texts.get(text)
    if found is None:
        sequence = tuple(tokens.encode(text))
        found = sequence, _joined(sequence)
        _texts.put(text, found, 200 + 100 * len(sequence))
    return found


def pieces(text: str) -> tuple[str, ...]:
    """The text token by token; tokens that share a character come as one piece."""
    return _tokenised(text)[1]


def _joined(sequence: Sequence[int]) -> tuple[str, ...]:
    found, waiting = [], b""
    for token in sequence:
        waiting += tokens.token_bytes(token)
        try:
            found.append(waiting.decode("utf-8"))
        except UnicodeDecodeError:
            continue
        waiting = b""
    return tuple(found)
