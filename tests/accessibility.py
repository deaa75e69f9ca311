"""A page judged by axe-core in a browser: what would keep somebody from reading it.

axe-core comes in the package axe-playwright-python (extra browser). Its file is read here, because the package itself
opens it in the machine's own encoding, which is not UTF-8 on every Windows.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest
from browser import browser_page, why_no_browser


def violations(file: Path, *, dark: bool = False) -> list[str]:
    """What axe-core finds wrong in a file's page, a line each; the test is skipped where there is no browser."""
    found = find_spec("axe_playwright_python")
    if reason := why_no_browser() or ("axe-playwright-python is not installed" if found is None else None):
        pytest.skip(reason)
    axe = Path(found.origin).with_name("axe.min.js").read_text(encoding="utf-8")
    with browser_page() as page:
        page.emulate_media(color_scheme="dark" if dark else "light")
        page.goto(file.resolve().as_uri())
        page.evaluate(axe)
        told = page.evaluate("axe.run()")
    return [
        f"{each['id']} ({each['impact']}): {each['help']}: {node['html'][:200]}"
        for each in told["violations"]
        for node in each["nodes"]
    ]
