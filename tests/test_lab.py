"""`workbook lab`: JupyterLab comes up on the learner's copies, says where it is, and leaves nothing running."""

import contextlib
import json
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import nbformat
import psutil
import pytest
from jupyter_client import BlockingKernelClient
from nbformat.sign import NotebookNotary

from helpers import paths
from helpers.commands import bytecode, lab
from helpers.problem import Problem


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


class Running:
    """`workbook lab` in a process of its own, and what it has printed so far."""

    def __init__(self, home: Path, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-u", "-m", "helpers.cli", "lab", "--no-browser", *arguments],
            cwd=paths.ROOT,
            env={**os.environ, "WORKBOOK_HOME": str(home), "PYTHONIOENCODING": "utf-8"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
        self.lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=lambda: [self.lines.put(line) for line in self.process.stdout], daemon=True).start()
        self.said = ""

    def url(self) -> str:
        """Wait for the line that is an address and nothing else."""
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            line = self.lines.get(timeout=90)
            self.said += line
            if line.startswith("http://"):
                return line.strip()
        raise AssertionError(self.said)

    def family(self) -> list[psutil.Process]:
        me = psutil.Process(self.process.pid)
        return [me, *me.children(recursive=True)]

    def clean_up(self) -> None:
        """After a test that failed nothing may run either."""
        with contextlib.suppress(psutil.NoSuchProcess):
            for process in self.family():
                process.kill()

    def end(self, number: int) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=40)


def ask(url: str, path: str, method: str = "GET", **body: object) -> object:
    address, _, token = url.partition("?token=")
    root = address[: address.index("/lab")]
    request = urllib.request.Request(root + path, method=method, headers={"Authorization": f"token {token}"})
    request.data = json.dumps(body).encode() if body else None
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30) as reply:
        return json.loads(reply.read() or "null")


def execute(connection_file: Path, code: str) -> None:
    """Let a running kernel execute `code`; wait until it has begun."""
    client = BlockingKernelClient(connection_file=str(connection_file))
    client.load_connection_file()
    client.start_channels(hb=False)  # a heartbeat missed on a busy machine would count as a death
    client.wait_for_ready(timeout=60)
    request = client.execute(code)
    while True:
        message = client.get_iopub_msg(timeout=60)
        if message["msg_type"] == "execute_input" and message["parent_header"].get("msg_id") == request:
            break
    time.sleep(0.5)
    client.stop_channels()


def command_line(process: psutil.Process) -> str:
    """Empty for a process that has ended, also for one that nobody has waited for yet."""
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def alive(processes: list[psutil.Process]) -> list[str]:
    _, left = psutil.wait_procs(processes, timeout=10)
    return [line for line in map(command_line, left) if line]


@pytest.mark.slow
def test_the_printed_address_opens_the_learners_notebooks_and_ctrl_c_ends_everything(tmp_path: Path):
    home = tmp_path / "mein Übungs platz"
    running = Running(home)
    try:
        url = running.url()
        names = {entry["name"] for entry in ask(url, "/api/contents")["content"]}
        assert names == {path.name for path in paths.NOTEBOOKS.glob("[!.]*")} - {"progress.json"}
        assert ask(url, "/api/kernelspecs")["default"] == "python3"
        with pytest.raises(urllib.error.HTTPError, match="403"):
            ask(url.partition("?")[0] + "?token=wrong", "/api/contents")
        news = ask(url, "/lab/api/settings/@jupyterlab/apputils-extension:notification")
        assert (news["schema"]["properties"]["fetchNews"]["default"]) == "false"

        # One kernel has started a program of its own, one is in a loop that no polite request ends.
        runtime = home / "my_work" / ".workbook" / "jupyter" / "runtime"
        sleeper = (
            "import subprocess, sys\n"
            "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'], start_new_session=True)"
        )
        for code in (sleeper, "while True: pass"):
            kernel = ask(url, "/api/kernels", "POST", name="python3")["id"]
            execute(runtime / f"kernel-{kernel}.json", code)
        family = running.family()
        lines = [command_line(process) for process in family]
        assert len([line for line in lines if "ipykernel_launcher" in line]) == 2
        assert len([line for line in lines if "time.sleep(600)" in line]) == 1
        assert running.end(signal.SIGINT if os.name == "posix" else signal.CTRL_BREAK_EVENT) == 0
        assert alive(family) == []
    finally:
        running.clean_up()


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="Windows has no such signals")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGKILL"])
def test_an_end_by_another_signal_leaves_nothing_either_even_a_hung_server(tmp_path: Path, name: str):
    running = Running(tmp_path)
    try:
        url = running.url()
        ask(url, "/api/kernels", "POST", name="python3")
        family = running.family()
        (server,) = [process for process in family if "jupyterlab.labapp" in command_line(process)]
        if name == "SIGHUP":
            server.suspend()  # it will not answer any request
        status = running.end(getattr(signal, name))
        assert status == (-signal.SIGKILL if name == "SIGKILL" else 0)
        assert alive(family) == []
    finally:
        running.clean_up()


