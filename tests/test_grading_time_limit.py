"""Code that does not come back is stopped, in every shape it takes, and nothing is raised afterwards."""

from __future__ import annotations

import threading
import time

import pytest
from sample_lesson import notebook

from helpers.grading import Status, attempt, exercise, grade, part
from helpers.grading.time_limit import TimeUp, limited

LOOPS = {
    "a plain loop": "while True:\n        pass",
    "a loop that catches everything": (
        "while True:\n        try:\n            pass\n        except BaseException:\n            pass"
    ),
    "a loop that catches Exception": (
        "while True:\n        try:\n            len([])\n        except Exception:\n            pass"
    ),
    "a long sleep": "import time; time.sleep(60)",
    "many short sleeps": "import time\n    while True: time.sleep(0.01)",
}


@exercise(points=2, hints=["?"], seconds=0.3)
def answer(answer):
    with part("it comes back", points=1):
        attempt(answer)
    with part("it is right", points=1):
        attempt(answer).equals(42)


@pytest.mark.parametrize("body", LOOPS.values(), ids=LOOPS)
def test_code_that_does_not_come_back_is_stopped_at_its_line(body):
    outcome = grade(answer, notebook(f"def answer():\n    {body}"))
    assert outcome.status is Status.NOT_YET
    assert "0.3 seconds" in outcome.message
    assert any(label.startswith("your line") for label, _ in outcome.counterexample.rows)
    assert [p.state for p in outcome.parts] == ["failed", "untried"]
    assert outcome.seconds < 5


def test_a_coroutine_that_does_not_come_back_is_stopped():
    outcome = grade(answer, notebook("async def answer():\n    while True:\n        pass"))
    assert outcome.status is Status.NOT_YET
    assert "seconds" in outcome.message


def test_a_check_runs_in_any_thread():
    found = []
    namespace = notebook("def answer():\n    while True:\n        pass")
    thread = threading.Thread(target=lambda: found.append(grade(answer, namespace)))
    thread.start()
    thread.join(10)
    assert found[0].status is Status.NOT_YET


def test_code_that_ends_just_in_time_is_never_hit_afterwards():
    def busy(seconds: float) -> str:
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            pass
        return "done"

    ended = {"done": 0, "stopped": 0}
    # The limit falls again and again into the moment in which the function is left.
    for step in range(120):
        try:
            ended[limited(lambda step=step: busy(0.003 + step * 0.00015), 0.005)] += 1
        except TimeUp:
            ended["stopped"] += 1
        for _ in range(200):
            pass
    assert min(ended.values()) > 5, ended
    assert not [thread for thread in threading.enumerate() if thread.name == "check-time-limit"]


def test_the_functions_own_exception_comes_through():
    with pytest.raises(ZeroDivisionError):
        limited(lambda: 1 / 0, 5)


def test_an_interrupt_by_the_learner_stays_an_interrupt():
    def interrupted():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        limited(interrupted, 5)


def test_an_import_is_neither_cut_short_nor_counted(tmp_path, monkeypatch):
    (tmp_path / "slow_to_import.py").write_text("import time\ntime.sleep(0.8)\nready = True\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    outcome = grade(answer, notebook("def answer():\n    import slow_to_import\n    return 42"))
    assert outcome.status is Status.PASSED


def test_retelling_an_assertion_is_limited_too():
    @exercise(points=1, hints=["?"], seconds=0.3)
    def twice(twice):
        assert twice() == 2, "Two."

    # The first call comes back; the one that works out what came back does not.
    outcome = grade(twice, notebook("calls = []\ndef twice():\n    calls.append(1)\n    while len(calls) > 1: pass"))
    assert outcome.status is Status.NOT_YET
    assert outcome.seconds < 5
