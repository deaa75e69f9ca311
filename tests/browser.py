"""JupyterLab in a real browser: what the browser test drives, and a way to look at any notebook by hand.

    python tests/browser.py screenshot solutions/L100_foundations/01_tokens.ipynb out.png [--run] [--dark] [--untrusted]

Needs playwright (`pip install -e .[browser]`) and an installed Chromium, Chrome or Edge; brings neither.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from helpers.commands.browser import find_browser

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

BROWSER_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# JupyterLab draws the cells near the window only, unless told otherwise: a test could not find the others.
ALL_CELLS = {"@jupyterlab/notebook-extension/tracker": {"windowingMode": "none"}}
NO_NEWS = {"@jupyterlab/apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False}}
DARK = {"@jupyterlab/apputils-extension/themes": {"theme": "JupyterLab Dark"}}
# The one in front: JupyterLab keeps the others hidden.
NOTEBOOK = ".jp-NotebookPanel:not(.lm-mod-hidden)"
PATIENCE_S = 120


def why_no_browser() -> str | None:
    """Why no browser can be driven here, in half a sentence; None when one can."""
    if reason := os.environ.get("WORKBOOK_NO_BROWSER"):
        return reason
    if find_spec("playwright") is None:
        return "playwright is not installed"
    return None if _browser() else "no Chromium, Chrome or Edge is installed"


def _browser() -> Path | None:
    named = os.environ.get("WORKBOOK_BROWSER")
    return Path(named) if named else find_browser()


@contextlib.contextmanager
def browser_page(width: int = 1200, height: int = 900) -> Iterator[Page]:
    """An empty page of a browser of its own; ended with the context."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_browser(), args=BROWSER_ARGUMENTS)
        try:
            page = browser.new_page(viewport={"width": width, "height": height})
            page.set_default_timeout(PATIENCE_S * 1000)
            yield page
        finally:
            browser.close()


def write_settings(folder: Path, *settings: Mapping[str, Mapping[str, object]]) -> None:
    """A learner's settings of JupyterLab, as files below what JUPYTERLAB_SETTINGS_DIR names."""
    for plugin, values in (item for setting in settings for item in setting.items()):
        path = folder / f"{plugin}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values), encoding="utf-8")


class OpenNotebook:
    """A notebook that is open in JupyterLab with all its cells drawn. Cells count from 0, markdown included."""

    def __init__(self, page: Page):
        self.page = page
        page.locator(f"{NOTEBOOK} .jp-Cell").first.wait_for()
        self.wait_until_idle()  # cells are drawn anew until the kernel is there

    def cell(self, index: int) -> Locator:
        return self.page.locator(f"{NOTEBOOK} .jp-Cell").nth(index)

    def count(self) -> int:
        return self.page.locator(f"{NOTEBOOK} .jp-Cell").count()

    def output(self, index: int) -> Locator:
        return self.cell(index).locator(".jp-OutputArea-output")

    def wait_until_idle(self) -> None:
        self.page.locator(f"{NOTEBOOK} .jp-Notebook-ExecutionIndicator[data-status='idle']").wait_for()

    def write(self, index: int, text: str) -> None:
        """Replace a cell's source, as somebody who pastes."""
        self.cell(index).locator(".cm-content").click()
        self.page.keyboard.press("ControlOrMeta+A")
        self.page.keyboard.insert_text(text)

    def run(self, index: int) -> None:
        """Run one cell, and wait until it has run. A key pressed while JupyterLab is busy can get lost: try again."""
        from playwright.sync_api import TimeoutError as NothingHappened

        self.wait_until_idle()
        before = self.cell(index).locator(".jp-InputPrompt").inner_text()
        for _ in range(3):
            self._select(index)
            self.page.keyboard.press("Control+Enter")
            try:
                self._wait_for_prompt(index, f"text !== {json.dumps(before)}", 10_000)
                break
            except NothingHappened:
                continue
        self._wait_for_prompt(index, r"/^\[\d+\]:$/.test(text)", PATIENCE_S * 1_000)
        self.wait_until_idle()

    def run_through(self, index: int) -> None:
        """Run all code cells from the first to this one, one after the other."""
        # JupyterLab first shows an empty notebook, of one code cell, and fills it when the file has come.
        self.cell(index).wait_for(state="attached")
        for position in range(index + 1):
            if "jp-CodeCell" in (self.cell(position).get_attribute("class") or ""):
                self.run(position)

    def _select(self, index: int) -> None:
        self.cell(index).locator(".jp-InputPrompt").click()

    def _wait_for_prompt(self, index: int, condition: str, patience_ms: float) -> None:
        """Wait until the cell's prompt, `text`, is as wanted: "[ ]:" before, "[*]:" while it runs, "[3]:" after."""
        self.page.wait_for_function(
            f"""([cells, index]) => {{
                const text = document.querySelectorAll(cells)[index]?.querySelector(".jp-InputPrompt")?.innerText ?? "";
                return {condition};
            }}""",
            arg=[f"{NOTEBOOK} .jp-Cell", index],
            timeout=patience_ms,
        )


