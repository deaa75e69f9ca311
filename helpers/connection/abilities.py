"""What a model can: take pictures or a temperature, call tools, fill a schema. A lesson goes on without what it cannot.

Said by WORKBOOK_CAN, or known of the profile's own models; else found out by one short call each, which is remembered:
in a file of the learner's, which `workbook doctor` writes too, or where a server is free of charge (and its model soon
another) as long as the process lasts.
"""

from __future__ import annotations

import base64
import json
import struct
import threading
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from helpers.connection.causes import cause_of
from helpers.files import write_atomically
from helpers.paths import my_work
from helpers.settings import ABILITIES, DEFAULT_MODELS, Ability, Settings

if TYPE_CHECKING:
    import openai

    from helpers.ledger import Ledger

# Enough for a model that reasons before it answers.
REPLY_TOKENS = 200
SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string", "description": "the city that the text names"}},
    "required": ["city"],
    "additionalProperties": False,
}
ABOUT_A_CITY = [{"role": "user", "content": "The meeting is in the city of Lisbon. Which city is it?"}]
# How an endpoint refuses what its model cannot; 5xx only with these words, as llama.cpp says it.
_REFUSED = (400, 404, 415, 422, 501)
_NOT_SUPPORTED = "not support"


class Endpoint(Protocol):
    """What is needed of an endpoint."""

    settings: Settings
    base_url: str
    ledger: Ledger

    @property
    def chat_large(self) -> str: ...
    @property
    def simulated(self) -> bool: ...
    @property
    def client(self) -> openai.OpenAI: ...


@dataclass(frozen=True)
class Answer:
    """Whether it can, and what was seen, as a clause for the doctor."""

    can: bool
    why: str


def can(endpoint: Endpoint, ability: Ability, model: str = "") -> bool:
    """Whether a chat model can, the large one unless named. Raises what the client raises when it has to be asked."""
    if ability not in ABILITIES:
        raise ValueError(f"{ability!r} is not asked for here; there are {', '.join(ABILITIES)}")
    model = model or endpoint.chat_large
    said = said_or_known(endpoint.settings, ability)
    if said is None:
        with _one_asks:  # the others of a cell's parallel calls wait for the answer
            said = _remembered(endpoint, model).get(ability)
            if said is None:
                said = probe(endpoint, endpoint.client, ability, model).can
    return said


def said_or_known(settings: Settings, ability: Ability) -> bool | None:
    """What the settings say, or what is known of the models that the profile has by itself; None for neither."""
    if settings.can is not None and settings.profile != "mock":
        return ability in settings.can
    if settings.profile == "openai" and ability == "temperature":
        return None  # its models differ in it, and by the effort with which they reason
    own = settings.models["chat-large"] == DEFAULT_MODELS.get(settings.profile, {}).get("chat-large")
    return True if own and settings.profile in ("mock", "openai") else None


def probe(endpoint: Endpoint, client: openai.OpenAI, ability: Ability, model: str = "") -> Answer:
    """Find out by a short call, and remember it. Raises the client's errors that say nothing about the model."""
    import openai

    model = model or endpoint.chat_large
    try:
        answer = _PROBES[ability](client, model)
    except openai.APIStatusError as error:
        unsupported = error.status_code >= 500 and _NOT_SUPPORTED in str(error).lower()
        if error.code in ("DeploymentNotFound", "model_not_found"):
            raise
        if error.status_code not in _REFUSED and not unsupported:
            raise
        answer = Answer(False, f"{error.status_code}: {cause_of(error).what}")
    _remember(endpoint, model, ability, answer.can)
    return answer


def asked(client: openai.OpenAI, **request: Any) -> tuple[Any, bool]:
    """The raw reply, and whether the endpoint took the limit's older name only."""
    import openai

    create = client.chat.completions.with_raw_response.create
    try:
        return create(**request, max_completion_tokens=REPLY_TOKENS), False
    except openai.BadRequestError as error:
        if "max_completion_tokens" not in str(error):
            raise
        return create(**request, max_tokens=REPLY_TOKENS), True


def _pictures(client: openai.OpenAI, model: str) -> Answer:
    url = "data:image/png;base64," + base64.b64encode(_red_square()).decode("ascii")
    question = {"type": "text", "text": "Which colour does this picture have?"}
    content = [question, {"type": "image_url", "image_url": {"url": url, "detail": "low"}}]
    said = _content(asked(client, model=model, messages=[{"role": "user", "content": content}]))
    # Some servers take a picture and leave it out.
    sees = "red" in said.lower()
    return Answer(sees, "takes pictures" if sees else "does not see what is in a picture")


def _json_schema(client: openai.OpenAI, model: str) -> Answer:
    form = {"type": "json_schema", "json_schema": {"name": "place", "schema": SCHEMA, "strict": True}}
    said = _content(asked(client, model=model, messages=ABOUT_A_CITY, response_format=form))
    filled = None
    with suppress(ValueError):
        filled = json.loads(said)
    fits = isinstance(filled, dict) and isinstance(filled.get("city"), str)
    return Answer(fits, "fills a JSON schema" if fits else "the reply does not fit the schema")


def _tools(client: openai.OpenAI, model: str) -> Answer:
    tool = {"type": "function", "function": {"name": "note_city", "parameters": SCHEMA}}
    raw, _ = asked(client, model=model, messages=ABOUT_A_CITY, tools=[tool], tool_choice="required")
    calls = raw.parse().choices[0].message.tool_calls or []
    called = [call.function.name for call in calls][:1] == ["note_city"]
    return Answer(called, "calls a tool" if called else "the reply calls no tool")


def _temperature(client: openai.OpenAI, model: str) -> Answer:
    asked(client, model=model, messages=ABOUT_A_CITY, temperature=0)
    return Answer(True, "takes temperature 0")


_PROBES: dict[Ability, Callable[[openai.OpenAI, str], Answer]] = {
    "pictures": _pictures,
    "tools": _tools,
    "json_schema": _json_schema,
    "temperature": _temperature,
}


def _content(reply: tuple[Any, bool]) -> str:
    return reply[0].parse().choices[0].message.content or ""


def _red_square(side: int = 64) -> bytes:
    """A PNG. It describes itself too, for the mock endpoint, which has no eyes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    pixels = zlib.compress((b"\0" + b"\xd0\x10\x10" * side) * side)
    described = chunk(b"tEXt", b"Description\0The colour of this picture is red.")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + described + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


_one_asks = threading.Lock()
_of_this_process: dict[str, dict[str, bool]] = {}


def _file() -> Path:
    return my_work() / "abilities.json"


def _name(endpoint: Endpoint, model: str) -> str:
    return f"{model} at {endpoint.base_url}"


def _remembered(endpoint: Endpoint, model: str) -> dict[str, bool]:
    name = _name(endpoint, model)
    own = _of_this_process.get(name)
    return own if own is not None else ({} if endpoint.ledger.free else _read().get(name, {}))


def _remember(endpoint: Endpoint, model: str, ability: Ability, it_can: bool) -> None:
    name = _name(endpoint, model)
    found = {**_remembered(endpoint, model), ability: it_can}
    _of_this_process[name] = found
    if not endpoint.ledger.free and not endpoint.simulated:
        with suppress(OSError):
            write_atomically(_file(), json.dumps({**_read(), name: found}, indent=1) + "\n")


def _read() -> dict[str, dict[str, bool]]:
    try:
        kept = json.loads(_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return kept if isinstance(kept, dict) and all(isinstance(each, dict) for each in kept.values()) else {}
