"""From scored candidates to replies: softmax of score over temperature, nucleus (top_p), seed, and log-probabilities.

A skill proposes whole replies with scores that play the part of log-probabilities up to a constant. Everything random
in a reply comes from this one distribution.
"""

from __future__ import annotations

import hashlib
import math
import random
import secrets
import threading
from collections import Counter, OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

from .skills.candidate import Candidate
from .text import tokens

_REMEMBERED_REQUESTS = 10_000
END = "<|end|>"  # how the API shows the token that ends a reply, where it competes with going on


def probabilities(scores: Sequence[float], temperature: float, top_p: float) -> list[float]:
    """Softmax of scores / temperature, cut to the smallest set of best candidates that holds at least top_p.

    Temperature 0 is the limit: all probability on the first best candidate.
    """
    best = max(scores)
    if temperature < 1e-6:
        winner = scores.index(best)
        return [float(i == winner) for i in range(len(scores))]
    weights = [math.exp((score - best) / temperature) for score in scores]
    total = sum(weights)
    shares = [weight / total for weight in weights]
    kept, held = set[int](), 0.0
    for i in sorted(range(len(shares)), key=lambda i: -shares[i]):
        kept.add(i)
        held += shares[i]
        if held >= top_p:
            break
    return [share / held if i in kept else 0.0 for i, share in enumerate(shares)]


def draw(candidates: Sequence[Candidate], temperature: float, top_p: float, rng: random.Random) -> Candidate:
    """One candidate, drawn by its probability."""
    shares = probabilities([c.score for c in candidates], temperature, top_p)
    return rng.choices(candidates, weights=shares)[0]


@dataclass
class Randomness:
    """Where the randomness of replies comes from: the request's seed, the endpoint's, or the system's entropy."""

    seed: int | None = None
    _calls: OrderedDict[bytes, int] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def generator(self, identity: bytes, request_seed: int | None) -> random.Random:
        """The generator for one request.

        With a seed of the request, the same request always draws the same. With only a seed of the endpoint, the n-th
        call of an identical request always draws the same as the n-th call in any other run.
        """
        if request_seed is not None:
            return _seeded("request", str(request_seed), identity)
        if self.seed is None:
            return random.Random(secrets.randbits(128))
        return _seeded(f"endpoint {self.seed}", str(self._count(identity)), identity)

    def _count(self, identity: bytes) -> int:
        with self._lock:
            self._calls[identity] = self._calls.pop(identity, 0) + 1
            if len(self._calls) > _REMEMBERED_REQUESTS:
                self._calls.popitem(last=False)
            return self._calls[identity]


def _seeded(kind: str, value: str, identity: bytes) -> random.Random:
    return random.Random(hashlib.sha256(f"{kind}\n{value}\n".encode() + identity).digest())


# --- log-probabilities ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class TokenLogprob:
    """A token's bytes and its log-probability given the reply so far; `top` are the likeliest tokens at its place."""

    token: bytes
    logprob: float
    top: tuple[tuple[bytes, float], ...] = ()


def token_logprobs(candidates: Sequence[Candidate], reply: Sequence[int], top: int) -> list[TokenLogprob]:
    """Log-probability of each token of a reply under the candidates' distribution at temperature 1.

    The candidates' token sequences form a trie. The probability of a token is the share, among the candidates that
    begin like the reply so far, of those that go on with it: exact, and where only one candidate is left it is 1.
    """
    shares = probabilities([c.score for c in candidates], temperature=1, top_p=1)
    alive = [(tokens.encode(c.text), share) for c, share in zip(candidates, shares, strict=True) if share > 0]
    rows = []
    for position, token in enumerate(reply):
        mass: Counter[int | None] = Counter()  # next token (None: the reply ends here) -> probability
        for sequence, share in alive:
            mass[sequence[position] if position < len(sequence) else None] += share
        total = sum(mass.values())
        likeliest = sorted(mass.items(), key=lambda item: -item[1])[:top]
        shown = tuple((END.encode() if t is None else tokens.token_bytes(t), _log(m / total)) for t, m in likeliest)
        rows.append(TokenLogprob(tokens.token_bytes(token), _log(mass[token] / total), shown))
        alive = [(s, share) for s, share in alive if position < len(s) and s[position] == token]
    return rows


def _log(share: float) -> float:
    return math.log(share) if share > 0 else -9999.0  # the API's value for "never"
