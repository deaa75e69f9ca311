"""`workbook grade` as a trainer runs it: a folder in, a gradebook out; interrupted, resumed, with bad files between."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from helpers.paths import ROOT, SOLUTIONS

COMMAND = [sys.executable, "-c", "from helpers.cli import main; main()", "grade"]
SOLUTION = next(SOLUTIONS.rglob("00_start_here.ipynb"))


def grade(*options, **more) -> subprocess.CompletedProcess:
    return subprocess.run(
        [*COMMAND, *map(str, options)], capture_output=True, encoding="utf-8", cwd=ROOT, timeout=300, **more
    )


def kept(folder: Path) -> list[dict]:
    path = folder / "results.jsonl"
    return (
        [json.loads(line)["result"] for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []
    )


def hand_in(folder: Path, name: str, *extra: str) -> None:
    notebook = json.loads(SOLUTION.read_text(encoding="utf-8"))
    notebook["cells"] += [{"cell_type": "code", "source": cell, "metadata": {}, "outputs": []} for cell in extra]
    (folder / name).mkdir(parents=True)
    (folder / name / "00_start_here.ipynb").write_text(json.dumps(notebook), encoding="utf-8")


def test_bad_files_between_good_ones_stop_nothing(tmp_path):
    hand_in(tmp_path / "in", "ana")
    hand_in(tmp_path / "in", "ben", "import os\nos._exit(3)")
    hand_in(tmp_path / "in", "cleo", f"open({str(tmp_path / 'in' / 'ana' / '00_start_here.ipynb')!r}, 'w')")
    (tmp_path / "in" / "dora").mkdir()
    (tmp_path / "in" / "dora" / "00_start_here.ipynb").write_text("{", encoding="utf-8")
    out = tmp_path / "out"
    done = grade(tmp_path / "in", "-o", out, "--names")
    assert done.returncode == 0, done.stderr
    found = {r["learner"]: r for r in kept(out)}
    points = {name: sum(o["points"] for o in r["outcomes"]) for name, r in found.items()}
    assert points["ana"] == points["ben"] == points["cleo"] > 0 and points["dora"] == 0
    assert "no notebook" in found["dora"]["problem"]
    assert {p.name for p in out.iterdir()} == {"results.jsonl", "gradebook.csv", "gradebook.xlsx", "gradebook.html"}
    again = grade(tmp_path / "in", "-o", out, "--names")
    assert "4 of 4 were graded before" in again.stderr and len(kept(out)) == 4


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C cannot be sent to a child alone on Windows")
def test_ctrl_c_loses_nothing_and_leaves_nothing_running_and_the_same_command_goes_on(tmp_path):
    for number in range(4):
        hand_in(tmp_path / "in", f"learner{number}", f"number = {number}")
    for number in (8, 9):  # these keep it busy until it is interrupted
        hand_in(tmp_path / "in", f"slow{number}", f"number = {number}\nimport time\ntime.sleep(15)")
    out = tmp_path / "out"
    running = subprocess.Popen(
        [*COMMAND, str(tmp_path / "in"), "-o", str(out)], cwd=ROOT, stderr=subprocess.PIPE, start_new_session=True
    )
    until = time.monotonic() + 120
    while len(kept(out)) < 4 and time.monotonic() < until:
        time.sleep(0.1)
    family = psutil.Process(running.pid).children(recursive=True)
    assert len(family) >= 3
    os.killpg(running.pid, signal.SIGINT)
    _, said = running.communicate(timeout=60)
    assert running.returncode == 130 and b"goes on from here" in said, said
    _, alive = psutil.wait_procs(family, timeout=10)
    assert not alive
    assert len(kept(out)) == 4 and (out / "gradebook.html").exists()
    for number in (8, 9):
        shutil.rmtree(tmp_path / "in" / f"slow{number}")
    hand_in(tmp_path / "in", "learner9")
    done = grade(tmp_path / "in", "-o", out)
    assert "4 of 5 were graded before" in done.stderr and len(kept(out)) == 5


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["nowhere"], "There is no folder nowhere"),
        (["helpers"], "no notebook and no progress file"),
        (["notebooks", "--lesson", "99_none"], "99_none"),
    ],
)
def test_an_error_is_one_sentence_and_a_next_step(tmp_path, options, says):
    done = grade(*options, "-o", tmp_path / "out")
    assert done.returncode != 0 and "Traceback" not in done.stderr + done.stdout
    assert says in " ".join((done.stderr + done.stdout).split())
    assert not (tmp_path / "out").exists()
