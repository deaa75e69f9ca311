"""What every lesson keeps to: the front matter, the exercises and the text agree with each other."""

import ast
import importlib
import re

import pytest

from helpers.grading import Exercise
from helpers.paths import NOTEBOOKS, ROOT, SAMPLE_DATA, SOLUTIONS
from helpers.poc.workbooks import PACKAGES, workbook
from helpers.publishing import build
from helpers.publishing.source import read_all

LESSONS = read_all()
each_lesson = pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.name)


def code(lesson, starters=False):
    return "\n\n".join(c.starter if starters else c.solution for c in lesson.cells if c.kind == "code")


def exercises(lesson):
    if lesson.front.poc:
        return {}
    module = importlib.import_module(f"helpers.checks.{lesson.name}")
    return {name: value for name, value in vars(module).items() if isinstance(value, Exercise)}


def test_the_notebooks_are_what_their_sources_make():
    assert build.run(check=True) == 0


def test_every_poc_workbook_has_its_notebook_and_its_parameters_cell_is_made_from_its_model():
    sources = {lesson.front.poc: lesson for lesson in LESSONS if lesson.front.poc}
    assert set(sources) == set(PACKAGES)
    for name, lesson in sources.items():
        assert lesson.front.level == 500 and workbook(name).notebook == NOTEBOOKS / lesson.place
        (cell,) = (cell for cell in lesson.cells if "parameters" in cell.tags)
        assert cell.kind == "code" and "=" not in cell.text  # the build writes it


def test_every_source_is_published_and_every_lesson_has_its_checks():
    assert [lesson.name for lesson in LESSONS][:2] == ["00_start_here", "01_tokens"]
    assert {path.stem for path in (ROOT / "helpers" / "checks").glob("[0-9]*.py")} <= {
        lesson.name for lesson in LESSONS
    }


@each_lesson
def test_every_exercise_has_a_cell_and_every_cell_an_exercise(lesson):
    assert {cell.exercise for cell in lesson.cells if cell.exercise} == set(exercises(lesson))


@each_lesson
def test_every_exercise_is_checked_and_has_its_hint_at_hand(lesson):
    for name, exercise in exercises(lesson).items():
        assert f"lesson.{name}.check()" in code(lesson), name
        if type(exercise).__name__ == "Quiz":
            assert f"lesson.{name}.ask()" in code(lesson), name
        elif exercise.points > 1:
            assert f"# lesson.{name}.hint()" in code(lesson) and f"# lesson.{name}.solution()" in code(lesson), name


@each_lesson
def test_the_data_it_reads_is_the_data_it_declares(lesson):
    read = set(re.findall(r"(?:load_sample|sample_data)\(\"([^\"]+)\"\)", code(lesson)))
    assert read == set(lesson.front.data)
    assert all((SAMPLE_DATA / name).exists() for name in read)


@each_lesson
def test_a_learners_cells_are_valid_python_and_hold_no_solution(lesson):
    for cell in lesson.cells:
        if cell.kind == "code":
            ast.parse(cell.starter)
        if cell.exercise:
            assert cell.starter != cell.solution


@each_lesson
def test_cells_are_short_enough_to_be_read(lesson):
    for cell in lesson.cells:
        if cell.kind == "code":
            assert len(cell.starter.splitlines()) <= 16, cell.starter[:80]
        else:
            assert len(cell.text.split()) <= 80, cell.text[:80]


@each_lesson
def test_there_is_no_dollar_in_prose_because_jupyter_would_set_it_as_mathematics(lesson):
    for cell in lesson.cells:
        if cell.kind == "markdown":
            assert "$" not in cell.text, cell.text[:80]


def rows_of_the_sample_data():
    """Each row of the table in sample_data/README.md: its names or patterns of files, and its other cells."""
    told = (SAMPLE_DATA / "README.md").read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in told.splitlines() if line[:2] == "| "]
    return [(files.replace("`", "").split(", "), *others) for files, *others in rows[1:]]


def test_every_sample_file_is_described_once_with_how_it_was_made():
    files = [path for path in SAMPLE_DATA.rglob("*") if path.is_file() and path != SAMPLE_DATA / "README.md"]
    described = []
    for patterns, what, how_made, *_ in rows_of_the_sample_data():
        assert what and how_made, patterns
        for pattern in patterns:
            own = list(SAMPLE_DATA.glob(pattern))
            assert own, f"{pattern} is described, and no such file is there"
            described += own
    assert not set(files) - set(described), "in no row"
    assert len(described) == len(set(described)), "in two rows"


def test_nothing_refers_to_what_is_outside_the_project():
    for path in [*SOLUTIONS.rglob("*.py"), *(ROOT / "helpers").rglob("*.py"), *ROOT.glob("*.md")]:
        assert "../shared" not in path.read_text(encoding="utf-8"), path
