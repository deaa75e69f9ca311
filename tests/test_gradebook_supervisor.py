"""One submission behind its fence: what it defines is graded, what it does to the grading is not."""

import sys
import types
from pathlib import Path

import pytest

from helpers.gradebook.fence import Limits
from helpers.gradebook.supervisor import grade_submission
from helpers.grading import ScriptedClient, Wrong, attempt, exercise, for_all, part, strategies
from helpers.mock_endpoint import start
from helpers.paths import ROOT

STARTER = "def double(number):\n    ..."
RIGHT = "def double(number):\n    return 2 * number"


@exercise(points=2, hints=["Two times."], wrong={"same": Wrong("def double(number):\n    return number")})
def double(double):
    "Double a number"
    with part("small ones", points=1):
        attempt(double, 3).equals(6, why="2 times 3.")
    with part("all of them", points=1):

        @for_all(number=strategies.integers(-50, 50))
        def holds(number):
            attempt(double, number).equals(2 * number)


@exercise(points=1, hints=["Sort."])
def tidy(tidy):
    "Sort without touching the list"
    attempt(tidy, [3, 1, 2]).equals([1, 2, 3]).unchanged()


@exercise(points=1, hints=["Ask once more."])
def ask(ask):
    "Ask again when the reply is empty"
    script = ScriptedClient(["", "Lima"])
    attempt(ask, script.client, "capital of Peru").equals("Lima")
    assert len(script.requests) == 2, "Two requests are expected."


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Grades cells as a submission of a lesson with the three exercises above."""
    name = "sample_of_gradebook"
    module = types.ModuleType(f"helpers.checks.{name}")
    vars(module).update(double=double, tidy=tidy, ask=ask)
    sys.modules[module.__name__] = module
    url = start().url

    def grade(*cells: str, **limits):
        scratch = tmp_path_factory.mktemp("scratch")
        limited = Limits(**{"cell_seconds": 6.0, "run_seconds": 30.0, "check_seconds": 3.0, **limits})
        found = grade_submission(
            name, cells, {"double": STARTER}, scratch=scratch, project=ROOT, mock_url=url, limits=limited
        )
        return found, {o.exercise: o for o in found.outcomes}

    yield grade
    del sys.modules[module.__name__]


ALL_RIGHT = (
    RIGHT,
    "def tidy(items):\n    return sorted(items)",
    """
def ask(client, question):
    for _ in range(2):
        reply = client.chat.completions.create(model="m", messages=[{"role": "user", "content": question}])
        if reply.choices[0].message.content:
            return reply.choices[0].message.content
""",
)


def test_right_answers_earn_their_points(graded):
    found, outcomes = graded(*ALL_RIGHT)
    assert [o.status.value for o in outcomes.values()] == ["passed"] * 3
    assert sum(o.points for o in outcomes.values()) == 4
    assert "audit hook" in found.fences


def test_an_untouched_starter_is_not_attempted_and_a_wrong_answer_shows_its_counterexample(graded):
    _, outcomes = graded(STARTER, "def tidy(items):\n    items.sort()\n    return items")
    assert outcomes["double"].status.value == "not attempted"
    assert outcomes["tidy"].status.value == "not yet"
    assert "changes the argument" in outcomes["tidy"].message
    assert outcomes["ask"].status.value == "not attempted"


def test_an_exception_is_told_with_the_learners_line(graded):
    _, outcomes = graded("def double(number):\n    unused = 1\n    return number['x']")
    rows = dict(outcomes["double"].counterexample.rows)
    assert rows["stopped by"].startswith("TypeError") and "number['x']" in rows["your line 3"]


def test_a_scripted_client_judges_across_the_processes(graded):
    _, outcomes = graded(
        *ALL_RIGHT[:2],
        """
def ask(client, question):
    while True:
        try:
            reply = client.chat.completions.create(model="m", messages=[{"role": "user", "content": question}])
        except BaseException:
            return "Lima"
