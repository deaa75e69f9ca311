"""connect(): the endpoint that a notebook talks to, as the clients people use anyway.

The same code runs on every profile. On `mock` the offline endpoint is started inside this very process, and
OPENAI_BASE_URL and OPENAI_API_KEY point to it, so that a plain `OpenAI()` or `ChatOpenAI()` works too.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from helpers.settings import MOCK_KEY, Role, Settings

if TYPE_CHECKING:
    import ssl

    import openai
    from langchain_openai import ChatOpenAI, OpenAIEmbeddings

    from helpers.ledger import Ledger
    from helpers.mock_endpoint import Behaviour
    from helpers.recordings import Replayed

Item = TypeVar("Item")

TRACING = ("LANGSMITH_TRACING", "LANGSMITH_TRACING_V2", "LANGCHAIN_TRACING", "LANGCHAIN_TRACING_V2")


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
        import openai

        http = self._http_clients["http_client"]
        if self._by_deployment:
            return openai.AzureOpenAI(**self._azure, http_client=http)
        return openai.OpenAI(base_url=self.base_url, api_key=self._key, http_client=http)

    @cached_property
    def async_client(self) -> openai.AsyncOpenAI:
        """The same for `await`. Use it in one event loop, as a notebook does."""
        import openai

        http = self._http_clients["http_async_client"]
        if not self._by_deployment:
            return openai.AsyncOpenAI(base_url=self.base_url, api_key=self._async_key, http_client=http)
        azure = self._azure
        if "azure_ad_token_provider" in azure:
            azure["azure_ad_token_provider"] = self._async_key
        return openai.AsyncAzureOpenAI(**azure, http_client=http)

    def chat_model(self, role: Role = "chat-large", **options: Any) -> ChatOpenAI:
        """A LangChain chat model; options go to ChatOpenAI, such as temperature or max_tokens."""
        from langchain_openai import AzureChatOpenAI, ChatOpenAI

        model = self.settings.models[role]
        # LangChain leaves usage out of streams, and picks another API, once an address is its user's own.
        # Its keep-alive options would replace the transport of our clients, and with it the proxy settings.
        options = {
            "stream_usage": True,
            "use_responses_api": False,
            "http_socket_options": (),
            **self._langchain,
            **options,
        }
        if self._by_deployment:
            return AzureChatOpenAI(azure_deployment=model, **self._azure_for_langchain, **options)
        return ChatOpenAI(model=model, base_url=self.base_url, api_key=self._key, **options)

    def embeddings(self, **options: Any) -> OpenAIEmbeddings:
        """LangChain embeddings; options go to OpenAIEmbeddings, such as dimensions or chunk_size."""
        from langchain_openai import AzureOpenAIEmbeddings, OpenAIEmbeddings

        # Else LangChain cuts texts into token ids of OpenAI's own models, which other endpoints do not take.
        options = {"check_embedding_ctx_length": self.profile == "openai", **self._langchain, **options}
        if self._by_deployment:
            return AzureOpenAIEmbeddings(azure_deployment=self.embedding, **self._azure_for_langchain, **options)
        options["openai_api_type"] = None  # else it may be taken from the environment, and refused
        return OpenAIEmbeddings(model=self.embedding, base_url=self.base_url, api_key=self._key, **options)

    @property
    def _by_deployment(self) -> bool:
        return self.profile == "azure" and bool(self.settings.azure_api_version)

    @property
    def _azure(self) -> dict[str, Any]:
        key = "azure_ad_token_provider" if callable(self._key) else "api_key"
        return {
            "azure_endpoint": self.settings.azure_endpoint,
            "api_version": self.settings.azure_api_version,
            key: self._key,
        }

    @property
    def _azure_for_langchain(self) -> dict[str, Any]:
        # LangChain would take what is not given from the environment, where it may belong to another endpoint.
        azure = {"api_key": None, "azure_ad_token": None, **self._azure}
        return azure | ({"azure_ad_async_token_provider": self._async_key} if callable(self._key) else {})

    @property
    def _async_key(self) -> Any:
        from helpers.sign_in import in_a_thread

        return in_a_thread(self._key) if callable(self._key) else self._key

    @property
    def _langchain(self) -> dict[str, Any]:
        # Without these two, LangChain would take an address and a proxy of its own from the environment.
        own = {"openai_proxy": None} | ({"openai_api_base": None} if self._by_deployment else {})
        return {**self._http_clients, **own}

    @property
    def _http_clients(self) -> dict[str, Any]:
        from helpers.http_clients import AsyncClient, Client
        from helpers.network import client_options

        options = client_options(self._verify, self.base_url)
        return {
            "http_client": Client(self.ledger, **options),
            "http_async_client": AsyncClient(self.ledger, **options),
        }

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
    from helpers.ledger.opening import opened
    from helpers.network import check_proxies, on_this_machine, prepare_environment, trusted
    from helpers.offline_encodings import use_offline_encodings

    use_offline_encodings()
    ready_made = settings is not None
    replayed = None
    if settings is None:
        _leave_mock()
        settings = Settings.load(profile)
        # Who asks for the mock by name gets the mock.
        if settings.replay and profile != "mock":
            replayed = _replay(settings)
            settings = replayed.settings
    prepare_environment(settings.for_the_environment)
    for name in TRACING:
        os.environ.pop(name, None)  # a tracing switch left in the shell would send prompts to a third party
    verify = None
    if replayed is not None:
        base_url, key = _use_offline(replayed.base_url), MOCK_KEY
    elif settings.profile == "mock":
        base_url, key = _start_mock(behaviour), MOCK_KEY
    elif behaviour is not None:
        raise ValueError(f"A behaviour is for the mock endpoint; {settings.profile} has its own. Leave it out here.")
    else:
        base_url = settings.base_url or ""
        if not on_this_machine(base_url):
            check_proxies()
        verify = trusted(settings.ca_file)
        key = _sign_in(settings, verify) if settings.keyless else settings.api_key.get_secret_value()
        if settings.profile == "local" and not ready_made:
            from helpers.local_model.running import find

            base_url = find(settings.compatible_base_url, key)
    live = replayed is None and settings.profile != "mock"
    ledger = opened(settings, budget_usd, live=live)
    endpoint = Endpoint(settings, base_url, ledger, key, verify, replayed)
    ledger.label = endpoint.label
    if replayed is not None:
        replayed.watch(ledger)
    elif live and settings.record:
        ledger.observers.append(_recorder(settings, ledger.notebook))
    if "WORKBOOK_LIVE_JOURNAL" in os.environ:  # `workbook test --endpoint` counts the calls of this notebook
        from helpers.live_run.journal import turn_on

        turn_on()
    if not quiet:
        from helpers.show import show

        show(endpoint)
    return endpoint


def _start_mock(behaviour: Behaviour | None) -> str:
    """Address of the mock endpoint: a new one for a behaviour, one that runs already (WORKBOOK_MOCK_URL), or ours."""
    from helpers.mock_endpoint import MockConfig, start

    if behaviour is not None:
        url = start(MockConfig(behaviour=behaviour)).url
    else:
        url = os.environ.get("WORKBOOK_MOCK_URL") or start().url
    return _use_offline(url)


def _use_offline(url: str) -> str:
    """Let plain clients go to this address too."""
    for name, value in (("OPENAI_BASE_URL", url), ("OPENAI_API_KEY", MOCK_KEY)):
        _BEFORE_MOCK.setdefault(name, os.environ.get(name))
        os.environ[name] = value
    return url


# What stood in the environment before the mock put its address and key there for plain clients.
_BEFORE_MOCK: dict[str, str | None] = {}


def _leave_mock() -> None:
    """Give back what the mock took, unless somebody has changed it since: a live endpoint's key may be among it."""
    ours = os.environ.get("OPENAI_API_KEY") == MOCK_KEY
    for name, before in _BEFORE_MOCK.items() if ours else ():
        if before is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = before
    _BEFORE_MOCK.clear()


def _sign_in(settings: Settings, verify: ssl.SSLContext) -> Callable[[], str]:
    from helpers.sign_in import token_provider

    return token_provider(settings.scope, verify)


def _replay(settings: Settings) -> Replayed:
    from helpers.paths import home
    from helpers.recordings import replay

    return replay(home() / str(settings.replay), settings)


def _recorder(settings: Settings, notebook: str) -> Any:
    from helpers.paths import home
    from helpers.recordings import Recorder

    return Recorder(home() / str(settings.record), settings, scrub=settings.record_scrub == "yes", notebook=notebook)
