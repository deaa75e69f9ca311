"""Slips in one setting, told by the shape of its value: what is wrong with it, and what to put there.

It never quotes a secret, not even a part of one; of an address it quotes scheme, host and port.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

LOOPBACK = ("127.0.0.1", "localhost", "::1")
QUOTES = "\"'`“”„‘’«»"
PLACEHOLDER = re.compile(
    r"<[^<>]*>|\{\{?[^{}]*\}?\}|\[[^\[\]]*\]|(?:your|my|the)[-_ ]?(?:[a-z]+[-_ ])*key"
    r"|x{3,}|\.{3}|…|change[-_ ]?me|todo",
    re.IGNORECASE,
)
# The end of a request's address, which every client adds by itself.
ROUTE = re.compile(r"/(?:chat/completions|completions|embeddings|responses|models)/?$")
API_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}(?:-preview)?")


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
        self.where = where
        lines = ["the settings do not describe an endpoint yet", *(f"  - {problem}" for problem in problems)]
        super().__init__("\n".join([*lines, where] if where else lines))


def in_any(field: str, value: str) -> Problem | None:
    """What no value has: quotes or spaces around it, something invisible in it."""
    if value != value.strip():
        return Problem(field, "has spaces at an end", "the value without them")
    if len(value) > 1 and value[0] in QUOTES and value[-1] in QUOTES:
        return Problem(field, "is in quotes", "the value without them")
    if value[:1] in tuple(QUOTES) or value[-1:] in tuple(QUOTES):
        return Problem(field, "has a quote at one end", "the value without it")
    if not value.isprintable() or re.search("[\u200b-\u200f\u2060\ufeff]", value):
        return Problem(
            field, "has a character in it that cannot be seen", "the value typed anew, or pasted as plain text"
        )
    return None


def in_secret(field: str, value: str) -> Problem | None:
    """What no key has. `put` has no part of the value."""
    again = "the key alone, copied again as a whole"
    first = value.split(None, 1)[0].rstrip(":").lower() if value.split() else ""
    if first in ("bearer", "authorization", "api-key") or value.lower().startswith("bearer"):
        return Problem(field, f"begins with “{first}”", "the key alone; the client adds that word")
    if value.startswith(("http://", "https://")):
        return Problem(field, "is an address", "the key; addresses have settings of their own")
    if PLACEHOLDER.fullmatch(value):
        return Problem(field, "still has its placeholder", again)
    if "..." in value or "…" in value or "***" in value:
        return Problem(field, "is a shortened key, as a page shows it", again)
    if re.search(r"\s", value):
        return Problem(field, "has a space in it", again)
    if not value.isascii():
        return Problem(field, "has a character that no key has", again)
    if field == "AZURE_OPENAI_API_KEY" and value.startswith("sk-"):
        return Problem(
            field, "is a key of OpenAI, not of Azure", "one of the resource's two keys, or choose the profile openai"
        )
    return None


def in_name(field: str, value: str) -> Problem | None:
    """What no name of a model or deployment has."""
    if PLACEHOLDER.fullmatch(value):
        return Problem(field, "still has its placeholder", "the name of your model or deployment")
    if "://" in value:
        return Problem(field, "is an address", "the name of your model or deployment alone")
    if re.search(r"\s", value):
        return Problem(field, "has a space in it", "the name exactly as the list of models or deployments shows it")
    return None


def in_azure_endpoint(field: str, value: str) -> Problem | None:
    """An Azure resource's address is https, and ends after the host; plain http is for this machine only."""
    example = "https://my-resource.openai.azure.com"
    if PLACEHOLDER.search(value):
        return Problem(field, "still has its placeholder", f"your resource's address, such as {example}")
    parts = _split(value)
    if parts is None or not parts.hostname or re.search(r"\s", value) or parts.hostname in ("http", "https"):
        return Problem(field, "is not your resource's address alone", example)
    host = _host(parts)
    if parts.hostname in ("portal.azure.com", "oai.azure.com", "ai.azure.com"):
        return Problem(
            field, "is the portal's address", f"your resource's, from its page “Keys and Endpoint”, such as {example}"
        )
    if parts.username is not None:
        return Problem(field, "has a name or password in it", f"https://{host}, and the key in AZURE_OPENAI_API_KEY")
    more = ""
    if "/deployments/" in parts.path:
        more = "; the deployment goes into WORKBOOK_CHAT_LARGE, an api-version into OPENAI_API_VERSION"
    own = parts.hostname in LOOPBACK
    if parts.scheme == "http" and not own:
        return Problem(field, "begins with http, which would send the key unencrypted", f"https://{host}{more}")
    if "://" not in value or parts.scheme not in ("https", "http") or parts.path not in ("", "/") or parts.query:
        return Problem(field, "is not your resource's address alone", f"{'http' if own else 'https'}://{host}{more}")
    return None


def in_base_url(field: str, value: str) -> Problem | None:
    """A compatible server's address begins with http or https, and ends before the route of a request."""
    example = "https://gateway.example/v1"
    if PLACEHOLDER.search(value):
        return Problem(field, "still has its placeholder", f"the server's address up to /v1, such as {example}")
    parts = _split(value)
    if parts is None or not parts.hostname or re.search(r"\s", value) or parts.hostname in ("http", "https"):
        return Problem(field, "is not an address", example)
    if parts.username is not None:
        return Problem(
            field, "has a name or password in it", f"{parts.scheme}://{_host(parts)}…, and the key in WORKBOOK_API_KEY"
        )
    path = ROUTE.sub("", parts.path).rstrip("/") or "/v1"
    whole = f"{parts.scheme if '://' in value else 'https'}://{_host(parts)}{path}"
    if "://" not in value or parts.scheme not in ("https", "http"):
        return Problem(field, "is not an address", f"https://{_host(parts)}{path}")
    if ROUTE.search(parts.path) or parts.query:
        return Problem(field, "has the route of a request in it", f"{whole}; clients add the rest")
    return None


def in_api_version(field: str, value: str) -> Problem | None:
    """Azure's api-versions are dates."""
    if value.lower() in ("v1", "latest", "preview"):
        return Problem(
            field,
            "is of the v1 route, which has no api-version",
            "nothing there: delete the line, or put a date such as 2024-10-21",
        )
    if not API_VERSION.fullmatch(value):
        return Problem(
            field,
            "is not an api-version",
            "a date such as 2024-10-21 or 2025-04-01-preview, or delete the line for the v1 route",
        )
    return None


Slip = Callable[[str, str], Problem | None]


def _split(value: str):
    try:
        parts = urlsplit(value if "://" in value else f"https://{value}")
        _ = parts.port  # a wrong one raises here
        return parts
    except ValueError:
        return None


def _host(parts) -> str:
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{host}:{parts.port}" if parts.port else host
