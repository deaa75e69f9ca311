"""What code of a submission may touch: its scratch folder, the installed packages, the mock endpoint; nothing else.

On Linux the kernel enforces it, whatever code asks: Landlock (from 5.13; network from 6.7, signals from 6.12) for files
and ports, a filter of system calls for programs, processes and sockets. Everywhere Python's audit hooks, which cannot
be taken off again, say the same in plain words. On macOS and Windows they are all there is: they hold against a
learner's Python, not against machine code, nor against somebody who races them with threads.
"""

from __future__ import annotations

import io
import os
import shutil
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from helpers.gradebook.system_calls import refuse_system_calls


@dataclass(frozen=True)
class Limits:
    """Of one submission. memory: bytes on top of what the process holds when it starts."""

    cell_seconds: float = 20.0
    run_seconds: float = 90.0
    check_seconds: float = 10.0
    memory: int = 1_000_000_000
    file_bytes: int = 50_000_000
    scratch_bytes: int = 300_000_000


FENCES = ("limits", "landlock", "system call filter", "audit hook")
_MOST_FILES = 5_000


class NotAllowed(PermissionError):
    """Raised inside a submission that reaches over the fence."""


_NEVER = {
    "subprocess.Popen": "start programs",
    "os.system": "start programs",
    "os.exec": "start programs",
    "os.posix_spawn": "start programs",
    "os.spawn": "start programs",
    "os.startfile": "start programs",
    "os.fork": "start processes",
    "os.forkpty": "start processes",
    "pty.spawn": "start programs",
    "os.kill": "signal other processes",
    "os.killpg": "signal other processes",
    "signal.pthread_kill": "send signals",
    "sqlite3.enable_load_extension": "load machine code",
    "sqlite3.load_extension": "load machine code",
    "gc.get_objects": "look into the interpreter",
    "gc.get_referrers": "look into the interpreter",
    "socket.sendto": "use the network",
    "socket.sendmsg": "use the network",
    "mmap.__new__": "share memory",
    "winreg.SetValue": "change the registry",
    "winreg.CreateKey": "change the registry",
    "winreg.DeleteKey": "change the registry",
}
# Events whose first one or two arguments are paths that would be changed.
_CHANGES = {
    "os.remove": 1,
    "os.rmdir": 1,
    "os.mkdir": 1,
    "os.chmod": 1,
    "os.chown": 1,
    "os.truncate": 1,
    "os.utime": 1,
    "os.setxattr": 1,
    "os.rename": 2,
    "os.link": 2,
    "os.symlink": 2,
    "shutil.rmtree": 1,
    "shutil.move": 2,
    "shutil.chown": 1,
    "os.removexattr": 1,
    "os.chflags": 1,
    "os.lockf": 0,
    "sqlite3.connect": 1,
    "os.mkfifo": 1,
    "os.mknod": 1,
}
_NAMES = ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr")
_LISTS = ("os.listdir", "os.scandir", "glob.glob", "os.chdir")


def raise_fence(scratch: Path, project: Path, mock_port: int, limits: Limits) -> list[str]:
    """Fence this process in, for good. Gives the names of the fences that stand."""
    readable = _readable(project)
    tried = {"limits": _limited(limits), "landlock": _landlock(scratch, readable, mock_port)}
    tried["system call filter"] = refuse_system_calls()
    standing = [name for name, up in tried.items() if up]
    _audited(scratch, readable, mock_port)
    return [*standing, "audit hook"]


# Not all of /etc and /proc: there lie the secrets of other programs, and the environment of other processes.
_SYSTEM = (
    *("/usr", "/lib", "/lib64", "/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/sys/devices/system/cpu"),
    *("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom"),
    *(f"/etc/{name}" for name in ("ssl", "ca-certificates", "fonts", "localtime", "mime.types", "hosts")),
    *(f"/etc/{name}" for name in ("resolv.conf", "nsswitch.conf", "ld.so.cache", "passwd", "os-release")),
    *("/System", "/Library", "/private/etc/ssl", "/private/etc/localtime"),  # macOS
)


