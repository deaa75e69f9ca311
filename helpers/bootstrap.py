"""From a bare Python to the command `workbook`: makes `.venv`, has the lock installed in it, hands the command over.

Standard library only, and no syntax newer than Python 3.8's, so that an old Python gets a sentence and no SyntaxError.
How packages are installed is in `installer`; what the commands do is in `cli`.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from helpers import paths
from helpers.problem import Problem

OLDEST, NEWEST = (3, 11), (3, 14)
STAMP = ".workbook-setup.json"
LOCK = ".workbook-setup.lock"

# The commands and what help says of each; `cli` defines them, and takes these texts from here.
COMMANDS = {
    "lab": "Open JupyterLab at the first notebook.",
    "test": "Run the test suite: every notebook, every exercise.",
    "name": "Say who you are: your exercises get names and numbers of your own. It stays here.",
    "progress": "Show what you have done so far.",
    "doctor": "Say whether this machine and the endpoint it is set to are ready.",
    "copies": "Refresh your own copies of the notebooks (for VS Code; `lab` does it by itself).",
    "eval": "Compare evaluation runs, show them, and plan how many cases they need.",
    "poc": "Run a proof of concept on your own data: list, new, run, report, compare.",
    "grade": "Grade a folder of learners' notebooks into one gradebook.",
    "endpoint": "Serve the offline endpoint on its own port.",
    "local": "Serve a real model on this machine (any GGUF file, or a small default).",
    "ledger": "Show what the calls of all your notebooks used: tokens, seconds, money.",
    "record": "Run notebooks on a live endpoint once and keep its replies, for a room without network.",
    "extra": "Install something that not everybody needs, such as reading pictures.",
    "sample": "Make sample data anew: longer, in another language, or more of it.",
    "build": "Make the notebooks from their sources.",
    "bench": "Measure start-up, import and lesson times.",
    "lock": "Compile requirements.txt from pyproject.toml.",
}


def main(arguments: list[str] | None = None) -> int:
    """Run `python3 -m helpers ARGUMENTS`; the exit status is the command's, 2 for a problem, 130 for Ctrl-C."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    try:
        check_python(sys.version_info[:2], sys.executable, arguments)
        return _run(arguments)
    except Problem as problem:
        print(f"workbook: {problem}", file=sys.stderr)
        return problem.exit_status
    except KeyboardInterrupt:
        print("\nStopped. Nothing is broken: the same command starts the set-up again.", file=sys.stderr)
        return 130
    except OSError as error:
        print(f"workbook: {writing_failed(error, here='--here' in arguments)}", file=sys.stderr)
        return Problem.exit_status


def _run(arguments: list[str]) -> int:
    here, arguments = _take_here(arguments)
    environment = Environment.active() if here else Environment.of_home()
    wanted = fingerprint(environment)
    ready = is_ready(environment, wanted)
    if not ready:
        if not arguments or arguments[0] in ("-h", "--help"):
            print(_usage())
            return 0
        if arguments[0] not in COMMANDS:
            raise unknown_command(arguments[0])
        if environment.own and _running_inside(environment) and _base_python() != sys.executable:
            # A Python cannot clear the environment that it runs from (on Windows not even a file of it).
            return _run_child([_base_python(), "-m", "helpers", *arguments])
        set_up(environment, wanted)
    return hand_over(environment, arguments)


def _take_here(arguments: list[str]) -> tuple[bool, list[str]]:
    """Take `--here` out of the arguments; what follows `--` is not ours."""
    ours = arguments[: arguments.index("--")] if "--" in arguments else arguments
    rest = arguments[len(ours) :]
    return "--here" in ours, [argument for argument in ours if argument != "--here"] + rest


def _usage() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {text}" for name, text in COMMANDS.items()]
    return "\n".join(
        [
            "Usage: python3 -m helpers COMMAND [OPTIONS]      (once set up also: workbook COMMAND)",
            "",
            *lines,
            "",
            "The first command sets up .venv; --here uses the active environment instead (conda, Codespaces, Colab).",
        ]
    )


def unknown_command(name: str) -> Problem:
    import difflib

    near = difflib.get_close_matches(name, COMMANDS, n=1, cutoff=0.5)
    offer = f"did you mean `{near[0]}`? " if near else ""
    return Problem(f"There is no command `{name}`", f"{offer}The commands are {', '.join(COMMANDS)}")


# --- The Python that runs this


