"""Which endpoint answers and with which models: environment first, then `.env`, then defaults.

`WORKBOOK_PROFILE` selects one of five profiles; each needs its own few settings, and what is missing or wrong is
reported field by field. A key is a SecretStr: it is never printed. Settings know no client; see helpers.endpoint.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from helpers.paths import home

Profile = Literal["mock", "openai", "azure", "compatible", "local"]
Role = Literal["chat-large", "chat-small", "embedding", "judge"]

PROFILES: tuple[Profile, ...] = get_args(Profile)
ROLES: tuple[Role, ...] = get_args(Role)
# Models for the profiles whose names are the same for everybody; elsewhere a team has chosen its own.
DEFAULT_MODELS: Mapping[str, Mapping[Role, str]] = {
    "mock": {"chat-large": "sim-large", "chat-small": "sim-small", "embedding": "sim-embedding"},
    "openai": {"chat-large": "gpt-5.4", "chat-small": "gpt-5.4-mini", "embedding": "text-embedding-3-small"},
    # What `workbook local` answers to, whichever file it serves; another server's models are named in `.env`.
    "local": {"chat-large": "local-chat", "chat-small": "local-chat", "embedding": "local-embedding"},
}
REQUIRED: Mapping[str, Mapping[str, str]] = {
    "mock": {},
    "openai": {"OPENAI_API_KEY": "your key, from the API keys page of your OpenAI project"},
    "azure": {
        "AZURE_OPENAI_ENDPOINT": "your resource's address, such as https://my-resource.openai.azure.com",
        "AZURE_OPENAI_API_KEY": "one of the resource's two keys",
    },
    "compatible": {"WORKBOOK_BASE_URL": "the server's address up to /v1, such as https://gateway.example/v1"},
    "local": {},
}
MODEL_FIELDS: Mapping[Role, str] = {
    "chat-large": "WORKBOOK_CHAT_LARGE",
    "chat-small": "WORKBOOK_CHAT_SMALL",
    "embedding": "WORKBOOK_EMBEDDING",
    "judge": "WORKBOOK_JUDGE",
}


@dataclass(frozen=True)
class Problem:
    """One setting that keeps a profile from working, and what to put there."""

    field: str
    what: str
    put: str

    def __str__(self) -> str:
        return f"{self.field} {self.what}: put {self.put}"


class SettingsError(ValueError):
    """The settings do not describe an endpoint. `problems` has one entry a field."""

    def __init__(self, problems: list[Problem], where: str = ""):
        self.problems = problems
        lines = ["the settings do not describe an endpoint yet", *(f"  - {problem}" for problem in problems)]
        super().__init__("\n".join([*lines, where] if where else lines))


class Settings(BaseSettings):
    """One endpoint. Build it with `load()` or, from the text of a `.env` alone, with `from_text()`."""

    model_config = SettingsConfigDict(env_file_encoding="utf-8", extra="ignore", populate_by_name=True)

    profile: Profile = Field("mock", alias="WORKBOOK_PROFILE")
    openai_api_key: SecretStr | None = Field(None, alias="OPENAI_API_KEY")
    azure_endpoint: str | None = Field(None, alias="AZURE_OPENAI_ENDPOINT")
    azure_api_key: SecretStr | None = Field(None, alias="AZURE_OPENAI_API_KEY")
    azure_api_version: str | None = Field(None, alias="OPENAI_API_VERSION")
    compatible_base_url: str | None = Field(None, alias="WORKBOOK_BASE_URL")
    compatible_api_key: SecretStr | None = Field(None, alias="WORKBOOK_API_KEY")
    chat_large: str | None = Field(None, alias="WORKBOOK_CHAT_LARGE")
    chat_small: str | None = Field(None, alias="WORKBOOK_CHAT_SMALL")
    embedding: str | None = Field(None, alias="WORKBOOK_EMBEDDING")
    judge: str | None = Field(None, alias="WORKBOOK_JUDGE")
    live_sample: int = Field(20, alias="WORKBOOK_LIVE_SAMPLE", ge=1)
    budget_usd: float | None = Field(None, alias="WORKBOOK_BUDGET_USD", ge=0)

    @classmethod
    def load(cls, profile: str | None = None) -> Settings:
        """Read the environment and `.env`; `profile` wins over both. Raises SettingsError."""
        chosen = {} if profile is None else {"WORKBOOK_PROFILE": profile}
        file = home() / ".env"
        try:
            return _validated(lambda: cls(_env_file=file, **chosen))
        except SettingsError as error:
            raise SettingsError(error.problems, where=f"Change them in {file}") from None

    @classmethod
    def from_text(cls, text: str) -> Settings:
        """Read the text of a `.env` and nothing else. Raises SettingsError."""
        from io import StringIO

        from dotenv import dotenv_values

        values = {name: value for name, value in dotenv_values(stream=StringIO(text)).items() if value}
        return _validated(lambda: _TextAlone(**values))

    @property
    def models(self) -> dict[Role, str]:
        """Role -> the name that goes into a request's `model`: a model, or on Azure a deployment."""
        default = DEFAULT_MODELS.get(self.profile, {})
        # The mock answers to its own names: a team's deployments mean nothing to it.
        chosen = {} if self.profile == "mock" else self._chosen
        large = chosen.get("chat-large") or default.get("chat-large", "")
        return {
            "chat-large": large,
            "chat-small": chosen.get("chat-small") or default.get("chat-small", large),
            "embedding": chosen.get("embedding") or default.get("embedding", ""),
            "judge": chosen.get("judge") or large,
        }

    @property
    def base_url(self) -> str | None:
        """Address up to the version, with which an OpenAI client works; None for the mock, which has none yet.

        On Azure this is the v1 route, which needs no api-version; with OPENAI_API_VERSION set, helpers.endpoint uses
        the older route by deployment instead.
        """
        if self.profile == "azure":
            return f"{(self.azure_endpoint or '').rstrip('/')}/openai/v1/"
        if self.profile == "local":
            return self.compatible_base_url or "http://127.0.0.1:8080/v1"
        return {"openai": "https://api.openai.com/v1", "compatible": self.compatible_base_url}.get(self.profile)

    @property
    def api_key(self) -> SecretStr:
        """The key of the profile. A server that wants none gets a word that is no secret."""
        keys = {"openai": self.openai_api_key, "azure": self.azure_api_key}
        return keys.get(self.profile) or self.compatible_api_key or SecretStr("not-needed")

    @property
    def _chosen(self) -> dict[Role, str]:
        names = {
            "chat-large": self.chat_large,
            "chat-small": self.chat_small,
            "embedding": self.embedding,
            "judge": self.judge,
        }
        return {role: name for role, name in names.items() if name}

    @model_validator(mode="after")
    def _complete(self) -> Settings:
        problems = [
            Problem(field, "is missing", put)
            for field, put in REQUIRED[self.profile].items()
            if not getattr(self, _attribute(field))
        ]
        if self.azure_endpoint and not _is_root(self.azure_endpoint):
            put = f"https://{urlsplit(_with_scheme(self.azure_endpoint)).hostname or 'my-resource.openai.azure.com'}"
            problems.append(Problem("AZURE_OPENAI_ENDPOINT", "is not your resource's address alone", put))
        if self.compatible_base_url and not self.compatible_base_url.startswith(("https://", "http://")):
            put = _with_scheme(self.compatible_base_url)
            problems.append(Problem("WORKBOOK_BASE_URL", "is not an address", put))
        kind = "deployment" if self.profile == "azure" else "model"
        problems += [
            Problem(MODEL_FIELDS[role], "is missing", f"the name of your {kind} for {role}")
            for role, name in self.models.items()
            if not name and role != "judge"
        ]
        if problems:
            raise SettingsError(problems)
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, dotenv_settings