def _readable(project: Path) -> list[Path]:
    """Interpreter, packages, system files that libraries open, and the project's own published folders."""
    own = [project / name for name in ("helpers", "sample_data", "notebooks", "requirements.txt", "pyproject.toml")]
    python = [Path(p) for p in {sys.prefix, sys.base_prefix, sys.exec_prefix, *filter(None, sys.path)}]
    system = [Path(p) for p in _SYSTEM]
    if os.name == "nt":
        system = [Path(os.environ.get("SYSTEMROOT", r"C:\Windows"))]
    found = [p.resolve() for p in (*own, *python, *system) if p.exists()]
    return [p for p in found if p not in (project, project.parent, Path.home(), Path("/"))]


def _limited(limits: Limits) -> bool:
    try:
        import resource
    except ImportError:  # Windows: the supervisor watches memory and time
        return False
    for kind, most in (("RLIMIT_FSIZE", limits.file_bytes), ("RLIMIT_CORE", 0), ("RLIMIT_NOFILE", 512)):
        _lower(resource, getattr(resource, kind), most)
    limit_memory(limits.memory)
    return True


def limit_memory(most: int) -> None:
    """Let this process hold no more than `most` bytes on top of what it holds now, where the kernel can see to that."""
    if sys.platform == "linux":
        import resource

        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        _lower(resource, resource.RLIMIT_AS, pages * resource.getpagesize() + most)


def _lower(resource: Any, kind: int, most: int) -> None:
    _, hard = resource.getrlimit(kind)
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(kind, (most, most))


def _landlock(scratch: Path, readable: Sequence[Path], mock_port: int) -> bool:
    if sys.platform != "linux":
        return False
    try:
        from py_landlock import AccessFs, Landlock
    except ImportError:
        return False
    try:
        rules = Landlock(strict=False)
        rules.allow_read(*(p for p in readable if p.is_dir()))
        rules.add_path_rule(*(p for p in readable if not p.is_dir()), access=AccessFs.READ_FILE)
        rules.add_path_rule(os.devnull, access=AccessFs.READ_FILE | AccessFs.WRITE_FILE)
        rules.allow_read_write(scratch)
        rules.allow_network(mock_port, bind=False, connect=True)
        rules.apply()
    except Exception:  # an old kernel, or one with Landlock switched off
        return False
    return True


def _audited(scratch: Path, readable: Sequence[Path], mock_port: int) -> None:
    writable = (os.fspath(scratch.resolve()), os.path.realpath(os.devnull))
    reading = (*(os.fspath(p) for p in readable), *writable)
    loopback = ("127.0.0.1", "::1", "localhost")
    windows = os.name == "nt"

    # Bound here, so that a submission that replaces them in their modules changes nothing.
    realpath, isdir, fsdecode, sep, known_path = os.path.realpath, os.path.isdir, os.fsdecode, os.sep, type(Path())
    fspath = known_path.__fspath__
    writes = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

    def inside(path: Any, roots: Sequence[str]) -> bool:
        kind = type(path)
        if kind is int:
            return True  # an open file's number
        if kind is known_path and kind.__fspath__ is fspath:
            path = fspath(path)
        elif kind not in (str, bytes):
            return False  # an object that could name one file here and another one later
        if kind is bytes:
            path = fsdecode(path)
        if type(path) is not str or path == ":memory:":
            return path == ":memory:"
        real = realpath(path)
        return any(real == root or real.startswith(root.rstrip(sep) + sep) for root in roots)

    def refuse(what: str) -> None:
        raise NotAllowed(f"A submission may not {what} while it is graded.")

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if event == "open":
            mode, flags = args[1], args[2]
            changes = (isinstance(mode, str) and any(c in mode for c in "wax+")) or bool((flags or 0) & writes)
            # Relative to an open folder, a path would lead elsewhere than it says.
            if mode is None and type(args[0]) is not int and inside(args[0], reading) and isdir(args[0]):
                refuse("open folders")
            if not inside(args[0], writable if changes else reading):
                refuse("write outside its own folder" if changes else "read files that are not its own")
        elif event in _never:
            refuse(_never[event])
        elif event.startswith("ctypes.") and event not in _harmless:
            refuse("reach into memory or machine code")
        elif event == "import":
            if type(args[1]) is str and inside(args[1], writable):
                refuse("load machine code")
        elif event in _changes:
            if not all(inside(path, writable) for path in args[: _changes[event]]):
                refuse("change files outside its own folder")
        elif event in _lists:
            if args and not inside(args[0], reading):
                refuse("look into folders that are not its own")
        elif event in ("socket.connect", "socket.bind"):
            address = args[1]
            if not isinstance(address, tuple) or address[0] not in loopback:
                refuse("use the network")
            if event == "socket.connect" and address[1] != mock_port and not windows:
                refuse("use the network")
        elif event in _names and args[0] not in (*loopback, None, b"127.0.0.1", b"localhost"):
            refuse("use the network")

    _harmless = ("ctypes.get_errno", "ctypes.set_errno")
    _never, _changes, _lists, _names = dict(_NEVER), dict(_CHANGES), frozenset(_LISTS), frozenset(_NAMES)
    sys.addaudithook(hook)


