"""A file's lines as clean text, whatever its encoding and compression, in bounded memory. Standard library only.

Bytes are read a megabyte at a time, decoded a block at a time where the block is valid UTF-8 and a line at a time where
it is not (one line in Windows-1252 spoils no other), and freed of what is for a terminal: colours, links, bells.
"""

from __future__ import annotations

import bz2
import codecs
import gzip
import lzma
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from helpers.logs.events import OnProblem

MOST_LINE = 65_536  # bytes of a line that are kept; the longest useful ones are JSON with a stack trace
CUT = " …[cut]"
_BLOCK = 1 << 20
_SAMPLE = 4_096
_MOST_BINARY = 0.05  # share of control bytes above which a file is no text
# ESC [ … m and its like; ESC ] … BEL or ST, which is a title or a link; other sequences; control characters but tab.
_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|[\x1b\x9b][\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\)?|\x1b[ -/]*[0-~]|\x9b[0-?]*[ -/]*[@-~]"
    r"|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]"
)
_SUSPECT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
_PACKED = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\x00": lzma.open}
_UNREAD = {
    b"PK\x03\x04": "a ZIP archive",
    b"\x28\xb5\x2f\xfd": "packed with zstd",
    b"7z\xbc\xaf": "a 7z archive",
    b"%PDF": "a PDF document",
    b"SQLite format 3": "a SQLite database",
    b"LPKSHHRH": "a journal of systemd (write it as text with journalctl --file)",
    b"ElfFile\x00": "a Windows event log (export it as text)",
}


class _Noted:
    """Lines of which the number and the first are kept."""

    def __init__(self) -> None:
        self.count = self.first = 0

    def add(self, line: int) -> None:
        self.count, self.first = self.count + 1, self.first or line

    def __str__(self) -> str:
        if self.count == 1:
            return f"line {self.first:,} is"
        return f"{self.count:,} lines are (the first is line {self.first:,})"


