"""The typed settings. `WORKBOOK_PROFILE` selects one of five profiles; each needs its own few settings.

What is missing or wrong is reported field by field. A key is a SecretStr: it is never printed. Where the environment
and `.env` disagree, `notes` says which won.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, PrivateAttr, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from helpers.paths import home
from helpers.settings import env_file, slips
from helpers.settings.env_file import Lines
from helpers.settings.slips import Problem, SettingsError

Profile = Literal["mock", "openai", "azure", "compatible", "local"]
Role = Literal["chat-large", "chat-small", "embedding", "judge"]

Ability = Literal["pictures", "tools", "json_schema", "temperature"]

PROFILES: tuple[Profile, ...] = get_args(Profile)
ROLES: tuple[Role, ...] = get_args(Role)
ABILITIES: tuple[Ability, ...] = get_args(Ability)
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


# What is passed on from `.env` to the environment, where the clients' own libraries look for it.
PASSED_ON = (
    *("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"),
    *("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PATH"),
    "AZURE_AUTHORITY_HOST",
)
# What an Entra ID token is asked for: Azure's v1 route, and the older ones by deployment.
SCOPES = {"v1": "https://ai.azure.com/.default", "deployment": "https://cognitiveservices.azure.com/.default"}
# The key that the offline endpoint puts into the environment for plain clients; no real one looks like it.
MOCK_KEY = "workbook"
# How each setting's value is looked over, when the profile uses it.
LOOKED_OVER: Mapping[str, Mapping[str, slips.Slip]] = {
    "openai": {"OPENAI_API_KEY": slips.in_secret},
    "azure": {
        "AZURE_OPENAI_ENDPOINT": slips.in_azure_endpoint,
        "AZURE_OPENAI_API_KEY": slips.in_secret,
        "OPENAI_API_VERSION": slips.in_api_version,
    },
    "compatible": {"WORKBOOK_BASE_URL": slips.in_base_url, "WORKBOOK_API_KEY": slips.in_secret},
    "local": {"WORKBOOK_BASE_URL": slips.in_base_url, "WORKBOOK_API_KEY": slips.in_secret},
}


class Settings(BaseSettings):
    """One endpoint. Build it with `load()` or, from the text of a `.env` alone, with `from_text()`."""

    model_config = SettingsConfigDict(
        env_file_encoding="utf-8", extra="ignore", populate_by_name=True, hide_input_in_errors=True
    )

    profile: Profile = Field("mock", alias="WORKBOOK_PROFILE")
    openai_api_key: SecretStr | None = Field(None, alias="OPENAI_API_KEY")
    azure_endpoint: str | None = Field(None, alias="AZURE_OPENAI_ENDPOINT")
    azure_api_key: SecretStr | None = Field(None, alias="AZURE_OPENAI_API_KEY")
    azure_api_version: str | None = Field(None, alias="OPENAI_API_VERSION")
    azure_auth: Literal["key", "entra"] | None = Field(None, alias="WORKBOOK_AZURE_AUTH")
    azure_scope: str | None = Field(None, alias="WORKBOOK_AZURE_SCOPE")
    compatible_base_url: str | None = Field(None, alias="WORKBOOK_BASE_URL")
    compatible_api_key: SecretStr | None = Field(None, alias="WORKBOOK_API_KEY")
    chat_large: str | None = Field(None, alias="WORKBOOK_CHAT_LARGE")
    chat_small: str | None = Field(None, alias="WORKBOOK_CHAT_SMALL")
    embedding: str | None = Field(None, alias="WORKBOOK_EMBEDDING")
    judge: str | None = Field(None, alias="WORKBOOK_JUDGE")
    can: Annotated[tuple[Ability, ...] | None, NoDecode] = Field(None, alias="WORKBOOK_CAN")
    live_sample: int = Field(20, alias="WORKBOOK_LIVE_SAMPLE", ge=1)
    budget_usd: float | None = Field(None, alias="WORKBOOK_BUDGET_USD", ge=0)
    budget_total_usd: float | None = Field(None, alias="WORKBOOK_BUDGET_TOTAL_USD", ge=0)
    prices: str | None = Field(None, alias="WORKBOOK_PRICES")
    ledger: Literal["yes", "off"] = Field("yes", alias="WORKBOOK_LEDGER")
    ledger_content: Literal["yes", "no"] = Field("no", alias="WORKBOOK_LEDGER_CONTENT")
    record: str | None = Field(None, alias="WORKBOOK_RECORD")
    record_scrub: Literal["yes", "no"] = Field("no", alias="WORKBOOK_RECORD_SCRUB")
    replay: str | None = Field(None, alias="WORKBOOK_REPLAY")
    patience: float | None = Field(None, alias="WORKBOOK_TIMEOUT", gt=0)
    retries: int | None = Field(None, alias="WORKBOOK_RETRIES", ge=0)
    ca_file: str | None = Field(None, alias="WORKBOOK_CA_FILE")

    @field_validator("can", mode="before")
    @classmethod
    def _words(cls, value: Any) -> Any:
        """A list with commas; "nothing" for a model of text that can none of it."""
        if not isinstance(value, str):
            return value
        return () if value.strip() == "nothing" else tuple(word.strip() for word in value.split(",") if word.strip())

    _notes: tuple[str, ...] = PrivateAttr(())
    _passed_on: dict[str, str] = PrivateAttr(default_factory=dict)

    @classmethod
    def load(cls, profile: str | None = None) -> Settings:
        """Read the environment and `.env`; `profile` wins over both. Raises SettingsError."""
        file = home() / ".env"
        environment = {name: value for name in _names() if (value := os.environ.get(name, "")).strip()}
        if environment.get("OPENAI_API_KEY") == MOCK_KEY:
            del environment["OPENAI_API_KEY"]
        try:
            return cls._of(env_file.read(file), environment, profile)
        except SettingsError as error:
            raise SettingsError(error.problems, where=f"Change them in {file}") from None

    @classmethod
    def from_text(cls, text: str) -> Settings:
        """Read the text of a `.env` and nothing else. Raises SettingsError."""
        return cls._of(env_file.parse(text), {}, None)

    @classmethod
    def _of(cls, lines: Lines, environment: Mapping[str, str], profile: str | None) -> Settings:
        values: dict[str, Any] = {name: value for name, value in lines.values.items() if name in _names()} | environment
        if profile is not None:
            values["WORKBOOK_PROFILE"] = profile
        if "AZURE_OPENAI_API_KEY" in lines.empty:
            # A line that waits for its key is half filled, and no wish to sign in without one.
            values.setdefault("WORKBOOK_AZURE_AUTH", "key")
        odd, notes = env_file.strangers(lines.values, [*_names(), *PASSED_ON], values | lines.values)
        if values.get("WORKBOOK_PROFILE", "mock") == "mock":
            notes += [f"{problem.field} in .env {problem.what}." for problem in odd if "WORKBOOK_" not in problem.field]
            odd = [problem for problem in odd if "WORKBOOK_" in problem.field]
        problems = [*lines.problems, *odd]
        try:
            settings = _validated(lambda: cls(**values))
        except SettingsError as error:
            problems += error.problems
        if problems:
            raise SettingsError([_with_origin(problem, environment, lines) for problem in problems])
        settings._notes = (*lines.notes, *notes, *_disagreements(settings, environment, lines))
        settings._passed_on = {name: value for name, value in lines.values.items() if name in PASSED_ON}
        return settings

    @property
    def notes(self) -> tuple[str, ...]:
        """Remarks on where the settings came from: what won over what, and what is not read. No value of a setting."""
        return self._notes

    @property
    def for_the_environment(self) -> Mapping[str, str]:
        """Proxy, certificates and sign-in from `.env`, for libraries that look in the environment. Has secrets."""
        return self._passed_on

    @property
    def keyless(self) -> bool:
        """Whether Azure gets a token of Entra ID: when that is set, or there is no key and azure-identity is there."""
        if self.profile != "azure" or self.azure_auth == "key":
            return False
        return self.azure_auth == "entra" or (not self.azure_api_key and _can_sign_in())

    @property
    def scope(self) -> str:
        """What a token of Entra ID is asked for."""
        return self.azure_scope or SCOPES["deployment" if self.azure_api_version else "v1"]

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
            for field, put in self._required().items()
            if not getattr(self, _attribute(field))
        ]
        for field, look in {**LOOKED_OVER.get(self.profile, {}), **self._names_looked_over}.items():
            value = getattr(self, _attribute(field))
            if isinstance(value, SecretStr):
                value = value.get_secret_value()
            if value and (problem := slips.in_any(field, value) or look(field, value)):
                problems.append(problem)
        if self.profile == "azure" and self.azure_auth == "entra" and not _can_sign_in():
            put = "the package there with `workbook extra azure`; or put key, and a key into AZURE_OPENAI_API_KEY"
            problems.append(Problem("WORKBOOK_AZURE_AUTH", "is entra, which needs the package azure-identity", put))
        if self.profile != "mock" and (problem := _wrong_ca_file(self.ca_file)):
            problems.append(problem)
        kind = "deployment" if self.profile == "azure" else "model"
        problems += [
            Problem(MODEL_FIELDS[role], "is missing", f"the name of your {kind} for {role}")
            for role, name in self.models.items()
            if not name and role != "judge"
        ]
        if problems:
            raise SettingsError(problems)
        return self

    def _required(self) -> dict[str, str]:
        required = dict(REQUIRED[self.profile])
        if self.profile == "azure":
            if self.keyless:
                del required["AZURE_OPENAI_API_KEY"]
            elif self.azure_auth is None:
                required["AZURE_OPENAI_API_KEY"] += "; or sign in without one: `workbook extra azure`"
        return required

    @property
    def _names_looked_over(self) -> dict[str, slips.Slip]:
        return {} if self.profile == "mock" else dict.fromkeys(MODEL_FIELDS.values(), slips.in_name)

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource, **others: Any
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        # The environment and `.env` are put together in _of, which remembers what came from where.
        return (init_settings,)


def _attribute(alias: str) -> str:
    return next(name for name, field in Settings.model_fields.items() if field.alias == alias)


def _names() -> list[str]:
    return [str(field.alias) for field in Settings.model_fields.values()]


def _can_sign_in() -> bool:
    try:
        return find_spec("azure.identity") is not None
    except ModuleNotFoundError:
        return False


def _wrong_ca_file(name: str | None) -> Problem | None:
    import ssl

    if not name:
        return None
    path = home() / Path(name).expanduser()
    put = "the path of your company's root certificate as PEM text (`-----BEGIN CERTIFICATE-----`)"
    try:
        ssl.create_default_context(cafile=str(path))
    except ssl.SSLError:
        return Problem("WORKBOOK_CA_FILE", "names a file without a certificate in PEM", put)
    except OSError:
        return Problem("WORKBOOK_CA_FILE", "names a file that cannot be read", put)
    return None


def _with_origin(problem: Problem, environment: Mapping[str, str], lines: Lines) -> Problem:
    """A problem with a value that came from the environment says so: `.env` is the wrong place to look for it."""
    if problem.field not in environment or problem.what == "is missing":
        return problem
    won = ", and won over .env" if problem.field in lines.values else ""
    return Problem(problem.field, f"{problem.what} (it came from the environment{won})", f"{problem.put}, or unset it")


def _disagreements(settings: Settings, environment: Mapping[str, str], lines: Lines) -> list[str]:
    """What somebody who looks only into `.env`, or only into the environment, would not expect."""
    notes = [
        f"{name}: the environment's value won over the one in .env."
        for name, value in environment.items()
        if lines.values.get(name, value) != value
    ]
    if settings.profile == "mock" or not isinstance(os.environ.get("OPENAI_BASE_URL"), str):
        return notes
    other = os.environ["OPENAI_BASE_URL"].rstrip("/")
    if other and os.environ.get("OPENAI_API_KEY") != MOCK_KEY and other != (settings.base_url or "").rstrip("/"):
        instead = "" if settings.profile == "compatible" else " (the profile compatible goes to an address of your own)"
        notes.append(
            f"OPENAI_BASE_URL in the environment is not read: the profile {settings.profile} decides{instead}."
        )
    return notes


def _validated(make: Callable[[], Settings]) -> Settings:
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
            if name == "WORKBOOK_CAN":
                put = f"what the model can, of {', '.join(ABILITIES)}, with commas; or nothing"
                problems.append(Problem(name, "has a word that is not known", put))
            elif choices := {"WORKBOOK_PROFILE": PROFILES, "WORKBOOK_AZURE_AUTH": ("key", "entra")}.get(name):
                problems.append(Problem(name, "is not known", f"one of {', '.join(choices)}"))
            else:
                problems.append(Problem(name, "is not right", f"a value that is right ({detail['msg']})"))
        raise SettingsError(problems) from None
