"""What a learner meets in a notebook: the lesson, check, hint and solution, in a terminal and in a real kernel."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
import sample_lesson
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook
from sample_lesson import SOLUTIONS, STARTERS, checks, notebook

from helpers import paths
from helpers.grading import AuthorError, Lesson, Progress, exercise, lessons, progress_report
from helpers.grading.lessons import exercises_of
from helpers.grading.standing import LessonStanding, OpenExercise, ProgressReport

NO_OVERLAP = "def split(text, size, overlap):\n    return [text[i:i + size] for i in range(0, len(text), size)]"


@pytest.fixture
def progress(tmp_path: Path) -> Progress:
    return Progress(tmp_path / "progress.json")


def lesson_with(progress: Progress, *cells: str, solutions: dict[str, str] = SOLUTIONS) -> Lesson:
    setup = "import openai\nfrom helpers.grading import ScriptedClient\nclient = ScriptedClient(['Lima'] * 9).client"
    namespace = notebook(setup, *cells)
    return Lesson("99_sample", exercises_of(checks), namespace, STARTERS, solutions, progress)


def said(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out


def test_check_shows_the_verdict_keeps_the_points_and_points_to_the_hints(progress, capsys):
    lesson = lesson_with(progress, NO_OVERLAP)
    assert lesson.split.check() is None
    text = said(capsys)
    assert text.startswith("✗ split: not yet, 1 of 3 points so far")
    assert "`lesson.split.hint()` (2 hints left)" in text
    assert progress.of("99_sample", "split")["best"] == 1
    assert lesson.split.status == "not yet"


def test_a_pass_is_short(progress, capsys):
    lesson_with(progress, SOLUTIONS["split"]).split.check()
    assert said(capsys).strip() == "✓ split: passed, 3 of 3 points"


def test_hints_come_one_by_one_and_the_last_leads_to_the_solution(progress, capsys):
    lesson = lesson_with(progress)
    lesson.split.hint()
    first = said(capsys)
    assert "Hint 1 of 2" in first
    assert "Hint 2" not in first
    lesson.split.hint()
    second = said(capsys)
    assert "Hint 1 of 2" in second
    assert "Hint 2 of 2" in second
    assert "lesson.split.solution()" in second


def test_the_solution_stands_beside_ones_own_as_a_diff(progress, capsys):
    lesson_with(progress, NO_OVERLAP).split.solution()
    text = said(capsys)
    assert "    -    return [text[i:i + size] for i in range(0, len(text), size)]" in text
    assert "    +    return [text[i:i + size] for i in range(0, len(text), size - overlap)]" in text
    assert progress.of("99_sample", "split")["solution_seen"]


def test_before_an_attempt_the_solution_stands_alone(progress, capsys):
    lesson_with(progress, STARTERS["split"]).split.solution()
    text = said(capsys)
    assert "size - overlap" in text
    assert "    -" not in text


def test_ones_own_solution_is_recognised(progress, capsys):
    lesson_with(progress, SOLUTIONS["split"] + "\n# mine").split.solution()
    assert "Your code is the worked solution" in said(capsys)


def test_without_solutions_nothing_breaks(progress, capsys):
    lesson_with(progress, solutions={}).split.solution()
    assert "no worked solution" in said(capsys)


def test_a_quiz_asks_and_never_tells_the_right_letter_before_it_is_chosen(progress, capsys):
    lesson = lesson_with(progress, 'recap = {1: "b", 2: ...}')
    lesson.recap.ask()
    asked = said(capsys)
    assert "1. Why do pieces overlap?" in asked
    assert "- b) patience" in asked
    lesson.recap.check()
    told = said(capsys)
    assert "The overlap is paid for twice." in told
    assert "One of the two has it all." not in told
    assert "no answer yet" in told


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ('recap = {1: "A)", 2: "B"}', "passed, 2 of 2 points"),
        ("recap = {1: ..., 2: ...}", "not attempted"),
        ('recap = {1: "a", 2: "z"}', "not one of the letters a, b, c"),
        ('recap = {1: 3, 2: "b"}', "1 of 2 points"),
        ('recap = "ab"', "A dict of question numbers"),
        ("x = 1", "not defined yet"),
    ],
)
def test_a_quiz_understands_what_people_write(progress, capsys, answer, says):
    lesson_with(progress, answer).recap.check()
    assert says in said(capsys)


def test_a_lesson_shows_where_one_stands(progress):
    lesson = lesson_with(progress, SOLUTIONS["split"])
    lesson.split.check()
    assert "99_sample: 3 of 8 points" in repr(lesson)
    assert "| split | Cut a text into overlapping pieces | 3 of 3 | ✓ passed | 0 of 2 |" in repr(lesson)
    assert "| ask | Ask again after a 429 | 0 of 2 | ○ open | 0 of 1 |" in lesson._repr_markdown_()


def test_starting_again_sets_the_points_back_and_keeps_the_past(progress, capsys):
    lesson = lesson_with(progress, SOLUTIONS["split"])
    lesson.split.check()
    lesson.start_again()
    assert "backup" in said(capsys)
    assert lesson.split.status == "not attempted"


def test_a_misspelt_exercise_is_answered_with_the_nearest_names(progress):
    with pytest.raises(AttributeError, match="did you mean 'split'"):
        _ = lesson_with(progress).spilt


def test_progress_that_cannot_be_kept_does_not_hide_the_verdict(tmp_path, capsys):
    (tmp_path / "file").write_text("", encoding="utf-8")
    lesson_with(Progress(tmp_path / "file" / "progress.json"), NO_OVERLAP).split.check()
    text = said(capsys)
    assert text.startswith("✗ split: not yet")
    assert "could not be kept" in text


def test_check_never_raises_even_when_the_engine_breaks(progress, capsys, monkeypatch):
    def breaks(*args, **kwargs):
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(lessons, "grade", breaks)
    lesson_with(progress, NO_OVERLAP).split.check()
    assert "a fault of ours" in said(capsys)


def test_live_calls_are_announced_before_they_are_made(progress, capsys):
    lesson = lesson_with(progress, SOLUTIONS["spent"], "class endpoint: simulated, profile = False, 'azure'")
    lesson.spent.check()
    assert said(capsys).startswith("This check makes up to 1 call to your azure endpoint: about 500 tokens")


def test_a_slow_live_endpoint_is_not_taken_for_an_endless_loop(progress, monkeypatch):
    limits = []
    monkeypatch.setattr(lessons, "grade", lambda *args, seconds: limits.append(seconds) or args[0].uncheckable(""))
    for simulated in (True, False):
        endpoint = f"class endpoint: simulated, profile = {simulated}, 'azure'"
        lesson_with(progress, SOLUTIONS["spent"], endpoint).spent.check()
    assert limits == [10, 30]


def test_an_exercise_may_not_take_a_name_of_the_lesson():
    class module:
        __name__ = "module"

        @exercise(points=1)
        def progress(x): ...

    with pytest.raises(AuthorError, match="taken by the lesson"):
        exercises_of(module)


# ---- open_lesson


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The toy lesson as a published one, named after its module of checks."""
    monkeypatch.setattr(lessons, "CHECKS", "sample_lesson")
    monkeypatch.setattr(lessons, "lesson_names", lambda: ["checks"])
    monkeypatch.setattr("helpers.grading.standing.CHECKS", "sample_lesson")
    monkeypatch.setattr("helpers.grading.standing.lesson_names", lambda: ["checks"])
    for tree, cells in (("NOTEBOOKS", STARTERS), ("SOLUTIONS", SOLUTIONS)):
        monkeypatch.setattr(paths, tree, tmp_path / tree)
        sample_lesson.write_notebook(tmp_path / tree / "L100" / "checks.ipynb", cells)
    return tmp_path


