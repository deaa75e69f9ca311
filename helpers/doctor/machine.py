"""This computer: Python, packages against the lock, folder, disk, port."""

from __future__ import annotations

import platform
import re
import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator

from helpers.doctor.findings import Finding
from helpers.paths import ROOT, my_work

LEAST_FREE_GB = 1.0
LAB_PORT = 8888


def machine() -> Iterator[Finding]:
    """What does not depend on the endpoint."""
    version = platform.python_version()
    if (3, 11) <= sys.version_info < (3, 15):
        yield Finding("Python", "ok", version)
    else:
        yield Finding("Python", "warning", version, "3.11 to 3.14 are tested")
    yield _packages()
    yield from _folder()
    yield _port()


def _packages() -> Finding:
    """Installed versions against requirements.txt; packages of extras only where they are installed."""
    from importlib.metadata import PackageNotFoundError, version

    from packaging.requirements import Requirement

    try:
        lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    except OSError:
        return Finding("packages", "warning", "requirements.txt is not here", "run from a clone of the repository")
    pins = [Requirement(line) for line in lines if re.match(r"[A-Za-z0-9]", line)]
    different = []
    for pin in pins:
        if pin.marker is not None and not pin.marker.evaluate():
            continue
        try:
            found = version(pin.name)
        except PackageNotFoundError:
            different.append(f"{pin.name} is missing")
            continue
        if not pin.specifier.contains(found, prereleases=True):
            different.append(f"{pin.name} is {found}, not {str(pin.specifier).removeprefix('==')}")
    if not different:
        return Finding("packages", "ok", "as in the lock")
    more = f" and {len(different) - 3} more" if len(different) > 3 else ""
    step = "run `python3 -m helpers lab` once with a network: it installs what the lock names"
    return Finding("packages", "warning", f"{'; '.join(different[:3])}{more}", step)


def _folder() -> Iterator[Finding]:
    folder = my_work()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
        yield Finding("your folder", "ok", f"{folder.name}/ can be written")
    except OSError as error:
        step = "set WORKBOOK_HOME to a folder that you may write to"
        yield Finding("your folder", "failure", error.strerror or "cannot be written", step)
        return
    free = shutil.disk_usage(folder).free / 1e9
    if free >= LEAST_FREE_GB:
        yield Finding("disk", "ok", f"more than {LEAST_FREE_GB:g} GB free")
    else:
        yield Finding("disk", "warning", f"{free:.1f} GB free", "make some room first")


def _port() -> Finding:
    """JupyterLab listens on this machine: on its usual port, or on the next free one."""
    try:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
    except OSError:
        step = "look at the security software: programs must be able to listen on 127.0.0.1"
        return Finding("port", "failure", "nothing may listen on 127.0.0.1", step)
    with socket.socket() as usual:
        usual.settimeout(1)
        if usual.connect_ex(("127.0.0.1", LAB_PORT)):
            return Finding("port", "ok", f"{LAB_PORT} is free for JupyterLab")
    return Finding("port", "ok", f"{LAB_PORT} is in use: `workbook lab` takes the next")
