"""The command `workbook`: what can be typed, what it starts, and what is said when it cannot."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner

from helpers import cli, paths
from helpers.bootstrap import COMMANDS
from helpers.commands import benches, browser, suite
from helpers.commands.child_environment import child_environment
from helpers.problem import Problem


def typed(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "helpers.cli", *arguments],
        cwd=paths.ROOT,
        env={**os.environ, "COLUMNS": "100", "PYTHONIOENCODING": "utf-8", **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
    )


def test_the_commands_are_those_that_the_bootstrap_names():
    commands = {command.callback.__name__ for command in cli.app.registered_commands}
    assert commands | {group.name for group in cli.app.registered_groups} == set(COMMANDS)


def test_help_names_every_command_and_loads_no_library_of_the_lessons():
    program = (
        "import sys; sys.argv = ['workbook', '--help']\n"
        "from helpers.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'openai', 'nbformat', 'numpy', 'pydantic', 'jupytext', 'matplotlib', 'starlette', 'pytest'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=paths.ROOT, capture_output=True, text=True, encoding="utf-8", timeout=60
    )
    assert done.returncode == 0, done.stderr
    for name in COMMANDS:
        assert name in done.stdout


def test_a_mistyped_command_is_met_with_the_nearest_one():
    done = typed("lba")
    assert done.returncode == 2
    assert "Did you mean 'lab'?" in done.stderr and "Traceback" not in done.stderr


def test_a_problem_is_one_sentence_and_a_next_step():
    done = typed("bench", "nothing")
    assert done.returncode == 2
    assert done.stderr.startswith("workbook: There is no benchmark `nothing`.\nNext step: ")
    assert "Traceback" not in done.stderr


def test_copies_refreshes_the_learners_copies(tmp_path: Path):
    done = typed("copies", WORKBOOK_HOME=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 1
    published = {path.relative_to(paths.NOTEBOOKS) for path in paths.NOTEBOOKS.rglob("[!.]*.ipynb")}
    assert {path.relative_to(tmp_path / "my_work") for path in (tmp_path / "my_work").rglob("*.ipynb")} == published


# --- What each command calls


@pytest.mark.parametrize(
    "line, function, called",
    [
        (["lab"], "helpers.commands.lab.run", {"port": None, "open_browser": True}),
        (
            ["lab", "--no-browser", "--port", "9000", "--here"],
            "helpers.commands.lab.run",
            {"port": 9000, "open_browser": False},
        ),
        (["build"], "helpers.publishing.build.run", {"check": False, "names": []}),
        (["build", "--check", "01_tokens"], "helpers.publishing.build.run", {"check": True, "names": ["01_tokens"]}),
        (["endpoint", "--port", "0"], "helpers.commands.endpoint.run", ("127.0.0.1", 0, [], None, {})),
        (
            [
                "endpoint",
                "--key",
                "a",
                "--tokens-per-minute",
                "9",
                "--fault",
                "cut,at=2",
                "--scrub",
                "--token-budget",
                "0",
            ],
            "helpers.commands.endpoint.run",
            (
                "127.0.0.1",
                8899,
                ["a"],
                None,
                {"tokens_per_minute": 9, "token_budget": 0, "faults": ["cut,at=2"], "scrub": True},
            ),
        ),
        (["bench", "imports", "--runs", "3"], "helpers.commands.benches.run", ("imports", ["--runs", "3"])),
        (["lock", "--upgrade"], "helpers.commands.lock.write", {"upgrade": True}),
        (
            ["test", "--fast", "-k", "a or b", "--no-parallel", "-x", "tests/test_cli.py"],
            "helpers.commands.suite.run",
            {"fast": True, "keyword": "a or b", "parallel": False, "extra": ["-x", "tests/test_cli.py"]},
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_a_command_calls_its_room_and_passes_the_exit_status_on(line, function, called, monkeypatch):
    calls = []

    def stand_in(*arguments: object, **options: object) -> int:
        given = {"names": arguments[0]} if line[0] == "build" else {}
        calls.append({**options, **given} or arguments)
        return 3

    monkeypatch.setattr(function, stand_in)
    result = CliRunner().invoke(cli.app, line)
    assert calls == [called], result.output
    assert result.exit_code == (0 if line[0] in ("lock", "endpoint") else 3)


def test_doctor_is_green_on_the_mock_and_names_every_missing_setting_elsewhere(tmp_path: Path):
    well = typed("doctor", WORKBOOK_HOME=str(tmp_path))
    assert well.returncode == 0 and "384 dimensions" in well.stdout, well.stderr
    ill = typed("doctor", "azure", WORKBOOK_HOME=str(tmp_path))
    assert ill.returncode == 1 and "AZURE_OPENAI_ENDPOINT: is missing" in ill.stdout
    assert "Traceback" not in ill.stderr


def test_progress_prints_the_report(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("helpers.grading.progress_report", lambda: "01_tokens  5 of 12 points")
    assert "01_tokens  5 of 12 points" in CliRunner().invoke(cli.app, ["progress"]).output


# --- test


def options(extra: Sequence[str] = (), *, fast: bool = False, keyword: str | None = None, cores: int = 2) -> list[str]:
    return suite.arguments(fast, keyword, True, extra, cores)


def test_the_suite_uses_the_cores_but_not_more_than_four_processes():
    assert options(cores=2) == ["-n", "2", "--dist", "loadscope"]
    assert options(cores=64) == ["-n", "4", "--dist", "loadscope"]
    assert options(cores=1) == []
    assert suite.arguments(False, None, False, [], 4) == []


def test_a_person_can_choose_the_number_of_processes():
    assert options(["-n0"], cores=8) == ["-n0"]
    assert options(["--numprocesses=1"], cores=8) == ["--numprocesses=1"]


def test_fast_leaves_out_what_is_slow_or_needs_a_browser():
    assert options(fast=True, keyword="tokens", cores=1) == ["-m", "not slow and not browser", "-k", "tokens"]


def test_without_a_browser_the_suite_runs_and_says_what_is_left_out(monkeypatch, capsys):
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr(suite, "find_browser", lambda: None)
    assert "no Chromium" in suite._browser_variables()["WORKBOOK_NO_BROWSER"]
    assert "The browser test will be skipped: no Chromium" in capsys.readouterr().err


def test_ci_may_not_leave_the_browser_out(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CI", "true")
    monkeypatch.setattr(suite, "find_browser", lambda: Path("/usr/bin/chromium"))
    monkeypatch.setattr(suite, "install", lambda extra: "the registry is down")
    with pytest.raises(Problem, match="playwright could not be installed: the registry is down"):
        suite._browser_variables()


def test_a_browser_is_found_on_path_and_named_to_the_test(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(browser.shutil, "which", lambda name: "/opt/msedge" if name == "msedge" else None)
    monkeypatch.setattr(suite, "install", lambda extra: None)
    assert suite._browser_variables() == {"WORKBOOK_BROWSER": str(Path("/opt/msedge"))}


def test_the_suite_runs_pytest_with_the_given_arguments(monkeypatch: pytest.MonkeyPatch):
    seen = []
    monkeypatch.setattr(suite.subprocess, "call", lambda command, **options: seen.append(command) or 5)
    assert suite.run(fast=True, extra=["--co"]) == 5
    assert seen[0][:3] == [sys.executable, "-m", "pytest"] and seen[0][-1] == "--co"


# --- bench


def test_benchmarks_are_listed_with_their_first_line_and_run_by_name(tmp_path: Path, monkeypatch, capfd):
    (tmp_path / "imports.py").write_text(
        '"""Seconds to import.\n\nMore."""\nimport sys; print(sys.argv[1:])', encoding="utf-8"
    )
    (tmp_path / "_shared.py").write_text("", encoding="utf-8")
    monkeypatch.setattr(benches, "available", lambda available=benches.available: available(tmp_path))
    assert benches.run(None) == 0
    assert capfd.readouterr().out == "imports  Seconds to import.\n"
    assert benches.run("imports", ["--runs", "2"]) == 0
    assert capfd.readouterr().out == "['--runs', '2']\n"


# --- The environment of what is started


def test_children_trace_nothing_and_reach_loopback_without_a_proxy(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LANGSMITH_TRACING", "true")
    monkeypatch.setenv("LANGCHAIN_TRACING_V2", "true")
    monkeypatch.setenv("NO_PROXY", "corp.example, localhost")
    monkeypatch.delenv("no_proxy", raising=False)
    environment = child_environment()
    assert not [name for name in environment if "TRACING" in name]
    assert environment["NO_PROXY"] == "corp.example,localhost,127.0.0.1"
    assert set(environment["no_proxy"].split(",")) >= {"127.0.0.1", "localhost"}