def test_open_lesson_takes_the_callers_variables_and_says_so_in_one_line(published, capsys, monkeypatch):
    monkeypatch.chdir(published)
    namespace = notebook("from helpers import open_lesson\nlesson = open_lesson('checks')", NO_OVERLAP)
    namespace["lesson"].split.check()
    assert said(capsys).startswith("✗ split: not yet, 1 of 3")
    exec(STARTERS["split"].strip(), namespace)
    exec("lesson = open_lesson('checks')", namespace)
    assert said(capsys).strip() == "Lesson checks: 4 exercises, 8 points. You have 1 so far."


def test_an_unknown_lesson_is_answered_with_the_nearest_names(published):
    with pytest.raises(LookupError, match="did you mean 'checks'"):
        lessons.open_lesson("check")


@pytest.mark.parametrize("told_by", ["folder", "vs code", "jupyter"])
def test_the_published_tree_is_no_place_to_work_in(published, monkeypatch, capsys, told_by):
    path = published / "NOTEBOOKS" / "L100" / "checks.ipynb"
    monkeypatch.chdir(path.parent if told_by == "folder" else published)
    if told_by == "jupyter":
        monkeypatch.setenv("JPY_SESSION_NAME", str(path))
    cells = [f"__vsc_ipynb_file__ = {str(path)!r}"] if told_by == "vs code" else []
    namespace = notebook(*cells)
    exec("from helpers import open_lesson; lesson = open_lesson('checks')", namespace)
    assert "published notebook" in said(capsys)


