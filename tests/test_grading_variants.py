"""Variants: a name gives a code, a code gives names and numbers, and a notebook tells its code."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
import sample_lesson
from sample_lesson import SOLUTIONS, STARTERS, checks, notebook
from typer.testing import CliRunner

from helpers import cli, paths
from helpers.grading import AuthorError, Lesson, Progress, Status, attempt, exercise, grade, lessons
from helpers.grading.lessons import exercises_of
from helpers.grading.silent import SilentLesson, variant_values
from helpers.grading.variants import (
    NEUTRAL,
    chosen,
    keep_name,
    learner_name,
    own_code,
    shuffled,
    told_code,
    variant_code,
)


@exercise(points=1, hints=["?"], variant={"rate": [2, 3, 5], "name": ["a", "b"]})
def cost(cost, variant):
    attempt(cost, 10).equals(10 * variant.rate)


def test_a_name_has_one_code_however_it_is_written():
    codes = {
        variant_code(name)
        for name in ("Ana Díaz", "ana diaz", "DIAZ, Ana", "  Díaz   Ana ", "Ana_Díaz".replace("_", " "))
    }
    assert len(codes) == 1
    assert len({variant_code(f"learner {number}") for number in range(500)}) > 495
    assert variant_code("李明") != variant_code("王芳")


def test_a_code_is_the_same_on_every_machine():
    # Fixed for good: learners' work depends on it.
    assert variant_code("Ana Díaz") == "9WPBW"
    assert vars(chosen({"rate": [2, 3, 5, 7, 11]}, "9WPBW", "cost")) == {"rate": 7}
    assert shuffled("abcde", "9WPBW", "quiz", 1) == ["a", "e", "b", "d", "c"]


def test_the_neutral_variant_is_what_is_written_first():
    assert vars(chosen({"rate": [2, 3]}, NEUTRAL, "cost")) == {"rate": 2}
    assert shuffled("abc", NEUTRAL, "quiz", 1) == ["a", "b", "c"]
    assert variant_code(" . ") == NEUTRAL


def test_every_choice_is_taken_by_somebody():
    taken = {cost.for_variant(variant_code(f"learner {n}")).variant.rate for n in range(60)}
    assert taken == {2, 3, 5}


def test_a_check_is_given_the_learners_own_numbers_and_a_notebook_variable_cannot_replace_them():
    mine = next(made for n in range(9) if (made := cost.for_variant(variant_code(str(n)))).variant.rate == 5)
    forged = notebook("def cost(n):\n    return n * 2", "class variant:\n    rate = 2")
    assert grade(cost, forged).status is Status.PASSED
    assert grade(mine, forged).status is Status.NOT_YET
    assert grade(mine, notebook("def cost(n):\n    return n * 5")).status is Status.PASSED
    assert cost.variant.rate == 2, "a variant is a copy"


@pytest.mark.parametrize("choices", [{}, {"rate": [1]}, {"rate": "ab"}])
def test_a_variant_without_a_choice_is_an_authors_error(choices):
    with pytest.raises(AuthorError, match="variant"):

        @exercise(points=1, variant=choices)
        def cost(cost, variant): ...


# ---- a quiz


def test_letters_cannot_be_handed_on_and_the_reasons_stay_with_their_options():
    quiz = checks.recap
    orders = {tuple(quiz.for_variant(variant_code(f"learner {n}")).answers.values()) for n in range(40)}
    assert len(orders) == 6  # two places for the first answer, three for the second
    own = quiz.for_variant(variant_code("Bo"))
    for question, other in zip(own.questions, quiz.questions, strict=True):
        assert set(question.options) == set(other.options)


def test_the_quizs_worked_solution_adapts(tmp_path, capsys):
    code = next(
        c for n in range(20) if checks.recap.for_variant(c := variant_code(str(n))).answers != checks.recap.answers
    )
    lesson = Lesson("99_sample", exercises_of(checks), notebook(), STARTERS, SOLUTIONS, Progress(None), code)
    lesson.recap.solution()
    told = capsys.readouterr().out
    (line,) = [line.strip() for line in told.splitlines() if "recap = " in line]
    lesson._namespace.update(notebook(line))
    assert lesson.recap.outcome().status is Status.PASSED


# ---- who the learner is


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORKBOOK_VARIANT", raising=False)
    monkeypatch.setattr("getpass.getuser", lambda: "account")


@pytest.mark.usefixtures("nobody")
def test_the_name_comes_from_the_environment_else_as_kept_else_from_the_account(monkeypatch):
    assert learner_name() == "account"
    code = keep_name("  Ana   Díaz ")
    assert (learner_name(), code) == ("Ana Díaz", variant_code("Ana Díaz"))
    monkeypatch.setenv("WORKBOOK_LEARNER", "Bo")
    assert own_code() == variant_code("Bo")
    monkeypatch.setenv("WORKBOOK_VARIANT", NEUTRAL)
    assert own_code() == NEUTRAL


@pytest.mark.usefixtures("nobody")
def test_without_any_name_the_variant_is_neutral(monkeypatch):
    def no_account() -> str:
        raise OSError("no user name in this container")

    monkeypatch.setattr("getpass.getuser", no_account)
    assert own_code() == NEUTRAL


@pytest.mark.usefixtures("nobody")
def test_workbook_name_keeps_the_name_here_and_says_the_variant():
    told = CliRunner().invoke(cli.app, ["name", "Ana Díaz"]).output
    assert variant_code("Ana Díaz") in told
    assert (paths.my_work() / "name.txt").read_text(encoding="utf-8") == "Ana Díaz\n"
    assert "You are Ana Díaz" in CliRunner().invoke(cli.app, ["name"]).output


def test_a_name_that_is_none_is_one_sentence_and_a_next_step():
    made = subprocess.run(
        [sys.executable, "-c", "from helpers.cli import main; main()", "name", " . "], capture_output=True, text=True
    )
    assert made.returncode == 2
    assert "needs at least one letter" in made.stderr
    assert "Traceback" not in made.stderr


# ---- what a notebook tells


@pytest.fixture
def published(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(lessons, "CHECKS", "sample_lesson")
    monkeypatch.setattr(lessons, "lesson_names", lambda: ["checks"])
    for tree, cells in (("NOTEBOOKS", STARTERS), ("SOLUTIONS", SOLUTIONS)):
        monkeypatch.setattr(paths, tree, tmp_path / tree)
        sample_lesson.write_notebook(tmp_path / tree / "checks.ipynb", cells)
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("published", "nobody")
def test_an_opened_lesson_tells_its_code_and_never_the_name(monkeypatch, capsys):
    monkeypatch.setenv("WORKBOOK_LEARNER", "Ana Díaz")
    exec("from helpers import open_lesson; lesson = open_lesson('checks')", {})
    told = capsys.readouterr().out
    assert told_code(told) == variant_code("Ana Díaz")
    assert "Ana" not in told and "Díaz" not in told


@pytest.mark.usefixtures("published", "nobody")
def test_a_worked_notebook_is_neutral(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path / "SOLUTIONS")
    exec("from helpers import open_lesson; lesson = open_lesson('checks')", {})
    assert told_code(capsys.readouterr().out) is None


def test_the_last_code_told_counts_and_words_are_no_code():
    assert told_code("Yours is variant K7QXB: … Yours is variant 9WPBW: …") == "9WPBW"
    assert told_code("a variant of the numbers") is None


# ---- where somebody else checks


def test_a_silent_lesson_has_the_variants_and_does_nothing_else(capsys):
    code = next(c for n in range(20) if cost.for_variant(c := variant_code(str(n))).variant.rate == 5)
    values = json.loads(json.dumps(variant_values({"cost": cost, "recap": checks.recap}, code)))
    assert values["cost"]["rate"] == 5
    lesson = SilentLesson(values)
    assert lesson.cost.variant.rate == 5
    assert lesson.cost.check() is lesson.recap.ask() is lesson.progress() is None
    assert capsys.readouterr().out == ""