@contextlib.contextmanager
def jupyter_lab(root: Path, *settings: Mapping[str, Mapping[str, object]]) -> Iterator[str]:
    """JupyterLab on a folder, with settings of its own and no token; gives its address. Ends with its kernels."""
    port = free_port()
    with tempfile.TemporaryDirectory() as kept:
        folder = Path(kept)
        write_settings(folder / "settings", ALL_CELLS, NO_NEWS, *settings)
        environment = {
            **os.environ,
            "JUPYTER_CONFIG_DIR": str(folder / "config"),
            "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
            "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
            "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
            "IPYTHONDIR": str(folder / "ipython"),
        }
        server = subprocess.Popen(
            [
                *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}"),
                *("--ServerApp.port_retries=0", f"--ServerApp.root_dir={root}", "--IdentityProvider.token="),
            ],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _wait_for(f"http://127.0.0.1:{port}/api", server)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()  # it ends its kernels first
            server.wait(timeout=30)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_for(url: str, server: subprocess.Popen) -> None:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        if server.poll() is not None:
            raise RuntimeError(f"JupyterLab ended with status {server.returncode} before it answered at {url}")
        with contextlib.suppress(urllib.error.URLError, OSError), urllib.request.urlopen(url, timeout=2):
            return
        time.sleep(0.1)
    raise TimeoutError(f"JupyterLab did not answer at {url} within {PATIENCE_S} s")


def screenshot(
    notebook: Path,
    picture: Path,
    *,
    run: bool = False,
    dark: bool = False,
    untrusted: bool = False,
    width: int = 1100,
    height: int | None = None,
) -> None:
    """A picture of a notebook as JupyterLab shows it, from a copy; of all of it, unless a height (pixels) is given.

    untrusted: as one that somebody else has executed is shown, before anything is run.
    """
    with tempfile.TemporaryDirectory() as kept:
        copied = Path(kept) / notebook.name
        shutil.copy(notebook, copied)
        if not untrusted:
            subprocess.run([sys.executable, "-m", "jupyter", "trust", str(copied)], check=True, capture_output=True)
        with jupyter_lab(Path(kept), *([DARK] if dark else [])) as address, browser_page(width, height or 900) as page:
            page.goto(f"{address}/doc/tree/{quote(notebook.name)}")
            opened = OpenNotebook(page)
            last = len(json.loads(copied.read_text(encoding="utf-8"))["cells"]) - 1
            opened.cell(last).wait_for(state="attached")  # the page counts one cell until the file has come
            if run:
                opened.run_through(last)
            if height is None:
                page.set_viewport_size({"width": width, "height": _whole_height(page)})
            page.wait_for_timeout(1000)  # fonts and formulas
            page.screenshot(path=picture)


def _whole_height(page: Page) -> int:
    last = page.locator(f"{NOTEBOOK} .jp-Cell").last
    return page.viewport_size["height"] + int(
        last.evaluate("cell => Math.max(0, cell.getBoundingClientRect().bottom - window.innerHeight)") + 100
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="A picture of a notebook, as JupyterLab shows it.")
    parser.add_argument("action", choices=["screenshot"])
    parser.add_argument("notebook", type=Path)
    parser.add_argument("picture", type=Path)
    parser.add_argument("--run", action="store_true", help="run all cells first")
    parser.add_argument("--dark", action="store_true", help="JupyterLab's dark theme")
    parser.add_argument("--untrusted", action="store_true", help="do not sign the copy")
    parser.add_argument("--width", type=int, default=1100, help="pixels")
    parser.add_argument("--height", type=int, help="pixels; all of the notebook without it")
    chosen = parser.parse_args()
    if reason := why_no_browser():
        parser.error(f"no picture can be made: {reason}")
    with tempfile.TemporaryDirectory() as home:
        os.environ.setdefault("WORKBOOK_HOME", home)
        screenshot(
            chosen.notebook,
            chosen.picture,
            run=chosen.run,
            dark=chosen.dark,
            untrusted=chosen.untrusted,
            width=chosen.width,
            height=chosen.height,
        )


if __name__ == "__main__":
    main()
