"""What can be switched on, as frozen dataclasses that check their values: everything is off by default.

Times are simulated seconds: `time_scale` of them pass in a real one.
"""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, model_validator
from pydantic.dataclasses import dataclass

_CHECKED = ConfigDict(extra="forbid", allow_inf_nan=False)
_Positive = Annotated[float, Field(gt=0)]
_Seconds = Annotated[float, Field(ge=0)]
_Count = Annotated[int, Field(ge=1)]


def _many(value: Any) -> Any:
    return (value,) if isinstance(value, int | str) else value


@dataclass(frozen=True, config=_CHECKED)
class Latency:
    """How long a reply takes: first_token + uncached prompt tokens / prompt_tokens_per_second, then the reply's tokens.

    jitter is the standard deviation of the logarithm of a factor, drawn once a request for each of the two parts; 0.2
    makes two requests of three differ from the mean by less than a fifth.
    """

    first_token: _Seconds = 0.4
    tokens_per_second: _Positive = 80.0
    prompt_tokens_per_second: _Positive = 8_000.0
    jitter: Annotated[float, Field(ge=0, le=2)] = 0.2

    def until_first(self, prompt_tokens: int, cached_tokens: int = 0) -> float:
        """Mean seconds to the first token: a cached beginning of the prompt is not read again."""
        return self.first_token + (prompt_tokens - cached_tokens) / self.prompt_tokens_per_second

    def seconds(self, prompt_tokens: int, output_tokens: int, cached_tokens: int = 0) -> float:
        """Mean seconds to the last token."""
        return self.until_first(prompt_tokens, cached_tokens) + output_tokens / self.tokens_per_second


@dataclass(frozen=True, config=_CHECKED)
class Fault:
    """Something that goes wrong: at the n-th POST of a key (from 1), every n-th, with a probability; else at each.

    kind: 500 and 503 are the API's errors; slow waits before it answers; drop closes the connection after the headers;
        cut closes it in the middle of the body; malformed ends the JSON too early.
    seconds: how long slow waits, or what a 503 names in retry-after.
    after_events: how many events of a stream arrive before cut or malformed.
    """

    kind: Annotated[Literal["500", "503", "slow", "drop", "cut", "malformed"], BeforeValidator(str)]
    probability: Annotated[float, Field(ge=0, le=1)] | None = None
    at: Annotated[tuple[_Count, ...], BeforeValidator(_many)] = ()
    every: _Count | None = None
    seconds: _Seconds | None = None
    after_events: Annotated[int, Field(ge=0)] = 3


@dataclass(frozen=True, config=_CHECKED)
class ScriptedCall:
    """A function that a scripted reply calls."""

    name: str
    arguments: dict[str, Any] = Field(default_factory=dict)


@dataclass(frozen=True, config=_CHECKED)
class ScriptedError:
    """An error that a script answers with."""

    status: Annotated[int, Field(ge=400, le=599)]
    message: str = "This error is scripted."
    code: str | None = None
    type: str = "invalid_request_error"


@dataclass(frozen=True, config=_CHECKED)
class Script:
    """What is answered when the last user message holds `match` (any case) or `pattern` (regex), or `model` is asked.

    All conditions that are given must hold. Without any, scripts are used in their order, each once. `times` limits how
    often one is used. A script with nothing but a delay lets the reply be computed, later.
    """

    match: str | None = None
    pattern: str | None = None
    model: str | None = None
    reply: str | None = None
    tool_call: ScriptedCall | None = None
    error: ScriptedError | None = None
    delay: _Seconds = 0.0
    times: _Count | None = None

    @model_validator(mode="after")
    def _says_one_thing(self) -> Script:
        said = [name for name in ("reply", "tool_call", "error") if getattr(self, name) is not None]
        if len(said) > 1 or (not said and not self.delay):
            raise ValueError("give one of reply, tool_call and error, or a delay alone")
        if self.pattern is not None:
            try:
                re.compile(self.pattern)
            except re.error as error:
                raise ValueError(f"pattern is not a regular expression: {error}") from None
        return self

    @property
    def limit(self) -> int | None:
        """How often it is used at most."""
        conditions = (self.match, self.pattern, self.model)
        return self.times or (1 if all(one is None for one in conditions) else None)


@dataclass(frozen=True, repr=False, config=_CHECKED)
class Behaviour:
    """How the endpoint treats one key, or every key that has no behaviour of its own.

    requests_per_minute, tokens_per_minute: limits with 429s and x-ratelimit headers; all who use a key share them.
    token_budget: tokens in all, after which the answer is 429 insufficient_quota; 0 is spent from the start.
    content_filter: on Azure's routes, annotate prompts and replies, and block from `filter_from` on.
    latency, time_scale: how long replies take, and how many simulated seconds pass in a real one (quotas, latency,
        delays and the prompt cache go by simulated time).
    faults: what goes wrong and when.
    prompt_caching: cached_tokens for prompts whose beginning the same key sent in the last prompt_cache_seconds.
    log: keep a log, served at GET /workbook/log; log_file appends it to a file of JSON lines, or with "-" prints a line
        a request; log_content puts questions and answers into the file too.
    replay: a recording (a file of JSON lines) that wins over computed replies.
    record, upstream, scrub: append to this recording what the endpoint at this address answers, e-mail addresses and
        phone numbers taken out with scrub. The key for it is read from the environment's WORKBOOK_UPSTREAM_KEY.
    scripts: replies for a demonstration; they win over everything.
    """

    requests_per_minute: _Count | None = None
    tokens_per_minute: _Count | None = None
    token_budget: Annotated[int, Field(ge=0)] | None = None
    content_filter: bool = False
    filter_from: Literal["low", "medium", "high"] = "medium"
    latency: Latency | None = None
    time_scale: _Positive = 1.0
    faults: tuple[Fault, ...] = ()
    prompt_caching: bool = False
    prompt_cache_seconds: _Positive = 300.0
    log: bool = False
    log_file: str | None = None
    log_content: bool = False
    replay: Path | None = None
    record: Path | None = None
    upstream: str | None = None
    scrub: bool = False
    scripts: tuple[Script, ...] = ()

    @model_validator(mode="after")
    def _records_something(self) -> Behaviour:
        if (self.record is None) != (self.upstream is None):
            raise ValueError("record and upstream go together: where to write, and what to ask")
        if self.record is not None and self.replay is not None:
            raise ValueError("record or replay, not both")
        if self.upstream is not None and not self.upstream.startswith(("https://", "http://")):
            raise ValueError("upstream is not an address: give it up to /v1, with https://")
        return self

    @property
    def logs(self) -> bool:
        return self.log or self.log_file is not None

    def __repr__(self) -> str:
        """What is not at its default."""
        changed = {one.name: getattr(self, one.name) for one in fields(self) if getattr(self, one.name) != one.default}
        return f"Behaviour({', '.join(f'{name}={value!r}' for name, value in changed.items())})"


OFF = Behaviour()
