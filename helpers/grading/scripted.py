"""ScriptedClient: real openai and LangChain clients that get the replies you wrote down. No network, no model.

For checks of behaviour that must be the same everywhere, and for your own tests: bad JSON and then good, a 429 with
retry-after, a content filter, a tool loop that never ends. It does not judge prompts and knows no tokenizer.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import struct
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from helpers.grading.endpoint_failures import SCRIPTED_HOST
from helpers.grading.failures import NotYet
from helpers.grading.outcomes import counted

if TYPE_CHECKING:
    import httpx2
    import openai
    from langchain_openai import ChatOpenAI

BASE_URL = f"http://{SCRIPTED_HOST}/v1"
MODEL = "scripted"
DIMENSIONS = 8


class ScriptEnded(NotYet):
    """The code under test has sent more requests than the script answers."""


@dataclass(frozen=True)
class Reply:
    """One reply. status other than 200: an error with this code, message and headers."""

    content: str | None = ""
    tool_calls: tuple[tuple[str, str], ...] = ()  # (name, arguments as JSON text)
    finish_reason: str = "stop"
    status: int = 200
    code: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    extra: tuple[tuple[str, Any], ...] = ()  # further fields of an error


class ScriptedClient:
    """Answers the n-th chat request with the n-th reply; embeddings are made from the text and take no reply.

        script = ScriptedClient(["not json", {"city": "Lima"}])
        extract(script.client, "I live in Lima")           # your function, given a real openai.OpenAI
        assert len(script.requests) == 2                   # what it sent: the bodies of the requests

    replies: a list, or any iterable; `itertools.repeat(reply)` never ends. A reply is
        a string                    the message's content
        a dict                      the same as JSON text
        tool_call(...)              a call of a tool; a list of them: several in one message
        rate_limited(...), content_filtered(), server_error(), cut_off(...)
        an exception of httpx2      the connection fails that way; unreachable() and timed_out() make them
        a function                  gets the request's body, gives any of the above

    max_retries: of the clients; 0, so that only the code under test retries. most: requests answered at all.
    Usage counts words, not tokens.
    """

    def __init__(self, replies: Iterable[Any], *, max_retries: int = 0, most: int = 100) -> None:
        self._replies: Iterator[Any] = iter([replies] if isinstance(replies, str | Mapping | Reply) else replies)
        self._max_retries, self._most = max_retries, most
        self.requests: list[dict[str, Any]] = []
        self.embedding_requests: list[dict[str, Any]] = []
        self._times: list[float] = []

    @property
    def waits(self) -> list[float]:
        """Seconds between one chat request and the next."""
        return [later - earlier for earlier, later in itertools.pairwise(self._times)]

    @cached_property
    def client(self) -> openai.OpenAI:
        """A real client of the openai package."""
        import httpx2
        import openai

        http = httpx2.Client(transport=self._transport())
        return openai.OpenAI(base_url=BASE_URL, api_key="scripted", http_client=http, max_retries=self._max_retries)

    @cached_property
    def async_client(self) -> openai.AsyncOpenAI:
        """The same for `await`."""
        import httpx2
        import openai

        http = httpx2.AsyncClient(transport=self._transport())
        return openai.AsyncOpenAI(
            base_url=BASE_URL, api_key="scripted", http_client=http, max_retries=self._max_retries
        )

    def chat_model(self, **options: Any) -> ChatOpenAI:
        """A LangChain chat model on the same script; options go to ChatOpenAI."""
        import httpx2
        from langchain_openai import ChatOpenAI

        options = {
            "model": MODEL,
            "max_retries": self._max_retries,
            "use_responses_api": False,
            "stream_usage": True,
            "http_client": httpx2.Client(transport=self._transport()),
            "http_async_client": httpx2.AsyncClient(transport=self._transport()),
            **options,
        }
        return ChatOpenAI(base_url=BASE_URL, api_key="scripted", **options)

    @staticmethod
    def tool_call(name: str, arguments: Mapping[str, Any] | str | None = None, **more: Any) -> Reply:
        """The model calls a tool. arguments: a dict, or a text that need not be JSON; or give them by name."""
        text = arguments if isinstance(arguments, str) else json.dumps({**(arguments or {}), **more})
        return Reply(None, ((name, text),), "tool_calls")

    @staticmethod
    def rate_limited(retry_after: float = 0.02) -> Reply:
        """429: too many requests, to be tried again after so many seconds."""
        headers = (("retry-after", f"{retry_after:g}"), ("retry-after-ms", f"{retry_after * 1000:g}"))
        return Reply("Rate limit reached.", status=429, code="rate_limit_exceeded", headers=headers)

    @staticmethod
    def content_filtered() -> Reply:
        """400: the prompt was stopped by a content filter, in Azure's shape."""
        inner = {
            "code": "ResponsibleAIPolicyViolation",
            "content_filter_result": {"violence": {"filtered": True, "severity": "medium"}},
        }
        message = "The response was filtered due to the prompt triggering the content management policy."
        return Reply(message, status=400, code="content_filter", extra=(("param", "prompt"), ("innererror", inner)))

    @staticmethod
    def server_error(status: int = 500) -> Reply:
        """500 to 599: the service itself fails."""
        return Reply("The server had an error.", status=status, code="server_error")

    @staticmethod
    def cut_off(content: str) -> Reply:
        """A reply that reached its token limit: finish_reason is "length"."""
        return Reply(content, finish_reason="length")

    @staticmethod
    def unreachable() -> Exception:
        """The connection is refused; the openai client raises APIConnectionError."""
        import httpx2

        return httpx2.ConnectError("connection refused, as scripted")

    @staticmethod
    def timed_out() -> Exception:
        """No reply in time; the openai client raises APITimeoutError."""
        import httpx2

        return httpx2.ReadTimeout("timed out, as scripted")

    def _transport(self) -> httpx2.MockTransport:
        import httpx2

        return httpx2.MockTransport(self._answer)

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        import httpx2

        body = json.loads(request.content or b"{}")
        if request.url.path.endswith("/embeddings"):
            self.embedding_requests.append(body)
            return httpx2.Response(200, json=_embeddings(body))
        if not request.url.path.endswith("/chat/completions"):
            return _error(Reply(f"A ScriptedClient does not serve {request.url.path}.", status=404, code="not_found"))
        self.requests.append(body)
        self._times.append(time.monotonic())
        reply = self._next(body)
        if reply.status != 200:
            return _error(reply)
        completion = _completion(reply, body, len(self.requests))
        if body.get("stream"):
            return httpx2.Response(
                200, content=_events(completion, body), headers={"content-type": "text/event-stream"}
            )
        return httpx2.Response(200, json=completion)

    def _next(self, body: dict[str, Any]) -> Reply:
        number = len(self.requests)
        if number > self._most:
            raise ScriptEnded(f"The code was still sending requests after {self._most} of them: nothing ends the loop.")
        try:
            given = next(self._replies)
        except StopIteration:
            answered = counted(number - 1, "request")
            raise ScriptEnded(f"The code sent one request more than needed: {answered} had been answered.") from None
        return _reply(given(body) if isinstance(given, Callable) and not isinstance(given, type) else given)


