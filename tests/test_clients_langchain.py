"""LangChain's own standard suites, which every integration of LangChain has to pass, through langchain_openai.

What a suite skips is off for a reason that stands beside the property which switches it off. The suites' pytest plugins
are off for all tests (pyproject.toml); the three fixtures that the suites ask of them are below.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import AsyncIterator, Callable
from typing import Any
from unittest.mock import ANY

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_openai import AzureChatOpenAI, ChatOpenAI, OpenAIEmbeddings
from langchain_tests.integration_tests import ChatModelIntegrationTests, EmbeddingsIntegrationTests
from langchain_tests.unit_tests import ChatModelUnitTests, EmbeddingsUnitTests

from helpers.mock_endpoint import start
from helpers.offline_encodings import use_offline_encodings

pytestmark = pytest.mark.anyio  # runs the suites' async tests


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module", autouse=True)
async def one_event_loop(anyio_backend: str) -> AsyncIterator[None]:
    """LangChain shares one connection pool among its async clients, which must not outlive its loop."""
    yield


@pytest.fixture
def benchmark() -> Callable[[Callable[[], Any]], Any]:
    """The suites time a call without a bound: here it is only made."""
    return lambda run: run()


@pytest.fixture
def vcr() -> None:
    """Only a test that `enable_vcr_tests` switches on would record."""


@pytest.fixture
def snapshot() -> Callable[..., Any]:
    """How LangChain writes its class down is LangChain's; that it reads it again is asserted by the suite itself."""
    return lambda name: ANY


@pytest.fixture(autouse=True)
def pictures_without_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """The suites download a picture before they send it: they get one that is made here."""

    class Downloaded:
        content = png(48, 32)

        def raise_for_status(self) -> Downloaded:
            return self

    monkeypatch.setattr("langchain_tests.integration_tests.chat_models.httpx.get", lambda *_, **__: Downloaded())


def png(width: int, height: int) -> bytes:
    """A grey picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\x99" * width) * height)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


# --- chat models ---------------------------------------------------------------------------------------------------


class OnTheEndpoint:
    """What is the same for all chat models here."""

    model_name = "sim-large"

    @property
    def chat_model_class(self) -> type[BaseChatModel]:
        return ChatOpenAI

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"model": self.model_name, "base_url": start().url, "api_key": "workbook", "stream_usage": True}

    @property
    def supports_json_mode(self) -> bool:
        return True

    @property
    def supports_image_inputs(self) -> bool:
        return True

    @property
    def supports_anthropic_inputs(self) -> bool:
        return True

    @property
    def supports_model_override(self) -> bool:
        return True

    @property
    def model_override_value(self) -> str:
        return "sim-small" if self.model_name == "sim-large" else "sim-large"

    # Off, because the endpoint fetches nothing from anywhere: pictures come as data.
    supports_image_urls = False
    # Off, because Chat Completions takes pictures from users only, and no PDF from a tool: the API answers 400.
    supports_image_tool_message = False
    supports_pdf_tool_message = False
    # Off, because the endpoint refuses PDF and audio as not simulated (tests/test_mock_errors.py holds that).
    supports_pdf_inputs = False
    supports_audio_inputs = False
    # Off, because it would time a recording: a cassette of requests to this very process.
    enable_vcr_tests = False


class TestChatOpenAI(OnTheEndpoint, ChatModelIntegrationTests):
    pass


class TestChatOpenAIOnTheSmallSize(OnTheEndpoint, ChatModelIntegrationTests):
    model_name = "sim-small"

    @pytest.mark.xfail(reason="of the two names in the request the small size, meant to be less able, takes the wrong")
    def test_unicode_tool_call_integration(self, model: BaseChatModel, **_: Any) -> None:
        super().test_unicode_tool_call_integration(model)


class TestChatOpenAIWithFunctionCallingForStructure(OnTheEndpoint, ChatModelIntegrationTests):
    @property
    def structured_output_kwargs(self) -> dict[str, Any]:
        return {"method": "function_calling"}


class TestAzureChatOpenAI(OnTheEndpoint, ChatModelIntegrationTests):
    @property
    def chat_model_class(self) -> type[BaseChatModel]:
        return AzureChatOpenAI

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {
            "azure_deployment": "gpt-4o",
            "model": "gpt-4o",
            "azure_endpoint": start().url.removesuffix("/v1"),
            "api_version": "2024-10-21",
            "api_key": "workbook",
            "stream_usage": True,
        }

    # Off, because a deployment's route names the model, so that a call cannot.
    supports_model_override = False


class TestChatOpenAIWithoutCalls(OnTheEndpoint, ChatModelUnitTests):
    @property
    def init_from_env_params(self) -> tuple[dict[str, str], dict[str, Any], dict[str, Any]]:
        url = start().url
        return (
            {"OPENAI_API_KEY": "workbook", "OPENAI_API_BASE": url},
            {"model": "sim-large"},
            {"openai_api_key": "workbook", "openai_api_base": url},
        )


# --- embeddings ----------------------------------------------------------------------------------------------------


class EmbeddingsOnTheEndpoint:
    @property
    def embeddings_class(self) -> type[OpenAIEmbeddings]:
        use_offline_encodings()
        return OpenAIEmbeddings

    @property
    def embedding_model_params(self) -> dict[str, Any]:
        return {"model": "text-embedding-3-small", "base_url": start().url, "api_key": "workbook"}


class TestOpenAIEmbeddings(EmbeddingsOnTheEndpoint, EmbeddingsIntegrationTests):
    pass


class TestOpenAIEmbeddingsWithoutCalls(EmbeddingsOnTheEndpoint, EmbeddingsUnitTests):
    @property
    def init_from_env_params(self) -> tuple[dict[str, str], dict[str, Any], dict[str, Any]]:
        url = start().url
        return (
            {"OPENAI_API_KEY": "workbook", "OPENAI_API_BASE": url},
            {"model": "text-embedding-3-small"},
            {"openai_api_key": "workbook", "openai_api_base": url},
        )