class _TextAlone(Settings):
    """Settings that do not look at the environment."""

    @classmethod
    def settings_customise_sources(cls, settings_cls, init_settings, **others):  # type: ignore[override]
        return (init_settings,)


def _with_scheme(address: str) -> str:
    return address if "://" in address else f"https://{address}"


def _is_root(address: str) -> bool:
    """Whether an address is https and ends after the host; plain http is for this machine only, as in a test."""
    parts = urlsplit(address)
    own = parts.hostname in ("127.0.0.1", "localhost")
    return (parts.scheme == "https" or (parts.scheme == "http" and own)) and parts.path in ("", "/")


def _attribute(alias: str) -> str:
    return next(name for name, field in Settings.model_fields.items() if field.alias == alias)


def _validated(make) -> Settings:
    """Call `make`, and turn what pydantic says of single fields into our own sentences, without the values."""
    try:
        return make()
    except ValidationError as error:
        problems = []
        for detail in error.errors(include_input=False, include_url=False):
            wrapped = detail.get("ctx", {}).get("error")
            if isinstance(wrapped, SettingsError):
                raise wrapped from None
            name = str(detail["loc"][0])
            put = (
                f"one of {', '.join(PROFILES)}"
                if name == "WORKBOOK_PROFILE"
                else f"a value that is right ({detail['msg']})"
            )
            problems.append(Problem(name, "is not known" if name == "WORKBOOK_PROFILE" else "is not right", put))
        raise SettingsError(problems) from None
