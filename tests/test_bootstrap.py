"""`python3 -m helpers …` on a machine that has only Python: a small clone, a folder of wheels, and no network.

The clone holds the real bootstrap with a stand-in for what it hands over to. Its path has spaces and accents.
"""

import ast
import base64
import ensurepip
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from helpers import bootstrap, installer, paths
from helpers.problem import Problem

POSIX = os.name == "posix"
BASE_PYTHON = getattr(sys, "_base_executable", sys.executable)
# What runs before anything is installed, and has to be understood by an old Python.
FIRST_FILES = ("__init__", "__main__", "bootstrap", "installer", "paths", "problem")

STAND_IN = """
import importlib.metadata, json, sys
print(json.dumps({"arguments": sys.argv[1:], "prefix": sys.prefix, "tiny": importlib.metadata.version("tiny")}))
sys.exit(7 if "fail" in sys.argv else 0)
"""

PYPROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "small-clone"
version = "1"
"""

BACKEND = """
import zipfile
def build_editable(folder, config_settings=None, metadata_directory=None):
    name = "small_clone-1-py3-none-any.whl"
    with zipfile.ZipFile(folder + "/" + name, "w") as wheel:
        info = "small_clone-1.dist-info/"
        wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: small-clone\\nVersion: 1\\n")
        wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(info + "RECORD", "")
    return name
build_wheel = build_editable
"""


def make_wheel(folder: Path, name: str, version: str) -> None:
    """A wheel with one module, complete enough for pip and uv."""
    folder.mkdir(parents=True, exist_ok=True)
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": f"version = {version!r}\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = ""
    for path, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        record += f"{path},sha256={digest},{len(text.encode())}\n"
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
        for path, text in {**files, f"{info}/RECORD": record + f"{info}/RECORD,,\n"}.items():
            wheel.writestr(path, text)


def ready_pip(folder: Path) -> Path:
    """A folder to import pip from: making it anew in every environment takes most of these tests' time."""
    pip = folder / "pip"
    if not pip.exists():
        for wheel in (Path(ensurepip.__file__).parent / "_bundled").glob("pip-*.whl"):
            zipfile.ZipFile(wheel).extractall(pip)
    return pip


