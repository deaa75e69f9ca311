"""The clients that people use anyway, the openai package's and LangChain's, built for one endpoint.

Azure's older route by deployment wants classes of its own; everything else is one class with another address.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from helpers.ledger import Ledger
from helpers.settings import Role, Settings

if TYPE_CHECKING:
    import ssl

    import openai
    from langchain_openai import ChatOpenAI, OpenAIEmbeddings


@dataclass(frozen=True)
class Sdks:
    """Makes clients. key: or a function that gives a token. verify: certificates; None for plain http."""

    settings: Settings
    base_url: str
    ledger: Ledger
    key: str | Callable[[], str]
    verify: ssl.SSLContext | None = None

    def openai(self) -> openai.OpenAI:
        """A client of the openai package."""
        import openai

        options = {**self._retries, "http_client": self._http_clients["http_client"]}
        if self._by_deployment:
            return openai.AzureOpenAI(**self._azure, **options)
        return openai.OpenAI(base_url=self.base_url, api_key=self.key, **options)

    def async_openai(self) -> openai.AsyncOpenAI:
        """The same for `await`."""
        import openai

        options = {**self._retries, "http_client": self._http_clients["http_async_client"]}
        if not self._by_deployment:
            return openai.AsyncOpenAI(base_url=self.base_url, api_key=self._async_key, **options)
        azure = self._azure
        if "azure_ad_token_provider" in azure:
            azure["azure_ad_token_provider"] = self._async_key
        return openai.AsyncAzureOpenAI(**azure, **options)

    def chat_model(self, role: Role, options: dict[str, Any]) -> ChatOpenAI:
        """A LangChain chat model."""
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
        return ChatOpenAI(model=model, base_url=self.base_url, api_key=self.key, **options)

    def embeddings(self, options: dict[str, Any]) -> OpenAIEmbeddings:
        """LangChain embeddings."""
        from langchain_openai import AzureOpenAIEmbeddings, OpenAIEmbeddings

        model = self.settings.models["embedding"]
        # Else LangChain cuts texts into token ids of OpenAI's own models, which other endpoints do not take.
        options = {"check_embedding_ctx_length": self.settings.profile == "openai", **self._langchain, **options}
        if self._by_deployment:
            return AzureOpenAIEmbeddings(azure_deployment=model, **self._azure_for_langchain, **options)
        options["openai_api_type"] = None  # else it may be taken from the environment, and refused
        return OpenAIEmbeddings(model=model, base_url=self.base_url, api_key=self.key, **options)

    @property
    def _by_deployment(self) -> bool:
        return self.settings.profile == "azure" and bool(self.settings.azure_api_version)

    @property
    def _azure(self) -> dict[str, Any]:
        key = "azure_ad_token_provider" if callable(self.key) else "api_key"
        return {
            "azure_endpoint": self.settings.azure_endpoint,
            "api_version": self.settings.azure_api_version,
            key: self.key,
        }

    @property
    def _azure_for_langchain(self) -> dict[str, Any]:
        # LangChain would take what is not given from the environment, where it may belong to another endpoint.
        azure = {"api_key": None, "azure_ad_token": None, **self._azure}
        return azure | ({"azure_ad_async_token_provider": self._async_key} if callable(self.key) else {})

    @property
    def _async_key(self) -> Any:
        from helpers.connection.sign_in import in_a_thread

        return in_a_thread(self.key) if callable(self.key) else self.key

    @property
    def _retries(self) -> dict[str, int]:
        return {} if self.settings.retries is None else {"max_retries": self.settings.retries}

    @property
    def _langchain(self) -> dict[str, Any]:
        # Without these two, LangChain would take an address and a proxy of its own from the environment.
        own = {"openai_proxy": None} | ({"openai_api_base": None} if self._by_deployment else {})
        return {**self._http_clients, **self._retries, **own}

    @property
    def _http_clients(self) -> dict[str, Any]:
        from helpers.connection.clients import AsyncClient, Client
        from helpers.connection.network import client_options

        options = client_options(self.verify, self.base_url)
        return {
            "http_client": Client(self.ledger, **options),
            "http_async_client": AsyncClient(self.ledger, **options),
        }
