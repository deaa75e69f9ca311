"""Starts JupyterLab on the learner's copies, says where it is, and ends it with everything that it started.

Settings and state live in my_work/.workbook/jupyter, so that a learner's own Jupyter configuration can neither break
the workbook nor be changed by it; only the look they chose in JupyterLab (theme, shortcuts) is taken over.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import webbrowser
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from helpers import paths
from helpers.commands import bytecode, workspace
from helpers.commands.child_environment import child_environment
from helpers.files import write_atomically
from helpers.problem import Problem

FIRST_PORT = 8888
START = "00_start_here.ipynb"

# Pop-ups that ask a learner about something else than the lesson.
OVERRIDES = {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False}}

# JupyterLab, which ends itself in good order when the process that started it is gone without a word (kill -9).
# Windows gives an orphan no new parent; there the console's end ends both.
PROGRAM = """
import os, signal, threading, time
from jupyterlab.labapp import main
parent = os.getppid()
def follow():
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)
threading.Thread(target=follow, daemon=True).start()
main()
"""

PATIENCE_START = 120  # seconds; generous, for a cold disk behind a virus scanner
PATIENCE_STOP = 15  # seconds; a kernel in an endless loop is given 5 by the server


def run(port: int | None = None, open_browser: bool = True) -> int:
    """Refresh the copies, start JupyterLab, wait for Ctrl-C (or SIGTERM), end everything; returns an exit status.

    `port` must be free if it is given, else the first free one from 8888 on is taken. Raises Problem.
    """
    work = paths.my_work()
    report = workspace.refresh()
    print(report.line(), flush=True)
    folders = Folders(work / ".workbook" / "jupyter")
    trust([work / name for name in report.written], folders.data)
    with _stop_signals(), contextlib.ExitStack() as ending:
        try:
            begun = time.monotonic()
            server = _start_on_some_port(port, folders, work)
            ending.callback(server.stop)
            print(f"JupyterLab is up after {time.monotonic() - begun:.1f} s, at\n\n{server.url}\n", flush=True)
            print("Ctrl-C in this window ends it and every notebook's kernel.", flush=True)
            if open_browser and _has_screen():
                webbrowser.open(server.url)
            ending.enter_context(bytecode.compiled_in_background())
            return server.wait()
        except KeyboardInterrupt:
            print("\nEnding JupyterLab ...", flush=True)
            return 0


@dataclass(frozen=True)
class Folders:
    """Where JupyterLab keeps what is the workbook's own."""

    root: Path

    @property
    def config(self) -> Path:
        return self.root / "config"

    @property
    def data(self) -> Path:
        return self.root / "data"

    def prepare(self) -> None:
        self.data.mkdir(parents=True, exist_ok=True)
        overrides = self.config / "labconfig" / "default_setting_overrides.json"
        write_atomically(overrides, json.dumps(OVERRIDES, indent=1) + "\n")

    def variables(self, environment: Mapping[str, str]) -> dict[str, str]:
        """The variables that point Jupyter to these folders, given those that are set already."""
        own_settings = environment.get("JUPYTERLAB_SETTINGS_DIR") or str(
            Path(environment.get("JUPYTER_CONFIG_DIR") or "~/.jupyter").expanduser() / "lab" / "user-settings"
        )
        if not (Path(own_settings).is_dir() and os.access(own_settings, os.W_OK)):
            own_settings = str(self.root / "settings")
        return {
            "JUPYTER_CONFIG_DIR": str(self.config),
            "JUPYTER_CONFIG_PATH": "",
            "JUPYTER_DATA_DIR": str(self.data),
            "JUPYTER_RUNTIME_DIR": str(self.root / "runtime"),
            "JUPYTERLAB_SETTINGS_DIR": own_settings,
            "JUPYTERLAB_WORKSPACES_DIR": str(self.root / "workspaces"),
            "IPYTHONDIR": str(self.root / "ipython"),
            # This environment's python3 kernel comes before one of the same name elsewhere.
            "JUPYTER_PREFER_ENV_PATH": "1",
        }


def trust(notebooks: Sequence[Path], data: Path) -> None:
    """Sign copies that the workbook has just written, so that JupyterLab shows all their outputs."""
    if not notebooks:
        return
    import nbformat
    from nbformat.sign import NotebookNotary

    data.mkdir(parents=True, exist_ok=True)
    notary = NotebookNotary(data_dir=str(data))
    for path in notebooks:
        # One that cannot be read is JupyterLab's to complain of, where the learner sees which it is.
        with contextlib.suppress(ValueError, nbformat.ValidationError):
            notary.sign(nbformat.read(path, as_version=4))
    notary.store.close()


# --- The port