def test_the_report_over_all_lessons_names_the_next_step(published, progress):
    lesson = Lesson("checks", exercises_of(checks), notebook(SOLUTIONS["split"]), {}, {}, progress)
    lesson.split.check()
    report = progress_report(progress)
    assert (report.points, report.of) == (3, 8)
    assert report.next_step == "Next: `ask` (2 points) in checks: Ask again after a 429."
    assert "3 of 8" in report.markdown
    assert "Left in checks: `ask` (2 points), `spent` (1 point), `recap` (2 points)." in report.markdown
    assert "[checks](L100/checks.ipynb)" in report.as_markdown(links=True)


def test_the_report_fits_a_terminal_of_80_columns():
    title = "A lesson whose title is far too long for any line of a terminal"
    left = tuple(OpenExercise(f"exercise_{n}", "Do it", 3) for n in range(9))
    report = ProgressReport(
        [
            LessonStanding("00", "00 · Start here", "Start", 11, 11, 14.0, 15, ()),
            LessonStanding("01", title, "L100 Foundations", 3, 30, 100.0, 120, left),
        ]
    )
    assert max(map(len, report.text.splitlines())) <= 80
    assert report.headline == "Your progress: 14 of 41 points, about 1 h 48 min left"
    assert "exercise_8" in report.text
    assert "[" not in report.text


# ---- a real kernel

IN_A_KERNEL = [
    f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})",
    """
from pathlib import Path
from sample_lesson import STARTERS, SOLUTIONS, checks
from helpers.grading import Lesson, Progress
from helpers.grading.lessons import exercises_of
lesson = Lesson("99_sample", exercises_of(checks), globals(), STARTERS, SOLUTIONS, Progress(None))
""",
    STARTERS["split"],
    "lesson.split.check()",
    """
import matplotlib.pyplot as plt
from IPython.display import display, HTML
def split(text, size, overlap):
    print("printed")
    display(HTML("displayed"))
    plt.figure()
    while True:
        pass
""",
    "lesson.split.check()",
    "import time\ndef split(text, size, overlap):\n    time.sleep(60)",
    "lesson.split.check()",
    "async def split(text, size, overlap):\n    return [text[i:i + size] for i in range(0, len(text), size - overlap)]",
    SOLUTIONS["split"],
    "lesson.split.check()",
    NO_OVERLAP,
    "lesson.split.solution()",
    "lesson",
    "def split(text, size, overlap):\n    return [text",
    "lesson.split.check()",
]


@pytest.fixture(scope="module")
def executed() -> nbformat.NotebookNode:
    made = new_notebook(cells=[new_code_cell(source.strip()) for source in IN_A_KERNEL])
    made.cells[-2].metadata.tags = ["raises-exception"]
    NotebookClient(made, timeout=60, kernel_name="python3", resources={"metadata": {"path": str(paths.ROOT)}}).execute()
    return made


def shown_by(executed: nbformat.NotebookNode, number: int) -> str:
    """The markdown of the only output of the n-th cell (from 0) that begins with `lesson`."""
    calls = [cell for cell in executed.cells if cell.source.startswith("lesson")]
    outputs = calls[number].outputs
    assert len(outputs) == 1, outputs
    assert set(outputs[0].data) == {"text/markdown", "text/plain"}
    return outputs[0].data["text/markdown"]


def test_in_a_kernel_an_untouched_starter_is_not_attempted(executed):
    assert "not attempted yet" in shown_by(executed, 0)


def test_in_a_kernel_an_endless_loop_is_stopped_and_leaves_nothing_on_the_page(executed):
    text = shown_by(executed, 1)
    assert "did not come back" in text and "your line" in text  # which of the loop's lines differs between Pythons
    assert "printed" in text
    assert "displayed" not in text


def test_in_a_kernel_a_long_sleep_is_stopped(executed):
    assert "time.sleep(60)" in shown_by(executed, 2)


def test_in_a_kernel_the_right_answer_passes_and_the_diff_shows_ones_own_cell(executed):
    assert "**✓ split: passed, 3 of 3 points**" in shown_by(executed, 3)
    assert "-    return [text[i:i + size]" in shown_by(executed, 4)


def test_in_a_kernel_the_lesson_shows_a_table(executed):
    assert "| split | Cut a text" in shown_by(executed, 5)


def test_in_a_kernel_a_cell_that_is_no_python_is_told_and_not_the_version_before(executed):
    text = shown_by(executed, 6)
    assert "Python cannot read your cell yet" in text
    assert "your line 2  return [text" in text
