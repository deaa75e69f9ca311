"""What a GGUF file says of itself: read from its first megabytes, without loading the model.

Format: github.com/ggml-org/ggml/blob/master/docs/gguf.md. A header, metadata as typed keys and values, then where each
tensor lies. It reads no tensor, so it cannot tell whether the numbers are right: llama.cpp does, or a checksum.
"""

from __future__ import annotations

import mmap
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from helpers.problem import Problem

MAGIC = b"GGUF"
VERSIONS = (2, 3)
_ALIGNMENT = 32
_STRING, _ARRAY = 8, 9
# The type's number -> how struct reads it.
_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_LONGEST_KEPT = 4096  # items of an array; a vocabulary is passed over


@dataclass(frozen=True)
class GGUF:
    """One model file. `metadata` has its keys as the file names them; long arrays are left out."""

    path: Path
    size: int  # bytes
    metadata: dict[str, Any]

    @property
    def name(self) -> str:
        """The file's name without its ending: what replies call the model."""
        return self.path.stem

    @property
    def architecture(self) -> str:
        """Such as llama or qwen2."""
        return str(self.metadata.get("general.architecture", "unknown"))

    @property
    def trained_context(self) -> int | None:
        """The longest request, in tokens, that the model was trained for."""
        return self._number("context_length")

    @property
    def knows_tools(self) -> bool:
        """Whether its chat template writes tools into the prompt."""
        return "tools" in str(self.metadata.get("tokenizer.chat_template", ""))

    @property
    def bytes_per_token(self) -> int:
        """Memory of one token of context: a key and a value, 16 bits each, in every layer; 0 where it is not said."""
        layers, heads = self._number("block_count"), self._number("attention.head_count")
        width = self._number("embedding_length")
        if not (layers and heads and width):
            return 0
        kv_heads = self._number("attention.head_count_kv") or heads
        key = self._number("attention.key_length") or width // heads
        value = self._number("attention.value_length") or width // heads
        return layers * kv_heads * (key + value) * 2

    def _number(self, key: str) -> int | None:
        value = self.metadata.get(f"{self.architecture}.{key}")
        if isinstance(value, list):  # one for each layer: reckon with the largest
            value = max(value, default=None)
        return int(value) if isinstance(value, int | float) else None


def read(path: Path) -> GGUF:
    """Read a file's metadata. Raises Problem: there is none, it is no GGUF file, or its end is missing."""
    other = "give the path of a .gguf file; `workbook local` alone takes the small default"
    if not path.is_file():
        raise Problem(f"There is no file {path}", other)
    size = path.stat().st_size
    with path.open("rb") as file:
        if file.read(4) != MAGIC:
            raise Problem(f"{path} is not a GGUF file", other)
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            try:
                reader = _Reader(content)
                metadata, least = reader.metadata(), reader.least_size
            except (struct.error, UnicodeDecodeError, KeyError, ValueError, OverflowError):
                raise _cut_off(path, size) from None
    if size < least:
        raise _cut_off(path, size)
    return GGUF(path, size, metadata)


def _cut_off(path: Path, size: int) -> Problem:
    return Problem(f"{path} is not complete: it ends after {size:,} bytes", "copy or download it again")


class _Reader:
    """Reads values one after the other; struct.error where the file ends in between."""

    def __init__(self, content: mmap.mmap) -> None:
        self._content, self._at = content, len(MAGIC)
        if self._value("I") not in VERSIONS:
            raise ValueError("not a version that is known")
        self._tensors, self._pairs = self._value("Q"), self._value("Q")
        self.least_size = 0

    def metadata(self) -> dict[str, Any]:
        found = {}
        for _ in range(self._pairs):
            key = self._string()
            found[key] = self._typed(self._value("I"))
        last = 0
        for _ in range(self._tensors):
            self._string()
            dimensions = self._value("I")
            self._at += 8 * dimensions
            self._value("I")
            last = max(last, self._value("Q"))
        alignment = int(found.get("general.alignment", _ALIGNMENT))
        start = -(-self._at // alignment) * alignment
        # The last tensor begins there, so the file goes on beyond it; how far depends on its number format.
        self.least_size = start + last + (1 if self._tensors else 0)
        return found

    def _value(self, form: str) -> Any:
        (value,) = struct.unpack_from(f"<{form}", self._content, self._at)
        self._at += struct.calcsize(f"<{form}")
        return value

    def _string(self) -> str:
        length = self._value("Q")
        if self._at + length > len(self._content):
            raise struct.error("a text goes beyond the file's end")
        text = self._content[self._at : self._at + length]
        self._at += length
        return text.decode("utf-8", "replace")

    def _typed(self, kind: int) -> Any:
        if kind == _STRING:
            return self._string()
        if kind != _ARRAY:
            return self._value(_SCALARS[kind])
        kind, length = self._value("I"), self._value("Q")
        if length <= _LONGEST_KEPT:
            return [self._typed(kind) for _ in range(length)]
        if kind in _SCALARS:
            self._at += struct.calcsize(f"<{_SCALARS[kind]}") * length
        else:
            for _ in range(length):
                self._at += 8 + struct.unpack_from("<Q", self._content, self._at)[0]
        return None
