"""`workbook record`: runs notebooks on a live endpoint once, and keeps what it answers for rooms without a network."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from helpers import paths
from helpers.connection.recordings import CALLS, About
from helpers.ledger.forecast import estimate
from helpers.ledger.kept import ledger_folder
from helpers.ledger.totals import Reader
from helpers.mock_endpoint import Recording
from helpers.problem import Problem
from helpers.publishing.published import find
from helpers.settings import Settings

SECONDS_A_CELL = 600


def run(names: Sequence[str], to: Path, *, scrub: bool) -> int:
    """Run the worked notebooks and record; prints a line a notebook. 1 when one did not run to its end.

    names: lessons such as 01_tokens, files, or "all". Raises Problem, SettingsError.
    """
    from helpers.publishing.execution import NotebookFailed, execute
    from helpers.publishing.warm_kernel import warm_kernels

    settings = Settings.load()
    if settings.profile == "mock":
        raise Problem("The mock endpoint needs no recording", "choose a live profile: WORKBOOK_PROFILE=openai in .env")
    to = to.expanduser().resolve()
    notebooks = _notebooks(names)
    print(f"Recording the {settings.profile} endpoint into {to}. This run is live and may cost money.")
    for path in notebooks:
        expected = estimate(path.stem, settings.models, free=settings.profile == "local")
        print(f"  {path.stem}: {expected or 'how much it uses was never measured'}")
    print(_budget(settings), flush=True)
    failed, began = 0, time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())
    with warm_kernels() as kernel:
        for path in notebooks:
            with tempfile.TemporaryDirectory() as scratch:
                environment = live_environment(Path(scratch), path.stem)
                environment |= {"WORKBOOK_RECORD": str(to), "WORKBOOK_RECORD_SCRUB": "yes" if scrub else "no"}
                try:
                    execute(path, kernel_name=kernel, cwd=scratch, env=environment, timeout=SECONDS_A_CELL)
                    print(f"✓ {path.stem}", flush=True)
                except NotebookFailed as error:
                    failed += 1
                    print(f"✗ {error}", flush=True)
    print(_result(to, began))
    return 1 if failed else 0


def live_environment(scratch: Path, notebook: str) -> Mapping[str, str]:
    """For a kernel that runs a notebook live: this person's settings and ledger, but a home of its own.

    So the run neither finds nor leaves anything among the learner's progress and artefacts.
    """
    from dotenv import dotenv_values

    home = paths.home()
    given = {name: value for name, value in dotenv_values(home / ".env", encoding="utf-8").items() if value}
    found = {**given, **os.environ}
    for name in ("WORKBOOK_PRICES", "WORKBOOK_CA_FILE"):  # relative to the home that is exchanged here
        if found.get(name):
            found[name] = str(home / Path(found[name]).expanduser())
    return {
        **found,
        "WORKBOOK_HOME": str(scratch),
        "WORKBOOK_PROGRESS": str(scratch / "progress.json"),
        "WORKBOOK_LEDGER_FOLDER": str(ledger_folder()),
        "WORKBOOK_NOTEBOOK": notebook,
        "WORKBOOK_VARIANT": "neutral",
        "WORKBOOK_REPLAY": "",
    }


def _notebooks(names: Sequence[str]) -> list[Path]:
    if list(names) == ["all"]:
        return [path for path in sorted(paths.SOLUTIONS.rglob("*.ipynb")) if ".ipynb_checkpoints" not in path.parts]
    found = []
    for name in names:
        try:
            found.append(Path(name).resolve() if name.endswith(".ipynb") else find(name, paths.SOLUTIONS))
        except FileNotFoundError as error:
            raise Problem(str(error), "give one of these names, a file, or all") from None
        if not found[-1].is_file():
            raise Problem(f"There is no notebook {name}", "give a lesson's name, a file, or all")
    return found


def _budget(settings: Settings) -> str:
    budgets = [
        f"{name}={value:g}"
        for name, value in (
            ("WORKBOOK_BUDGET_USD", settings.budget_usd),
            ("WORKBOOK_BUDGET_TOTAL_USD", settings.budget_total_usd),
        )
        if value is not None
    ]
    return (
        f"Budget: {', '.join(budgets)}." if budgets else "No budget is set: WORKBOOK_BUDGET_USD=1 would stop before $1."
    )


def _result(to: Path, began: str) -> str:
    calls = [call for call in Reader(ledger_folder(), began) if call.source == "live"]
    usd = sum(call.usd or 0.0 for call in calls)
    unpriced = sum(call.usd is None and call.answered for call in calls)
    cost = f"${usd:.4f}" + (f" and {unpriced} calls whose price is not known" if unpriced else "")
    kept = len(Recording(to / CALLS))
    scrubbed = (
        "e-mail addresses, telephone, account and card numbers taken out"
        if About.read(to).scrubbed
        else ("personal data not taken out (--scrub-personal)")
    )
    return (
        f"{kept} replies recorded, keys hidden, {scrubbed}. This run: {len(calls)} calls, {cost}.\n"
        f"Look through {to / CALLS} before you share it. Replay it: WORKBOOK_REPLAY={to}"
    )