""",
    )
    assert outcomes["ask"].points == 0 and "one request more than needed" in outcomes["ask"].message


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        ("import os\nos._exit(0)", "ended the process"),
        ("raise SystemExit", "SystemExit"),
        ("1 / 0", "ZeroDivisionError"),
        ("def broken(:", "SyntaxError"),
        ("hog = bytearray(3_000_000_000)", "Memory"),
        ("import os, signal\nos.kill(os.getppid(), signal.SIGKILL)", "may not signal"),
        ("import subprocess\nsubprocess.run(['true'])", "may not start programs"),
        ("import socket\nsocket.create_connection(('10.0.0.1', 80), timeout=1)", "may not use the network"),
        ("import ctypes\nctypes.CDLL(None).system(b'true')", "may not"),
    ],
)
def test_one_bad_cell_costs_nothing_else(graded, trouble, reason):
    found, outcomes = graded(trouble, *ALL_RIGHT)
    assert reason in found.stopped[0]
    assert sum(o.points for o in outcomes.values()) == 4


def test_an_endless_cell_is_left_out_after_its_time(graded):
    found, outcomes = graded("while True:\n    pass", *ALL_RIGHT, cell_seconds=1.0)
    assert "longer than 1 second" in found.stopped[0]
    assert sum(o.points for o in outcomes.values()) == 4


@pytest.mark.parametrize(
    "body",
    ["import os\n    os._exit(0)", "while True:\n        pass", "import time\n    time.sleep(60)"],
    ids=["exit", "loop", "sleep"],
)
def test_a_function_that_ends_or_hangs_costs_its_own_exercise_only(graded, body):
    _, outcomes = graded(f"def double(number):\n    {body}", *ALL_RIGHT[1:])
    assert outcomes["double"].status.value == "not yet" and outcomes["double"].points == 0
    assert outcomes["tidy"].points == 1 and outcomes["ask"].points == 1


WRONG = "def double(number):\n    return number"


@pytest.mark.parametrize(
    "trick",
    [
        "import helpers.grading.attempts as a\na.Attempt.equals = a.Attempt.satisfies = lambda self, *x, **y: self",
        "import helpers.grading.notation as n\nn.same = lambda *a: True",
        "import helpers.grading.exercises as e\ne.grade = e.Exercise.verdict = lambda *a, **k: None",
        "import builtins\nbuiltins.isinstance = lambda *a: True",
        "class Yes(int):\n    __eq__ = lambda *a: True\ndouble = lambda number: Yes(number)",
        "print('✓ double: passed, 2 of 2 points')",
        "import json, pathlib\npathlib.Path('progress.json').write_text(json.dumps({'best': 99}))",
        "import gc\n[o for o in gc.get_objects()]",
        "import sys\nfor m in list(sys.modules):\n    if 'gradebook' in m: del sys.modules[m]",
        """
import sys
f = sys._getframe()
while f:
    for v in list(f.f_locals.values()):
        if hasattr(v, "send_bytes"):
            v.send_bytes(b'{"answer": [["passed"], [null]]}')
    f = f.f_back
""",
    ],
)
def test_tampering_raises_no_point(graded, trick):
    cells = (trick, *ALL_RIGHT[1:]) if "Yes" in trick else (trick, WRONG, *ALL_RIGHT[1:])
    _, outcomes = graded(*cells)
    assert outcomes["double"].points == 0
    assert outcomes["double"].status.value != "passed"


def test_files_outside_the_scratch_folder_can_be_neither_read_nor_changed(graded, tmp_path):
    secret = tmp_path / "other_submission.txt"
    secret.write_text("42", encoding="utf-8")
    readers = (f"text = open({str(secret)!r}).read()", f"open({str(secret)!r}, 'w').write('x')")
    found, _ = graded(*readers, f"import os\nos.remove({str(secret)!r})", f"import os\nos.listdir({str(tmp_path)!r})")
    assert all("may not" in found.stopped[n] for n in range(4))
    assert secret.read_text(encoding="utf-8") == "42"


def test_a_submission_sees_no_secret_of_the_environment(graded, monkeypatch):
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", "planted-key")
    found, _ = graded(
        "import os\nassert 'planted-key' not in str(os.environ)\nassert not Path('/proc/1/environ').exists()"
    )
    assert "NameError" in found.stopped[0]  # Path is not imported: the assertion before it held


def test_what_the_checks_folder_holds_is_unchanged_after_all(graded):
    before = {p: p.read_bytes() for p in Path(ROOT / "helpers" / "grading").glob("*.py")}
    graded(f"open({str(ROOT / 'helpers' / 'grading' / 'parts.py')!r}, 'a').write('#')", *ALL_RIGHT)
    assert before == {p: p.read_bytes() for p in before}
