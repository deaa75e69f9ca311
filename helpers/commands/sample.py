"""`workbook sample`: sample data made anew, larger, in another language, or with other figures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from helpers.problem import Problem


def companies(
    out: Path, *, seed: int = 7, companies: int = 3, language: str | None = None, pages: int = 0
) -> list[Path]:
    from helpers.companies import LANGUAGES, write

    if language not in (None, *LANGUAGES):
        raise Problem(f"The filings are not written in {language!r}", f"choose one of {', '.join(LANGUAGES)}")
    return write(out, seed=seed, count=companies, language=language, pages=pages)


def logs(
    out: Path, *, seed: int = 7, lines: int | None = None, without_new: bool = False, wordings: str = "first"
) -> list[Path]:
    from helpers.systems import LEAST_LINES, WORDINGS, write_logs

    if wordings not in WORDINGS:
        raise Problem(f"There are no wordings {wordings!r}", f"choose one of {', '.join(WORDINGS)}")
    lines = LEAST_LINES if lines is None else lines
    if lines < LEAST_LINES:
        raise Problem(f"{lines:,} lines are too few for every failure", f"ask for {LEAST_LINES:,} or more")
    return write_logs(out, lines=lines, seed=seed, new=not without_new, wordings=wordings)


MADE: dict[str, Callable[..., list[Path]]] = {"companies": companies, "logs": logs}
OPTIONS = {
    "companies": ("seed", "companies", "language", "pages"),
    "logs": ("seed", "lines", "without_new", "wordings"),
}


def run(name: str, out: Path, **options: Any) -> Iterator[str]:
    """Write the data to `out` and say what was written. Options that are None were not given.

    Raises Problem for a name, a language or an option that is not there.
    """
    if name not in MADE:
        known = " and ".join(f"`{each}`" for each in MADE)
        raise Problem(f"There is no sample data called {name!r}", f"what can be made anew is {known}")
    given = {option: value for option, value in options.items() if value is not None}
    for option in given.keys() - set(OPTIONS[name]):
        asked = f"--{option.replace('_', '-')}"
        has = ", ".join(f"--{each.replace('_', '-')}" for each in OPTIONS[name])
        raise Problem(f"`{name}` has no option {asked}", f"it has {has}")
    written = MADE[name](out, **given)
    size = sum(path.stat().st_size for path in written)
    yield f"{len(written)} files, {size / 1_000_000:.1f} MB, in {out}"
