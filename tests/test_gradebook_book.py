"""The gradebook as data: points, who is stuck, the most common mistake, pseudonyms that say nothing."""

import csv
import io
import re

import pytest

from helpers.gradebook.book import NAMES, Names, book_of
from helpers.gradebook.page import as_html
from helpers.gradebook.results import Result
from helpers.gradebook.tables import HEADER, as_csv, as_xlsx

LESSON = "00_start_here"


def outcome(exercise="env_text", status="not yet", points=0, message="Wrong key.", shown="a", **more):
    rows = [["tried", shown]] if shown else []
    fixed = {"exercise": exercise, "status": status, "points": points, "of": 3, "parts": [], "fault": "", "seconds": 0}
    return fixed | {"message": message, "counterexample": rows} | more


def result(learner, *outcomes, **more):
    return Result(learner, LESSON, f"{learner}.ipynb", tuple(outcomes), **more)


@pytest.fixture
def three():
    return [
        result("ana", outcome(shown="x")),
        result("ben", outcome(shown="y")),
        result("cleo", outcome(shown="y"), notes=("the same code as ana", "set aside: ana/old.ipynb")),
        result("dora", outcome(status="passed", points=3, message="")),
    ]


def test_who_is_stuck_and_on_what(three):
    book = book_of(three)
    ((column, learners),) = book.stuck()
    assert column.exercise == "env_text" and learners == ["ana", "ben", "cleo"]
    (mistake,) = book.mistakes()
    assert mistake.message == "Wrong key." and len(mistake.learners) == 3
    assert mistake.counterexample == (("tried", "y"),)
    assert book.share(column) == 0.25


def test_what_was_run_has_the_last_word_over_a_progress_file():
    told = result("ana", outcome(status="passed", points=3, hints=2, minutes=7.0), self_reported=True)
    for order in ([told, result("ana", outcome())], [result("ana", outcome()), told]):
        (row,) = book_of(order).rows
        entry = row.entries[LESSON, "env_text"]
        assert row.points == 0 and not entry.self_reported
        assert entry.hints == 2 and row.minutes == 7.0


def test_pseudonyms_hide_names_and_stay_the_same(three, tmp_path):
    first = Names(tmp_path)
    first.add([r.learner for r in three])
    page, text = as_html(book_of(three, first)), as_csv(book_of(three, first))
    assert not re.search("ana|ben|cleo|dora", page.partition("<body>")[2] + text)
    again = Names(tmp_path)
    again.add([r.learner for r in three] + ["eve"])
    assert [again.of(r.learner) for r in three] == [first.of(r.learner) for r in three]
    assert len({again.of(name) for name in ("ana", "ben", "cleo", "dora", "eve")}) == 5
    listed = (tmp_path / NAMES).read_text(encoding="utf-8")
    assert all(name in listed for name in ("ana", "eve"))


def test_the_list_of_pseudonyms_runs_no_formula(tmp_path):
    names = Names(tmp_path)
    names.add(["=cmd|x", "\ud800"])
    rows = list(csv.reader(io.StringIO((tmp_path / NAMES).read_text(encoding="utf-8"))))
    assert not any(cell.startswith("=") for row in rows for cell in row)
    assert Names(tmp_path).of("=cmd|x") == names.of("=cmd|x")


def test_a_submission_that_could_not_be_graded_is_a_row_with_a_note():
    book = book_of([Result("ana", "", "x.ipynb", problem="it is no notebook"), *[result("ben", outcome())]])
    ana = next(row for row in book.rows if row.learner == "ana")
    assert ana.points == 0 and "no notebook" in ana.notes[0]
    assert "no notebook" in as_html(book)


def test_the_csv_has_a_line_for_each_learner_and_exercise(three):
    rows = list(csv.reader(io.StringIO(as_csv(book_of(three)))))
    assert rows[0] == list(HEADER)
    assert len(rows) == 1 + 4 * len(book_of(three).columns)


def test_an_empty_book_and_one_without_exercises_can_be_written():
    for book in (book_of([]), book_of([Result("ana", "", "x", problem="broken")])):
        assert "<h1>" in as_html(book) and as_csv(book) and as_xlsx(book)[:2] == b"PK"