class Clone:
    """A folder with the bootstrap in it, and how to start it there."""

    def __init__(self, root: Path, wheels: Path) -> None:
        self.root, self.wheels = root, wheels

    @classmethod
    def make(cls, folder: Path) -> "Clone":
        clone = cls(folder / "über uns" / "work book", folder / "wheels é")
        (clone.root / "helpers").mkdir(parents=True)
        for name in FIRST_FILES:
            shutil.copy(paths.ROOT / "helpers" / f"{name}.py", clone.root / "helpers")
        (clone.root / "helpers" / "cli.py").write_text(STAND_IN, encoding="utf-8")
        (clone.root / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")
        (clone.root / "backend.py").write_text(BACKEND, encoding="utf-8")
        clone.require("1.0")
        for version in ("1.0", "2.0"):
            make_wheel(clone.wheels, "tiny", version)
        return clone

    def require(self, version: str) -> None:
        (self.root / "requirements.txt").write_text(f"tiny=={version}\n-e .\n", encoding="utf-8")

    def environment(self, **changes: str) -> dict[str, str]:
        """No uv on PATH, no settings of this machine, no registry."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PIP_", "UV_", "WORKBOOK_", "PYTHON"))}
        empty = self.wheels.parent / "empty"
        empty.mkdir(exist_ok=True)
        own = {
            "PATH": str(empty),
            "PYTHONPATH": str(ready_pip(self.wheels.parent.parent)),
            "PIP_CONFIG_FILE": os.devnull,
            "WORKBOOK_WHEELS": str(self.wheels),
        }
        return {**kept, **own, "PYTHONIOENCODING": "utf-8", **changes}

    def start(self, *arguments: str, python: str = BASE_PYTHON, **changes: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [python, "-m", "helpers", *arguments],
            cwd=self.root,
            env=self.environment(**changes),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def run(self, *arguments: str, python: str = BASE_PYTHON, **changes: str) -> "Ran":
        process = self.start(*arguments, python=python, **changes)
        out, err = process.communicate(timeout=120)
        return Ran(process.returncode, out, err)

    @property
    def venv(self) -> Path:
        return self.root / ".venv"

    @property
    def python(self) -> Path:
        return self.venv / ("bin/python" if POSIX else "Scripts/python.exe")


class Ran:
    def __init__(self, status: int, out: str, err: str) -> None:
        self.status, self.out, self.err = status, out, err

    @property
    def handed_over(self) -> Mapping[str, object]:
        assert self.out, self.err
        return json.loads(self.out)


@pytest.fixture
def fresh(tmp_path: Path) -> Clone:
    return Clone.make(tmp_path)


@pytest.fixture(scope="module")
def shared_clone(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    return Clone.make(tmp_path_factory.mktemp("clone"))


@pytest.fixture
def ready(shared_clone: Clone) -> Iterator[Clone]:
    """A clone whose set-up is done; made once, and mended by the bootstrap itself after a test broke it."""
    shared_clone.require("1.0")
    done = shared_clone.run("lab")
    assert done.status == 0, done.err
    yield shared_clone


# --- Before anything is installed


@pytest.mark.parametrize("name", FIRST_FILES)
def test_an_old_python_can_parse_what_runs_first(name: str):
    source = (paths.ROOT / "helpers" / f"{name}.py").read_text(encoding="utf-8")
    ast.parse(source, feature_version=(3, 8))


@pytest.mark.parametrize("name", FIRST_FILES)
def test_what_runs_first_imports_only_the_standard_library(name: str):
    source = (paths.ROOT / "helpers" / f"{name}.py").read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(source)):
        modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        modules += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        for module in modules:
            assert module.partition(".")[0] in {*sys.stdlib_module_names, "helpers"}


@pytest.mark.parametrize("version", [(3, 8), (3, 10), (3, 15)])
def test_a_python_that_the_lock_does_not_cover_is_told_so_with_the_next_step(version):
    with pytest.raises(Problem) as raised:
        bootstrap.check_python(version, "/usr/bin/python3", ["lab", "--port", "9"])
    assert raised.value.what == (
        f"Python 3.11 to 3.14 is needed, this is {version[0]}.{version[1]} at /usr/bin/python3"
    )
    assert "-m helpers lab --port 9" in raised.value.next_step


@pytest.mark.parametrize("version", [(3, 11), (3, 14)])
def test_a_python_that_the_lock_covers_goes_on(version):
    bootstrap.check_python(version, "python3", [])


@pytest.mark.skipif(not list(Path.home().glob(".pyenv/versions/3.[89].*/bin/python3")), reason="no old Python here")
def test_a_real_old_python_gets_the_sentence_and_no_traceback(fresh: Clone):
    for python in Path.home().glob(".pyenv/versions/3.[89].*/bin/python3"):
        ran = fresh.run("lab", python=str(python), PYTHONDONTWRITEBYTECODE="1")
        assert ran.status == 2
        assert ran.err.startswith("workbook: Python 3.11 to 3.14 is needed, this is 3.")
        assert "Traceback" not in ran.err and "Next step: " in ran.err


def test_help_and_a_mistyped_command_install_nothing(fresh: Clone):
    assert "Usage: python3 -m helpers COMMAND" in fresh.run("--help").out
    ran = fresh.run("lba")
    assert ran.status == 2
    assert "There is no command `lba`" in ran.err and "did you mean `lab`?" in ran.err
    assert not fresh.venv.exists()


def test_a_missing_lock_is_said(fresh: Clone):
    (fresh.root / "requirements.txt").unlink()
    ran = fresh.run("lab")
    assert (ran.status, "requirements.txt is missing" in ran.err, "Traceback" in ran.err) == (2, True, False)


def test_a_missing_folder_of_wheels_is_said(fresh: Clone):
    ran = fresh.run("lab", WORKBOOK_WHEELS="nowhere")
    assert ran.status == 2 and "WORKBOOK_WHEELS is nowhere, and there is no such folder" in ran.err


def test_arguments_after_two_dashes_are_not_ours():
    assert bootstrap._take_here(["test", "--here", "--", "--here"]) == (True, ["test", "--", "--here"])
    assert bootstrap._take_here(["test", "--", "--here"]) == (False, ["test", "--", "--here"])


# --- Setting up


@pytest.mark.slow
def test_the_first_start_sets_up_and_hands_over_and_the_second_installs_nothing(fresh: Clone):
    first = fresh.run("test", "--fast", "-k", "a b", PYTHONPATH="")
    assert first.status == 0, first.err
    assert first.handed_over == {"arguments": ["test", "--fast", "-k", "a b"], "prefix": str(fresh.venv), "tiny": "1.0"}
    assert "Setting up .venv" in first.err and ".venv is ready after" in first.err

    before = {path: path.stat().st_mtime_ns for path in fresh.venv.rglob("*")}
    shutil.rmtree(fresh.wheels)  # nothing can be installed any more
    begun = time.monotonic()
    second = fresh.run("lab", "fail")
    assert time.monotonic() - begun < 5
    assert second.status == 7, "the command's exit status is passed on"
    assert second.err == ""
    assert {path: path.stat().st_mtime_ns for path in fresh.venv.rglob("*")} == before


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("uv"), reason="uv is not on PATH")
def test_uv_is_used_where_it_is(fresh: Clone):
    ran = fresh.run("lab", PATH=os.environ["PATH"])
    assert ran.handed_over["tiny"] == "1.0", ran.err
    assert next(fresh.venv.rglob("tiny-1.0.dist-info/INSTALLER")).read_text(encoding="utf-8") == "uv"


@pytest.mark.slow
@pytest.mark.skipif(not POSIX, reason="the stand-in for uv is a shell script")
def test_a_uv_that_fails_is_followed_by_pip(fresh: Clone):
    folder = fresh.wheels.parent / "broken uv"
    folder.mkdir()
    (folder / "uv").write_text("#!/bin/sh\necho 'error: the moon is full' >&2\nexit 3\n", encoding="utf-8")
    (folder / "uv").chmod(0o755)
    ran = fresh.run("lab", PATH=str(folder))
    assert ran.handed_over["tiny"] == "1.0"
    assert "uv could not install the packages (error: the moon is full); trying pip." in ran.err


@pytest.mark.slow
def test_a_set_up_that_was_cut_off_is_made_again(ready: Clone):
    (ready.venv / bootstrap.STAMP).write_text('{"started": "x"}', encoding="utf-8")
    rest = ready.venv / "half a package"
    rest.write_text("", encoding="utf-8")
    ran = ready.run("lab")
    assert ran.status == 0 and "An earlier set-up of .venv was not finished; making it again." in ran.err
    assert not rest.exists()
    assert ready.run("lab").err == ""


@pytest.mark.slow
@pytest.mark.skipif(not POSIX, reason="Windows copies the interpreter")
def test_an_environment_whose_python_is_gone_is_made_again(ready: Clone):
    ready.python.unlink()
    ready.python.symlink_to(ready.root / "no such python")
    ran = ready.run("lab")
    assert ran.status == 0 and ".venv has no working Python any more; making it again." in ran.err


@pytest.mark.slow
def test_a_folder_that_moved_gets_a_new_environment(ready: Clone):
    moved = ready.root.with_name("moved höme")
    ready.root.rename(moved)
    try:
        ran = Clone(moved, ready.wheels).run("lab")
        assert "This folder has moved since .venv was made; making it again." in ran.err
        assert ran.handed_over["prefix"] == str(moved / ".venv")
    finally:
        moved.rename(ready.root)


@pytest.mark.slow
def test_a_changed_lock_is_installed_into_the_same_environment(ready: Clone):
    mine = ready.venv / "what the learner installed"
    mine.write_text("", encoding="utf-8")
    ready.require("2.0")
    # Typed with the environment's own Python, as from an activated shell.
    ran = ready.run("lab", python=str(ready.python))
    assert ran.handed_over["tiny"] == "2.0"
    assert "requirements.txt has changed; bringing .venv up to date." in ran.err
    assert mine.exists()


@pytest.mark.slow
def test_an_environment_that_a_person_made_is_used_and_not_cleared(fresh: Clone):
    subprocess.run([BASE_PYTHON, "-m", "venv", "--without-pip", str(fresh.venv)], check=True)
    mine = fresh.venv / "mine"
    mine.write_text("", encoding="utf-8")
    assert fresh.run("lab").handed_over["tiny"] == "1.0"
    assert mine.exists()


@pytest.mark.slow
def test_here_uses_the_active_environment(fresh: Clone, tmp_path: Path):
    active = tmp_path / "active"
    subprocess.run([BASE_PYTHON, "-m", "venv", "--without-pip", str(active)], check=True)
    python = str(active / fresh.python.relative_to(fresh.venv))
    ran = fresh.run("lab", "--here", python=python)
    assert ran.handed_over == {"arguments": ["lab"], "prefix": str(active), "tiny": "1.0"}
    assert not fresh.venv.exists()
    assert fresh.run("lab", "--here", python=python).err == ""


@pytest.mark.slow
def test_workbook_home_moves_the_environment_out_of_the_clone(fresh: Clone, tmp_path: Path):
    home = tmp_path / "mein Übungsort"
    ran = fresh.run("lab", WORKBOOK_HOME=str(home))
    assert ran.handed_over["prefix"] == str(home / ".venv")
    assert not fresh.venv.exists()


@pytest.mark.slow
def test_of_two_at_once_one_sets_up_and_both_are_handed_over(fresh: Clone):
    processes = [fresh.start("lab") for _ in range(2)]
    outputs = [process.communicate(timeout=120) for process in processes]
    assert [process.returncode for process in processes] == [0, 0], outputs
    said = "".join(err for _, err in outputs)
    assert said.count("Setting up .venv") == 1
    assert said.count("Another window is setting this up; waiting for it.") == 1
    assert said.count("is ready after") == 1 and "making it again" not in said


@pytest.mark.slow
@pytest.mark.skipif(not POSIX, reason="a process cannot be sent a Ctrl-C of its own on Windows")
def test_a_ctrl_c_in_the_middle_is_said_to_be_harmless_and_is(fresh: Clone):
    process = fresh.start("lab")
    deadline = time.monotonic() + 60
    while not fresh.python.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err.endswith("Stopped. Nothing is broken: the same command starts the set-up again.\n"), err
    again = fresh.run("lab")
    assert again.status == 0 and "was not finished; making it again" in again.err


# --- What goes wrong


@pytest.mark.slow
@pytest.mark.parametrize(
    "changes, sentence, step",
    [
        ({"PIP_INDEX_URL": "https://127.0.0.1:9/simple"}, "The package registry cannot be reached", "HTTPS_PROXY"),
        (
            {"PIP_INDEX_URL": "https://registry.invalid/simple", "HTTPS_PROXY": "http://127.0.0.1:9"},
            "The proxy did not let the download through",
            "WORKBOOK_WHEELS",
        ),
    ],
    ids=["no network", "proxy"],
)
def test_without_a_way_to_the_registry_one_sentence_says_so(fresh: Clone, changes, sentence, step):
    ran = fresh.run("lab", WORKBOOK_WHEELS="", PIP_RETRIES="1", **{"NO_PROXY": "127.0.0.1", **changes})
    assert ran.status == 2
    assert f"workbook: {sentence}.\nNext step: " in ran.err and step in ran.err
    assert "Traceback" not in ran.err
    assert "not finished" in fresh.run("lab").err, "and the next start begins afresh"


SAID = {
    "pip, name": "NewConnectionError('<HTTPSConnection>: [Errno -3] Temporary failure in name resolution')",
    "uv, name": "error: Failed to fetch: `https://registry/simple/numpy/`\n  cause: dns error",
    "pip, proxy": "ProxyError('Cannot connect to proxy.', OSError('Tunnel connection failed: 407'))",
    "pip, TLS": "SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed'))",
    "uv, TLS": "error: Failed to fetch: `https://registry/simple/`\n  cause: invalid peer certificate: UnknownIssuer",
    "pip, disk": "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device",
    "uv, disk": "error: failed to write to file `x`: No space left on device (os error 28)",
    "Windows, disk": "OSError: [WinError 112] There is not enough space on the disk",
    "Windows, in use": "ERROR: [WinError 5] Access is denied: 'c:\\\\clone\\\\.venv\\\\Scripts\\\\x.pyd'",
    "locked system": "error: externally-managed-environment\n\n× This environment is externally managed",
    "pip, silent": "ERROR: Could not find a version that satisfies the requirement anyio==4.16 (from versions: none)\n"
    "ERROR: No matching distribution found for anyio==4.16",
    "pip, no wheel": "ERROR: No matching distribution found for onnxruntime==1.31.1",
    "pip, no compiler": "error: subprocess-exited-with-error\nERROR: Failed building wheel for argon2-cffi-bindings",
}
MEANT = {
    "name": ("registry cannot be reached", "HTTPS_PROXY"),
    "proxy": ("proxy did not let", "HTTPS_PROXY"),
    "TLS": ("certificate was not accepted", "PIP_CERT and SSL_CERT_FILE"),
    "disk": ("disk is full", "2 GB"),
    "in use": ("in use", "close every JupyterLab"),
    "locked system": ("locked", "leave out --here"),
    "silent": ("The package registry has no anyio==4.16, or cannot be reached", "network"),
    "no wheel": ("There is no ready-made onnxruntime==1.31.1", "Codespaces"),
    "no compiler": ("There is no ready-made argon2-cffi-bindings", "Codespaces"),
}


@pytest.mark.parametrize("case", SAID)
def test_what_uv_and_pip_say_becomes_a_sentence_and_a_next_step(case: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("WORKBOOK_WHEELS", raising=False)
    problem = installer.explain(SAID[case])
    sentence, step = MEANT[case.rpartition(", ")[2]]
    assert problem is not None
    assert sentence in problem.what and step in problem.next_step
    assert "\n" not in problem.what


def test_a_refused_connection_to_the_proxy_itself_is_the_proxys(monkeypatch: pytest.MonkeyPatch):
    said = "NewConnectionError(\"HTTPSConnection(host='proxy.corp', port=8080): Failed to establish a new connection\")"
    monkeypatch.setenv("HTTPS_PROXY", "http://user:secret@proxy.corp:8080")
    monkeypatch.delenv("https_proxy", raising=False)
    problem = installer.explain(said)
    assert problem is not None and "proxy did not let" in problem.what and "secret" not in problem.next_step
    monkeypatch.setenv("HTTPS_PROXY", "http://other.corp:8080")
    assert installer.explain(said) is None


def test_what_nobody_foresaw_is_shown_with_its_last_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    assert installer.explain("ERROR: the moon is full") is None
    (tmp_path / "requirements.txt").write_text("tiny==1.0\n", encoding="utf-8")
    monkeypatch.setattr(installer.shutil, "which", lambda name: None)
    monkeypatch.setattr(installer, "_pip_version", lambda *arguments: (26, 0))
    monkeypatch.setattr(installer, "_watched", lambda *arguments: (1, "Collecting tiny\nERROR: the moon is full\n"))
    with pytest.raises(Problem, match=r"(?s)pip could not install.*the moon is full"):
        installer.install(Path(sys.executable), tmp_path, tmp_path / "requirements.txt", {})


@pytest.mark.parametrize("module", ["venv", "ensurepip"])
def test_a_debian_python_without_its_venv_package_is_told_which_one_to_install(module: str, monkeypatch):
    monkeypatch.setattr(installer.sys, "platform", "linux")
    monkeypatch.setattr(installer.shutil, "which", lambda name: "/usr/bin/apt-get" if name == "apt-get" else None)
    monkeypatch.setattr(installer, "_quietly", lambda *arguments: (1, f"/usr/bin/python3: No module named {module}"))
    monkeypatch.setitem(sys.modules, module, None)  # importing it fails
    with pytest.raises(Problem) as raised:
        if module == "venv":
            installer.make_venv(Path("x"), "/usr/bin/python3")
        else:
            installer._ensure_pip(Path("x"), {})
    package = "python{}.{}-venv".format(*sys.version_info[:2])
    assert f"`sudo apt-get install {package}`" in raised.value.next_step


@pytest.mark.parametrize(
    "error, sentence, step",
    [
        (OSError(30, "Read-only file system", "/clone/.venv"), "/clone/.venv cannot be written", "WORKBOOK_HOME"),
        (PermissionError(13, "Permission denied", "/clone/.venv"), "/clone/.venv cannot be written", "WORKBOOK_HOME"),
        (OSError(28, "No space left on device", "/clone/.venv"), "The disk is full", "2 GB"),
    ],
    ids=["read-only", "another's", "full"],
)
def test_a_clone_that_cannot_be_written_is_a_sentence(error, sentence, step, tmp_path, monkeypatch, capsys):
    def refuse(*arguments: object, **options: object) -> None:
        raise error

    monkeypatch.setattr(bootstrap, "check_python", lambda *arguments: None)
    monkeypatch.setenv("WORKBOOK_HOME", str(tmp_path / "clone"))
    monkeypatch.setattr(Path, "mkdir", refuse)
    assert bootstrap.main(["lab"]) == 2
    said = capsys.readouterr().err
    assert sentence in said and step in said and "Traceback" not in said


# --- Signs of life


def fed(text: str, total: int = 4, site_packages: Path = Path()) -> installer.Progress:
    progress = installer.Progress("pip", total, site_packages)
    for line in textwrap.dedent(text).splitlines():
        progress.read(line)
    return progress


def test_pips_progress_is_read_from_what_it_says():
    progress = fed(
        """\
        Ignoring appnope: markers 'sys_platform == "darwin"' don't match your environment
        Collecting aiohttp==3.14.5 (from -r requirements.txt (line 2))
          Downloading aiohttp-3.14.5-cp311-cp311-manylinux2014_x86_64.whl (1.9 MB)
        Processing /wheels/yarl-1.2-py3-none-any.whl (from -r requirements.txt (line 3))
        """
    )
    assert (progress.phase, progress.done, progress.total, progress.what) == ("downloading", 2, 3, "yarl")


def test_while_pip_installs_in_silence_packages_are_counted_on_disk(tmp_path: Path, capsys, monkeypatch):
    (tmp_path / "there.dist-info").mkdir()
    progress = fed("Collecting a==1\nCollecting b==1\nInstalling collected packages: a, b\n", 2, tmp_path)
    (tmp_path / "a.dist-info").mkdir()
    monkeypatch.setattr(installer.time, "monotonic", lambda: progress.start + 11)
    progress.show()
    assert capsys.readouterr().err == "pip is installing, 1 of 2  11 s\n"


def test_uvs_progress_is_read_from_what_it_says():
    progress = fed(
        "Using Python 3.11.7 environment at: u\nResolved 196 packages in 821ms\nDownloading numpy (15.9MiB)\n"
    )
    assert (progress.phase, progress.total, progress.what) == ("downloading", 196, "numpy")


def test_a_log_gets_a_line_now_and_then_and_no_carriage_returns(capsys: pytest.CaptureFixture[str], monkeypatch):
    progress = fed("Collecting tiny==1.0\n")
    now = progress.start
    for second in range(0, 31, 1):
        monkeypatch.setattr(installer.time, "monotonic", lambda second=second: now + second)
        progress.show()
    said = capsys.readouterr().err
    assert said.splitlines()[-1] == "pip is downloading, 1 of 4  30 s  tiny"
    assert 2 <= len(said.splitlines()) <= 4 and "\r" not in said
