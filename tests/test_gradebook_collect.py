"""Submissions are found in the layouts that trainers get them in, whoever named the files."""

import json
import os
import zipfile

import pytest

from helpers.gradebook.collect import collect
from helpers.grading.variants import NEUTRAL, variant_code

OPENS = 'from helpers import open_lesson\nlesson = open_lesson("01_tokens")'


def notebook(*cells: str, ran: bool = True) -> str:
    made = [
        {"cell_type": "code", "source": [cell], "outputs": [], "metadata": {}, "execution_count": 1 if ran else None}
        for cell in cells
    ]
    return json.dumps({"cells": made, "nbformat": 4, "nbformat_minor": 5, "metadata": {}})


@pytest.fixture
def found(tmp_path):
    """Writes files (path -> content; by default a notebook of lesson 01 that nobody else has) and collects them."""

    def collected(*paths: str, lesson: str | None = None, **files: str):
        for number, path in enumerate(paths):
            to = tmp_path / path
            to.parent.mkdir(parents=True, exist_ok=True)
            to.write_text(notebook(OPENS, f"x = {number}"), encoding="utf-8")
        return collect(tmp_path, lesson)

    return collected


@pytest.mark.parametrize(
    ("path", "learner"),
    [
        ("ana/01_tokens.ipynb", "ana"),
        ("ana/L100_foundations/01_tokens.ipynb", "ana"),
        ("01_tokens/ana.ipynb", "ana"),
        ("submitted/ana/01_tokens/01_tokens.ipynb", "ana"),
        ("my_work/ana/01_tokens.ipynb", "ana"),
        ("Ana Lima_123456_assignsubmission_file_/01_tokens.ipynb", "Ana Lima"),
        ("limaana_98765_123456_01_tokens.ipynb", "limaana"),
        ("limaana_LATE_98765_123456_01_tokens-1.ipynb", "limaana"),
        ("ana_01_tokens.ipynb", "ana"),
        ("01_tokens_ana.ipynb", "ana"),
        ("01_tokens - Zoë Müller.ipynb", "Zoë Müller"),
        ("01_tokens_李雷.ipynb", "李雷"),
        ("01_tokens_ana (1).ipynb", "ana"),
        ("01_tokens_ana - Copy.ipynb", "ana"),
        ("01_tokens_ana_final.ipynb", "ana"),
        ("tokens_ana.ipynb", "ana"),
        ("01_tokens.ipynb", "unnamed 1"),
        ("o'neil/01_tokens.ipynb", "o'neil"),
    ],
)
def test_a_learner_is_found_in_the_path(found, path, learner):
    (submission,) = found(path)
    assert (submission.learner, submission.lesson, submission.problem) == (learner, "01_tokens", "")


def test_one_spelling_of_a_name_and_its_accents(found):
    composed, apart = "Zo\u00eb", "Zoe\u0308"
    submissions = found(f"{composed}/01_tokens.ipynb", f"zoe\u0308_a/{apart}.ipynb", f"more/{apart}_01_tokens.ipynb")
    assert {s.learner for s in found(f"{apart}/sub/01_tokens.ipynb") if s.learner.startswith("Z")} == {composed}
    assert submissions


def test_of_several_notebooks_the_newest_that_can_be_read_counts(tmp_path, found):
    found("ana/01_tokens.ipynb", "ana/01_tokens (1).ipynb")
    (tmp_path / "ana" / "01_tokens (2).ipynb").write_text("{broken", encoding="utf-8")
    os.utime(tmp_path / "ana" / "01_tokens.ipynb", (1, 1))
    (submission,) = [s for s in collect(tmp_path) if s.lesson == "01_tokens"]
    assert submission.origin == "ana/01_tokens (1).ipynb" and not submission.problem
    assert any("set aside: ana/01_tokens.ipynb" in note for note in submission.notes)


def test_a_poc_workbook_among_a_learners_notebooks_is_nothing_to_grade(tmp_path, found):
    (tmp_path / "ana" / "poc").mkdir(parents=True)
    begun = notebook('run = poc.begin("error_logs", globals())')
    (tmp_path / "ana" / "poc" / "error_logs.ipynb").write_text(begun, encoding="utf-8")
    (submission,) = found("ana/01_tokens.ipynb")
    assert (submission.lesson, submission.notes) == ("01_tokens", ())


