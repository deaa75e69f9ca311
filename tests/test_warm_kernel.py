"""Warm kernels behave as ordinary ones do, and none outlives what it was started for."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from jupyter_client.blocking import BlockingKernelClient
from jupyter_client.manager import KernelManager

from helpers.publishing import warm_kernel
from helpers.publishing.warm_kernel import KERNEL_NAME, ORDINARY_KERNEL, warm_kernels

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="kernels are forked on Linux only"),
]
LIGHT = ("ipykernel.kernelapp", "ipykernel.debugger", "numpy.random", "matplotlib.pyplot")


@pytest.fixture(scope="module")
def nursery() -> Iterator[str]:
    with warm_kernels(LIGHT) as name:
        yield name


class Kernel:
    """A started kernel, and what one cell after the other says."""

    def __init__(self, name: str, **options):
        try:
            self._start(name, options)
        except RuntimeError:  # another process may take a port between Jupyter's choice and the kernel's start
            self.end()
            self._start(name, options)

    def _start(self, name: str, options: dict) -> None:
        self.manager = KernelManager(kernel_name=name)
        self.manager.start_kernel(**options)
        self.client: BlockingKernelClient = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)

    def run(self, code: str, timeout: float = 20) -> str:
        said: list[str] = []

        def listen(message) -> None:
            content = message["content"]
            said.append(content.get("text") or content.get("ename") or ",".join(content.get("data", ())))

        self.client.execute_interactive(code, timeout=timeout, output_hook=listen)
        return "".join(said).strip()

    def end(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@pytest.fixture
def kernel(nursery: str) -> Iterator[Kernel]:
    kernel = Kernel(nursery)
    yield kernel
    kernel.end()


def test_a_kernel_is_a_fork_that_has_the_preload(kernel: Kernel):
    assert kernel.run("import os; print(open(f'/proc/{os.getppid()}/cmdline').read())").count("nursery") == 1
    assert kernel.run("import sys; print('matplotlib.pyplot' in sys.modules)") == "True"


def test_a_kernel_has_the_requesters_folder_environment_and_arguments(nursery: str, tmp_path: Path):
    kernel = Kernel(nursery, cwd=str(tmp_path), env={**os.environ, "ONLY_HERE": "é"})
    try:
        assert kernel.run("import os; print(os.getcwd(), os.environ['ONLY_HERE'])") == f"{tmp_path} é"
        assert kernel.run("import sys; print(sys.argv[1], 'publishing' in sys.path[0])") == "-f False"
    finally:
        kernel.end()


def test_a_kernels_own_stderr_is_the_requesters(nursery: str, tmp_path: Path):
    with (tmp_path / "said").open("wb") as said:
        kernel = Kernel(nursery, stderr=said)
    kernel.run("import os; os.write(2, b'straight to the file')")
    kernel.end()
    assert b"straight to the file" in (tmp_path / "said").read_bytes()


def test_plots_are_shown_as_in_an_ordinary_kernel(kernel: Kernel):
    assert "image/png" in kernel.run("import matplotlib.pyplot as plt\nplt.plot([1, 2]);")


def test_no_two_kernels_draw_the_same_random_numbers(nursery: str):
    code = "import random, numpy, uuid; print(random.random(), numpy.random.random(), uuid.uuid4())"
    first, second = Kernel(nursery), Kernel(nursery)
    drawn = first.run(code).split(), second.run(code).split()
    first.end(), second.end()
    assert not set(drawn[0]) & set(drawn[1])


def test_an_interrupt_stops_the_cell_and_leaves_the_kernel(kernel: Kernel):
    kernel.run("kept = 1")
    kernel.client.execute("import time; time.sleep(60)", stop_on_error=False)
    time.sleep(0.5)
    kernel.manager.interrupt_kernel()
    reply = kernel.client.get_shell_msg(timeout=5)
    assert reply["content"]["ename"] == "KeyboardInterrupt"
    assert kernel.run("print(kept)") == "1"


def test_a_kernel_that_exits_is_seen_to_have_exited_with_its_status(kernel: Kernel):
    kernel.client.execute("import os; os._exit(7)")
    assert _within(5, lambda: not kernel.manager.is_alive())
    assert kernel.manager.provisioner.process is None or kernel.manager.provisioner.process.returncode == 7


def test_a_graceful_shutdown_runs_exit_handlers(nursery: str, tmp_path: Path):
    kernel = Kernel(nursery)
    kernel.run(f"import atexit, pathlib; atexit.register(pathlib.Path({str(tmp_path / 'bye')!r}).touch);")
    kernel.client.stop_channels()
    kernel.manager.shutdown_kernel()
    assert (tmp_path / "bye").exists()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_kernel_dies_with_its_stub(nursery: str, number: int):
    kernel = Kernel(nursery)
    process_id = int(kernel.run("import os; print(os.getpid())"))
    os.kill(kernel.manager.provisioner.pid, number)
    assert _within(5, lambda: not _is_running(process_id))
    kernel.end()


def test_what_a_kernel_started_dies_with_it(nursery: str):
    kernel = Kernel(nursery)
    process_id = int(kernel.run("import subprocess; print(subprocess.Popen(['sleep', '60']).pid)"))
    kernel.end()
    assert _within(5, lambda: not _is_running(process_id))


def test_leaving_the_context_ends_nursery_and_kernels():
    with warm_kernels(LIGHT) as name:
        kernel = Kernel(name)
        family = [int(kernel.run("import os; print(os.getpid())")), int(kernel.run("print(os.getppid())"))]
        assert all(map(_is_running, family))
    assert _within(5, lambda: not any(map(_is_running, family)))
    kernel.end()


OWNER = """
import sys, time
from helpers.publishing.warm_kernel import warm_kernels
from jupyter_client.manager import start_new_kernel
with warm_kernels(("ipykernel.kernelapp",)) as name:
    manager, client = start_new_kernel(kernel_name=name)
    client.execute_interactive("import os; print(os.getpid(), os.getppid(), flush=True)",
                               output_hook=lambda m: print(m["content"].get("text", ""), end="", flush=True))
    time.sleep(60)
