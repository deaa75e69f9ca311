"""Signing in to Azure without a key: tokens of Entra ID from azure-identity (`workbook extra azure`).

DefaultAzureCredential tries a service principal in the environment, a managed identity, then who signed in with
`az login`, the Developer CLI or PowerShell. Tokens are kept in memory and renewed by azure-identity.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Awaitable, Callable
from typing import Any

from openai import OpenAIError

from helpers.connection.causes import Cause, HasCause


class SignInFailed(HasCause, OpenAIError):
    """No token: nobody is signed in here, or the directory refused. Its message has no token and no secret."""

    code = "sign_in_failed"

    def __init__(self, number: str = ""):
        said = f" (the directory said {number})" if number else ""
        self.cause = Cause(
            f"Entra ID gave no token{said}",
            "run `az login` in a terminal and choose the right directory, or put AZURE_OPENAI_API_KEY into .env",
        )
        super().__init__(f"{self.cause.what}. Next step: {self.cause.next_step}.")


def token_provider(scope: str, verify: ssl.SSLContext) -> Callable[[], str]:
    """A function that returns a token that is valid now; it raises SignInFailed. It may be called in any thread."""
    from azure.core.exceptions import AzureError
    from azure.core.pipeline.transport import RequestsTransport
    from azure.identity import DefaultAzureCredential, get_bearer_token_provider

    transport = RequestsTransport(session=_session(verify), session_owner=True)
    provide = get_bearer_token_provider(DefaultAzureCredential(transport=transport), scope)

    def token() -> str:
        try:
            return provide()
        except AzureError as error:
            number = re.search(r"AADSTS\d+", str(error))
        # Outside of the handler: azure-identity's error names tenants, clients and paths, and would be shown as well.
        raise SignInFailed(number[0] if number else "")

    return token


def in_a_thread(token: Callable[[], str]) -> Callable[[], Awaitable[str]]:
    """The same for asyncio: one credential and its tokens serve both kinds of clients, in every event loop."""

    async def token_in_a_thread() -> str:
        return await asyncio.to_thread(token)

    return token_in_a_thread


def _session(verify: ssl.SSLContext) -> Any:
    """A session of requests, which azure-identity uses, with the certificates of our own clients."""
    import requests
    from requests.adapters import HTTPAdapter

    class Adapter(HTTPAdapter):
        def init_poolmanager(self, *arguments: Any, **keywords: Any) -> Any:
            return super().init_poolmanager(*arguments, **{**keywords, "ssl_context": verify})

        def proxy_manager_for(self, proxy: str, **keywords: Any) -> Any:
            return super().proxy_manager_for(proxy, **{**keywords, "ssl_context": verify})

    session = requests.Session()
    session.mount("https://", Adapter())
    return session
