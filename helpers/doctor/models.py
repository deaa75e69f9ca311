"""What each role's model can do, by a real short call each: chat, embed, fill a schema, call a tool; and its quota."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from helpers.connection.abilities import asked, probe
from helpers.connection.causes import cause_of
from helpers.doctor.findings import Finding, within

if TYPE_CHECKING:
    import openai

    from helpers.endpoint import Endpoint
    from helpers.settings import Ability

MESSAGES = [{"role": "user", "content": "Say hello."}]
NEEDED = "lessons with structured output and tools need another model"
LIMITS = {"requests": "x-ratelimit-limit-requests", "tokens": "x-ratelimit-limit-tokens"}
LEFT = {"requests": "x-ratelimit-remaining-requests", "tokens": "x-ratelimit-remaining-tokens"}


@dataclass
class Models:
    """The calls, and the limits a minute that the replies stated: model -> {"requests": n, "tokens": n}."""

    endpoint: Endpoint
    limit: float
    limits: dict[str, dict[str, int]] = field(default_factory=dict)
    stated_what_is_left_only: bool = False

    def findings(self) -> Iterator[Finding]:
        """Each model once, however many roles it has; then what the lessons need of the large one."""
        if self.endpoint.settings.keyless:
            yield self._tried("sign-in", self._sign_in)
        roles: dict[tuple[str, str], list[str]] = {}
        for role, model in self.endpoint.settings.models.items():
            roles.setdefault((model, "embedding" if role == "embedding" else "chat"), []).append(role)
        answered = set()
        for (model, kind), names in roles.items():
            call = self._embed if kind == "embedding" else self._chat
            found = self._tried(f"{', '.join(names)}: `{model}`", lambda call=call, model=model: call(model))
            yield found
            if found.state != "failure":
                answered.add((model, kind))
        if (self.endpoint.chat_large, "chat") in answered:
            for name, ability in (
                ("structured output", "json_schema"),
                ("tools", "tools"),
                ("pictures", "pictures"),
                ("temperature", "temperature"),
            ):
                found = self._tried(name, lambda name=name, ability=ability: self._can(name, ability))
                step = "" if found.state == "ok" else NEEDED
                # Whoever has no such lesson can go on.
                yield found if found.state == "ok" else Finding(name, "warning", found.what, step)
        if answered:
            yield self._quota()

    @property
    def _client(self) -> openai.OpenAI:
        return self.endpoint.client.with_options(timeout=self.limit, max_retries=0)

    def _tried(self, name: str, call: Callable[[], Any]) -> Finding:
        started = time.perf_counter()
        try:
            found = within(self.limit, call)
        except Exception as error:
            cause = cause_of(error)
            status = f"{error.status_code}: " if hasattr(error, "status_code") else ""
            return Finding(name, "failure", f"{status}{cause.what}", cause.next_step)
        if isinstance(found, Finding):
            return found
        # The mock's seconds say nothing, and a notebook that shows them would be another at each build.
        seconds = "" if self.endpoint.simulated else f", {time.perf_counter() - started:.1f} s"
        return Finding(name, "ok", f"{found}{seconds}")

    def _sign_in(self) -> str:
        self.endpoint._key()  # type: ignore[operator]
        return f"Entra ID gave a token for {self.endpoint.settings.scope}"

    def _chat(self, model: str) -> str | Finding:
        raw, older = asked(self._client, model=model, messages=MESSAGES)
        reply = raw.parse()
        self._read_limits(model, raw.headers)
        tokens = reply.usage.total_tokens if reply.usage else "an unknown number of"
        said = f"{reply.model} answers, {tokens} tokens"
        if older:
            step = "use a newer OPENAI_API_VERSION, or the v1 route: the lessons set max_completion_tokens"
            return Finding(f"`{model}`", "warning", f"{said}, but does not know max_completion_tokens", step)
        return said

    def _embed(self, model: str) -> str:
        raw = self._client.embeddings.with_raw_response.create(model=model, input=["hello", "goodbye"])
        reply = raw.parse()
        self._read_limits(model, raw.headers)
        (dimensions,) = {len(each.embedding) for each in reply.data}
        return f"{reply.model} answers, {dimensions} dimensions"

    def _can(self, name: str, ability: Ability) -> str | Finding:
        answer = probe(self.endpoint, self._client, ability)
        if answer.can:
            return answer.why
        if ability == "pictures":
            return Finding(name, "ok", f"none ({answer.why}): lessons go on without them")
        if ability == "temperature":
            return Finding(name, "ok", "only the model's own: replies are drawn, and differ from run to run")
        return Finding(name, "warning", answer.why)

    def _read_limits(self, model: str, headers: Any) -> None:
        found = {}
        for kind, name in LIMITS.items():
            value = headers.get(name)
            if value is None and (value := headers.get(LEFT[kind])) is not None:
                self.stated_what_is_left_only = True
            if value is not None and value.strip().isdigit():
                found[kind] = int(value)
        if found:
            self.limits[model] = found

    def _quota(self) -> Finding:
        if not self.limits:
            return Finding("quota", "ok", "the endpoint states no limit")
        said = [
            f"`{model}` " + " and ".join(f"{number:,} {kind}" for kind, number in found.items())
            for model, found in self.limits.items()
        ]
        what = "left of this minute" if self.stated_what_is_left_only else "a minute"
        return Finding("quota", "ok", f"{'; '.join(said)} {what}")
