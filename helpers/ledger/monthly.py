"""One budget for all of a person's kernels in a calendar month (UTC): WORKBOOK_BUDGET_TOTAL_USD.

A small file in the ledger's folder holds what is spent and what is reserved; it is read and replaced under a file lock,
so two kernels cannot both take the last dollar. A kernel that is killed leaves its reservations behind: they count for
the rest of the month, because nobody knows what its calls cost. Where the file cannot be kept, no call is sent: a
budget that cannot be counted is not kept by hoping.
"""

from __future__ import annotations

import contextlib
import json
import os
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from helpers.ledger.budget import BudgetExceeded

_WAIT_SECONDS = 20


class MonthlyBudget:
    """US dollars of a month, shared through a folder. Thread-safe and safe for several processes."""

    def __init__(self, usd: float, folder: Path) -> None:
        """Takes in what the kept ledger says was spent this month, also by kernels that knew no such budget."""
        self.usd = usd
        self._folder = folder
        with contextlib.suppress(BudgetExceeded), self._opened(_month()) as state:
            from helpers.ledger.totals import spent_in

            state["spent"] = max(state["spent"], spent_in(folder, _month()))

    def reserve(self, estimate: float) -> str:
        """Take room for a call. Raises BudgetExceeded when there is not enough, or the file cannot be kept."""
        month = _month()
        with self._opened(month) as state:
            reserved = sum(state["reserved"].values())
            if state["spent"] + reserved + estimate > self.usd:
                held = f" and ${reserved:.4f} are held for calls under way or of unknown cost" if reserved else ""
                raise BudgetExceeded(
                    f"The call was not sent: it could cost ${estimate:.6f}; in {month} ${state['spent']:.4f} are spent "
                    f"by all your notebooks{held}, and WORKBOOK_BUDGET_TOTAL_USD is {self.usd:g}. "
                    "Raise it, or wait for the next month; `workbook ledger --by notebook` shows where it went."
                )
            name = f"{month}/{os.getpid()}/{uuid.uuid4().hex}"
            state["reserved"][name] = estimate
        return name

    def settle(self, name: str, usd: float | None) -> None:
        """A call has ended and cost so much; None where that is not known, and its estimate stays reserved."""
        if usd is None:
            return
        # What cannot be written now stays reserved, which is never too little.
        with contextlib.suppress(BudgetExceeded), self._opened(name.partition("/")[0]) as state:
            if state["reserved"].pop(name, None) is not None:
                state["spent"] += usd

    def state(self) -> tuple[float, float]:
        """Spent and reserved US dollars of this month. Raises BudgetExceeded when the file cannot be kept."""
        with self._opened(_month()) as state:
            return state["spent"], sum(state["reserved"].values())

    @contextlib.contextmanager
    def _opened(self, month: str) -> Iterator[dict[str, Any]]:
        from filelock import FileLock, Timeout

        path = self._folder / f"budget-{month}.json"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with FileLock(path.with_suffix(".lock"), timeout=_WAIT_SECONDS):
                state = _read(path)
                before = json.dumps(state)
                yield state
                after = json.dumps(state)
                if after != before or not path.exists():
                    part = path.with_suffix(f".{os.getpid()}.part")
                    part.write_text(after, encoding="utf-8")
                    part.replace(path)
        except (OSError, Timeout) as error:
            reason = getattr(error, "strerror", None) or type(error).__name__
            raise BudgetExceeded(
                f"The call was not sent: WORKBOOK_BUDGET_TOTAL_USD is set, and what is spent cannot be kept in "
                f"{self._folder} ({reason}). Make the folder writable, or unset the budget."
            ) from error


def _month() -> str:
    return datetime.now(UTC).strftime("%Y-%m")


def _read(path: Path) -> dict[str, Any]:
    """The state of a month; of a file that a power cut damaged, nothing, and the kept ledger says what was spent."""
    try:
        state = json.loads(path.read_text(encoding="utf-8"))
        return {"spent": float(state["spent"]), "reserved": {n: float(usd) for n, usd in state["reserved"].items()}}
    except FileNotFoundError:
        return {"spent": 0.0, "reserved": {}}
    except (ValueError, KeyError, TypeError, AttributeError):
        from helpers.ledger.totals import spent_in

        return {"spent": spent_in(path.parent, path.stem.removeprefix("budget-")), "reserved": {}}
