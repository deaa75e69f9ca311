"""Scripted replies for a demonstration: the first script that applies says what is answered.

A scripted text or call takes the place of what the skills would propose, so that it comes in the shape of whatever
route was asked, streamed or whole, with its tokens counted. The header x-workbook-scripted marks it.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from ..api.errors import ApiError
from ..api.transport import as_error
from .exchange import Exchange, Proceed, last_user_text
from .settings import Script

if TYPE_CHECKING:
    from ..skills.candidate import Candidate

MARK = "x-workbook-scripted"
_SPEAKING = ("chat/completions", "responses")
_READ = 50_000  # characters of a message in which is looked for a match

Directly = Callable[[Exchange], Awaitable[Response]]


class Scripts:
    """The scripts of one key and how often each was used; it stands on the event loop, so it needs no lock."""

    def __init__(self, scripts: Sequence[Script], scale: float, directly: Directly) -> None:
        self._scripts = scripts
        self._used = [0] * len(scripts)
        self._scale = scale
        self._directly = directly  # the route itself, past quotas, faults and recordings

    async def __call__(self, exchange: Exchange, proceed: Proceed) -> Response:
        body = await exchange.json()
        script = self._next(body, exchange.route in _SPEAKING) if body is not None else None
        if script is None:
            return await proceed()
        if script.delay:
            exchange.waited += script.delay
            await asyncio.sleep(script.delay / self._scale)
        if script.error is not None:
            said = script.error
            error = ApiError(said.status, said.message, code=said.code, type=said.type)
            response = as_error(error, exchange.request)
        elif script.reply is None and script.tool_call is None:
            response = await proceed()
        else:
            exchange.script = script
            response = await self._directly(exchange)
        response.headers[MARK] = "true"
        return response

    def _next(self, body: dict[str, Any], speaks: bool) -> Script | None:
        """The script whose turn it is; one that says something waits for a request to a route that can say it."""
        text = last_user_text(body)[:_READ]
        for i, script in enumerate(self._scripts):
            says = script.reply is not None or script.tool_call is not None
            left = script.limit is None or self._used[i] < script.limit
            if left and (speaks or not says) and _applies(script, text, body.get("model")):
                self._used[i] += 1
                return script
        return None


def _applies(script: Script, text: str, model: Any) -> bool:
    return (
        (script.match is None or script.match.lower() in text.lower())
        and (script.pattern is None or re.search(script.pattern, text) is not None)
        and (script.model is None or script.model == model)
    )


def candidate(script: Script) -> Candidate:
    """What a script says, as if a skill had proposed it alone."""
    from ..skills.candidate import Call, Candidate

    if script.tool_call is None:
        return Candidate(script.reply or "", 0.0)
    arguments = json.dumps(script.tool_call.arguments, ensure_ascii=False)
    return Candidate("", 0.0, (Call(script.tool_call.name, arguments),))
