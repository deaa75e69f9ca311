"""The learner's own copies: notebooks/** -> my_work/**, kept up to date and never at the cost of what was edited.

A copy is replaced only while it is byte-equal to a version that was written here; otherwise the new version is laid
beside it as NAME.new.ipynb. Nothing is ever deleted. It does not start JupyterLab and does not execute or grade.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from dataclasses import dataclass, field
from pathlib import Path

from helpers import paths
from helpers.files import write_atomically


@dataclass
class Refresh:
    """What one refresh did; paths are relative to my_work/, with forward slashes."""

    new: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    beside: list[tuple[str, str]] = field(default_factory=list)  # (edited copy, where its new version was laid)

    @property
    def written(self) -> list[str]:
        """Every file that this refresh wrote."""
        return [*self.new, *self.updated, *(laid for _, laid in self.beside)]

    def line(self) -> str:
        """One line for a person."""
        parts = []
        if self.new:
            parts.append(f"{_notebooks(self.new)} copied to my_work/")
        if self.updated:
            parts.append(f"{_notebooks(self.updated)} brought up to date")
        if self.beside:
            laid = ", ".join(name for _, name in self.beside)
            parts.append(f"you edited {_notebooks(self.beside)} that changed: yours stay, the new ones are {laid}")
        return "; ".join(parts) + "." if parts else "Your copies in my_work/ are up to date."


def refresh(published: Path | None = None, mine: Path | None = None) -> Refresh:
    """Bring the learner's copies in `mine` (my_work/) up to date with `published` (notebooks/).

    Safe to call from several processes. A lost or unreadable record makes every differing copy count as edited.
    Raises OSError if my_work/ cannot be written.
    """
    from filelock import FileLock

    published = published or paths.NOTEBOOKS
    mine = mine or paths.my_work()
    (mine / ".workbook").mkdir(parents=True, exist_ok=True)
    report = Refresh()
    with FileLock(mine / ".workbook" / "copies.lock"):
        record = _Record(mine / ".workbook" / "copies.json")
        for source in sorted(published.rglob("*.ipynb")):
            relative = source.relative_to(published)
            if not any(part.startswith(".") for part in relative.parts):  # .ipynb_checkpoints
                _refresh_one(source.read_bytes(), mine, relative, record, report)
        record.save()
    return report


class _Record:
    """The versions of each notebook that were ever written to my_work/: {name: [SHA-256, …]}, in one JSON file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self.versions = self._read(path)
        except (OSError, ValueError):
            self.versions = {}
        self._before = json.dumps(self.versions)

    @staticmethod
    def _read(path: Path) -> dict[str, list[str]]:
        content = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(content, dict) or not all(isinstance(digests, list) for digests in content.values()):
            raise ValueError(f"{path} is no record of copies")
        return content

    def knows(self, name: str, digest: str) -> bool:
        return digest in self.versions.get(name, [])

    def add(self, name: str, digest: str) -> None:
        if not self.knows(name, digest):
            self.versions.setdefault(name, []).append(digest)

    def save(self) -> None:
        if json.dumps(self.versions) != self._before or not self.path.exists():
            write_atomically(self.path, json.dumps(self.versions, indent=1, sort_keys=True) + "\n")


def _refresh_one(content: bytes, mine: Path, relative: Path, record: _Record, report: Refresh) -> None:
    name, digest = relative.as_posix(), _digest(content)
    state = _state(mine / relative, name, digest, record)
    if state == "edited":
        # Nothing to offer if the copy was made from this very version, or if this version was offered before.
        if not record.knows(name, digest):
            laid = _lay_beside(content, mine, relative, record)
            report.beside.append((name, laid))
    elif state != "same":
        write_atomically(mine / relative, content)
        (report.new if state == "missing" else report.updated).append(name)
    record.add(name, digest)


def _lay_beside(content: bytes, mine: Path, relative: Path, record: _Record) -> str:
    """Write NAME.new.ipynb, or NAME.new-2.ipynb … if the learner has work in that one too; its name."""
    for number in itertools.count(1):
        suffix = ".new.ipynb" if number == 1 else f".new-{number}.ipynb"
        laid = relative.with_name(relative.stem + suffix)
        state = _state(mine / laid, relative.as_posix(), _digest(content), record)
        if state in ("missing", "untouched"):
            write_atomically(mine / laid, content)
        if state != "edited":
            return laid.as_posix()
    raise AssertionError("count() does not end")


def _state(path: Path, name: str, digest: str, record: _Record) -> str:
    """Of a file that stands for the notebook `name`, whose published version has `digest`.

    missing; same (as published); untouched (byte-equal to a version that we wrote, so nothing of the learner's is in
    it); edited (or not ours to judge, such as a folder of that name).
    """
    if not path.exists() and not path.is_symlink():
        return "missing"
    if not path.is_file():
        return "edited"
    now = _digest(path.read_bytes())
    if now == digest:
        return "same"
    return "untouched" if record.knows(name, now) else "edited"


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _notebooks(items: list) -> str:
    return f"{len(items)} notebook" + ("s" if len(items) != 1 else "")
