"""The ledger on disk: several kernels at once, kill -9, a full disk, a read-only folder, a clock that goes back."""

import json
import multiprocessing
import os
import subprocess
import sys
import time
import warnings
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from helpers.commands.ledger import run as ledger_command
from helpers.ledger import Call, kept
from helpers.ledger.kept import Keeper, forget_old, ledger_folder
from helpers.ledger.totals import Reader, spent_in, summary
from helpers.paths import ROOT
from helpers.problem import Problem

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def call(**values) -> Call:
    return Call(**{"when": NOW, "model": "gpt-5.4", "status": 200, "input_tokens": 100, "usd": 0.001, **values})


def line(**values) -> str:
    return json.dumps(call(**values).as_json()) + "\n"


@pytest.fixture
def folder():
    made = ledger_folder()
    made.mkdir(parents=True)
    return made


def test_a_call_comes_back_from_the_file_as_it_was(folder):
    every = call(
        output_tokens=5,
        cached_tokens=3,
        reasoning_tokens=2,
        seconds=1.25,
        role="judge",
        operation="responses",
        profile="azure",
        notebook="04_rag",
        priced="2026-11-12",
        started=3.5,
        first_byte=0.5,
        simulated_seconds=0.25,
        attempt=2,
        streamed=True,
        counted=True,
        ended="cut",
        source="recorded",
    )
    Keeper(folder).add(every.as_json())
    assert list(Reader(folder)) == [every]
    for usd in (None, 0.0):
        assert Call.from_json(call(usd=usd).as_json()).usd == usd


def test_what_several_processes_write_at_once_is_all_there(folder):
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_write, args=(folder, name, 200)) for name in ("one", "two", "three")]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    found = summary(folder, by="notebook")
    assert {group: total.calls for (group, _), total in found.groups.items()} == {"one": 200, "two": 200, "three": 200}
    assert found.damaged == 0 and found.files == 3


def _write(folder: Path, name: str, count: int) -> None:
    keeper = Keeper(folder)
    for _ in range(count):
        keeper.add(call(notebook=name).as_json())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_process_writes_to_a_file_of_its_own(folder):
    keeper = Keeper(folder)
    keeper.add(call().as_json())
    process = multiprocessing.get_context("fork").Process(target=keeper.add, args=(call().as_json(),))
    process.start()
    process.join(30)
    keeper.add(call().as_json())
    assert sorted(len(path.read_text(encoding="utf-8").splitlines()) for path in folder.glob("*.jsonl")) == [1, 2]


@pytest.mark.skipif(os.name != "posix", reason="no SIGKILL here")
def test_a_process_that_is_killed_while_it_writes_leaves_whole_lines(folder):
    code = (
        "from pathlib import Path; from tests.test_ledger_kept import _write; import sys;"
        f"print('ready', flush=True); _write(Path({str(folder)!r}), 'killed', 10**9)"
    )
    process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE)
    try:
        process.stdout.readline()
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and sum(path.stat().st_size for path in folder.glob("*.jsonl")) < 20_000:
            time.sleep(0.01)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
    reader = Reader(folder)
    assert sum(1 for _ in reader) > 50 and reader.damaged == 0


