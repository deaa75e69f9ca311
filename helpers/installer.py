"""Installs the lock with uv or pip, shows that it is alive, and says in one sentence why it failed.

Standard library only. When to install, and where, is `bootstrap`'s business.
"""

from __future__ import annotations

import os
import queue
import re
import shutil
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from helpers.problem import Problem

# Older ones take 57 s for this lock where 26.3 takes 29 s (of which 2.5 s to fetch it).
FAST_PIP = (25, 0)

AGAIN = "run the same command again"
OFFLINE = (
    "without any network, fill a folder on a machine that has it with `python3 -m pip download -d wheels "
    "-r requirements.txt hatchling editables pip` and set WORKBOOK_WHEELS to that folder"
)


def make_venv(folder: Path, python: str) -> None:
    """Make a virtual environment without pip: 0.1 s instead of 4 s, and it works where Debian took ensurepip out."""
    code, output = _quietly([python, "-m", "venv", "--without-pip", str(folder)], dict(os.environ))
    if code == 0:
        return
    if "No module named" in output and "venv" in output:
        raise _no_venv_module()
    raise explain(output) or _unknown("A virtual environment could not be made", output)


def install(python: Path, site_packages: Path, requirements: Path, environment: dict[str, str]) -> None:
    """Install `requirements` (whose folder is the project's) for the interpreter `python`. Raises Problem.

    uv is used if it is on PATH; if it fails, pip gets its turn, for the two differ in what they know of proxies and
    certificates. WORKBOOK_WHEELS names a folder of wheels to use instead of a registry.
    """
    environment = _without_user_settings(environment)
    source = _source(environment)
    total = sum(1 for line in requirements.read_text(encoding="utf-8").splitlines() if "==" in line.partition("#")[0])
    if shutil.which("uv"):
        command = ["uv", "pip", "install", "--python", str(python), *source, "-r", str(requirements)]
        # Notebooks say `%pip install`; uv's environments have no pip.
        command += [] if source else ["pip"]
        code, output = _watched(command, requirements.parent, environment, Progress("uv", total, site_packages))
        if code == 0:
            return
        problem = explain(output)
        if isinstance(problem, DiskFull):
            raise problem
        reason = problem.what if problem else _last_line(output)
        print(f"uv could not install the packages ({reason}); trying pip.", file=sys.stderr, flush=True)
    _ensure_pip(python, environment)
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "--no-input"]
    if not source and _pip_version(python, environment) < FAST_PIP:
        code, output = _watched(
            [*pip, "install", "--upgrade", "--progress-bar=off", "pip"],
            requirements.parent,
            environment,
            Progress("pip", 0, site_packages),
        )
        problem = explain(output) if code else None
        if isinstance(problem, (Unreachable, DiskFull)):
            raise problem  # The packages would fail the same way, a minute later.
    # The lock is complete, so nothing has to be resolved. Compiling to .pyc takes 24 of 80 s and is not needed to
    # start: `lab` does it in the background once JupyterLab answers.
    command = [*pip, "install", "--no-deps", "--no-compile", "--progress-bar=off", "--no-warn-script-location"]
    command += [*source, "-r", str(requirements)]
    code, output = _watched(command, requirements.parent, environment, Progress("pip", total, site_packages))
    if code != 0:
        raise explain(output) or _unknown("pip could not install the packages", output)


def _without_user_settings(environment: dict[str, str]) -> dict[str, str]:
    """Keep what tells uv and pip how to reach a registry; drop what sends packages elsewhere."""
    elsewhere = {"PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_USER", "PIP_REQUIRE_VIRTUALENV", "PIP_REQUIRE_HASHES"}
    elsewhere |= {"PIP_DRY_RUN", "UV_REQUIRE_HASHES", "UV_SYSTEM_PYTHON", "UV_CONSTRAINT", "PIP_CONSTRAINT"}
    kept = {key: value for key, value in environment.items() if key not in elsewhere}
    kept["PYTHONIOENCODING"] = "utf-8"
    # With pip's own 5 it took 70 s to hear that there is no network.
    kept.setdefault("PIP_RETRIES", "3")
    return kept


def _source(environment: dict[str, str]) -> list[str]:
    """Options that both uv and pip understand: [] for their usual registry, or the offline folder."""
    wheels = environment.get("WORKBOOK_WHEELS")
    if not wheels:
        return []
    folder = Path(wheels).expanduser().resolve()
    if not folder.is_dir():
        raise Problem(f"WORKBOOK_WHEELS is {wheels}, and there is no such folder", f"correct or unset it, then {AGAIN}")
    return ["--no-index", "--find-links", str(folder)]


