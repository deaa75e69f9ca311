"""The path of a reply: read the request, let the first skill that applies propose candidates, sample, cut to limits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from . import tokens
from .prompt import read_prompt
from .requests import ChatRequest
from .sampling import Randomness, TokenLogprob, draw, token_logprobs
from .skills import propose


@dataclass(frozen=True)
class Choice:
    """One reply: its text, its tokens as text that can be streamed, and why it ended."""

    text: str
    pieces: tuple[str, ...]
    tokens: int
    finish_reason: Literal["stop", "length"]
    logprobs: tuple[TokenLogprob, ...] | None


@dataclass(frozen=True)
class Completion:
    """What answers a ChatRequest. `id` and `created` (seconds) are drawn with the replies, so they repeat with them."""

    id: str
    choices: tuple[Choice, ...]
    prompt_tokens: int

    @property
    def completion_tokens(self) -> int:
        return sum(choice.tokens for choice in self.choices)


def complete(request: ChatRequest, randomness: Randomness) -> Completion:
    """Compute the replies to a request: n of them, drawn from one distribution."""
    rng = randomness.generator(request.identity, request.seed)
    candidates = propose(read_prompt(request), request.model)
    choices = []
    for _ in range(request.n):
        chosen = draw(candidates, request.temperature, request.top_p, rng)
        sequence = tokens.encode(chosen.text)
        text, kept, finish_reason = _cut(chosen.text, sequence, request)
        logprobs = token_logprobs(candidates, kept, request.top_logprobs) if request.logprobs else None
        choices.append(
            Choice(text, _pieces(text), len(kept), finish_reason, None if logprobs is None else tuple(logprobs))
        )
    return Completion(f"chatcmpl-{rng.getrandbits(116):029x}", tuple(choices), request.prompt_tokens)


def _cut(text: str, sequence: list[int], request: ChatRequest) -> tuple[str, list[int], Literal["stop", "length"]]:
    """End a reply before the first stop sequence, and at the most tokens it may have."""
    ends = [at for at in (text.find(stop) for stop in request.stop) if at >= 0]
    if ends:
        text = text[: min(ends)]
        sequence = tokens.encode(text)
    if len(sequence) > request.max_tokens:
        sequence = sequence[: request.max_tokens]
        return tokens.decode(sequence), sequence, "length"
    return text, sequence, "stop"


def _pieces(text: str) -> tuple[str, ...]:
    """The text token by token; tokens that share a character come as one piece."""
    pieces, waiting = [], b""
    for token in tokens.encode(text):
        waiting += tokens.token_bytes(token)
        try:
            pieces.append(waiting.decode("utf-8"))
        except UnicodeDecodeError:
            continue
        waiting = b""
    return tuple(pieces)
