"""Code that does not come back is stopped, in every shape it takes, and nothing is raised afterwards."""

from __future__ import annotations

import threading
import time

import pytest
from sample_lesson import notebook

from helpers.grading import Status, attempt, exercise, grade, part
from helpers.grading.time_limit import TimeLimit, TimeUp

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
    # The limit falls again and again into the moment in which the block is left.
    for step in range(150):
        try:
            with TimeLimit(0.002):
                end = time.perf_counter() + 0.0015 + step * 0.00001
                while time.perf_counter() < end:
                    pass
        except TimeUp:
            pass
        for _ in range(200):
            pass
    time.sleep(0.05)
    assert not [t for t in threading.enumerate() if t.name == "check-time-limit" and t.is_alive()]


def test_an_interrupt_by_the_learner_stays_an_interrupt():
    with pytest.raises(KeyboardInterrupt), TimeLimit(5):
        raise KeyboardInterrupt