def test_a_notebook_that_was_never_run_is_graded_and_noted(tmp_path):
    (tmp_path / "ana_01_tokens.ipynb").write_text(notebook(OPENS, "x = 1", ran=False), encoding="utf-8")
    (submission,) = collect(tmp_path)
    assert "was never run" in submission.notes and not submission.problem


def test_the_same_code_of_two_learners_is_noted(tmp_path):
    for name in ("ana", "ben"):
        (tmp_path / f"{name}_01_tokens.ipynb").write_text(notebook(OPENS, "mine = 1"), encoding="utf-8")
    ana, ben = collect(tmp_path)
    assert ben.notes == ("the same code as ana",) and not ana.notes


def test_a_zip_of_one_learner_and_a_zip_of_a_class(tmp_path):
    with zipfile.ZipFile(tmp_path / "ana.zip", "w") as archive:
        archive.writestr("L100_foundations/01_tokens.ipynb", notebook(OPENS))
    with zipfile.ZipFile(tmp_path / "Course-Assignment-7.zip", "w") as archive:
        for name in ("Ben Okoro_1_assignsubmission_file_", "Cleo_2_assignsubmission_file_"):
            archive.writestr(f"{name}/01_tokens.ipynb", notebook(OPENS, name))
    assert {s.learner for s in collect(tmp_path)} == {"ana", "Ben Okoro", "Cleo"}


def test_a_progress_file_gives_a_record_for_each_lesson(tmp_path):
    records = {"train_bpe": {"status": "passed", "best": 99, "hints": 1}}
    progress = {"lessons": {"01_tokens": {"exercises": records}, "77_unknown": {"exercises": {}}}}
    (tmp_path / "ana").mkdir()
    (tmp_path / "ana" / "progress.json").write_text(json.dumps(progress), encoding="utf-8")
    (submission,) = collect(tmp_path)
    assert submission.lesson == "01_tokens" and submission.records == records and not submission.cells


def test_checkpoints_hidden_files_and_links_are_left_alone(tmp_path, found):
    found("ana/.ipynb_checkpoints/01_tokens.ipynb", ".trash/01_tokens.ipynb", "__MACOSX/ana/01_tokens.ipynb")
    (tmp_path / "loop").symlink_to(tmp_path)
    assert collect(tmp_path) == []


def test_only_one_lesson_is_taken_where_one_is_named(found):
    assert found("ana/01_tokens.ipynb", lesson="00_start_here") == []


def test_a_notebook_of_another_version_of_the_lesson_is_still_that_lesson(tmp_path):
    text = notebook('from helpers import open_lesson\nl = open_lesson( "01_tokens" )', "something_that_is_gone.run()")
    (tmp_path / "ana.ipynb").write_text(text, encoding="utf-8")
    assert [(s.learner, s.lesson) for s in collect(tmp_path)] == [("ana", "01_tokens")]


def test_a_folder_that_is_not_there():
    from pathlib import Path

    with pytest.raises(FileNotFoundError, match="no folder"):
        collect(Path("/nowhere/at/all"))


def test_a_submission_has_the_variant_that_its_notebook_tells(tmp_path):
    def told(text: str) -> str:
        output = {"output_type": "display_data", "data": {"text/markdown": [text]}}
        return json.dumps({"cells": [{"cell_type": "code", "source": OPENS, "outputs": [output]}]})

    (tmp_path / "ana_01_tokens.ipynb").write_text(
        told("Lesson 01_tokens: 6 exercises, variant K7QXB."), encoding="utf-8"
    )
    (tmp_path / "ben_01_tokens.ipynb").write_text(
        told("Lesson 01_tokens: 6 exercises, variant K7QXB. "), encoding="utf-8"
    )
    (tmp_path / "cleo_01_tokens.ipynb").write_text(told("Lesson 01_tokens: 6 exercises."), encoding="utf-8")
    (tmp_path / "dora_01_tokens.ipynb").write_text(notebook(OPENS), encoding="utf-8")
    ana, ben, cleo, dora = collect(tmp_path)
    assert ana.variant == "K7QXB" and "the same variant as ana" in ben.notes
    assert cleo.variant == NEUTRAL
    assert dora.variant == variant_code("dora")  # nothing was run, so nothing tells it but the name
