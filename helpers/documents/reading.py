"""read_document: which kind of file it is, by its content before its name, and the reader for that kind."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from helpers.documents.document import Document, DocumentError

MOST_MEGABYTES = 200  # of a file; a larger one is seldom a document, and would take minutes
MOST_UNPACKED_MEGABYTES = 1_000  # of an Office file, which is a ZIP archive
MOST_RATIO = 200  # unpacked bytes for each packed one, over the whole archive; XML of office files packs 5 to 20 times
_SMALL = 50_000_000  # bytes unpacked: below, no ratio is dangerous
_TEXT_KINDS = {".csv": "csv", ".tsv": "csv", ".html": "html", ".htm": "html", ".xhtml": "html"}
_READERS = {
    "pdf": "helpers.documents.pdf",
    "pptx": "helpers.documents.slides",
    "docx": "helpers.documents.word",
    "html": "helpers.documents.web",
    "csv": "helpers.documents.plain",
    "text": "helpers.documents.plain",
}


def read_document(path: str | Path, *, most_megabytes: float = MOST_MEGABYTES) -> Document:
    """A file's pages: PDF, PPTX, DOCX, HTML, CSV, or plain text and Markdown.

    Raises DocumentError, with the cause and the next step, for a file that is missing, empty, too large, corrupt,
    encrypted, or of another kind. A single bad page raises nothing: its `problem` says what is missing.
    """
    path = Path(path)
    kind = kind_of(path, most_megabytes)
    read: Callable[[Path, str], Document] = import_module(_READERS[kind]).read
    try:
        return read(path, kind)
    except DocumentError:
        raise
    except MemoryError:
        raise DocumentError(f"{path.name} needs more memory than there is", "Split it, and read the parts") from None
    except Exception as problem:
        # Parsers raise whatever a broken file leads them into: the reader of a folder wants one kind of error.
        raise DocumentError(
            f"{path.name} could not be read as {kind.upper()}: {type(problem).__name__}: {str(problem)[:200]}",
            "Open it in the program that made it and save it anew; if that fails, ask for the file again",
        ) from problem


def kind_of(path: Path, most_megabytes: float = MOST_MEGABYTES) -> str:
    """The kind of a file, from its first bytes, and for text from its name. Raises DocumentError."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(2048)
    except IsADirectoryError:
        raise DocumentError(f"{path} is a folder", "Name a file in it") from None
    except PermissionError:
        raise DocumentError(f"{path} may not be read", "Name a file, and check its permissions") from None
    except OSError as problem:
        raise DocumentError(f"{path} cannot be opened ({problem.strerror})", "Check the path") from None
    if not size:
        raise DocumentError(f"{path.name} is empty", "Ask for the file again; the transfer may have been cut off")
    if size > most_megabytes * 1_000_000:
        raise DocumentError(
            f"{path.name} has {size / 1e6:,.0f} MB; at most {most_megabytes:,.0f} MB are read",
            "Split it, or pass most_megabytes=",
        )
    suffix = path.suffix.lower()
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if head.startswith(b"PK\x03\x04"):
        return _office_kind(path)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise DocumentError(
            f"{path.name} is an Office file of before 2007, or one that a password protects",
            "Save it without a password as DOCX or PPTX",
        )
    if suffix in (".pdf", ".pptx", ".docx"):
        raise DocumentError(
            f"{path.name} is named {suffix} but is no such file", "Ask for the file again, or name it by what it is"
        )
    if suffix in _TEXT_KINDS:
        return _TEXT_KINDS[suffix]
    if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:15].lower().startswith((b"<!doctype html", b"<html")):
        return "html"
    if b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DocumentError(
            f"{path.name} is neither text nor a document that can be read here",
            "Convert it to PDF, DOCX, PPTX, HTML, CSV or text",
        )
    return "text"


def _office_kind(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError):
        raise DocumentError(f"{path.name} is cut off or damaged", "Ask for the file again") from None
    unpacked, packed = sum(e.file_size for e in entries), sum(e.compress_size for e in entries)
    if unpacked > MOST_UNPACKED_MEGABYTES * 1_000_000 or (unpacked > _SMALL and unpacked > MOST_RATIO * max(packed, 1)):
        raise DocumentError(
            f"{path.name} would unpack to {unpacked / 1e6:,.0f} MB from {packed / 1e6:,.1f} MB, as an archive made to "
            "exhaust a reader does",
            "Do not open it; ask its sender what it is",
        )
    names = {entry.filename for entry in entries}
    if "word/document.xml" in names:
        return "docx"
    if "ppt/presentation.xml" in names:
        return "pptx"
    raise DocumentError(
        f"{path.name} is an archive that holds no DOCX and no PPTX", "Unpack it, or save it as DOCX, PPTX or CSV"
    )