def _reply(given: Any) -> Reply:
    if isinstance(given, BaseException):
        raise given
    if isinstance(given, Reply):
        return given
    if isinstance(given, str):
        return Reply(given)
    if isinstance(given, list | tuple) and all(isinstance(call, Reply) and call.tool_calls for call in given):
        return Reply(None, tuple(call.tool_calls[0] for call in given), "tool_calls")
    if isinstance(given, Mapping):
        return Reply(json.dumps(given, ensure_ascii=False))
    raise TypeError(f"a scripted reply is a text, a dict, a Reply, an exception or a function, not {given!r}")


def _completion(reply: Reply, body: dict[str, Any], number: int) -> dict[str, Any]:
    from openai.types.chat import ChatCompletion

    calls = [
        {"id": f"call_{number}_{i}", "type": "function", "function": {"name": name, "arguments": arguments}}
        for i, (name, arguments) in enumerate(reply.tool_calls, 1)
    ]
    message = {"role": "assistant", "content": reply.content, "tool_calls": calls or None}
    sent, made = len(str(body.get("messages", "")).split()), len((reply.content or "").split())
    completion = {
        "id": f"chatcmpl-scripted-{number}",
        "object": "chat.completion",
        "created": 0,
        "model": body.get("model", MODEL),
        "choices": [{"index": 0, "message": message, "finish_reason": reply.finish_reason, "logprobs": None}],
        "usage": {"prompt_tokens": sent, "completion_tokens": made, "total_tokens": sent + made},
    }
    return ChatCompletion.model_validate(completion).model_dump(mode="json", exclude_unset=True)


def _events(completion: dict[str, Any], body: dict[str, Any]) -> bytes:
    """The completion as server-sent events: a word a chunk, then the calls, the reason, the usage if asked for."""
    from openai.types.chat import ChatCompletionChunk

    choice = completion["choices"][0]
    message = choice["message"]
    calls = [{"index": i, **call} for i, call in enumerate(message.get("tool_calls") or [])]
    words = [piece for piece in (message["content"] or "").replace(" ", " \0").split("\0") if piece]
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
    deltas += [{"content": word} for word in words]
    deltas += [{"tool_calls": calls}] if calls else []
    steps = [(delta, None) for delta in deltas] + [({}, choice["finish_reason"])]
    head = {key: completion[key] for key in ("id", "created", "model")} | {"object": "chat.completion.chunk"}
    chunks = [{**head, "choices": [{"index": 0, "delta": d, "finish_reason": reason}]} for d, reason in steps]
    if (body.get("stream_options") or {}).get("include_usage"):
        chunks.append({**head, "choices": [], "usage": completion["usage"]})
    lines = [ChatCompletionChunk.model_validate(chunk).model_dump_json(exclude_unset=True) for chunk in chunks]
    return "".join(f"data: {line}\n\n" for line in [*lines, "[DONE]"]).encode()


def _error(reply: Reply) -> httpx2.Response:
    import httpx2

    error = {"message": reply.content, "type": "scripted", "param": None, "code": reply.code, **dict(reply.extra)}
    return httpx2.Response(reply.status, json={"error": error}, headers=dict(reply.headers))


def _embeddings(body: dict[str, Any]) -> dict[str, Any]:
    texts = body["input"] if isinstance(body["input"], list) else [body["input"]]
    size = body.get("dimensions") or DIMENSIONS
    vectors = [_vector(json.dumps(text), size) for text in texts]
    if body.get("encoding_format") == "base64":
        vectors = [base64.b64encode(struct.pack(f"<{size}f", *vector)).decode() for vector in vectors]
    data = [{"object": "embedding", "index": i, "embedding": vector} for i, vector in enumerate(vectors)]
    words = sum(len(str(text).split()) for text in texts)
    usage = {"prompt_tokens": words, "total_tokens": words}
    return {"object": "list", "data": data, "model": body.get("model", MODEL), "usage": usage}


def _vector(text: str, size: int) -> list[float]:
    """A unit vector that depends on the text alone. It means nothing: equal texts are near, all others are not."""
    digest = hashlib.shake_256(text.encode()).digest(2 * size)
    values = [number - 32767.5 for number in struct.unpack(f"<{size}H", digest)]
    length = sum(value * value for value in values) ** 0.5
    return [value / length for value in values]