def _ensure_pip(python: Path, environment: dict[str, str]) -> None:
    """Give the environment the pip that Python carries, uncompiled: 1.7 CPU seconds instead of ensurepip's 4.6."""
    if _pip_version(python, environment) > (0, 0):
        return
    try:
        import ensurepip

        ensurepip.version()
    except (ImportError, AttributeError):  # no such module, or only an empty folder of that name
        raise _no_venv_module() from None
    carried = sorted((Path(ensurepip.__file__).parent / "_bundled").glob("pip-*.whl"))
    if carried:
        command = [str(python), f"{carried[-1]}/pip", "install", "--no-compile", "--no-index"]
        command += ["--find-links", str(carried[-1].parent), "pip"]
    else:  # some distributions keep the wheel elsewhere
        command = [str(python), "-m", "ensurepip", "--default-pip"]
    code, output = _quietly(command, environment)
    if code != 0:
        raise explain(output) or _unknown("pip could not be set up", output)


def _pip_version(python: Path, environment: dict[str, str]) -> tuple[int, ...]:
    """(0, 0) if there is none. Read from the metadata: importing pip costs half a second."""
    code, output = _quietly(
        [str(python), "-c", "from importlib.metadata import version; print(version('pip'))"], environment
    )
    numbers = re.match(r"(\d+)\.(\d+)", output.strip())
    return tuple(int(number) for number in numbers.groups()) if code == 0 and numbers else (0, 0)


def _no_venv_module() -> Problem:
    package = "python{}.{}-venv".format(*sys.version_info[:2])
    if sys.platform == "linux" and shutil.which("apt-get"):
        step = f"`sudo apt-get install {package}`, then {AGAIN}"
    else:
        step = "install the full Python from https://www.python.org/downloads/ (or uv), then " + AGAIN
    return Problem("This Python comes without the modules that make an environment (venv, ensurepip)", step)


# --- A program under watch


