"""What was graded is kept line by line: a run goes on where it stopped, and changed checks grade anew."""

import json
from dataclasses import replace

import pytest

from helpers.gradebook import results
from helpers.gradebook.collect import Submission
from helpers.gradebook.results import FILE, Result, Results

ANA = Submission("ana", "01_tokens", "ana.ipynb", 1.0, ("x = 1",))
FOUND = Result("ana", "01_tokens", "ana.ipynb", ({"points": 2},), {"1": "NameError"}, ("limits",), seconds=0.5)


@pytest.fixture
def folder(tmp_path):
    Results(tmp_path).keep(ANA, FOUND)
    return tmp_path


def test_what_is_kept_is_there_in_the_next_run(folder):
    held = Results(folder).get(ANA)
    assert held and held.points == 2 and held.stopped == {"1": "NameError"}


def test_other_code_is_another_submission_and_another_name_is_not(folder):
    assert Results(folder).get(replace(ANA, cells=("x = 2",))) is None
    assert Results(folder).get(replace(ANA, learner="ben")).learner == "ben"


def test_changed_checks_grade_anew(folder, monkeypatch):
    monkeypatch.setattr(results, "_graders", lambda lesson: "another digest")
    assert Results(folder).get(ANA) is None


@pytest.mark.parametrize("cut", [2, 20, 150])
def test_a_half_written_line_costs_only_itself(folder, cut):
    ben = replace(ANA, learner="ben", cells=("y",))
    Results(folder).keep(ben, FOUND)
    path = folder / FILE
    path.write_bytes(path.read_bytes()[:-cut])
    again = Results(folder)
    assert again.get(ANA) and again.get(ben) is None
    again.keep(ben, FOUND)
    assert Results(folder).get(ben) and Results(folder).get(ANA)


@pytest.mark.parametrize(
    "line", ["null", "[]", "{}", '{"key": 1}', '{"key": "k", "result": null}', "\x00\xff", "{" * 9999]
)
def test_lines_that_are_no_results_are_passed_over(folder, line):
    with (folder / FILE).open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    assert Results(folder).get(ANA)


def test_results_of_an_older_format_are_graded_again(folder):
    path = folder / FILE
    data = json.loads(path.read_text(encoding="utf-8"))
    data["result"] = {"learner": "ana", "something": "else"}
    path.write_text(json.dumps(data) + "\n", encoding="utf-8")
    assert Results(folder).get(ANA) is None


def test_half_characters_are_kept_as_something_that_can_be_written(tmp_path):
    odd = replace(ANA, cells=("'\ud800'",))
    Results(tmp_path).keep(odd, replace(FOUND, notes=("\ud800",)))
    assert Results(tmp_path).get(odd)
