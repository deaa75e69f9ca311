"""Which event has which template: a packed file of fixed records, written and read as a stream. Standard library only.

A record is file, line, time, severity, code and template as numbers, 29 bytes, packed by gzip to about 9. The names of
files and codes stand in the file too, each before its first use, so that it can be read alone.
"""

from __future__ import annotations

import contextlib
import gzip
import struct
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from helpers.logs.events import SEVERITIES

_MAGIC = b"log templates 1\n"
_RECORD = struct.Struct("<iIqbiI")  # file, line, microseconds since 1970, severity, code, template
_NAME, _NO_TIME = -1, -(2**63)
_EPOCH, _MICROSECOND = datetime(1970, 1, 1), timedelta(microseconds=1)
_LEVELS = (*SEVERITIES, "")


class Assigned(NamedTuple):
    """An event that was kept, and its template."""

    file: str
    line: int
    when: datetime | None
    severity: str
    code: str
    template_id: int


class Writer:
    """Writes assignments; close() makes the file whole. The file appears under its name only then."""

    def __init__(self, path: Path) -> None:
        self._path, self._part = path, path.with_name(f".{path.name}.part")
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = gzip.GzipFile(filename="", fileobj=self._part.open("wb"), mode="wb", compresslevel=1, mtime=0)
        self._file.write(_MAGIC)
        self._names: dict[str, int] = {}
        self._severities = {severity: i for i, severity in enumerate(_LEVELS)}
        self._pending = bytearray()

    def add(self, file: str, line: int, when: datetime | None, severity: str, code: str, template: int) -> None:
        names = self._names
        file_number, code_number = names.get(file), names.get(code)
        if file_number is None:
            file_number = self._name(file)
        if code_number is None:
            code_number = self._name(code)
        time = _NO_TIME if when is None else (when - _EPOCH) // _MICROSECOND
        self._pending += _RECORD.pack(file_number, line, time, self._severities[severity], code_number, template)
        if len(self._pending) > 1 << 18:
            self._flush()

    def _name(self, text: str) -> int:
        number = self._names[text] = len(self._names)
        data = text.encode("utf-8", errors="replace")
        self._pending += _RECORD.pack(_NAME, len(data), 0, 0, 0, 0) + data
        return number

    def _flush(self) -> None:
        self._file.write(self._pending)
        self._pending.clear()

    def close(self) -> None:
        self._flush()
        under = self._file.fileobj
        self._file.close()
        if under is not None:
            under.close()
        self._part.replace(self._path)

    def abandon(self) -> None:
        """Remove what was written."""
        with contextlib.suppress(OSError):
            under = self._file.fileobj
            self._file.close()
            if under is not None:
                under.close()
        self._part.unlink(missing_ok=True)


def read(path: Path) -> Iterator[Assigned]:
    """The assignments in a file, in the order of the events. Raises ValueError for a file that is none, OSError."""
    names: list[str] = []
    with gzip.open(path, "rb") as file:
        if file.read(len(_MAGIC)) != _MAGIC:
            raise ValueError(f"{path} holds no assignments of templates")
        while record := file.read(_RECORD.size):
            number, line, time, severity, code, template = _RECORD.unpack(record)
            if number == _NAME:
                names.append(file.read(line).decode("utf-8"))
                continue
            when = None if time == _NO_TIME else _EPOCH + time * _MICROSECOND
            yield Assigned(names[number], line, when, _LEVELS[severity], names[code], template)