def test_a_port_in_use_that_was_asked_for_is_a_problem(taken_port: int):
    with pytest.raises(Problem, match=f"Port {taken_port} is in use"):
        lab.choose_port(taken_port)


def test_without_a_wish_the_next_free_port_is_taken_and_said(taken_port: int, monkeypatch, capsys):
    monkeypatch.setattr(lab, "FIRST_PORT", taken_port)
    chosen = lab.choose_port(None)
    assert chosen > taken_port
    assert capsys.readouterr().out == f"Port {taken_port} is in use; taking {chosen}.\n"


def test_a_server_that_does_not_start_is_told_with_its_last_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(
        lab.Server, "_command", lambda self: [sys.executable, "-c", "raise SystemExit('no jupyter here')"]
    )
    server = lab.Server(1, lab.Folders(tmp_path / "jupyter"), tmp_path)
    with pytest.raises(Problem, match=r"(?s)JupyterLab did not start.*no jupyter here.*lab-1\.log"):
        server.start()


def test_a_port_lost_to_another_program_in_between_is_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    program = "raise SystemExit('ERROR: the Jupyter server could not be started because port 1 is not available.')"
    monkeypatch.setattr(lab.Server, "_command", lambda self: [sys.executable, "-c", program])
    with pytest.raises(lab.PortTaken):
        lab.Server(1, lab.Folders(tmp_path / "jupyter"), tmp_path).start()


def test_the_token_is_not_among_the_arguments(tmp_path: Path):
    server = lab.Server(1, lab.Folders(tmp_path), tmp_path)
    assert server.token not in " ".join(map(str, server._command()))


def test_copies_that_the_workbook_made_are_trusted(tmp_path: Path):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1", id="a")])
    notebook.cells[0].outputs = [nbformat.v4.new_output("display_data", {"text/html": "<b>1</b>"})]
    nbformat.write(notebook, tmp_path / "one.ipynb")
    (tmp_path / "broken.ipynb").write_text("{", encoding="utf-8")
    lab.trust([tmp_path / "broken.ipynb", tmp_path / "one.ipynb"], tmp_path / "data")
    notary = NotebookNotary(data_dir=str(tmp_path / "data"))
    assert notary.check_signature(nbformat.read(tmp_path / "one.ipynb", as_version=4))
    notary.store.close()


def test_the_look_that_a_learner_chose_is_kept_and_nothing_else_of_their_jupyter(tmp_path: Path):
    chosen = tmp_path / "dot jupyter" / "lab" / "user-settings"
    chosen.mkdir(parents=True)
    folders = lab.Folders(tmp_path / "own")
    variables = folders.variables({"JUPYTER_CONFIG_DIR": str(tmp_path / "dot jupyter")})
    assert variables.pop("JUPYTERLAB_SETTINGS_DIR") == str(chosen)
    assert all(str(tmp_path / "own") in value for name, value in variables.items() if name.endswith("DIR"))
    assert variables["JUPYTER_CONFIG_DIR"] == str(tmp_path / "own" / "config")


@pytest.mark.parametrize(
    "variables, expected", [({}, False), ({"DISPLAY": ":0"}, True), ({"WSL_DISTRO_NAME": "Debian"}, True)]
)
def test_on_linux_a_browser_opens_only_where_there_is_a_screen(variables, expected, monkeypatch):
    monkeypatch.setattr(lab.sys, "platform", "linux")
    monkeypatch.setattr(lab.os, "environ", variables)
    assert lab._has_screen() is expected


# --- Compiling behind the learner's back


def test_packages_are_compiled_once_for_each_set_up(tmp_path: Path):
    stamp, mark = tmp_path / bytecode.STAMP, tmp_path / bytecode.MARK
    assert bytecode.is_due(tmp_path)
    stamp.touch()
    mark.touch()
    os.utime(stamp, (1000, 1000))
    assert not bytecode.is_due(tmp_path)
    os.utime(mark, (500, 500))
    assert bytecode.is_due(tmp_path)


def test_what_is_not_compiled_when_the_block_ends_is_left_for_another_time(tmp_path: Path, monkeypatch):
    modules = tmp_path / "site-packages"
    modules.mkdir()
    (modules / "one.py").write_text("x = 1", encoding="utf-8")
    monkeypatch.setattr(bytecode.sysconfig, "get_path", lambda name: str(modules))
    with bytecode.compiled_in_background(tmp_path):
        pass
    assert bytecode.is_due(tmp_path)
    with bytecode.compiled_in_background(tmp_path):
        deadline = time.monotonic() + 30
        while bytecode.is_due(tmp_path) and time.monotonic() < deadline:
            time.sleep(0.05)
    assert not bytecode.is_due(tmp_path)
    assert list(modules.rglob("one.*.pyc"))