def is_free(port: int) -> bool:
    """Whether a server could listen on 127.0.0.1:port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        if os.name == "posix":  # a port that is only in TIME_WAIT is free; on Windows the option means "take over"
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def choose_port(wanted: int | None) -> int:
    """`wanted`, which must be free, or the first free port from 8888 on (said in a sentence). Raises Problem."""
    if wanted is not None:
        if is_free(wanted):
            return wanted
        raise Problem(f"Port {wanted} is in use", "leave out --port (the next free one is taken) or name another")
    for port in range(FIRST_PORT, FIRST_PORT + 100):
        if is_free(port):
            if port != FIRST_PORT:
                print(f"Port {FIRST_PORT} is in use; taking {port}.", flush=True)
            return port
    raise Problem(f"Ports {FIRST_PORT} to {FIRST_PORT + 99} are all in use", "name a free one with --port")


def _start_on_some_port(wanted: int | None, folders: Folders, work: Path) -> Server:
    for attempt in itertools.count(1):
        server = Server(choose_port(wanted), folders, work)
        try:
            server.start()
            return server
        except PortTaken:
            if wanted is not None or attempt == 5:
                raise Problem(f"Port {server.port} is in use", "name another with --port") from None
        except BaseException:
            server.stop()
            raise
    raise AssertionError("count() does not end")


# --- The server


class PortTaken(Exception):
    """Another program was quicker."""


class Server:
    """One JupyterLab process on 127.0.0.1, serving the folder `work`."""

    def __init__(self, port: int, folders: Folders, work: Path) -> None:
        self.port, self.folders, self.work = port, folders, work
        self.token = secrets.token_hex(24)
        self.log = folders.root / f"lab-{port}.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def page(self) -> str:
        return f"/lab/tree/{START}" if (self.work / START).exists() else "/lab"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}{self.page}?token={self.token}"

    def start(self) -> None:
        """Start and wait until it answers. Raises PortTaken, or Problem with the log's last lines."""
        self.folders.prepare()
        environment = child_environment()
        environment |= self.folders.variables(environment)
        environment["JUPYTER_TOKEN"] = self.token  # not among the arguments, which every user of the machine can list
        # `!workbook` and `!pip` in a notebook mean this environment's.
        environment["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), environment.get("PATH", "")])
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                self._command(),
                cwd=self.work,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # A Ctrl-C is for this process alone, which then ends the server in good order.
                start_new_session=os.name == "posix",
                creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
            )
        self._wait_for_answer()

    def _command(self) -> list[str]:
        settings = {
            "ServerApp.ip": "127.0.0.1",
            "ServerApp.port": self.port,
            "ServerApp.port_retries": 0,
            "ServerApp.open_browser": False,
            "ServerApp.root_dir": self.work,
            "LabApp.default_url": self.page,
            "ServerApp.allow_root": True,  # containers and Colab
        }
        return [sys.executable, "-c", PROGRAM, *(f"--{name}={value}" for name, value in settings.items())]

    def _wait_for_answer(self) -> None:
        assert self._process is not None
        for tick in range(PATIENCE_START * 10):
            if self._process.poll() is not None:
                log = self.log.read_text(encoding="utf-8", errors="replace")
                if "already in use" in log or "not available" in log:
                    raise PortTaken
                raise Problem(f"JupyterLab did not start, and its last lines were:\n{_tail(log)}", self._log_step())
            if self._request("/api", timeout=2):
                return
            if tick == 50:
                print("Starting JupyterLab (the first start takes longer) ...", flush=True)
            time.sleep(0.1)
        raise Problem(f"JupyterLab did not answer within {PATIENCE_START} s", self._log_step())

    def _log_step(self) -> str:
        return f"look into {self.log}; `python3 -m helpers lab --port 9000` tries another port"

    def _request(self, path: str, method: str = "GET", timeout: float = 5) -> bool:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", method=method, headers={"Authorization": f"token {self.token}"}
        )
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with direct.open(request, timeout=timeout) as reply:
                return reply.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def wait(self) -> int:
        """Wait until the server ends by itself. In steps, because on Windows only a sleep is cut short by Ctrl-C."""
        assert self._process is not None
        while (status := self._process.poll()) is None:
            time.sleep(0.25)
        return 0 if status == 0 else 1

    def stop(self) -> None:
        """End the server and all that it started: asked first, then by force. A second Ctrl-C cuts the asking short."""
        import psutil

        if self._process is None:
            return
        try:
            # Kernels are in sessions of their own: remember them now, a dead parent no longer tells.
            started = psutil.Process(self._process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            started = []
        try:
            if self._process.poll() is None and self._request("/api/shutdown", method="POST"):
                self._process.wait(PATIENCE_STOP)
        except (subprocess.TimeoutExpired, KeyboardInterrupt):
            pass
        finally:
            for process in [*started, self._process]:
                with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError):
                    process.kill()
            self._process.wait()
            psutil.wait_procs(started, timeout=5)


@contextlib.contextmanager
def _stop_signals() -> Iterator[None]:
    """Make SIGTERM, a closed terminal (SIGHUP) and Windows' Ctrl-Break mean the same as Ctrl-C."""

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    # A shell that starts this in the background sets SIGINT to be ignored: it is asked to end by it all the same.
    names = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
    before = {name: signal.signal(getattr(signal, name), interrupt) for name in names if hasattr(signal, name)}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)


def _has_screen() -> bool:
    """Without a screen Python would open a text browser in this very window."""
    if sys.platform != "linux":
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER", "WSL_DISTRO_NAME"))


def _tail(log: str) -> str:
    return "\n".join(f"  {line}" for line in log.splitlines()[-8:])
