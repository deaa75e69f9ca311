"""`workbook local`: serves a real model on this machine. What it says when the extra is missing, and its key."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

from helpers.problem import Problem


def run(model: Path | None, *, port: int | None, context: int, parallel: int, yes: bool, verbose: bool) -> None:
    """Serve until Ctrl-C. Raises Problem."""
    if find_spec("xllamacpp") is None:
        raise Problem("The extra `local` is not installed", "`workbook extra local`, then the same command again")
    if verbose:
        os.environ["WORKBOOK_LOCAL_VERBOSE"] = "1"
    from helpers.local_model.serving import serve
    from helpers.settings import Settings

    key = Settings.load("local").api_key.get_secret_value()
    serve(model, port=port, context=context, parallel=parallel, key=key, yes=yes)
