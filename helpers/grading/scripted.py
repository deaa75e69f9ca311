"""ScriptedClient: real openai and LangChain clients that get the replies you wrote down. No network, no model.

For checks of behaviour that must be the same everywhere, and for your own tests: bad JSON and then good, a 429 with
retry-after, a content filter, a tool loop that never ends. It does not judge prompts and knows no tokenizer.
"""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from helpers.grading.endpoint_failures import SCRIPTED_HOST
from helpers.grading.failures import NotYet
from helpers.grading.outcomes import counted
from helpers.grading.scripted_shapes import (
    MODEL,
    Reply,
    completion,
    embeddings,
    error,
    events,
    response,
    response_events,
)

if TYPE_CHECKING:
    import httpx2
    import openai
    from langchain_openai import ChatOpenAI, OpenAIEmbeddings

BASE_URL = f"http://{SCRIPTED_HOST}/v1"


class ScriptEnded(NotYet):
    """The code under test has sent more requests than the script answers."""


class ScriptedClient:
    """Answers the n-th request with the n-th reply, by whichever client and API it comes: openai's plain and async one,
    streamed or whole, chat completions or responses, LangChain. Embeddings are made from the text and take no reply.

        script = ScriptedClient(["not json", {"city": "Lima"}])
        extract(script.client, "I live in Lima")           # your function, given a real openai.OpenAI
        assert len(script.requests) == 2                   # what it sent: the bodies of the requests

    replies: a list, or any iterable; `itertools.repeat(reply)` never ends. A reply is
        a string                    the message's content
        a dict                      the same as JSON text
        tool_call(...)              a call of a tool; a list of them: several in one message
        rate_limited(...), content_filtered(), server_error(), cut_off(...), stopped_by_filter(...)
        an exception of httpx2      the connection fails that way; unreachable() and timed_out() make them
        a function                  gets the request's body, gives any of the above

    max_retries: of the clients; 0, so that only the code under test retries. most: requests answered at all.
    Usage counts words, not tokens. docs/scripted_client.md shows each of these at work.
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

    def embeddings(self, **options: Any) -> OpenAIEmbeddings:
        """LangChain embeddings; options go to OpenAIEmbeddings."""
        import httpx2
        from langchain_openai import OpenAIEmbeddings

        options = {
            "model": MODEL,
            "max_retries": self._max_retries,
            "check_embedding_ctx_length": False,  # else LangChain sends token ids
            "http_client": httpx2.Client(transport=self._transport()),
            "http_async_client": httpx2.AsyncClient(transport=self._transport()),
            **options,
        }
        return OpenAIEmbeddings(base_url=BASE_URL, api_key="scripted", **options)

    @staticmethod
    def tool_call(name: str, arguments: Mapping[str, Any] | str | None = None, **more: Any) -> Reply:
        """The model calls a tool. arguments: a dict, or a text that need not be JSON; or give them by name."""
        text = arguments if isinstance(arguments, str) else json.dumps({**(arguments or {}), **more})
        return Reply(None, ((name, text),), "tool_calls")

    @staticmethod
    def rate_limited(retry_after: float = 0.02) -> Reply:
        """429: too many requests, to be tried again after so many seconds."""
        headers = (("retry-after", f"{retry_after:g}"), ("retry-after-ms", f"{retry_after * 1000:g}"))
        message = f"Rate limit reached for your key on requests per min (RPM). Please try again in {retry_after:g}s."
        return Reply(message, status=429, code="rate_limit_exceeded", type="requests", headers=headers)

    @staticmethod
    def content_filtered(category: str = "violence") -> Reply:
        """400: a content filter stopped the prompt, in Azure's shape. category: hate, self_harm, sexual, violence."""
        verdicts: dict[str, Any] = {
            name: {"filtered": name == category, "severity": "medium" if name == category else "safe"}
            for name in ("hate", "self_harm", "sexual", "violence")
        }
        verdicts["jailbreak"] = {"filtered": False, "detected": False}
        inner = {"code": "ResponsibleAIPolicyViolation", "content_filter_result": verdicts}
        return Reply(
            "The response was filtered due to the prompt triggering Azure OpenAI's content management policy. Please "
            "modify your prompt and retry.",
            status=400,
            code="content_filter",
            type=None,
            extra=(("param", "prompt"), ("status", 400), ("innererror", inner)),
        )

    @staticmethod
    def server_error(status: int = 500) -> Reply:
        """500 to 599: the service itself fails."""
        return Reply("The server had an error while processing your request.", status=status, type="server_error")

    @staticmethod
    def cut_off(content: str) -> Reply:
        """A reply that reached its token limit: finish_reason is "length"."""
        return Reply(content, finish_reason="length")

    @staticmethod
    def stopped_by_filter(content: str = "") -> Reply:
        """A reply that the filter stopped after so much of it: no error, finish_reason is "content_filter"."""
        return Reply(content, finish_reason="content_filter")

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

        body, path = json.loads(request.content or b"{}"), request.url.path
        if path.endswith("/embeddings"):
            self.embedding_requests.append(body)
            return httpx2.Response(200, json=embeddings(body))
        if not path.endswith(("/chat/completions", "/responses")):
            return error(Reply(f"A ScriptedClient does not serve {path}.", status=404, code="not_found"))
        self.requests.append(body)
        self._times.append(time.monotonic())
        reply = self._next(body)
        if reply.status != 200:
            return error(reply)
        made, streamed = (completion, events) if path.endswith("/completions") else (response, response_events)
        answer = made(reply, body, len(self.requests))
        if body.get("stream"):
            stream = {"content-type": "text/event-stream"}
            return httpx2.Response(200, content=streamed(answer, body), headers=stream)
        return httpx2.Response(200, json=answer)

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
