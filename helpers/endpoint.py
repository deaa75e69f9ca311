"""connect(): the endpoint that a notebook talks to, as the clients people use anyway.

The same code runs on every profile. On `mock` the offline endpoint is started inside this very process, and
OPENAI_BASE_URL and OPENAI_API_KEY point to it, so that a plain `OpenAI()` or `ChatOpenAI()` works too.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from helpers.connection.sdks import Sdks
from helpers.settings import Ability, Role, Settings

if TYPE_CHECKING:
    import ssl

    import openai
    from langchain_openai import ChatOpenAI, OpenAIEmbeddings

    from helpers.connection.recordings import Replayed
    from helpers.ledger import Ledger
    from helpers.mock_endpoint import Behaviour

Item = TypeVar("Item")


@dataclass
class Endpoint:
    """Clients for one endpoint, and what their calls used."""

    settings: Settings
    base_url: str
    ledger: Ledger
    _key: str | Callable[[], str] = field(repr=False)  # a function where a token of Entra ID is signed in for
    _verify: ssl.SSLContext | None = field(default=None, repr=False)
    replayed: Replayed | None = field(default=None, repr=False)  # the recording that answers instead

    @property
    def profile(self) -> str:
        """mock, openai, azure, compatible or local."""
        return self.settings.profile

    @property
    def simulated(self) -> bool:
        """True when replies are computed by the offline mock endpoint and not by a model."""
        return self.profile == "mock"

    @property
    def label(self) -> str:
        """What made a figure, for its foot: "mock endpoint (simulated)" or "azure endpoint"."""
        if self.replayed is not None:
            return f"recording of the {self.profile} endpoint ({self.replayed.about.began[:10]})"
        return f"{self.profile} endpoint{' (simulated)' if self.simulated else ''}"

    @property
    def chat_large(self) -> str:
        """Name of the large chat model, for a request's `model`."""
        return self.settings.models["chat-large"]

    @property
    def chat_small(self) -> str:
        """Name of the small, cheap chat model."""
        return self.settings.models["chat-small"]

    @property
    def embedding(self) -> str:
        """Name of the embedding model."""
        return self.settings.models["embedding"]

    @property
    def judge(self) -> str:
        """Name of the model that judges answers; the large one unless settings say otherwise."""
        return self.settings.models["judge"]

    def can(self, ability: Ability) -> bool:
        """Whether the large chat model takes "pictures" or a "temperature", calls "tools", fills a "json_schema".

        WORKBOOK_CAN says so, or one short call, which is remembered. A lesson goes on without what it cannot.
        """
        from helpers.connection.abilities import can

        return can(self, ability)

    @cached_property
    def steady(self) -> dict[str, Any]:
        """Options of a request that make replies repeat as well as these models can: {"temperature": 0}, or nothing.

        Models that reason refuse any temperature but their own; that is found out as in `can`.
        """
        from helpers.connection.abilities import can

        models = dict.fromkeys((self.chat_large, self.chat_small, self.judge))
        return {"temperature": 0} if all(can(self, "temperature", model) for model in models) else {}

    def sample(self, items: Iterable[Item], n: int | None = None, seed: int = 0) -> list[Item]:
        """All items on the mock, where calls are free; on a live endpoint a random sample, kept in order, and said so.

        n: how many on a live endpoint; None takes WORKBOOK_LIVE_SAMPLE (20).
        """
        items = list(items)
        n = self.settings.live_sample if n is None else n
        if self.simulated or len(items) <= n:
            return items
        from helpers.show import text

        text(f"*Live endpoint: a random sample of {n} of {len(items)} is used, to save quota and money.*")
        return [items[i] for i in sorted(random.Random(seed).sample(range(len(items)), n))]

    def usd_for(self, tokens: int) -> float | None:
        """US dollars that so many tokens cost at most, here; None where the large model's price is not known."""
        from helpers.prices import UnknownPrice, price_of

        if self.replayed is not None or self.ledger.free:
            return 0.0
        try:
            price = price_of(self.chat_large)
        except UnknownPrice:
            return None
        return tokens * max(price.input, price.output) / 1_000_000

    @cached_property
    def client(self) -> openai.OpenAI:
        """A client of the openai package. Its calls are in the ledger."""
        return self._sdks.openai()

    @cached_property
    def async_client(self) -> openai.AsyncOpenAI:
        """The same for `await`. Use it in one event loop, as a notebook does."""
        return self._sdks.async_openai()

    def chat_model(self, role: Role = "chat-large", **options: Any) -> ChatOpenAI:
        """A LangChain chat model; options go to ChatOpenAI, such as temperature or max_tokens."""
        return self._sdks.chat_model(role, options)

    def embeddings(self, **options: Any) -> OpenAIEmbeddings:
        """LangChain embeddings; options go to OpenAIEmbeddings, such as dimensions or chunk_size."""
        return self._sdks.embeddings(options)

    @property
    def _sdks(self) -> Sdks:
        return Sdks(self.settings, self.base_url, self.ledger, self._key, self._verify)

    def _repr_markdown_(self) -> str:
        names = " · ".join(f"{role} `{name}`" for role, name in self.settings.models.items() if role != "judge")
        if self.simulated:
            return (
                f"**mock endpoint**, offline and free · {names}\n\n"
                "Replies are *simulated*: small textbook methods compute them from your request, not a language model."
            )
        if self.replayed is not None:
            return f"{self.replayed.sentence} · {names}"
        from helpers.ledger.forecast import sentence

        return (
            f"**{self.profile} endpoint**, live: calls are sent to `{self._host}` and may cost money · {names}\n\n"
            f"{sentence(self.ledger, self.settings.models)}" + "".join(f"\n\n*{note}*" for note in self.settings.notes)
        )

    def __repr__(self) -> str:
        return f"<Endpoint {self.profile}: {', '.join(self.settings.models.values())}>"

    @property
    def _host(self) -> str:
        from urllib.parse import urlsplit

        return urlsplit(self.base_url).hostname or self.base_url


def connect(
    profile: str | None = None,
    *,
    settings: Settings | None = None,
    budget_usd: float | None = None,
    quiet: bool = False,
    behaviour: Behaviour | None = None,
) -> Endpoint:
    """Connect to the configured endpoint, and show in one line what answers.

    profile: mock, openai, azure, compatible or local; None reads WORKBOOK_PROFILE from the environment or `.env`.
    settings: ready-made settings instead, such as Settings.from_text(...).
    budget_usd: stop before the call that could exceed it (US dollars); None reads WORKBOOK_BUDGET_USD.
    behaviour: what the mock endpoint shall do as a service (limits, latency, faults, ...). An endpoint of its own is
        then started, to which a plain OpenAI() goes as well until the next connect().
    Raises SettingsError, field by field, when the profile is not complete; ValueError for a behaviour without the mock;
        NothingRuns (a ConnectionError) for the profile local when no server was started.
    """
    from helpers.connection import opening

    way = opening.way(profile, settings, behaviour)
    ledger = opening.ledger(way, budget_usd)
    endpoint = Endpoint(way.settings, way.base_url, ledger, way.key, way.verify, way.replayed)
    ledger.label = endpoint.label
    if not quiet:
        from helpers.show import show

        show(endpoint)
    return endpoint