def check_python(version: tuple[int, ...], executable: str, arguments: list[str]) -> None:
    """Raise a Problem for a Python that the lock does not cover; name one on this machine that it does cover."""
    if OLDEST <= tuple(version[:2]) <= NEWEST:
        return
    what = "Python {}.{} to {}.{} is needed, this is {}.{} at {}".format(*OLDEST, *NEWEST, *version[:2], executable)
    typed = " ".join(arguments) or "lab"
    other = _python_on_path()
    if other:
        step = f"`{other} -m helpers {typed}`"
    elif shutil.which("uv"):
        step = "`uv run --no-project --python {}.{} python -m helpers {}`".format(*OLDEST, typed)
    else:
        step = "install one from https://www.python.org/downloads/ and run `python{}.{} -m helpers {}`".format(
            *NEWEST, typed
        )
    raise Problem(what, step)


def _python_on_path() -> str | None:
    """Name of a command on PATH that starts a Python of the right version, newest first."""
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        name = f"python3.{minor}"
        # A shim (pyenv, Windows' store) may be there without a Python behind it: try it.
        if shutil.which(name) and _probe(Path(name)):
            return name
    return None


# --- The environment


@dataclass(frozen=True)
class Environment:
    """A Python environment: `folder` is its sys.prefix; `own` says that it is ours to clear and make again."""

    folder: Path
    python: Path
    own: bool

    @classmethod
    def of_home(cls) -> Environment:
        folder = paths.home() / ".venv"
        return cls(folder, folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python"), own=True)

    @classmethod
    def active(cls) -> Environment:
        return cls(Path(sys.prefix), Path(sys.executable), own=False)

    @property
    def name(self) -> str:
        return str(self.folder if self.folder.name != ".venv" else self.folder.relative_to(paths.home()))


def fingerprint(environment: Environment) -> dict[str, str]:
    """What a finished set-up depends on: the lock, the Python, where the clone and the environment lie."""
    requirements = paths.ROOT / "requirements.txt"
    try:
        content = requirements.read_bytes()
    except FileNotFoundError:
        raise Problem(
            f"{requirements} is missing", "`git checkout requirements.txt`, or run the command in a full clone"
        ) from None
    return {
        # Line ends differ between checkouts of one commit (Windows' autocrlf).
        "requirements": hashlib.sha256(content.replace(b"\r\n", b"\n")).hexdigest(),
        "python": "{}.{}".format(*sys.version_info[:2]),
        "clone": str(paths.ROOT),
        "folder": str(environment.folder),
    }


def is_ready(environment: Environment, wanted: dict[str, str]) -> bool:
    return _stamp(environment) == wanted and _python_is_there(environment)


def _stamp(environment: Environment) -> dict[str, str]:
    """The stamp of the last set-up; {} if there is none that can be read. {"started": …} is one never finished."""
    try:
        stamp = json.loads((environment.folder / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def _write_stamp(environment: Environment, content: dict[str, str]) -> None:
    target = environment.folder / STAMP
    temporary = target.with_name(f"{STAMP}.{os.getpid()}")
    temporary.write_text(json.dumps(content, indent=1), encoding="utf-8")
    os.replace(temporary, target)


def _python_is_there(environment: Environment) -> bool:
    """Cheap (no process): the interpreter and, behind it, the Python that the environment was made from."""
    if not environment.python.exists():
        return False
    settings = environment.folder / "pyvenv.cfg"
    if not settings.exists():
        return not environment.own
    for line in settings.read_text(encoding="utf-8", errors="replace").splitlines():
        key, _, value = line.partition("=")
        if key.strip() == "home":
            return Path(value.strip()).is_dir()
    return False


def _probe(python: Path) -> tuple[str, Path] | None:
    """(version as "3.11", site-packages) of an interpreter; None if it does not start."""
    code = "import sys, sysconfig; print('%d.%d' % sys.version_info[:2]); print(sysconfig.get_path('purelib'))"
    try:
        done = subprocess.run(
            [str(python), "-c", code],
            env=clean_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=60,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    lines = os.fsdecode(done.stdout).splitlines()
    return (lines[0], Path(lines[1])) if done.returncode == 0 and len(lines) == 2 else None


def _running_inside(environment: Environment) -> bool:
    return os.path.realpath(sys.prefix) == os.path.realpath(environment.folder)


# --- Set-up


def set_up(environment: Environment, wanted: dict[str, str]) -> None:
    """Make or mend the environment and install the lock. One at a time; the stamp is written last.

    Raises Problem. After a Ctrl-C or a crash the stamp still says "started", and the next call starts afresh.
    """
    from helpers import installer

    start = time.monotonic()
    with _only_one(environment.folder):
        if is_ready(environment, wanted):
            return  # Another window has done it while this one waited.
        reason, afresh = diagnose(environment, wanted)
        say(reason)
        if environment.own and afresh:
            _clear(environment)
        _write_stamp(environment, {"started": wanted["requirements"]})
        if environment.own and afresh:
            installer.make_venv(environment.folder, _base_python())
        probe = _probe(environment.python)
        if probe is None:
            raise Problem(
                f"The new {environment.name} has no Python that starts",
                f"try another Python: install one from https://www.python.org/downloads/ (this is {sys.executable})",
            )
        installer.install(environment.python, probe[1], paths.ROOT / "requirements.txt", clean_environment())
        _write_stamp(environment, wanted)
    say(f"{environment.name} is ready after {time.monotonic() - start:.0f} s.")


def diagnose(environment: Environment, wanted: dict[str, str]) -> tuple[str, bool]:
    """Why a set-up is needed, as a sentence, and whether the environment has to be made afresh."""
    name, stamp = environment.name, _stamp(environment)
    where = environment.folder.parent if environment.own else environment.folder
    if not environment.own:
        return f"Installing the workbook's packages in {where}.", False
    if not (set(_listdir(environment.folder)) - {LOCK}):
        return f"Setting up {name} in {where} (once; half a minute to two minutes).", True
    if "started" in stamp:
        return f"An earlier set-up of {name} was not finished; making it again.", True
    probe = _probe(environment.python) if _python_is_there(environment) else None
    if probe is None:
        return f"{name} has no working Python any more; making it again.", True
    if probe[0] != wanted["python"]:
        return f"{name} was made with Python {probe[0]}, this is {wanted['python']}; making it again.", True
    if stamp and (stamp.get("clone"), stamp.get("folder")) != (wanted["clone"], wanted["folder"]):
        return f"This folder has moved since {name} was made; making it again.", True
    if stamp:
        return f"requirements.txt has changed; bringing {name} up to date.", False
    # Made by a person or an editor: what they put there stays.
    return f"Installing the workbook's packages in {name}.", False


def _listdir(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()] if folder.is_dir() else []


def _base_python() -> str:
    """The interpreter behind the one that runs: an environment made from an environment would hang on both."""
    return getattr(sys, "_base_executable", None) or sys.executable


def _clear(environment: Environment) -> None:
    """Empty the folder but for the lock, which this process holds."""
    for path in environment.folder.iterdir():
        if path.name == LOCK:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(str(path))
        else:
            path.unlink()


@contextlib.contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    """Hold the folder's lock; the system gives it back when this process ends, however it ends."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(str(folder / LOCK), "a", encoding="utf-8") as handle:
        if not _try_lock(handle):
            say("Another window is setting this up; waiting for it.")
            while not _try_lock(handle):
                time.sleep(0.3)
        yield


def _try_lock(handle: IO[str]) -> bool:
    """Take the lock if it is free; True also where the file system has no locks (some network drives)."""
    try:
        if os.name == "nt":
            import msvcrt

            handle.seek(0)
            msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in (errno.EAGAIN, errno.EACCES, errno.EDEADLK)
    return True


def writing_failed(error: OSError, here: bool = False) -> Problem:
    """The Problem behind an OSError of the set-up's own file work; `here`: the active environment was to be used."""
    place = error.filename or paths.home()
    if error.errno == errno.ENOSPC or getattr(error, "winerror", None) == 112:
        return Problem(f"The disk is full at {place}", "make 2 GB free, then run the same command again")
    if getattr(error, "winerror", None) in (5, 32):
        return Problem(f"{place} is in use", "close every JupyterLab and notebook, then run the same command again")
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return Problem(
            f"{place} cannot be written ({error.strerror})",
            "leave out --here: the workbook then makes an environment of its own"
            if here
            else f"choose a folder of yours for .venv and your work, {_setting('WORKBOOK_HOME', '~/llm-workbook')}",
        )
    return Problem(f"{place}: {error.strerror or error}", "put that right, then run the same command again")


def _setting(name: str, value: str) -> str:
    """How to set an environment variable and try again, in this system's shell."""
    if os.name == "nt":
        return f'in PowerShell: $env:{name} = "{value}", then run the same command again'
    return f"for example: {name}={value} python3 -m helpers lab"


# --- Handing over


def clean_environment() -> dict[str, str]:
    """This process' environment without what would lead another interpreter astray."""
    astray = {"PYTHONHOME", "__PYVENV_LAUNCHER__"}
    return {key: value for key, value in os.environ.items() if key not in astray}


def hand_over(environment: Environment, arguments: list[str]) -> int:
    """Become `workbook ARGUMENTS` in that environment; on Windows, wait for it. Returns its exit status."""
    command = [str(environment.python), "-m", "helpers.cli", *arguments]
    if os.name == "nt":
        return _run_child(command)
    sys.stdout.flush()
    sys.stderr.flush()
    os.execve(command[0], command, clean_environment())


def _run_child(command: list[str]) -> int:
    """Run to the end and return the exit status. Ctrl-C reaches the child by itself: it decides when to stop."""
    # A handler that does nothing, and not SIG_IGN, which a child on POSIX would inherit.
    signal.signal(signal.SIGINT, lambda number, frame: None)
    return subprocess.call(command, env=clean_environment())


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
