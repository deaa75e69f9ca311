"""Kernels that start in a twentieth of the time: forked from a process that has already imported what notebooks import.

    with warm_kernels() as kernel:
        papermill.execute_notebook(source, target, kernel_name=kernel)

papermill, nbclient and nbval run unmodified: `kernel` names an ordinary kernelspec. Three processes take part:

    owner     runs warm_kernels(); installs the kernelspec, starts the nursery, ends it
    nursery   imports the preload once, then forks a kernel for each stub; has no threads and no zmq context
    stub      what Jupyter starts and watches; hands its files, folder and environment over, passes signals on, and
              ends as the kernel ended. When the stub dies, the nursery kills the kernel; when the owner dies, all end.

Linux only. Elsewhere, or when anything fails, an ordinary kernel starts instead: slower, otherwise the same. A forked
kernel has the requester's environment, but modules of the preload read the nursery's when they were imported; a
variable that Python or a library reads at its start (PYTHONPATH, OMP_NUM_THREADS, ...) and that differs gets an
ordinary kernel. Importable everywhere with the standard library alone; holds nothing about what is executed.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import struct
import sys

if __name__ != "__main__":  # a stub has milliseconds: it imports no more than it needs
    import shutil
    import subprocess
    import tempfile
    import warnings
    from collections.abc import Iterator, Sequence
    from pathlib import Path

KERNEL_NAME = "workbook-warm"
ORDINARY_KERNEL = "python3"
# What notebooks import, and what those load late. A module that is not there is left out. Not matplotlib_inline: it
# must meet the shell when it is imported, or plots are not shown.
PRELOAD = (
    "ipykernel.kernelapp",
    "ipykernel.debugger",  # a kernel imports debugpy whether it is debugged or not
    "numpy.random",
    "matplotlib.pyplot",
    "matplotlib.backends.backend_agg",
    "openai",
    "openai.resources.chat.completions",
    "openai.resources.embeddings",
    "openai.resources.models",
    "langchain_openai",
    "chromadb",
    "langchain_chroma",
    "nbformat",
    "tiktoken_ext.openai_public",
    "tokenizers",
    "starlette.applications",
    "starlette.routing",
    "uvicorn.loops.uvloop",
    "uvicorn.protocols.http.httptools_impl",
    "httpcore2",
    "truststore",
    "pydantic_settings",
    "filelock",
    "hypothesis",
    "rich.console",
    "helpers.endpoint",
    "helpers.grading",
    "helpers.mock_endpoint.server",
    "helpers.plots",
    "helpers.show",
)
# Read when a process or a library starts: a fork cannot change them any more.
_FIXED_PREFIXES = ("PYTHON", "LD_", "LC_", "OMP_", "OPENBLAS_", "MKL_")
_FIXED_NAMES = ("LANG",)
_GREETING = b"!"
_STATUS = struct.Struct("!i")  # the forked kernel's process id, 0 for "start your own"; later its wait status
_LENGTH = struct.Struct("!I")
# A stub waits so long for a nursery that is still importing; Jupyter's own limit is 60 s.
_PATIENCE_S = 40.0


def warm_kernels(preload: Sequence[str] = PRELOAD, *, lazy: bool = False) -> contextlib.AbstractContextManager[str]:
    """Context manager that gives the name of a kernelspec, for this process and for those it starts meanwhile.

    Kernels forked from one nursery share its hash seed: 0, or this process's PYTHONHASHSEED.

    preload: modules to import before the first fork; importing them must start no thread.
    lazy: import them when the first kernel is asked for, so that a run without notebooks costs nothing.
    """
    return _warm_kernels(tuple(preload), lazy)


# ---- owner


def _owner_context(preload: tuple[str, ...], lazy: bool) -> Iterator[str]:
    if not sys.platform.startswith("linux"):
        # Windows cannot fork, and macOS's frameworks crash in a fork.
        yield ORDINARY_KERNEL
        return
    folder = Path(tempfile.mkdtemp(prefix="workbook-warm-"))
    path_before = os.environ.get("JUPYTER_PATH")
    try:
        try:
            nursery = _start_nursery(folder, preload, lazy)
        except OSError as error:
            warnings.warn(f"kernels start cold: {error}", RuntimeWarning, stacklevel=4)
            yield ORDINARY_KERNEL
            return
        try:
            _install_kernelspec(folder)
            os.environ["JUPYTER_PATH"] = os.pathsep.join(filter(None, (str(folder), path_before)))
            yield KERNEL_NAME
        finally:
            _restore("JUPYTER_PATH", path_before)
            _end_nursery(nursery, folder / "log")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _start_nursery(folder: Path, preload: tuple[str, ...], lazy: bool) -> subprocess.Popen[bytes]:
    # The owner listens and the nursery inherits: a stub can connect at once, however long the imports take.
    with socket.socket(socket.AF_UNIX) as listener, (folder / "log").open("wb") as log:
        listener.bind(str(folder / "socket"))
        listener.listen(64)
        return subprocess.Popen(
            [sys.executable, __file__, "nursery", str(listener.fileno()), json.dumps(preload), json.dumps(lazy)],
            stdin=subprocess.PIPE,  # its end tells the nursery that the owner is gone
            stdout=log,
            stderr=log,
            pass_fds=[listener.fileno()],
            start_new_session=True,  # Ctrl-C is for the owner
            env={"PYTHONHASHSEED": "0", **os.environ},
        )


def _install_kernelspec(folder: Path) -> None:
    spec = {
        "argv": [
            *(sys.executable, "-I", "-S", __file__, "stub", str(folder / "socket")),
            *("-f", "{connection_file}"),
        ],
        "display_name": "Python 3 (warm)",
        "language": "python",
        "interrupt_mode": "signal",
    }
    place = folder / "kernels" / KERNEL_NAME / "kernel.json"
    place.parent.mkdir(parents=True)
    place.write_text(json.dumps(spec), encoding="utf-8")


def _end_nursery(nursery: subprocess.Popen[bytes], log: Path) -> None:
    if nursery.poll() is not None:
        last_words = log.read_text(encoding="utf-8", errors="replace").strip()[-500:]
        warnings.warn(f"kernels started cold, the nursery had ended: {last_words}", RuntimeWarning, stacklevel=4)
    nursery.stdin.close()
    try:
        nursery.wait(timeout=3)
    except subprocess.TimeoutExpired:  # still importing: it has no kernels yet
        nursery.kill()
        nursery.wait()


def _restore(name: str, value: str | None) -> None:
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value


if __name__ != "__main__":
    _warm_kernels = contextlib.contextmanager(_owner_context)


# ---- stub


def _stub(address: str, *kernel_arguments: str) -> None:
    """Have a kernel forked and end as it ends; become an ordinary kernel when there is none to be had."""
    try:
        connection = _ask_for_kernel(address, kernel_arguments)
    except (OSError, EOFError):
        connection = None
    if connection is None:
        os.execv(sys.executable, [sys.executable, "-m", "ipykernel_launcher", *kernel_arguments])
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _frame: connection.send(bytes([number])))
    try:
        (status,) = _STATUS.unpack(_receive(connection, _STATUS.size))
    except (OSError, EOFError):
        sys.exit(1)  # the nursery died, and its kernels with it
    if os.WIFSIGNALED(status):
        signal.signal(os.WTERMSIG(status), signal.SIG_DFL) if os.WTERMSIG(status) != signal.SIGKILL else None
        os.kill(os.getpid(), os.WTERMSIG(status))
    sys.exit(os.waitstatus_to_exitcode(status))


def _ask_for_kernel(address: str, kernel_arguments: tuple[str, ...]) -> socket.socket | None:
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(_PATIENCE_S)
    connection.connect(address)
    _receive(connection, len(_GREETING))
    here = os.getcwd()  # noqa: PTH109 (pathlib alone would double a stub's start)
    request = json.dumps({"arguments": kernel_arguments, "cwd": here, "env": dict(os.environ)}).encode()
    socket.send_fds(connection, [_LENGTH.pack(len(request))], [0, 1, 2])
    connection.sendall(request)
    (process_id,) = _STATUS.unpack(_receive(connection, _STATUS.size))
    connection.settimeout(None)
    return connection if process_id else None


def _receive(connection: socket.socket, size: int) -> bytes:
    received = b""
    while len(received) < size:
        piece = connection.recv(size - len(received))
        if not piece:
            raise EOFError
        received += piece
    return received


# ---- nursery


def _nursery(listener: str, preload: str, lazy: str) -> None:
    """Import, then serve until the owner is gone; a forked kernel returns from serving with its request."""
    del sys.path[0]  # this file's folder is nobody's import path
    nursery = _Nursery(socket.socket(fileno=int(listener)), json.loads(preload))
    if not json.loads(lazy):
        nursery.warm_up()
    request = nursery.serve()
    if request is not None:
        _become_kernel(request, parent=nursery.process_id)


class _Nursery:
    """Forks kernels on demand. One thread, one loop: a fork copies only the thread that calls it."""

    def __init__(self, listener: socket.socket, preload: list[str]):
        import selectors

        self.process_id = os.getpid()
        self._listener = listener
        self._preload = preload
        self._warm = False
        self._stubs: dict[int, socket.socket] = {}  # kernel's process id -> its stub
        self._fixed = _fixed_variables(dict(os.environ))
        self._child_ended, wakeup = socket.socketpair()
        wakeup.setblocking(False)
        self._wakeup = wakeup
        signal.set_wakeup_fd(wakeup.fileno())
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self._selector = selectors.DefaultSelector()
        self._selector.register(0, selectors.EVENT_READ, self._owner_gone)
        self._selector.register(listener, selectors.EVENT_READ, self._stub_came)
        self._selector.register(self._child_ended, selectors.EVENT_READ, self._reap)
        self._request: dict | None = None
        self._done = False

    def warm_up(self) -> None:
        """Import the preload; SystemExit when that starts threads, which a fork would tear."""
        import gc
        import importlib
        import threading

        for name in self._preload:
            try:
                importlib.import_module(name)
            except Exception as error:  # a notebook that needs it will say so itself
                print(f"not preloaded: {name}: {error!r}", file=sys.stderr)
        if threading.active_count() > 1:
            names = sorted(thread.name for thread in threading.enumerate())
            sys.exit(f"the preload started threads, which no fork survives: {', '.join(names)}")
        gc.collect()
        gc.freeze()  # the collector would touch, and so copy, every shared page
        self._warm = True

    def serve(self) -> dict | None:
        """None when the owner is gone, in the nursery; a request, in each forked kernel."""
        while not self._done:
            for key, _ in self._selector.select():
                key.data(key.fileobj)
                if self._done:
                    break
        return self._request

    def _owner_gone(self, _stdin: int) -> None:
        if os.read(0, 64):
            return
        for process_id in self._stubs:
            _signal_group(process_id, signal.SIGKILL)
        self._done = True

    def _stub_came(self, listener: socket.socket) -> None:
        import selectors

        connection, _ = listener.accept()
        if not self._warm:
            self.warm_up()
        try:
            connection.settimeout(5)
            connection.sendall(_GREETING)
            request = self._read_request(connection)
        except (OSError, EOFError, ValueError):  # it gave up, and starts its own
            connection.close()
            return
        same_start = _fixed_variables(request["env"], like=self._fixed) == self._fixed
        process_id = _fork() if same_start else None
        if process_id == 0:
            self._leave(connection)
            self._request, self._done = request, True
            return
        for descriptor in request["files"]:
            os.close(descriptor)
        with contextlib.suppress(OSError):  # the loop finds it closed, and kills the kernel
            connection.sendall(_STATUS.pack(process_id or 0))
        if process_id is None:
            connection.close()
            return
        self._stubs[process_id] = connection
        self._selector.register(connection, selectors.EVENT_READ, lambda stub: self._stub_spoke(stub, process_id))

    def _stub_spoke(self, stub: socket.socket, process_id: int) -> None:
        try:
            signals = stub.recv(64)
        except OSError:
            signals = b""
        if not signals:
            self._selector.unregister(stub)
        for number in signals or [signal.SIGKILL]:
            _signal_group(process_id, number)

    def _reap(self, child_ended: socket.socket) -> None:
        child_ended.recv(4096)
        while True:
            try:
                process_id, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not process_id:
                return
            stub = self._stubs.pop(process_id, None)
            if stub is None:
                continue
            with contextlib.suppress(KeyError):  # it left first
                self._selector.unregister(stub)
            with contextlib.suppress(OSError):
                stub.sendall(_STATUS.pack(status))
            stub.close()

    @staticmethod
    def _read_request(connection: socket.socket) -> dict:
        head, files, _, _ = socket.recv_fds(connection, _LENGTH.size, 3)
        try:
            if len(head) != _LENGTH.size or len(files) != 3:
                raise EOFError
            return {**json.loads(_receive(connection, _LENGTH.unpack(head)[0])), "files": files}
        except (OSError, EOFError, ValueError):
            for descriptor in files:
                os.close(descriptor)
            raise

    def _leave(self, connection: socket.socket) -> None:
        # In the forked kernel: what stays open here would hide from the nursery that an owner or a stub is gone.
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self._selector.close()
        for other in (connection, self._listener, self._child_ended, self._wakeup, *self._stubs.values()):
            other.close()


def _fork() -> int | None:
    sys.stdout.flush()
    sys.stderr.flush()
    try:
        return os.fork()
    except OSError:
        return None


def _signal_group(process_id: int, number: int) -> None:
    """To a kernel and what it started, as Jupyter does; it is not reaped yet, so its id is still its own."""
    try:
        os.killpg(process_id, number)
    except ProcessLookupError:  # killed before it had made its own group
        os.kill(process_id, number)


def _fixed_variables(environment: dict[str, str], like: dict[str, str] | None = None) -> dict[str, str]:
    """What a fork cannot change; an unset PYTHONHASHSEED asks for any seed, so also for the one of `like`."""
    fixed = {
        name: value for name, value in environment.items() if name.startswith(_FIXED_PREFIXES) or name in _FIXED_NAMES
    }
    if like is not None and "PYTHONHASHSEED" in like:
        fixed.setdefault("PYTHONHASHSEED", like["PYTHONHASHSEED"])
    return fixed


def _become_kernel(request: dict, parent: int) -> None:
    """Take over the stub's files, folder and environment, and run an IPython kernel to its end."""
    import time

    os.setsid()
    for descriptor, target in zip(request["files"], (0, 1, 2), strict=True):
        os.dup2(descriptor, target)
        os.close(descriptor)
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["env"])
    time.tzset()
    if "numpy.random" in sys.modules:  # `random` does this by itself in a fork
        sys.modules["numpy.random"].seed()
    if "matplotlib" in sys.modules:  # it read MPLBACKEND at its import, which an ordinary kernel sets first
        backend = os.environ.get("MPLBACKEND") or "module://matplotlib_inline.backend_inline"
        sys.modules["matplotlib"].rcParams["backend"] = backend
    sys.argv = ["ipykernel_launcher", *request["arguments"]]

    from ipykernel.kernelapp import IPKernelApp

    # The handle makes the kernel end within a second of the nursery.
    IPKernelApp.launch_instance(argv=[*request["arguments"], f"--IPKernelApp.parent_handle={parent}"])


if __name__ == "__main__":
    {"stub": _stub, "nursery": _nursery}[sys.argv[1]](*sys.argv[2:])