class _Nowhere(io.TextIOBase):
    def write(self, text: str) -> int:
        return len(text)


def end_with_parent() -> None:
    """Let the system end this process when its parent is gone, however that went."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(1, 9, 0, 0, 0)  # PR_SET_PDEATHSIG, SIGKILL
        return
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1.0)
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()


def holds_less(folder: Path, most: int) -> bool:
    """Whether a folder holds less than `most` bytes, and not too many files."""
    files = total = 0
    waiting = [os.fspath(folder)]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    files += 1
                    total += entry.stat(follow_symlinks=False).st_size
                    if files > _MOST_FILES or total > most:
                        return False
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
        except OSError:
            continue
    return True


def close_all_but(number: int) -> None:
    """Close every open file but the standard ones and this: what a submission inherited is none of its business."""
    most = 4096 if os.name == "nt" else os.sysconf("SC_OPEN_MAX")
    os.closerange(3, number)
    os.closerange(number + 1, min(most, 65_536))


def kept_variables(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The environment without what may be a secret."""
    return {k: v for k, v in environment.items() if k in _KEPT_VARIABLES or k.startswith(("LC_", "OMP_"))}


def prepare_process(scratch: Path, mock_url: str) -> None:
    """Before the fence: environment without secrets, scratch as home and current folder, silence."""
    kept = kept_variables()
    own = os.fspath(scratch)
    kept |= dict.fromkeys(("HOME", "USERPROFILE", "TMPDIR", "TEMP", "TMP", "MPLCONFIGDIR", "IPYTHONDIR"), own)
    kept |= {
        "MPLBACKEND": "Agg",
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
        "OPENAI_API_KEY": "workbook",
        "OPENAI_BASE_URL": mock_url,
        "WORKBOOK_MOCK_URL": mock_url,
        "WORKBOOK_PROFILE": "mock",
        "WORKBOOK_PROGRESS": "off",
        "WORKBOOK_HOME": own,
    }
    os.environ.clear()
    os.environ.update(kept)
    tempfile.tempdir = own
    os.chdir(scratch)
    socket.setdefaulttimeout(30)
    shutil._use_fd_functions = False  # type: ignore[attr-defined]  # as folders cannot be opened
    silence = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(silence, number)
    sys.stdin, sys.stdout, sys.stderr = io.StringIO(), _Nowhere(), _Nowhere()


_KEPT_VARIABLES = (
    *("PATH", "SYSTEMROOT", "WINDIR", "LANG", "TZ", "PYTHONPATH", "PYTHONHASHSEED", "TIKTOKEN_CACHE_DIR"),
    *(
        "HOME",
        "USERPROFILE",
        "TMPDIR",
        "TEMP",
        "TMP",
        "MPLBACKEND",
        "MPLCONFIGDIR",
        "VIRTUAL_ENV",
        "COVERAGE_PROCESS_START",
    ),
)