@pytest.mark.skipif(os.name != "posix", reason="no such limit here")
def test_a_full_disk_stops_no_call_leaves_no_half_line_and_is_said_once(folder):
    code = f"""
import resource, warnings
from pathlib import Path
from helpers.ledger.kept import Keeper
from tests.test_ledger_kept import call
import signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
warnings.simplefilter("always")
keeper = Keeper(Path({str(folder)!r}))
with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    for _ in range(50):
        keeper.add(call().as_json())
print(len(said), said[0].message)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, encoding="utf-8")
    assert done.stdout.startswith("1 The ledger cannot be kept"), done.stderr
    reader = Reader(folder)
    assert 0 < sum(1 for _ in reader) < 50 and reader.damaged == 0


@pytest.mark.parametrize("blocked", ["file in its place", "read-only"])
def test_a_folder_that_cannot_be_written_stops_no_call(blocked, tmp_path, monkeypatch):
    if blocked == "read-only" and getattr(os, "geteuid", lambda: 1)() == 0:
        # root writes everywhere: the refusal is made, at the one place where the system would make it
        monkeypatch.setattr(kept.os, "open", _refused)
    where = tmp_path / "work"
    if blocked == "read-only":
        where.mkdir(mode=0o500)
    else:
        where.write_text("", encoding="utf-8")
    keeper = Keeper(where / "ledger")
    with pytest.warns(UserWarning, match="the calls go on"):
        keeper.add(call().as_json())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        keeper.add(call().as_json())
    assert keeper.failed


def _refused(*_):
    raise PermissionError(13, "Permission denied")


def test_damaged_lines_are_passed_over_and_counted(folder):
    damaged = ['{"when": "2026-11-22T12:00', "\x00\x00\x00", "[1, 2]", '{"when": 7}', '{"model": "m"}', "{" * 5000]
    strange = line().replace('"input_tokens": 100', '"input_tokens": "many"')
    later = line().replace('"model"', '"field_of_next_year": 1, "model"')
    text = line() + "\n".join(damaged) + "\n" + strange + "\n" + later
    (folder / "2026-11-1-a.jsonl").write_bytes(text.encode() + b"\xff\xfe not text\n")
    found = summary(folder)
    assert found.groups["gpt-5.4", "live"].calls == 2 and found.damaged == len(damaged) + 2
    assert "8 damaged lines were passed over" in ledger_command("", "model", None, False)


def test_a_clock_that_goes_backwards_loses_nothing(folder, monkeypatch):
    times = [datetime(2026, 12, 1, tzinfo=UTC), datetime(2026, 11, 30, 23, 59, tzinfo=UTC), NOW]
    keeper = Keeper(folder)
    for moment in times:
        monkeypatch.setattr(kept, "datetime", _Clock(moment))
        keeper.add(call(when=moment).as_json())
    assert sorted(one.when for one in Reader(folder)) == sorted(times)
    assert {path.name[:7] for path in folder.glob("*.jsonl")} == {"2026-11", "2026-12"}


class _Clock:
    def __init__(self, moment):
        self._moment = moment

    def now(self, zone):
        return self._moment


def test_files_are_kept_for_a_year_and_those_of_the_future_stay(folder):
    for month in ("2025-09", "2025-10", "2026-11", "2031-01"):
        (folder / f"{month}-1-a.jsonl").write_text(line(), encoding="utf-8")
        (folder / f"content-{month}-1-a.jsonl").write_text("{}\n", encoding="utf-8")
    forget_old(folder, NOW)
    assert sorted(path.name[:7] for path in folder.glob("2*.jsonl")) == ["2025-10", "2026-11", "2031-01"]
    assert len(list(folder.glob("content-*"))) == 3


def test_totals_go_by_day_model_notebook_and_role_and_keep_money_apart_that_was_not_spent(folder):
    lines = [
        line(role="judge", notebook="a", usd=0.5),
        line(role="chat-small", when=NOW - timedelta(days=30), usd=0.25, output_tokens=7),
        line(source="simulated", usd=9.0),
        line(model="house", usd=None, ended="whole"),
        line(status=429, ended="refused", usd=0.0),
    ]
    (folder / "2026-10-1-a.jsonl").write_text(lines[1], encoding="utf-8")
    (folder / "2026-11-1-a.jsonl").write_text("".join(lines[:1] + lines[2:]), encoding="utf-8")
    assert {group for group, _ in summary(folder, by="day").groups} == {"2026-10-23", "2026-11-22"}
    assert summary(folder, by="role").groups["judge", "live"].usd == 0.5
    whole = summary(folder)
    assert whole.of("live").usd == 0.75 and whole.of("live").unpriced == 1 and whole.of("live").refused == 1
    assert summary(folder, since="2026-11-01").of("live").usd == 0.5
    assert spent_in(folder, "2026-10") == 0.25
    said = ledger_command("", "notebook", None, False)
    assert "$0.7500 spent, and 1 calls whose price is not known" in said and "simulated, nothing spent" in said
    assert "litellm" in said
    machine = json.loads(ledger_command("2026-11-01", "model", None, True))
    assert machine["totals"]["live"]["usd"] == 0.5 and machine["totals"]["simulated"]["usd"] == 9.0


def test_every_call_can_be_had_as_a_row(folder, tmp_path):
    import csv

    (folder / "2026-11-1-a.jsonl").write_text(line(notebook="=cmd()") + line(), encoding="utf-8")
    assert "2 calls written" in ledger_command("", "model", tmp_path / "out" / "calls.csv", False)
    with (tmp_path / "out" / "calls.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["notebook"] for row in rows] == ["'=cmd()", ""] and rows[0]["input_tokens"] == "100"
    with pytest.raises(Problem, match="cannot be written"):
        ledger_command("", "model", folder, False)


@pytest.mark.parametrize(("since", "by"), [("november", "model"), ("", "colour")])
def test_an_option_that_cannot_be_understood_is_answered(since, by):
    with pytest.raises(Problem):
        ledger_command(since, by, None, False)


def test_an_empty_ledger_says_so():
    assert "has no call" in ledger_command("", "model", None, False)


@pytest.mark.skipif(os.name != "posix", reason="no getrusage here")
def test_a_hundred_thousand_calls_are_added_up_in_bounded_memory(folder):
    (folder / "2026-11-1-a.jsonl").write_text(line(role="judge") * 100_000, encoding="utf-8")
    code = (
        "import resource, sys; from helpers.commands.ledger import run; before = 0;"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss; said = run('', 'day', None, False);"
        "print(said.splitlines()[1], resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, encoding="utf-8")
    assert "100,000" in done.stdout, done.stderr
    grown = int(done.stdout.split()[-1]) * (1 if sys.platform == "darwin" else 1024)
    assert grown < 5_000_000  # bytes; the file has fifteen million


def test_the_command_does_not_load_what_only_a_live_call_needs():
    code = (
        "import sys, helpers.commands.ledger; print([m for m in ('openai', 'httpx2', 'pydantic') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, encoding="utf-8")
    assert done.stdout.strip() == "[]", done.stdout + done.stderr
