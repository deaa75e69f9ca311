"""Where an endpoint is, and what its calls are counted in: everything that connect() decides before there is a client.

On `mock` the offline endpoint is started inside this very process, and OPENAI_BASE_URL and OPENAI_API_KEY point to it,
so that a plain `OpenAI()` or `ChatOpenAI()` works too. The same for a recording that is replayed.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from helpers.paths import home
from helpers.settings import MOCK_KEY, Settings

if TYPE_CHECKING:
    import ssl

    from helpers.connection.recordings import Replayed
    from helpers.ledger import Ledger
    from helpers.mock_endpoint import Behaviour

TRACING = ("LANGSMITH_TRACING", "LANGSMITH_TRACING_V2", "LANGCHAIN_TRACING", "LANGCHAIN_TRACING_V2")
# Names a file: what this process asks is kept there, and not paid for again when it is run again.
KEEP = "WORKBOOK_KEEP_REPLIES"


@dataclass(frozen=True)
class Way:
    """key: or a function that gives a token of Entra ID. verify: None for plain http. live: money may be spent."""

    settings: Settings
    base_url: str
    key: str | Callable[[], str]
    live: bool
    verify: ssl.SSLContext | None = None
    replayed: Replayed | None = None


def way(profile: str | None, settings: Settings | None, behaviour: Behaviour | None) -> Way:
    """As connect() says. Raises SettingsError, ValueError, Problem, NothingRuns."""
    from helpers.connection.network import prepare_environment
    from helpers.offline_encodings import use_offline_encodings

    use_offline_encodings()
    replayed = None
    announced = settings is None  # ready-made settings name their server; else one that runs here is looked for
    if settings is None:
        _leave_mock()
        settings = Settings.load(profile)
        # Who asks for the mock by name gets the mock.
        if settings.replay and profile != "mock":
            from helpers.connection.recordings import replay

            replayed = replay(home() / settings.replay, settings)
            settings = replayed.settings
    prepare_environment(settings.for_the_environment)
    for name in TRACING:
        os.environ.pop(name, None)  # a tracing switch left in the shell would send prompts to a third party
    if replayed is not None:
        return Way(settings, _use_offline(replayed.base_url), MOCK_KEY, live=False, replayed=replayed)
    if settings.profile == "mock":
        return Way(settings, _start_mock(behaviour), MOCK_KEY, live=False)
    if behaviour is not None:
        raise ValueError(f"A behaviour is for the mock endpoint; {settings.profile} has its own. Leave it out here.")
    found = _live(settings)
    if settings.profile == "local" and announced:
        from helpers.local_model.running import find

        return replace(found, base_url=find(settings.compatible_base_url, str(found.key)))
    return found


def ledger(way: Way, budget_usd: float | None) -> Ledger:
    """The ledger of the calls, with what belongs to a live one: a word while it waits, a recorder, kept replies."""
    from helpers.connection import masking
    from helpers.ledger.opening import opened

    for value in vars(way.settings).values():
        if secret := getattr(value, "get_secret_value", None):
            masking.hide(secret())
    masking.guard_tracebacks()
    made = opened(way.settings, budget_usd, live=way.live, hide=masking.without_keys)
    if way.replayed is not None:
        way.replayed.watch(made)
    if way.live:
        from helpers.connection.waiting import WaitingNotice

        made.on_reply = WaitingNotice(way.settings.retries)
        if way.settings.record:
            from helpers.connection.recordings import Recorder

            scrub = way.settings.record_scrub == "yes"
            made.observers.append(
                Recorder(home() / way.settings.record, way.settings, scrub=scrub, notebook=made.notebook)
            )
        if KEEP in os.environ:
            _keep_replies(Path(os.environ[KEEP]))
    return made


def _live(settings: Settings) -> Way:
    from helpers.connection.network import check_proxies, on_this_machine, trusted

    base_url = settings.base_url or ""
    if not on_this_machine(base_url):
        check_proxies()
    verify = trusted(settings.ca_file)
    key = _sign_in(settings, verify) if settings.keyless else settings.api_key.get_secret_value()
    return Way(settings, base_url, key, live=True, verify=verify)


def _sign_in(settings: Settings, verify: ssl.SSLContext) -> Callable[[], str]:
    from helpers.connection.sign_in import token_provider

    return token_provider(settings.scope, verify)


@cache
def _keep_replies(path: Path) -> None:
    """Once for this process: the second time the same thing is asked, it is its second reply that is wanted."""
    from helpers.connection.exchanges import ReplyStore, keep_everything

    keep_everything(ReplyStore(path))


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
