"""A learner opens JupyterLab, works on the first exercise of lesson 01, and sees what the workbook says to it."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.paths import NOTEBOOKS, ROOT, SOLUTIONS
from helpers.publishing.published import exercise_cells
from tests.browser import ALL_CELLS, PATIENCE_S, OpenNotebook, browser_page, free_port, why_no_browser, write_settings

pytestmark = [pytest.mark.browser, pytest.mark.slow]
LESSON = Path("L100_foundations/01_tokens.ipynb")
EXERCISE = "prediction"
WRONG = 'prediction = ["English", "Spanish", "Portuguese", "Arabic", "Hindi"]'
WHAT_IS_WRONG = "A name is missing: log line."


@pytest.fixture
def browser() -> None:
    """Only where a browser can be driven; CI may not leave it out."""
    if reason := why_no_browser():
        if os.environ.get("CI") == "true":
            pytest.fail(f"the browser test cannot run in CI: {reason}")
        pytest.skip(reason)


def test_a_learner_answers_wrong_and_then_right_and_sees_both(
    browser: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    home = tmp_path / "home with späces"
    home.mkdir()
    write_settings(tmp_path / "settings", ALL_CELLS)
    monkeypatch.setenv("WORKBOOK_HOME", str(home))
    monkeypatch.delenv("WORKBOOK_PROGRESS")  # where a learner's progress is
    monkeypatch.setenv("JUPYTERLAB_SETTINGS_DIR", str(tmp_path / "settings"))
    cells = json.loads((NOTEBOOKS / LESSON).read_text(encoding="utf-8"))["cells"]
    answer = next(i for i, cell in enumerate(cells) if cell["metadata"].get("workbook", {}).get("exercise") == EXERCISE)
    check = next(i for i, cell in enumerate(cells) if f"lesson.{EXERCISE}.check()" in "".join(cell["source"]))

    with _workbook_lab(tmp_path / "lab.log") as start, browser_page() as page:
        page.goto(start)
        assert "Start here" in OpenNotebook(page).cell(0).locator("h1").inner_text()

        # The token is a cookie now; "reset" keeps JupyterLab from opening again, for a moment, what was open before.
        page.goto(f"{start.partition('/lab')[0]}/lab/tree/{LESSON.as_posix()}?reset")
        notebook = OpenNotebook(page)
        notebook.run_through(check)
        _sees(notebook, check, "not attempted")

        notebook.write(answer, WRONG)
        notebook.run(answer)
        notebook.run(check)
        _sees(notebook, check, "not yet", WHAT_IS_WRONG)
        _keep(page, "01_tokens_not_yet")

        notebook.write(answer, exercise_cells(SOLUTIONS / LESSON)[EXERCISE])
        notebook.run(answer)
        notebook.run(check)
        _sees(notebook, check, "passed, 1 of 1 point")
        _keep(page, "01_tokens_passed")
        page.keyboard.press("ControlOrMeta+S")

    progress = (home / "my_work" / "progress.json").read_text(encoding="utf-8")
    assert '"passed"' in progress, progress


def _sees(notebook: OpenNotebook, index: int, *texts: str) -> None:
    """The cell's output is markdown that was rendered, is in the window, and says these texts."""
    from playwright.sync_api import expect

    output = notebook.output(index).first
    for text in texts:
        expect(output).to_contain_text(text)
    expect(output).to_have_class(re.compile("jp-RenderedMarkdown"))
    expect(output.locator("strong").first).to_be_visible()  # the verdict stands out
    output.evaluate("element => element.scrollIntoView({block: 'nearest'})")
    expect(output).to_be_in_viewport()


def _keep(page, name: str) -> None:
    if folder := os.environ.get("WORKBOOK_SCREENSHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder) / f"{name}.png")


@contextlib.contextmanager
def _workbook_lab(log: Path) -> Iterator[str]:
    """What `workbook lab --no-browser` starts; gives the address that it prints."""
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "helpers.cli", "lab", "--no-browser", "--port", str(free_port())],
            cwd=ROOT,
            env={**os.environ, "PYTHONIOENCODING": "utf-8"},
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    try:
        yield _printed_address(log, process)
    finally:
        process.send_signal(signal.SIGINT if os.name == "posix" else signal.SIGTERM)
        process.wait(timeout=60)


def _printed_address(log: Path, process: subprocess.Popen) -> str:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end and process.poll() is None:
        if found := re.search(r"http://127\.0\.0\.1:\d+/lab\S*", log.read_text(encoding="utf-8", errors="replace")):
            return found[0]
        time.sleep(0.1)
    pytest.fail(f"`workbook lab` printed no address, but:\n{log.read_text(encoding='utf-8', errors='replace')}")
