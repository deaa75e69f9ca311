"""Submissions in a folder as trainers get them: by learner or by lesson, from a course system, zipped, twice."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

from helpers.grading.lessons import lesson_names
from helpers.grading.variants import NEUTRAL, told_code, variant_code
from helpers.paths import NOTEBOOKS
from helpers.publishing.published import find

MOST_BYTES = 30_000_000  # of one file
_MOST_IN_ZIP = 2_000
PROGRESS = "progress.json"

_OPENED = re.compile(r"open_lesson\(\s*[\"'](\w+)[\"']\s*\)")
_POC = re.compile(r"\bpoc\.begin\(")  # a PoC workbook lies among a learner's notebooks, and has no exercises
# Folders that say nothing of whose work it is.
_GENERIC = re.compile(
    r"(?:my_work|notebooks|solutions|submi\w*|submitted|hand-?ins?|lessons?|work|home(?:work)?|downloads?|L\d{3}_\w+|poc"
    r"|\.ipynb_checkpoints|__MACOSX)$",
    re.IGNORECASE,
)
# What course systems and file managers add to a name.
_ADDED = re.compile(
    r"_\d+_assignsubmission_\w+_?$|_assignsubmission_\w+_?$|(?:_late)?_\d{4,}_\d{4,}_?|[ _-]*\(\d+\)$"
    r"|[ _-]+(?:copy|copia|kopie)(?: ?\d+)?$|[ _-]+(?:final|submission|solved|done)$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Submission:
    """One learner's file for one lesson. learner: a name as found, or "unnamed N".

    cells: sources of its code cells. records: of a progress file, exercise -> record; such a file is the learner's own
    word, and nothing of it is run. problem: why it cannot be graded, or "". notes: what a trainer may want to know.
    variant: the code of the names and numbers that the learner was given (helpers/grading/variants.py).
    """

    learner: str
    lesson: str
    origin: str
    modified: float
    cells: tuple[str, ...] = ()
    records: dict[str, Any] | None = None
    problem: str = ""
    notes: tuple[str, ...] = ()
    variant: str = NEUTRAL

    @property
    def digest(self) -> str:
        """SHA-256 of what is graded."""
        content = json.dumps([self.lesson, self.cells, self.records, self.variant], sort_keys=True)
        return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()


def collect(folder: Path, lesson: str | None = None) -> list[Submission]:
    """The submissions in a folder, by learner and lesson; of several for one, the newest. Raises FileNotFoundError.

    lesson: only this one. What cannot be read is there with its problem.
    """
    if not folder.exists():
        raise FileNotFoundError(f"there is no folder {folder}")
    found = [s for name, content, modified in _files(folder) for s in _submissions(name, content, modified)]
    kept = [s for s in found if lesson is None or s.lesson in (lesson, "")]
    return _with_twins(_newest(_named(kept)))


# --- files ---------------------------------------------------------------------------------------------------------


def _files(folder: Path) -> Iterator[tuple[PurePosixPath, bytes | str, float]]:
    """Path within the folder, content (or why there is none), and time of change in seconds since 1970."""
    paths = [folder] if folder.is_file() else sorted(p for p in folder.rglob("*") if p.is_file())
    for path in paths:
        inside = PurePosixPath(path.relative_to(folder if folder.is_dir() else folder.parent).as_posix())
        if path.is_symlink() or _is_hidden(inside):
            continue
        if path.suffix.lower() == ".zip":
            yield from _zipped(path, inside)
        elif _is_wanted(inside):
            yield inside, _content(path), path.stat().st_mtime


def _is_hidden(path: PurePosixPath) -> bool:
    return any(part.startswith((".", "__MACOSX")) for part in path.parts)


def _is_wanted(path: PurePosixPath) -> bool:
    return path.suffix.lower() == ".ipynb" or path.name.lower().endswith(PROGRESS)


def _content(path: Path) -> bytes | str:
    try:
        if path.stat().st_size > MOST_BYTES:
            return f"it is larger than {MOST_BYTES // 1_000_000} MB"
        return path.read_bytes()
    except OSError as error:
        return f"it cannot be read: {error.strerror}"


def _zipped(path: Path, inside: PurePosixPath) -> Iterator[tuple[PurePosixPath, bytes | str, float]]:
    """What a zip file holds. Nothing is unpacked to the disk, and no more is unpacked than the limits allow."""
    modified = path.stat().st_mtime
    try:
        with zipfile.ZipFile(path) as archive:
            names = {e: PurePosixPath(e.filename.replace("\\", "/")) for e in archive.infolist()[:_MOST_IN_ZIP]}
            names = {e: n for e, n in names.items() if not e.is_dir() and not _is_hidden(n) and _is_wanted(n)}
            # A class's work in one file says whose is whose by its folders; one learner's by its own name.
            folders = {name.parts[0] for name in names.values() if len(name.parts) > 1}
            whole = inside.parent if len([f for f in folders if not _GENERIC.match(f)]) > 1 else inside.with_suffix("")
            for entry, named in names.items():
                name = whole / str(named).lstrip("/")
                if entry.file_size > MOST_BYTES:
                    yield name, f"it is larger than {MOST_BYTES // 1_000_000} MB", modified
                    continue
                with archive.open(entry) as file:
                    yield name, file.read(MOST_BYTES + 1)[:MOST_BYTES], modified
    except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
        yield inside, f"the zip file cannot be opened: {error}", modified


# --- what a file holds ---------------------------------------------------------------------------------------------


def _submissions(path: PurePosixPath, content: bytes | str, modified: float) -> Iterator[Submission]:
    origin = path.as_posix()
    lesson = _lesson_in(path.name)
    if isinstance(content, str):
        yield Submission(_owner(path, lesson), lesson, origin, modified, problem=content)
        return
    try:
        data = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        problem = f"it is no {'progress file' if path.suffix == '.json' else 'notebook'}: {type(error).__name__}"
        yield Submission(_owner(path, lesson), lesson, origin, modified, problem=problem)
        return
    if path.suffix.lower() == ".json":
        yield from _progress(path, data, modified)
    else:
        found = _notebook(path, data, modified)
        if found is not None:
            yield found


def _progress(path: PurePosixPath, data: Any, modified: float) -> Iterator[Submission]:
    owner, origin = _owner(path, ""), path.as_posix()
    lessons = data.get("lessons") if isinstance(data, dict) else None
    if not isinstance(lessons, dict):
        yield Submission(owner, "", origin, modified, problem="it is no progress file: it has no lessons")
        return
    for name, lesson in lessons.items():
        records = lesson.get("exercises") if isinstance(lesson, dict) else None
        if name in lesson_names() and isinstance(records, dict):
            own = {str(key): record for key, record in records.items() if isinstance(record, dict)}
            yield Submission(owner, name, origin, modified, records=own)


def _notebook(path: PurePosixPath, data: Any, modified: float) -> Submission | None:
    cells = data.get("cells") if isinstance(data, dict) else None
    if not isinstance(cells, list):
        lesson = _lesson_in(path.name)
        problem = "it is no notebook: it has no cells"
        return Submission(_owner(path, lesson), lesson, path.as_posix(), modified, problem=problem)
    sources = tuple(_source(cell) for cell in cells if isinstance(cell, dict) and cell.get("cell_type") == "code")
    opened = [name for source in sources for name in _OPENED.findall(source) if name in lesson_names()]
    lesson = opened[0] if opened else _lesson_in(path.name)
    found = Submission(_owner(path, lesson), lesson, path.as_posix(), modified, tuple(s for s in sources if s.strip()))
    if not lesson and any(_POC.search(source) for source in sources):
        return None
    if not lesson:
        return replace(found, problem="it belongs to no lesson: it opens none, and its name holds none")
    if not found.cells:
        return replace(found, problem="it has no code")
    return replace(found, notes=_notes(cells, "\n".join(sources)), variant=_variant(cells, found.learner))


def _variant(cells: list[Any], learner: str) -> str:
    """The code that the notebook's outputs tell; without any output, that of the learner's name as found.

    A learner who tells another's code gets that one's exercises; two with one code are noted.
    """
    shown = [output for cell in cells if isinstance(cell, dict) for output in cell.get("outputs") or ()]
    if not shown:
        return variant_code(learner)
    return told_code(json.dumps(shown)) or NEUTRAL


def _source(cell: dict[str, Any]) -> str:
    source = cell.get("source")
    return "".join(map(str, source)) if isinstance(source, list) else str(source or "")


def _notes(cells: list[Any], code: str) -> tuple[str, ...]:
    notes = []
    if not any(isinstance(cell, dict) and (cell.get("outputs") or cell.get("execution_count")) for cell in cells):
        notes.append("was never run")
    if re.search(r"helpers\.checks|helpers[./]grading|import_module\([^)]*checks", code):
        notes.append("imports the checks or their engine")
    return tuple(notes)


def _lesson_in(name: str) -> str:
    return max((lesson for lesson in lesson_names() if lesson in name), key=len, default="")


def _owner(path: PurePosixPath, lesson: str) -> str:
    """Whose file it is: the first folder that names somebody, else what the file's name adds to the lesson's."""
    for folder in path.parts[:-1]:
        name = _cleaned(folder, lesson)
        if name and not _GENERIC.match(folder) and not _GENERIC.match(name) and name not in lesson_names():
            return name
    stem = path.name.removesuffix(".ipynb").removesuffix(".json").removesuffix("progress")
    return _cleaned(re.sub(r"(?<=\w)-\d{1,2}$", "", stem), lesson)  # Canvas counts what is handed in again


def _cleaned(name: str, lesson: str) -> str:
    for _ in range(3):  # "01_tokens_ana - Copy (2)" has several things added
        name = _ADDED.sub("", name.strip())
    if lesson:
        name = name.replace(lesson, " ").replace(lesson.split("_", 1)[-1], " ")
    return re.sub(r"[\s_]+", " ", name).strip(" .-_")


# --- who and which one ---------------------------------------------------------------------------------------------


def _named(found: list[Submission]) -> list[Submission]:
    """One spelling of each name; a number for files that name nobody."""
    spelling: dict[str, str] = {}
    unnamed = 0
    named = []
    for submission in found:
        if submission.learner:
            composed = unicodedata.normalize("NFC", submission.learner)
            name = spelling.setdefault(composed.casefold(), composed)
        else:
            unnamed += 1
            name = f"unnamed {unnamed}"
        named.append(replace(submission, learner=name))
    return named


def _newest(found: list[Submission]) -> list[Submission]:
    """One notebook and one progress file for each learner and lesson: the newest that can be read."""
    groups: dict[tuple[str, str, bool], list[Submission]] = {}
    for submission in found:
        groups.setdefault((submission.learner, submission.lesson, submission.records is not None), []).append(
            submission
        )
    kept = []
    for group in groups.values():
        group.sort(key=lambda s: (not s.problem, s.modified, s.origin))
        *others, best = group
        set_aside = tuple(f"set aside: {other.origin}" for other in others if other.digest != best.digest)
        kept.append(replace(best, notes=(*best.notes, *set_aside)))
    return sorted(kept, key=lambda s: (s.learner.casefold(), s.lesson, s.records is not None))


def _with_twins(found: list[Submission]) -> list[Submission]:
    """Notebooks whose code is the same to the letter, by different learners, are told; untouched ones are not."""
    first: dict[tuple[str, ...], Submission] = {}
    told = []
    for submission in found:
        if submission.cells and submission.cells != _published_cells(submission.lesson):
            twin = first.setdefault(submission.cells, submission)
            if twin.learner != submission.learner:
                submission = replace(submission, notes=(*submission.notes, f"the same code as {twin.learner}"))
        told.append(submission)
    return _with_shared_variants(told)


def _with_shared_variants(found: list[Submission]) -> list[Submission]:
    """Learners whose notebooks tell the same variant are told: one of them may have taken over the other's."""
    first: dict[str, str] = {}
    told = []
    for submission in found:
        owner = first.setdefault(submission.variant, submission.learner)
        if submission.variant != NEUTRAL and owner != submission.learner:
            submission = replace(submission, notes=(*submission.notes, f"the same variant as {owner}"))
        told.append(submission)
    return told


@cache
def _published_cells(lesson: str) -> tuple[str, ...]:
    try:
        data = json.loads(find(lesson, NOTEBOOKS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ()
    sources = (_source(cell) for cell in data["cells"] if cell["cell_type"] == "code")
    return tuple(source for source in sources if source.strip())
