"""The documents of a folder: what can be read, and for what cannot a line that says why; the run goes on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from helpers.documents import Document, DocumentError, read_document
from helpers.poc.financial_report import orders
from helpers.problem import Problem

KINDS = frozenset((".pdf", ".pptx", ".docx", ".html", ".htm", ".xhtml", ".csv", ".tsv"))
_OFFICE = frozenset((".doc", ".ppt", ".xls", ".xlsx", ".odt", ".odp", ".ods"))  # the reader says how to save them anew
_TEXT = frozenset((".csv", ".tsv", ".html", ".htm", ".xhtml"))
_MOST_TEXT = 20_000_000  # bytes of a file of text: statements have thousands, data exports have more
_LEAST_TEXT = 40  # characters of a document; below, it is a scan or empty


def documents_in(run: Any, folder: Path | str, leave_out: Iterable[Path | str] = ()) -> list[tuple[str, Document]]:
    """Every document of a folder and its folders, as (name below the folder, document); the rest is listed as skipped.

    leave_out: files of the run itself, such as the gold. Raises Problem for a folder that holds none at all.
    """
    folder = Path(folder)
    own = {Path(path).resolve() for path in leave_out if path}
    paths = [folder] if folder.is_file() else sorted(filter(_is_told, folder.rglob("*")))
    found, others = [], Counter[str]()
    for path in paths:
        name = path.name if folder.is_file() else path.relative_to(folder).as_posix()
        if path.resolve() in own or any(part.startswith((".", "~$")) for part in Path(name).parts):
            continue
        if not path.is_file():
            run.skip(name, "is a link that leads nowhere, or no ordinary file", "put the file itself there")
            continue
        if path.suffix.lower() not in KINDS | _OFFICE and not _looks_like_a_document(path):
            others[path.suffix.lower() or "no ending"] += 1
            continue
        if (document := _read(run, name, path)) is not None:
            found.append((name, document))
    if others:
        told = ", ".join(f"{count} {kind}" for kind, count in sorted(others.items()))
        run.skip(
            f"{sum(others.values())} files of other kinds", f"{told}: no filings", "PDF, PPTX, DOCX, HTML, CSV are read"
        )
    if not found:
        raise Problem(f"{folder} holds no filing that can be read", "see the skipped files; check `docs_path`")
    return found


def _is_told(path: Path) -> bool:
    """A file, or what looks like a filing and cannot be opened as one."""
    return path.is_file() or (path.suffix.lower() in KINDS | _OFFICE and not path.is_dir())


def _looks_like_a_document(path: Path) -> bool:
    """A PDF or web page under another name, as downloads often are."""
    try:
        with path.open("rb") as file:
            head = file.read(1024)
    except OSError:
        return False
    return b"%PDF-" in head or head.lstrip()[:14].lower().startswith((b"<!doctype html", b"<html"))


def _read(run: Any, name: str, path: Path) -> Document | None:
    try:
        run.input_file(path)
        if path.suffix.lower() in _TEXT and (size := path.stat().st_size) > _MOST_TEXT:
            run.skip(
                name, f"holds {size / 1e6:.0f} MB of text, more than any filing: it is not read",
                "save the part with the statements as a file of its own",
            )  # fmt: skip
            return None
        document = read_document(path)
    except DocumentError as error:
        run.skip(name, error.what, error.next_step)
        return None
    except OSError as error:
        run.skip(name, f"cannot be opened: {error.strerror or error}", "check the file and its permissions")
        return None
    pictured = any(page.pictures for page in document.pages)
    if len(document.text.strip()) < _LEAST_TEXT:
        why = "its pages hold pictures and no text: it is a scan" if pictured else "its pages hold no text: it is empty"
        run.skip(name, why, "have its text recognised (OCR), and save it as PDF")
        return None
    for problem in document.problems[:3]:
        run.skip(name, problem, "the other pages are read")
    if len(document.problems) > 3:
        run.skip(name, f"{len(document.problems) - 3} more pages have problems", "the other pages are read")
    for page in document.pages:
        for order in orders.orders_in(page.text):
            run.skip(
                f"{name}, page {page.number}",
                f"holds an order to the reader's machine, which is not sent on: {order[:160]!r}",
                "ask where the document comes from",
            )
    return document
