"""`workbook sample`: sample data made anew, larger or in another language."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from helpers.problem import Problem


def run(name: str, out: Path, *, seed: int, companies: int, language: str | None, pages: int) -> Iterator[str]:
    """Write the data to `out` and say what was written. Raises Problem for a name or a language that is not there."""
    from helpers.companies import LANGUAGES, write

    if name != "companies":
        raise Problem(f"There is no sample data called {name!r}", "the one that can be made anew is `companies`")
    if language not in (None, *LANGUAGES):
        raise Problem(f"The filings are not written in {language!r}", f"choose one of {', '.join(LANGUAGES)}")
    written = write(out, seed=seed, count=companies, language=language, pages=pages)
    size = sum(path.stat().st_size for path in written)
    yield f"{len(written)} files, {size / 1_000_000:.1f} MB, in {out}"
