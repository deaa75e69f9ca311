"""The way of a request through what is switched on for its key. The order of precedence is stated here and only here.

    wrong key 401, unknown route 404     before all of this, in service.py
    1. log                               sees every reply as it leaves
    2. latency                           paces every reply that is not an error
    3. scripts                           win over all that follows, but for 8
    4. token budget, quota               429
    5. faults                            500, 503, slow, drop, cut, malformed
    6. recording                         a replayed reply, or what the recorded endpoint answers
    7. the route itself                  400, 404, context_length_exceeded
    8. content filter                    400 for a prompt; then what was said is annotated, or withheld
    9. what is said                      a script's words, else computed from the request

What is off is not in the way: a key for which all is off has no Tenant, and its requests go straight to the route.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from ..config import MockConfig
from .exchange import CURRENT, Exchange, Stage, fingerprint
from .faults import Faults
from .latency import SIMULATED, Pace
from .prompt_cache import PromptCache
from .quota import Budget, Quota
from .recording import Recording
from .replay import Forward, Replay
from .request_log import Logged, RequestLog, entry_of
from .scripts import Scripts, candidate
from .settings import OFF, Behaviour

if TYPE_CHECKING:
    from ..api.requests import ChatRequest
    from ..completion import Completion
    from ..skills.candidate import Candidate

Handler = Callable[[Request], Awaitable[Response]]
Compute = Callable[["ChatRequest", "Candidate | None"], "Completion"]


class Tenant:
    """One key and the state of what is switched on for it. All who use the key share it."""

    def __init__(self, key: str, behaviour: Behaviour, shared: Tenants) -> None:
        self.key = key
        self.behaviour = behaviour
        scale = behaviour.time_scale
        clock = lambda: shared.clock() * scale  # noqa: E731
        rng = partial(_generator, shared.config.seed, key)
        self.quota = Quota(behaviour, clock) if behaviour.requests_per_minute or behaviour.tokens_per_minute else None
        stages: list[Stage | None] = [
            Logged(shared.log, behaviour) if behaviour.logs and shared.log else None,
            Pace(behaviour.latency, scale, rng("latency")) if behaviour.latency else None,
            Scripts(behaviour.scripts, scale, lambda exchange: exchange.directly()) if behaviour.scripts else None,
            Budget(behaviour.token_budget) if behaviour.token_budget is not None else None,
            self.quota,
            Faults(behaviour.faults, scale, rng("faults")) if behaviour.faults else None,
            Replay(shared.recording(behaviour.replay)) if behaviour.replay else None,
            Forward(behaviour.upstream, shared.recording(behaviour.record), scrub=behaviour.scrub)
            if behaviour.record and behaviour.upstream
            else None,
        ]
        self._stages = [stage for stage in stages if stage is not None]
        self._cache = PromptCache(behaviour.prompt_cache_seconds, clock) if behaviour.prompt_caching else None
        self._filters = behaviour.content_filter

    async def serve(self, request: Request, handler: Handler) -> Response:
        """The reply of a route, by way of all stages."""
        if request.url.path.startswith("/workbook/"):  # a trainer who looks at the log
            return await handler(request)
        exchange = Exchange(request, self, handler)
        proceed = exchange.directly
        for stage in reversed(self._stages):
            proceed = partial(stage, exchange, proceed)
        CURRENT.set(exchange)  # a request is a task of its own, so there is nothing to reset
        response = await proceed()
        if exchange.waited:
            response.headers[SIMULATED] = str(round(exchange.waited * 1000))
        return response

    def is_ready(self, asked: ChatRequest, exchange: Exchange) -> bool:
        """Whether `answer` is quick: nothing to be filtered, and a script's words or a reply that is known already."""
        from ..completion import MOST_READY, is_ready

        if self._filters and exchange.azure:
            return False
        scripted = exchange.script is not None and asked.n <= MOST_READY and not asked.logprobs
        return scripted or is_ready(asked)

    def answer(self, asked: ChatRequest, exchange: Exchange, compute: Compute) -> Completion:
        """What answers a request to chat: filtered, scripted or computed, with the tokens that were cached."""
        if not (self._filters and exchange.azure):
            return self._said(asked, exchange, compute)
        from . import content_filter

        verdict = content_filter.of_prompt(asked, self.behaviour.filter_from)
        if exchange.script is None:
            content_filter.refuse_if_filtered(verdict)
        completion = self._said(asked, exchange, compute)
        return content_filter.annotated(completion, verdict, self.behaviour.filter_from)

    def _said(self, asked: ChatRequest, exchange: Exchange, compute: Compute) -> Completion:
        completion = compute(asked, candidate(exchange.script) if exchange.script else None)
        if self._cache is not None:
            completion = replace(completion, cached_tokens=self._cache.cached_tokens(asked))
        exchange.add(completion)
        return completion


class Tenants:
    """The keys of one endpoint, and what they share: the log and open recordings.

    clock: seconds that only ever grow.
    Raises ValueError when a behaviour wants to record and the environment holds no key for it.
    """

    def __init__(self, config: MockConfig, clock: Callable[[], float]) -> None:
        self.config = config
        self.clock = clock
        self._recordings: dict[Path, Recording] = {}
        self._everybody = config.behaviour or OFF
        behaviours = {key: config.behaviours.get(key, self._everybody) for key in config.accepted_keys}
        self.log = RequestLog() if any(one.logs for one in (self._everybody, *behaviours.values())) else None
        self._tenants = {key: Tenant(key, one, self) for key, one in behaviours.items() if one != OFF}

    def of(self, key: str) -> Tenant | None:
        """Who asks with a key; None when nothing is switched on for it."""
        return self._tenants.get(key)

    def recording(self, path: Path) -> Recording:
        """The recording at a path, which several keys may share."""
        path = path.resolve()
        if path not in self._recordings:
            self._recordings[path] = Recording(path)
        return self._recordings[path]

    def log_refused(self, request: Request, response: Response, key: str = "") -> None:
        """Log a request that came to no route: a wrong key, or an address that does not exist."""
        if self.log is not None and self._everybody.logs:
            self.log.add(entry_of(request, response, key), self._everybody.log_file)

    def quotas(self) -> list[dict[str, str]]:
        """What is left to each key that has a limit."""
        return [
            {"key": fingerprint(key), **tenant.quota.headers()} for key, tenant in self._tenants.items() if tenant.quota
        ]


def _generator(seed: int | None, key: str, purpose: str) -> random.Random:
    return random.Random() if seed is None else random.Random(f"{seed} {key} {purpose}")