class Lines:
    """The lines of one file, one by one, without line ends. `number` is that of the last one, 1-based."""

    def __init__(self, path: Path, name: str, on_problem: OnProblem) -> None:
        self.path, self.name, self._say = path, name, on_problem
        self.number = 0
        self._cut = _Noted()
        self._not_utf8 = _Noted()
        self._file: Any = None

    @property
    def position(self) -> int:
        """Bytes read of the file, as it lies on the disk; 0 before it is open and after its end."""
        return 0 if self._file is None or self._file.closed else self._file.tell()

    def __iter__(self) -> Iterator[str]:
        for block in self._blocks():
            yield from self._decoded(block)
        if self._cut.count:
            self._say(
                self.name,
                f"{self._cut} longer than {MOST_LINE:,} bytes and cut there",
                "nothing, if what matters stands at a line's beginning",
            )
        if self._not_utf8.count:
            self._say(
                self.name,
                f"{self._not_utf8} not UTF-8 and read as Windows-1252",
                "look at their letters; have the logger write UTF-8",
            )

    def _decoded(self, block: bytes) -> Iterator[str]:
        try:
            text = block.decode("utf-8")
        except UnicodeDecodeError:
            text = "\n".join(self._one_by_one(block))
        suspect = _SUSPECT.search(text) is not None
        for line in text.split("\n"):
            self.number += 1
            yield (clean(line) if suspect else line)

    def _one_by_one(self, block: bytes) -> Iterator[str]:
        for at, line in enumerate(block.split(b"\n"), self.number + 1):
            try:
                yield line.decode("utf-8")
            except UnicodeDecodeError as problem:
                # A cut line may end within a character.
                if problem.end == len(line) and problem.reason == "unexpected end of data":
                    yield line[: problem.start].decode("utf-8") + "\ufffd"
                    continue
                self._not_utf8.add(at)
                yield line.decode("cp1252", errors="replace")

    def _blocks(self) -> Iterator[bytes]:
        """Whole lines, without the last line end of a block; a line longer than the bound is cut."""
        rest, dropping = b"", False
        for block in self._bytes():
            if dropping:
                end = block.find(b"\n")
                if end < 0:
                    continue
                block, dropping = block[end:], False
            block = rest + block if rest else block
            whole, found, rest = block.rpartition(b"\n")
            if found:
                yield self._bounded(whole)
            if len(rest) > MOST_LINE + 1:
                rest, dropping = rest[: MOST_LINE + 1], True
        if rest:
            yield self._bounded(rest)

    def _bounded(self, whole: bytes) -> bytes:
        if len(whole) <= MOST_LINE:
            return whole
        lines, at = whole.split(b"\n"), self.number
        if max(map(len, lines)) <= MOST_LINE:
            return whole
        for place, line in enumerate(lines):
            if len(line) > MOST_LINE:
                self._cut.add(at + place + 1)
                lines[place] = line[:MOST_LINE].decode("utf-8", errors="ignore").encode() + CUT.encode()
        return b"\n".join(lines)

    def _bytes(self) -> Iterator[bytes]:
        """Blocks of the unpacked file, as UTF-8 where it is UTF-16, with line feeds as line ends."""
        try:
            with self.path.open("rb") as file:
                head = file.read(_SAMPLE)
                file.seek(0)
                self._file = file
                opened: Any = file
                for magic, unpack in _PACKED.items():
                    if head.startswith(magic):
                        opened = unpack(file, "rb")
                        head = _first(opened)
                        opened = unpack(_again(file), "rb")
                if self._refused(head):
                    return
                yield from self._plain(opened, head)
        except EOFError:
            self._say(self.name, "it is cut off: its packed data ends too early", "ask for the file again")
        except (zlib.error, lzma.LZMAError, gzip.BadGzipFile, ValueError) as error:
            self._say(self.name, f"it is damaged: {error}", "what stands before the damage was read; ask for it again")
        except OSError as error:
            self._say(self.name, f"it cannot be read: {error.strerror or error}", "check its permissions and path")

    def _refused(self, head: bytes) -> bool:
        if not head:
            self._say(self.name, "it is empty", "nothing, if nothing was logged")
            return True
        kind = next((kind for magic, kind in _UNREAD.items() if head.startswith(magic)), "")
        if not kind and not _utf16(head):
            control = len(head.translate(None, bytes(range(7, 14)) + b"\x1b" + bytes(range(32, 256))))
            # A crash leaves a run of NUL bytes in a log that is text otherwise.
            if control - head.count(0) > _MOST_BINARY * len(head) or head.count(0) > 0.9 * len(head):
                kind = "binary"
        if kind:
            self._say(self.name, f"it is {kind}, not text", "leave it out, or convert it to text")
        return bool(kind)

    def _plain(self, file: Any, head: bytes) -> Iterator[bytes]:
        encoding = _utf16(head)
        decoder = codecs.getincrementaldecoder(encoding)(errors="replace") if encoding else None
        # Lines that end with a carriage return alone: an old Macintosh, or a progress bar that was captured.
        returns = b"\r" in head and b"\n" not in head and not encoding
        first = True
        while True:
            block = file.read1(_BLOCK)  # not read(): what a cut-off archive still holds would be lost with its end
            if decoder:
                block = decoder.decode(block, final=not block).encode("utf-8", errors="replace")
            if not block:
                return
            if first:
                block, first = block.removeprefix(codecs.BOM_UTF8), False
            yield block.replace(b"\r", b"\n") if returns else block


def clean(line: str) -> str:
    """A line without terminal escapes, control characters and what a carriage return has overwritten.

    >>> clean("\\x1b[31mERROR\\x1b[0m disk full\\r")
    'ERROR disk full'
    """
    line = line.removesuffix("\r")
    if not _SUSPECT.search(line):
        return line
    line = _ESCAPES.sub("", line).replace("\u2028", " ").replace("\u2029", " ")
    if "\r" in line:
        line = next((part for part in reversed(line.split("\r")) if part.strip()), "")
    return line


def _utf16(head: bytes) -> str:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    # Without its mark: every other byte of text in a Latin alphabet is NUL.
    even, odd = head[::2].count(0), head[1::2].count(0)
    half = len(head) / 2
    if len(head) >= 8 and min(even, odd) < 0.05 * half and max(even, odd) > 0.7 * half:
        return "utf-16-le" if odd > even else "utf-16-be"
    return ""


def _first(file: Any) -> bytes:
    """The beginning of an unpacked stream, or b"x" where even that is damaged: the reader says so then."""
    try:
        return file.read(_SAMPLE)
    except (EOFError, OSError, zlib.error, lzma.LZMAError, ValueError):
        return b"x"


def _again(file: Any) -> Any:
    file.seek(0)
    return file