"""


def test_nothing_is_left_when_the_owner_is_killed():
    owner = subprocess.Popen([sys.executable, "-c", OWNER], stdout=subprocess.PIPE, text=True, encoding="utf-8")
    family = [int(word) for word in owner.stdout.readline().split()]
    assert len(family) == 2
    owner.kill()
    owner.communicate()
    assert _within(5, lambda: not any(map(_is_running, family)))


def test_kernels_end_when_the_nursery_is_killed(recwarn: pytest.WarningsRecorder):
    with warm_kernels(LIGHT) as name:
        kernel = Kernel(name)
        process_id, nursery = int(kernel.run("import os; print(os.getpid())")), int(kernel.run("print(os.getppid())"))
        os.kill(nursery, signal.SIGKILL)
        assert _within(5, lambda: not _is_running(process_id))
        assert _within(5, lambda: not kernel.manager.is_alive())
        kernel.end()
        ordinary = Kernel(name)  # the same kernelspec goes on working
        assert ordinary.run("1") == "text/plain"
        ordinary.end()
    assert "nursery had ended" in str(recwarn.pop(RuntimeWarning).message)


@pytest.mark.parametrize("different", [{"PYTHONHASHSEED": "5"}, {"PYTHONPATH": "/nowhere"}, {"OMP_NUM_THREADS": "1"}])
def test_what_a_fork_cannot_change_gets_an_ordinary_kernel(nursery: str, different: dict[str, str]):
    kernel = Kernel(nursery, env={**os.environ, **different})
    try:
        assert kernel.run("import sys; print('matplotlib' in sys.modules)") == "False"
        [(name, value)] = different.items()
        assert kernel.run(f"import os; print(os.environ[{name!r}])") == value
    finally:
        kernel.end()


def test_the_hash_seed_is_the_builds(kernel: Kernel):
    expected = subprocess.run(
        [sys.executable, "-c", "print(hash('a'))"], env={**os.environ, "PYTHONHASHSEED": "0"}, capture_output=True
    )
    assert kernel.run("print(hash('a'))") == expected.stdout.decode().strip()


def test_a_preload_that_starts_a_thread_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "starts_thread.py").write_text(
        "import threading, time; threading.Thread(target=time.sleep, args=[60], daemon=True).start()", encoding="utf-8"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.warns(RuntimeWarning, match="started threads"), warm_kernels(["starts_thread"]) as name:
        kernel = Kernel(name)
        assert kernel.run("import sys; print('starts_thread' in sys.modules)") == "False"
        kernel.end()


def test_the_whole_preload_starts_no_thread_and_no_zmq_context():
    code = (
        "import importlib, json, sys, threading, zmq\n"
        "[importlib.import_module(name) for name in json.loads(sys.argv[1])]\n"
        "print(threading.active_count(), zmq.Context._instance, 'matplotlib_inline.backend_inline' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, json.dumps(warm_kernel.PRELOAD)], capture_output=True, text=True, encoding="utf-8"
    )
    assert done.stdout.split() == ["1", "None", "False"], done.stderr


def test_a_system_that_cannot_fork_safely_gets_the_ordinary_kernel(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    with warm_kernels() as name:
        assert name == ORDINARY_KERNEL


def test_the_kernelspec_is_gone_afterwards():
    before = os.environ.get("JUPYTER_PATH")
    with warm_kernels(()) as name:
        assert name == KERNEL_NAME
        [folder, *_] = os.environ["JUPYTER_PATH"].split(os.pathsep)
        assert (Path(folder) / "kernels" / name / "kernel.json").exists()
    assert os.environ.get("JUPYTER_PATH") == before
    assert not Path(folder).exists()


def _is_running(process_id: int) -> bool:
    try:
        state = Path(f"/proc/{process_id}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def _within(seconds: float, holds) -> bool:
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True
