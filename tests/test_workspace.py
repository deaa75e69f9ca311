"""The learner's copies follow the published notebooks, and what a learner wrote is never lost."""

import json
import threading
from pathlib import Path

import pytest

from helpers.commands.workspace import refresh

LESSON = "L100_foundations/01_tokens.ipynb"
NEW = "L100_foundations/01_tokens.new.ipynb"
RECORD = ".workbook/copies.json"


@pytest.fixture
def published(tmp_path: Path) -> Path:
    return tmp_path / "notebooks"


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    return tmp_path / "my wörk"


def write(folder: Path, text: str, name: str = LESSON) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    return path


def content(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*.ipynb"))
    }


def test_a_first_refresh_copies_the_whole_tree(published: Path, mine: Path):
    write(published, "one")
    write(published, "zero", "00_start_here.ipynb")
    report = refresh(published, mine)
    assert content(mine) == {"00_start_here.ipynb": "zero", LESSON: "one"}
    assert report.line() == "2 notebooks copied to my_work/."


def test_a_second_refresh_writes_nothing(published: Path, mine: Path):
    write(published, "one")
    refresh(published, mine)
    before = {path: path.stat().st_mtime_ns for path in mine.rglob("*") if path.suffix != ".lock"}
    report = refresh(published, mine)
    assert report.written == []
    assert report.line() == "Your copies in my_work/ are up to date."
    assert {path: path.stat().st_mtime_ns for path in mine.rglob("*") if path.suffix != ".lock"} == before


def test_no_published_notebooks_are_no_error(published: Path, mine: Path):
    assert refresh(published, mine).written == []


def test_an_untouched_copy_follows_its_new_version(published: Path, mine: Path):
    write(published, "one")
    refresh(published, mine)
    write(published, "two")
    report = refresh(published, mine)
    assert content(mine) == {LESSON: "two"}
    assert report.updated == [LESSON] and "1 notebook brought up to date" in report.line()


def test_an_edited_copy_stays_and_the_new_version_is_laid_beside_it(published: Path, mine: Path):
    write(published, "one")
    refresh(published, mine)
    write(mine, "my answer")
    write(published, "two")
    report = refresh(published, mine)
    assert content(mine) == {LESSON: "my answer", NEW: "two"}
    assert report.beside == [(LESSON, NEW)]
    assert NEW in report.line() and "yours stay" in report.line()


def test_an_edited_copy_whose_original_did_not_change_gets_nothing_beside_it(published: Path, mine: Path):
    write(published, "one")
    refresh(published, mine)
    write(mine, "my answer")
    assert refresh(published, mine).written == []
    assert content(mine) == {LESSON: "my answer"}


def test_a_new_version_is_offered_once_even_if_the_learner_deletes_it(published: Path, mine: Path):
    write(published, "one")
    refresh(published, mine)
    write(mine, "my answer")
    write(published, "two")
    refresh(published, mine)
    (mine / NEW).unlink()
    assert refresh(published, mine).written == []
    assert content(mine) == {LESSON: "my answer"}


def test_an_untouched_offer_is_replaced_by_the_next_version(published: Path, mine: Path):
    write(published, "one")
    refresh(published, mine)
    write(mine, "my answer")
    for version in ("two", "three"):
        write(published, version)
        refresh(published, mine)
    assert content(mine) == {LESSON: "my answer", NEW: "three"}


def test_an_edited_offer_stays_too(published: Path, mine: Path):
    write(published, "one")
    refresh(published, mine)
    write(mine, "my answer")
    write(published, "two")
    refresh(published, mine)
    write(mine, "my second answer", NEW)
    write(published, "three")
    refresh(published, mine)
    assert content(mine) == {
        LESSON: "my answer",
        NEW: "my second answer",
        "L100_foundations/01_tokens.new-2.ipynb": "three",
    }


def test_a_learner_who_takes_the_new_version_follows_again(published: Path, mine: Path):
    write(published, "one")
    refresh(published, mine)
    write(mine, "my answer")
    write(published, "two")
    refresh(published, mine)
    (mine / NEW).replace(mine / LESSON)
    write(published, "three")
    refresh(published, mine)
    assert content(mine) == {LESSON: "three"}


def test_a_deleted_copy_comes_back(published: Path, mine: Path):
    write(published, "one")
    refresh(published, mine)
    (mine / LESSON).unlink()
    assert refresh(published, mine).new == [LESSON]


def test_a_notebook_that_is_no_longer_published_stays_with_the_learner(published: Path, mine: Path):
    write(published, "one")
    refresh(published, mine)
    (published / LESSON).unlink()
    refresh(published, mine)
    assert content(mine) == {LESSON: "one"}


@pytest.mark.parametrize("record", [None, "", "{", "[]", '{"00.ipynb": 3}', "\x00" * 40], ids=repr)
def test_without_a_readable_record_every_differing_copy_counts_as_edited(published: Path, mine: Path, record):
    write(published, "one")
    refresh(published, mine)
    write(mine, "my answer")
    write(published, "two")
    if record is None:
        (mine / RECORD).unlink()
    else:
        (mine / RECORD).write_text(record, encoding="utf-8")
    refresh(published, mine)
    assert content(mine) == {LESSON: "my answer", NEW: "two"}
    assert refresh(published, mine).written == []
    json.loads((mine / RECORD).read_text(encoding="utf-8"))


def test_a_crash_in_the_middle_leaves_whole_files(published: Path, mine: Path, monkeypatch: pytest.MonkeyPatch):
    write(published, "one")
    refresh(published, mine)
    write(published, "two")

    def crash(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("helpers.files._replace", crash)
        with pytest.raises(OSError, match="No space left"):
            refresh(published, mine)
    assert content(mine) == {LESSON: "one"}
    refresh(published, mine)
    assert content(mine) == {LESSON: "two"}


def test_checkpoints_of_an_author_are_not_copied(published: Path, mine: Path):
    write(published, "old", ".ipynb_checkpoints/01_tokens-checkpoint.ipynb")
    assert refresh(published, mine).written == []


def test_something_else_in_a_notebooks_place_is_left_alone(published: Path, mine: Path):
    write(published, "one")
    (mine / LESSON).mkdir(parents=True)
    assert refresh(published, mine).beside == [(LESSON, NEW)]
    assert (mine / LESSON).is_dir()


def test_several_at_once_do_the_work_once(published: Path, mine: Path):
    for number in range(20):
        write(published, f"text {number}", f"{number:02}.ipynb")
    reports = []
    threads = [threading.Thread(target=lambda: reports.append(refresh(published, mine))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(len(report.new) for report in reports) == [0, 0, 0, 20]
    assert len(content(mine)) == 20
