"""A run's report: one HTML page that opens offline, prints, and says go or no-go against the charter.

It is made from the run's folder alone: what was measured (run.json), what the notebook showed (sections.json) and the
charter, so that a changed charter is judged without a new run. No script, nothing loaded from elsewhere; every text
that came from documents, logs or a model is escaped.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from helpers.files import write_atomically
from helpers.intervals import Interval
from helpers.poc.charter import Charter, Judged, judge, verdict
from helpers.poc.workbooks import workbook
from helpers.problem import Problem

TEMPLATE = Path(__file__).parent / "report.html"
NAME = "report.html"
SIGNS = {"met": "✓", "met, not yet shown": "~", "not met": "✗", "not measured": "?"}
CLASSES = {"met": "met", "met, not yet shown": "open", "not met": "not", "not measured": "open"}
WORDS = {
    "go": "Go: every criterion is met, and the figures are sure enough to say so.",
    "open": "Open: nothing is missed, but something is not measured yet, or not surely enough.",
}


@dataclass(frozen=True)
class Finished:
    """A run as its folder tells it."""

    folder: Path
    record: dict[str, Any]
    charter: Charter
    criteria: list[Judged]

    @property
    def verdict(self) -> str:
        """go, no-go or open."""
        return verdict(self.criteria)


def read(folder: Path) -> Finished:
    """A finished run. Raises Problem for a folder that holds none."""
    try:
        record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        measured = {
            name: (Interval(**told["value"]) if isinstance(told["value"], dict) else told["value"], told["how"])
            for name, told in record["measured"].items()
        }
    except FileNotFoundError:
        begun = (folder / "params.yaml").exists()
        step = f"`workbook poc run --resume {folder}` goes on with it" if begun else "give the folder of a run"
        raise Problem(f"{folder} holds no finished run", step) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Problem(f"{folder / 'run.json'} cannot be read: {error}", "run the workbook again") from None
    file = folder / "charter.yaml"
    charter = Charter.read(file) if file.exists() else Charter()
    return Finished(folder, record, charter, judge(charter.bounds_on(workbook(record["workbook"]).criteria), measured))


def write(folder: Path) -> Path:
    """Write the page into the run's folder; gives its path. Raises Problem."""
    path = folder / NAME
    write_atomically(path, as_html(read(folder)))
    return path


def as_html(run: Finished) -> str:
    """The page's text."""
    from jinja2 import Environment
    from markupsafe import Markup

    page = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(
        TEMPLATE.read_text(encoding="utf-8")
    )
    sections = json.loads((run.folder / "sections.json").read_text(encoding="utf-8"))
    return page.render(
        record=run.record,
        charter=run.charter,
        table=sorted(run.criteria, key=lambda judged: judged.standing != "not met"),
        classes=CLASSES,
        verdict=run.verdict,
        words=said(run.criteria),
        headlines=Markup(_markdown("\n".join(f"- {each}" for each in run.record.get("headlines", [])))),
        signs=SIGNS,
        began=datetime.fromisoformat(run.record["began"]),
        sections=[(part["title"], Markup("\n".join(part["html"]))) for part in sections],
        files=sorted(path.name for path in run.folder.iterdir() if path.suffix in (".csv", ".json", ".ipynb", ".yaml")),
        ledger=Markup(_markdown(run.record["ledger"])),
    )


def said(table: list[Judged]) -> str:
    """The verdict in a sentence."""
    missed = sum(judged.standing == "not met" for judged in table)
    return f"No-go: {missed} of {len(table)} criteria are not met." if missed else WORDS[verdict(table)]


def html_of(shown: Any) -> str:
    """One thing that a notebook showed, as HTML in which nothing of a document's or model's text is markup."""
    from markupsafe import escape

    if hasattr(shown, "png"):
        data = base64.b64encode(shown.png).decode("ascii")
        return f'<p><img src="data:image/png;base64,{data}" alt="{escape(shown.alt)}" width="{shown.width}"></p>'
    if hasattr(shown, "markdown") and not shown.markdown.lstrip().startswith("<"):
        return _markdown(shown.markdown)
    return f"<pre>{escape(getattr(shown, 'plain', shown))}</pre>"


def _markdown(text: str) -> str:
    """Markdown with tables as HTML; HTML in it is shown as text, never passed through."""
    from markdown_it import MarkdownIt

    renderer = MarkdownIt("js-default", {"html": False})
    # A corner without words is no heading.
    html = renderer.render(text).replace("<th></th>", "<td></td>")
    return html.replace("<th>", '<th scope="col">').replace("<th style", '<th scope="col" style')
