"""The ledger that connect() gives an endpoint: which prices and budgets hold, and where it is kept."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from helpers import prices
from helpers.ledger import kept
from helpers.ledger.monthly import MonthlyBudget
from helpers.ledger.pending import Finished
from helpers.ledger.session import Ledger
from helpers.ledger.usage import said_in
from helpers.paths import home

if TYPE_CHECKING:
    from helpers.settings import Settings

# Seconds that a client waits for the next byte. A model on this very machine may need minutes for a long prompt.
PATIENCE = {"local": 600.0}
LIVE_PATIENCE = 120.0


def opened(
    settings: Settings, budget_usd: float | None = None, *, live: bool = True, hide: Callable[[str], str] | None = None
) -> Ledger:
    """The ledger of an endpoint with these settings. Raises PricesError for an own list that cannot be read.

    live: false where the mock endpoint answers, computed or from a recording, so that nothing can be spent.
    hide: takes keys out of what is kept of prompts and replies, where somebody has asked for that.
    """
    if settings.prices:
        os.environ[prices.SETTING] = str(home() / settings.prices)
    prices.own_list()
    folder = kept.ledger_folder()
    keeps = settings.ledger == "yes"
    free = settings.profile == "local"
    counts_months = live and not free and settings.budget_total_usd is not None
    ledger = Ledger(
        budget_usd=settings.budget_usd if budget_usd is None else budget_usd,
        month=MonthlyBudget(settings.budget_total_usd or 0.0, folder) if counts_months else None,
        keeper=kept.keeper(folder) if keeps else None,
        roles=_roles(settings),
        profile=settings.profile,
        notebook=notebook_name(),
        source="live" if live else "simulated",
        free=free,
        patience=settings.patience or (PATIENCE.get(settings.profile, LIVE_PATIENCE) if live else None),
    )
    if settings.ledger_content == "yes":
        warnings.warn(
            f"WORKBOOK_LEDGER_CONTENT=yes: what you ask and what is answered is written to {folder}/content-*.jsonl, "
            "in plain text.",
            stacklevel=3,
        )
        ledger.observers.append(_ContentKeeper(folder, hide))
    return ledger


def notebook_name() -> str:
    """Name of the notebook that runs here, without its folder; "" where nobody knows."""
    name = os.environ.get("WORKBOOK_NOTEBOOK") or os.environ.get("JPY_SESSION_NAME") or _of_vs_code()
    # A server of Windows gives backslashes, whatever the kernel runs on.
    return PurePath(name.replace("\\", "/")).stem if name else ""


def _of_vs_code() -> str:
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return str(getattr(shell, "user_ns", {}).get("__vsc_ipynb_file__", ""))


def _roles(settings: Settings) -> dict[str, str]:
    """Model -> role; where a model has several, the first of chat-large, chat-small, embedding, judge."""
    roles: dict[str, str] = {}
    for role, model in settings.models.items():
        roles.setdefault(model, role)
    return roles


class _ContentKeeper:
    """What was asked and answered, beside the numbers; only where somebody has asked for it."""

    def __init__(self, folder: Path, hide: Callable[[str], str] | None) -> None:
        self._keeper, self._hide = kept.Keeper(folder, prefix="content-"), hide

    def __call__(self, finished: Finished) -> None:
        line = {"when": finished.call.when.isoformat(), "model": finished.call.model, "asked": finished.asked}
        self._keeper.add({**line, "answered": said_in(finished.body)}, hide=self._hide)