class Progress:
    """One line that shows how far an installation is: rewritten on a terminal, one every ten seconds in a log.

    The phases are read from the program's own output; installed packages are counted on disk, because uv and pip are
    silent while they install.
    """

    def __init__(self, program: str, total: int, site_packages: Path) -> None:
        self.program, self.total, self.site_packages = program, total, site_packages
        self.phase, self.done, self.what = "looking up packages", 0, ""
        self.start = time.monotonic()
        self.terminal = sys.stderr.isatty()
        self._last = 0.0
        self._before = 0  # packages that were there when installing began

    def read(self, line: str) -> None:
        """Take in one line of the program's output."""
        first, _, rest = line.strip().partition(" ")
        # numpy==2.4.1 (from -r …), /wheels/numpy-2.4.1-cp311….whl (from -r …), numpy (15.9MiB)
        name = re.split(r"[=<>\[;-]", rest.partition(" (")[0].rsplit("/", 1)[-1], maxsplit=1)[0]
        if first in ("Collecting", "Processing", "Obtaining", "Requirement"):
            self.phase, self.done, self.what = "downloading", self.done + 1, "" if first == "Obtaining" else name
        elif first == "Downloading":
            self.phase, self.what = "downloading", name
        elif first == "Ignoring":
            self.total -= 1
        elif first == "Resolved":  # uv: Resolved 196 packages in 821ms
            self.phase, self.total = "downloading", int(rest.split()[0]) if rest[:1].isdigit() else self.total
        elif first in ("Installing", "Prepared") and (rest.startswith("collected") or first == "Prepared"):
            self.phase, self.done, self.what = "installing", 0, ""
            self._before = self._packages()

    def show(self) -> None:
        now = time.monotonic()
        if now - self._last < (0.3 if self.terminal else 10):
            return
        self._last = now
        if self.phase == "installing":
            self.done = self._packages() - self._before
        done = min(self.done, self.total)
        text = f"{self.program} is {self.phase}"
        if done:
            bar = "#" * (20 * done // self.total)
            text += f"  [{bar:-<20}] {done} of {self.total}" if self.terminal else f", {done} of {self.total}"
        text += f"  {now - self.start:.0f} s  {self.what}".rstrip()
        if self.terminal:
            width = shutil.get_terminal_size().columns - 1
            print(f"\r{text[:width]:<{width}}", end="", file=sys.stderr, flush=True)
        elif now - self.start >= 5:
            print(text, file=sys.stderr, flush=True)

    def _packages(self) -> int:
        return sum(1 for name in os.listdir(self.site_packages) if name.endswith(".dist-info"))

    def close(self) -> None:
        if self.terminal:
            width = shutil.get_terminal_size().columns - 1
            print("\r" + " " * width + "\r", end="", file=sys.stderr, flush=True)


def _watched(command: list[str], folder: Path, environment: dict[str, str], progress: Progress) -> tuple[int, str]:
    """Run a program in `folder`, feed its output to `progress`; (exit status, output). Ctrl-C ends it and is raised."""
    child = subprocess.Popen(
        command,
        cwd=str(folder),
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    lines: queue.Queue[str | None] = queue.Queue()  # None at the end
    reader = threading.Thread(target=_read_lines, args=(child.stdout, lines), daemon=True)
    reader.start()
    output: list[str] = []
    try:
        while True:
            try:
                line = lines.get(timeout=0.2)
            except queue.Empty:
                line = ""
            if line is None:
                break
            if line:
                output.append(line)
                progress.read(line)
            progress.show()
        code = child.wait()
    except BaseException:
        child.terminate()
        try:
            child.wait(timeout=10)
        except subprocess.TimeoutExpired:
            child.kill()
        raise
    finally:
        progress.close()
    return code, "".join(output)


def _read_lines(stream: IO[bytes], lines: queue.Queue[str | None]) -> None:
    for raw in stream:
        lines.put(raw.decode("utf-8", errors="replace"))
    lines.put(None)


def _quietly(command: list[str], environment: dict[str, str]) -> tuple[int, str]:
    done = subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    return done.returncode, done.stdout.decode("utf-8", errors="replace")


# --- Why it failed


class DiskFull(Problem):
    """No other installer would do better."""


class Unreachable(Problem):
    """Nothing can be fetched: no network, a proxy in between, or its certificate."""


def _names_the_proxy(output: str) -> bool:
    """Whether what failed is the connection to the proxy itself; newer pips do not call it one."""
    proxy = urlsplit(urllib.request.getproxies().get("https", ""))
    host, port = re.escape(proxy.hostname or "?"), proxy.port or "?"
    return bool(re.search(rf"host='{host}', port={port}\).{{0,80}}failed to establish", output, re.IGNORECASE))


def explain(output: str) -> Problem | None:
    """The Problem behind the output of uv or pip; None if it is none that we know."""

    def says(pattern: str) -> re.Match[str] | None:
        return re.search(pattern, output, re.IGNORECASE)

    if says(r"no space left|os error 28\b|not enough space on the disk|os error 112\b|disk quota exceeded"):
        return DiskFull("The disk is full", f"make 2 GB free, then {AGAIN}")
    if says(r"externally.managed"):
        return Problem(
            "The active environment is the system's own Python, which its maintainers have locked",
            "leave out --here, or activate a conda or virtual environment first",
        )
    if says(r"read-only file system|os error 30\b"):
        return Problem("The folder is read-only", f"set WORKBOOK_HOME to a folder of yours, then {AGAIN}")
    if says(r"WinError (5|32)\b|os error (5|32)\b|access is denied|being used by another process"):
        return Problem("A file of the environment is in use", f"close every JupyterLab and notebook, then {AGAIN}")
    if says(r"permission denied|os error 13\b"):
        return Problem("A file or folder may not be written", f"set WORKBOOK_HOME to a folder of yours, then {AGAIN}")
    if says(r"proxyerror|cannot connect to proxy|tunnel connection failed|proxy authentication|\b407\b") or (
        _names_the_proxy(output)
    ):
        return Unreachable(
            "The proxy did not let the download through",
            f"set HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT (unset it if there is no proxy), then {AGAIN}; {OFFLINE}",
        )
    if says(r"certificate_verify_failed|sslerror|invalid peer certificate|unknownissuer|self.signed certificate"):
        return Unreachable(
            "The registry's certificate was not accepted, as happens behind a proxy that reads TLS",
            "ask your administrators for the proxy's certificate file and set PIP_CERT and SSL_CERT_FILE to it, "
            f"then {AGAIN}; {OFFLINE}",
        )
    if says(
        r"name resolution|name or service not known|nodename nor servname|getaddrinfo failed|failed to resolve"
        r"|dns error|network is unreachable|connection refused|connecttimeout|readtimeout|timed out|connection reset"
        r"|connection aborted|failed to fetch|error sending request|no route to host|remote end closed"
    ):
        return Unreachable(
            "The package registry cannot be reached",
            f"check the network (behind a proxy, set HTTPS_PROXY=http://HOST:PORT), then {AGAIN}; {OFFLINE}",
        )
    missing = says(r"no matching distribution found for (\S+)") or says(
        r"Because (\S+) (?:was not found|has no wheels)"
    )
    if missing and os.environ.get("WORKBOOK_WHEELS"):
        return Problem(
            f"The folder in WORKBOOK_WHEELS has no {missing.group(1)} for this system and Python",
            "fill it on a machine of the same kind with `python3 -m pip download -d wheels -r requirements.txt "
            f"hatchling editables pip`, then {AGAIN}",
        )
    if missing and says(r"\(from versions: none\)"):
        # pip is silent about its last failed try.
        return Problem(
            f"The package registry has no {missing.group(1)}, or cannot be reached",
            f"check the network and pip's registry (`python3 -m pip config list`), then {AGAIN}; {OFFLINE}",
        )
    broken = missing or says(r"failed (?:building|to build) (?:wheel for |`|installable wheels for )?(\S+)")
    if broken:
        return Problem(
            f"There is no ready-made {broken.group(1).strip('`')} for this machine ({_machine()})",
            "use Linux, Windows on x64, or macOS 14 or later on an M chip, with the 64-bit Python of python.org; "
            "elsewhere work in the cloud (Codespaces, Colab)",
        )
    return None


def _machine() -> str:
    import platform

    return "{}, {}, Python {}".format(platform.system(), platform.machine(), platform.python_version())


def _unknown(what: str, output: str) -> Problem:
    tail = [line for line in output.splitlines() if line.strip()][-8:]
    return Problem(what + ", and its last lines were:\n  " + "\n  ".join(tail), f"put that right, then {AGAIN}")


def _last_line(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return lines[-1][:200] if lines else "it said nothing"
