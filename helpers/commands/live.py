"""`workbook test --endpoint PROFILE`: what may be typed, and what a person reads when there is no endpoint."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from helpers.problem import Problem

PROFILES = ("openai", "azure", "compatible", "local")


def run(profile: str, names: Sequence[str], **options: Any) -> int:
    """Run the worked notebooks; their exit status. Raises Problem."""
    from helpers.live_run.running import run as run_notebooks
    from helpers.local_model.running import NothingRuns
    from helpers.settings import SettingsError

    if profile not in PROFILES:
        raise Problem(f"There is no live endpoint {profile!r}", f"choose one of {', '.join(PROFILES)}")
    try:
        return run_notebooks(profile, names, **options)
    except NothingRuns as error:
        raise Problem(str(error).partition(". ")[0], "`workbook local` in another terminal, then this again") from None
    except SettingsError as error:
        raise Problem(str(error), "fill in .env; `workbook doctor` looks at it") from None
