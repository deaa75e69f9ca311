"""Seconds a submission and peak memory of `workbook grade`, beside nbgrader and otter-grader, on the same notebook.

    workbook bench gradebook --peers DIR     # DIR holds virtual environments `nbgrader` and `otter-grader`

Four questions, the same assertions for all; 1, 10 and 50 submissions, from the command to the last grade. Memory is the
largest sum over the process tree. Without --peers only ours is measured. The peers are made with
`uv venv DIR/nbgrader; uv pip install --python DIR/nbgrader nbgrader==0.9.6 ipykernel`, and so on.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from helpers.paths import ROOT

LESSON = "99_four_questions"
# name -> (the starter, the answer, assertions)
QUESTIONS = {
    "square": ("def square(n):\n    ...", "def square(n):\n    return n * n", ["square(3) == 9", "square(-2) == 4"]),
    "mean": (
        "def mean(values):\n    ...",
        "def mean(values):\n    return sum(values) / len(values)",
        ["mean([1, 2, 3]) == 2", "mean([5]) == 5"],
    ),
    "turned": (
        "def turned(text):\n    ...",
        "def turned(text):\n    return ' '.join(reversed(text.split()))",
        ["turned('a b c') == 'c b a'", "turned('') == ''"],
    ),
    "fibonacci": (
        "def fibonacci(n):\n    ...",
        "def fibonacci(n):\n    a, b = 0, 1\n    for _ in range(n):\n        a, b = b, a + b\n    return a",
        ["fibonacci(10) == 55", "fibonacci(0) == 0"],
    ),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", type=Path, help="folder with the peers' virtual environments")
    parser.add_argument("--counts", type=int, nargs="+", default=[1, 10, 50], help="submissions at a time")
    parser.add_argument("--workers", type=int, help="submissions that ours grades at a time")
    options = parser.parse_args()
    contenders = {"workbook": ours(options.workers)}
    if options.peers:
        contenders |= {"nbgrader": nbgrader(options.peers.resolve()), "otter-grader": otter(options.peers.resolve())}
    for count in options.counts:
        taken = {}
        for name, prepare in contenders.items():
            with tempfile.TemporaryDirectory() as folder:
                seconds, megabytes, points = measured(prepare(Path(folder), count))
                taken[name] = seconds
                ratio = f"{seconds / taken['workbook']:6.1f} x"
                print(
                    f"{count:3} submissions  {name:<13}{seconds:8.2f} s {seconds / count:8.3f} s each "
                    f"{megabytes:6.0f} MB  {ratio}  mean points {points:.2f}",
                    flush=True,
                )


def measured(job) -> tuple[float, float, float]:
    """Seconds, MB at the peak over the process tree, and the mean points that were found."""
    command, where, environment, points = job
    started = time.perf_counter()
    # Into a file, not a pipe: nobody reads while memory is watched.
    with tempfile.TemporaryFile() as said:
        process = psutil.Popen(command, cwd=where, env=os.environ | environment, stdout=said, stderr=subprocess.STDOUT)
        peak = 0.0
        while process.poll() is None:
            peak = max(peak, held(process))
            time.sleep(0.1)
        seconds = time.perf_counter() - started
        if process.returncode:
            said.seek(0)
            sys.exit(f"{command} failed:\n{said.read()[-2000:].decode(errors='replace')}")
    return seconds, peak / 1e6, points()


def held(process: psutil.Process) -> float:
    """Bytes of a process and all its children; what forked processes share is counted once (PSS, on Linux)."""
    total = 0.0
    for one in [process, *process.children(recursive=True)]:
        try:
            info = one.memory_full_info()
            total += getattr(info, "pss", info.rss)
        except psutil.Error:
            continue
    return total


def notebook(cells, **metadata) -> str:
    about = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}, **metadata}
    return json.dumps({"cells": cells, "metadata": about, "nbformat": 4, "nbformat_minor": 5})


def code(name: str, source: str, **metadata) -> dict:
    return {
        "cell_type": "code",
        "id": name,
        "source": source,
        "metadata": metadata,
        "outputs": [],
        "execution_count": None,
    }


def answers(number: int) -> dict[str, str]:
    """Every second learner has one wrong answer."""
    found = {name: answer for name, (_, answer, _) in QUESTIONS.items()}
    if number % 2:
        found["mean"] = "def mean(values):\n    return sum(values)"
    return found


# --- ours ----------------------------------------------------------------------------------------------------------


def ours(workers: int | None):
    def prepare(folder: Path, count: int):
        project = folder / "project"
        project.mkdir()
        skip = shutil.ignore_patterns("__pycache__", ".venv", ".git")
        for name in ("helpers", "notebooks", "sample_data"):
            shutil.copytree(ROOT / name, project / name, ignore=skip)
        shutil.copy(ROOT / "pyproject.toml", project)
        (project / "helpers" / "checks" / f"{LESSON}.py").write_text(checks(), encoding="utf-8")
        opened = code("open", f'from helpers import open_lesson\nlesson = open_lesson("{LESSON}")')
        starters = [code(n, s, workbook={"exercise": n}) for n, (s, _, _) in QUESTIONS.items()]
        (project / "notebooks" / f"{LESSON}.ipynb").write_text(notebook([opened, *starters]), encoding="utf-8")
        for number in range(count):
            to = folder / "submitted" / f"learner{number}"
            to.mkdir(parents=True)
            cells = [opened, *(code(n, a) for n, a in answers(number).items())]
            (to / f"{LESSON}.ipynb").write_text(notebook(cells), encoding="utf-8")
        command = [sys.executable, "-c", "from helpers.cli import main; main()", "grade", "submitted", "-o", "book"]
        command += ["--workers", str(workers)] if workers else []

        def points() -> float:
            lines = (folder / "book" / "results.jsonl").read_text(encoding="utf-8").splitlines()
            found = [sum(o["points"] for o in json.loads(line)["result"]["outcomes"]) for line in lines]
            return sum(found) / len(found)

        return command, folder, {"PYTHONPATH": str(project), "WORKBOOK_HOME": str(project)}, points

    return prepare


def checks() -> str:
    lines = ["from helpers.grading import exercise", ""]
    for name, (_, _, assertions) in QUESTIONS.items():
        lines += [f'@exercise(points=1, hints=["-"])\ndef {name}({name}):', f'    "{name}"']
        lines += [f"    assert {assertion}" for assertion in assertions] + [""]
    return "\n".join(lines)


# --- the peers -----------------------------------------------------------------------------------------------------


def nbgrader(peers: Path):
    python = peers / "nbgrader" / "bin" / "python"

    def prepare(folder: Path, count: int):
        def cells(given: dict[str, str]) -> list[dict]:
            made = []
            for name, answer in given.items():
                about = {"schema_version": 3, "locked": False, "task": False}
                made.append(code(name, answer, nbgrader=about | {"grade": False, "solution": True, "grade_id": name}))
                tests = "\n".join(f"assert {assertion}" for assertion in QUESTIONS[name][2])
                graded = about | {"grade": True, "solution": False, "grade_id": f"test_{name}", "points": 1}
                made.append(code(f"test_{name}", tests, nbgrader=graded | {"locked": True}))
            return made

        source = folder / "source" / "four"
        source.mkdir(parents=True)
        starters = {name: f"### BEGIN SOLUTION\n{answer}\n### END SOLUTION" for name, answer in answers(0).items()}
        (source / "four.ipynb").write_text(notebook(cells(starters)), encoding="utf-8")
        for number in range(count):
            to = folder / "submitted" / f"learner{number}" / "four"
            to.mkdir(parents=True)
            (to / "four.ipynb").write_text(notebook(cells(answers(number))), encoding="utf-8")
        run = [str(python), "-m", "nbgrader"]
        environment = {"PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}"}
        made = subprocess.run(
            [*run, "generate_assignment", "four"], cwd=folder, env=os.environ | environment, capture_output=True
        )
        if made.returncode:
            sys.exit(made.stderr.decode()[-2000:])
        ask = (
            "from nbgrader.api import Gradebook as G\n"
            "with G('sqlite:///gradebook.db') as g: print(g.average_assignment_score('four'))"
        )

        def points() -> float:
            return float(subprocess.run([str(python), "-c", ask], cwd=folder, capture_output=True).stdout)

        return [*run, "autograde", "four"], folder, environment, points

    return prepare


OTTER = """
import json, sys
from pathlib import Path
from otter.api import grade_submission
paths = sorted(Path("submitted").glob("*.ipynb"))
found = [grade_submission(str(path), "autograder.zip", quiet=True).total for path in paths]
Path("points.json").write_text(json.dumps(found))
"""


def otter(peers: Path):
    python = peers / "otter-grader" / "bin" / "python"

    def prepare(folder: Path, count: int):
        (folder / "tests").mkdir()
        (folder / "submitted").mkdir()
        for name, (_, _, assertions) in QUESTIONS.items():
            cases = [{"code": f">>> assert {a}", "hidden": False, "locked": False} for a in assertions]
            suite = {"cases": cases, "scored": True, "setup": "", "teardown": "", "type": "doctest"}
            test = {"name": name, "points": 1, "all_or_nothing": True, "suites": [suite]}
            (folder / "tests" / f"{name}.py").write_text(f"OK_FORMAT = True\ntest = {test!r}", encoding="utf-8")
        environment = {"PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}"}
        command = [str(python), "-m", "otter", "generate", "-t", "tests", "-o", "autograder.zip"]
        made = subprocess.run(command, cwd=folder, env=os.environ | environment, capture_output=True)
        if made.returncode:
            sys.exit(made.stderr.decode()[-2000:])
        for number in range(count):
            cells = [code(name, answer) for name, answer in answers(number).items()]
            (folder / "submitted" / f"learner{number}.ipynb").write_text(notebook(cells), encoding="utf-8")

        def points() -> float:
            found = json.loads((folder / "points.json").read_text(encoding="utf-8"))
            return sum(found) / len(found)

        return [str(python), "-c", OTTER], folder, environment, points

    return prepare


if __name__ == "__main__":
    main()
