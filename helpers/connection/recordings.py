"""Recording a live run, and replaying it where there is no network: WORKBOOK_RECORD=folder, WORKBOOK_REPLAY=folder.

A recording is a folder: `recording.json` says which models answered, when, and what was scrubbed; `calls.jsonl` holds
the replies, in the format of the mock endpoint's own recordings (docs/mock_service.md). Recorded is what connect()'s
clients send, so proxies, certificates and sign-in are as they always are. On replay the mock endpoint answers from the
folder, computes what is not in it, and says in every reply which of the two it did.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from helpers.connection import masking
from helpers.files import write_atomically
from helpers.ledger.usage import object_in
from helpers.mock_endpoint import Behaviour, MockConfig, Recorded, Recording, start
from helpers.problem import Problem

if TYPE_CHECKING:
    from helpers.ledger.pending import Finished
    from helpers.ledger.session import Ledger
    from helpers.settings import Settings

ABOUT, CALLS = "recording.json", "calls.jsonl"
# Not what the endpoint answers to the request, but how it was on that day.
_NOT_KEPT = frozenset({401, 403, 404, 408, 429})


@dataclass(frozen=True)
class About:
    """What a recording is of. models: role -> the name that requests carried."""

    profile: str
    models: dict[str, str]
    began: str
    scrubbed: bool = False
    notebooks: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, folder: Path) -> About:
        """Raises Problem: there is no recording, or it cannot be read."""
        try:
            values = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
            return cls(**{name: values[name] for name in ("profile", "models", "began", "scrubbed", "notebooks")})
        except FileNotFoundError:
            raise Problem(
                f"There is no recording in {folder}", "make one with `workbook record`, or correct it"
            ) from None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise Problem(f"{folder / ABOUT} cannot be read ({type(error).__name__})", "record it again") from None

    def write(self, folder: Path) -> None:
        """Raises OSError."""
        write_atomically(folder / ABOUT, json.dumps(vars(self), indent=1) + "\n")


class Recorder:
    """Told of every call of a live endpoint; appends those that were answered. Keys are hidden, always.

    Raises Problem: the folder holds a recording of other models, which could not be replayed together.
    """

    def __init__(self, folder: Path, settings: Settings, *, scrub: bool, notebook: str = "") -> None:
        self.kept = 0
        self._scrub, self._lock = scrub, threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)
        models = dict(settings.models)
        if (folder / ABOUT).exists():
            about = About.read(folder)
            if about.models != models or about.profile != settings.profile:
                raise Problem(
                    f"{folder} holds a recording of {about.profile} with other models", "choose another folder"
                )
            if about.scrubbed and not scrub:
                raise Problem(f"{folder} holds a scrubbed recording", "add --scrub-personal, or choose another folder")
        else:
            about = About(settings.profile, models, datetime.now(UTC).isoformat(timespec="seconds"), scrub)
        if notebook and notebook not in about.notebooks:
            about.notebooks.append(notebook)
        about.write(folder)
        self._recording = Recording(folder / CALLS)

    def __call__(self, finished: Finished) -> None:
        recorded = _recorded(finished)
        if recorded is None:
            return
        with self._lock:
            self._recording.append(
                finished.operation, finished.asked, recorded, scrub=self._scrub, hide=masking.without_keys
            )
            self.kept += 1


def _recorded(finished: Finished) -> Recorded | None:
    """The reply as it is recorded; None for what is not kept: broken streams, files, refusals for the moment."""
    call, body = finished.call, finished.body
    if not finished.asked or call.status in _NOT_KEPT or call.status >= 500 or call.ended not in ("whole", "refused"):
        return None
    if finished.content_type.startswith("text/event-stream"):
        events = body.decode("utf-8", "replace").replace("\r\n", "\n").split("\n\n")
        return Recorded(call.status, events=tuple(event for event in events if event.strip()), seconds=call.seconds)
    return Recorded(call.status, body.decode("utf-8"), seconds=call.seconds) if object_in(body) else None


@dataclass
class Replayed:
    """A recording that is being replayed: where it is served, and settings whose models are the recorded ones."""

    about: About
    settings: Settings
    base_url: str
    calls: int
    _told: int = 0

    @property
    def sentence(self) -> str:
        """What the banner says."""
        scrubbed = ", personal data scrubbed" if self.about.scrubbed else ""
        return (
            f"**recording of the {self.about.profile} endpoint**, {self.about.began[:10]}{scrubbed}: {self.calls} "
            "replies are replayed word for word, at no cost and without a network. A request that is not among them is "
            "answered by the *mock* endpoint, and said so."
        )

    def watch(self, ledger: Ledger) -> None:
        """In a notebook, say after each cell how many of its calls the mock endpoint had to answer."""
        import sys

        ipython = sys.modules.get("IPython")
        shell = ipython.get_ipython() if ipython else None
        if shell is None:
            return

        def tell(*_: Any) -> None:
            computed = sum(call.simulated for call in list(ledger.calls))
            new, self._told = computed - self._told, computed
            if new > 0:
                calls = "1 call of this cell was" if new == 1 else f"{new} calls of this cell were"
                print(f"{calls} not in the recording: the mock endpoint computed the reply (simulated).")

        shell.events.register("post_run_cell", tell)


def replay(folder: Path, settings: Settings) -> Replayed:
    """Serve a recording from this process. Raises Problem where there is none."""
    about = About.read(folder)
    deployments = {model: _stands_in(role) for role, model in reversed(about.models.items())}
    served = start(MockConfig(behaviour=Behaviour(replay=folder / CALLS), deployments=deployments))
    recorded = {
        "profile": about.profile,
        "azure_api_version": None,
        **{role.replace("-", "_"): model for role, model in about.models.items()},
    }
    return Replayed(about, settings.model_copy(update=recorded), served.url, len(Recording(folder / CALLS)))


def _stands_in(role: str) -> str:
    return {"chat-small": "sim-small", "embedding": "sim-embedding"}.get(role, "sim-large")
