"""Folders are removed however deep they are nested, and nothing that a link points to."""

import os
import pathlib
import sys

import pytest

from helpers.files import remove_tree


def test_a_folder_is_removed_with_what_it_holds_and_links_are_not_followed(tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "kept.txt").write_text("kept", encoding="utf-8")
    folder = tmp_path / "folder"
    (folder / "a" / "b").mkdir(parents=True)
    (folder / "a" / "b" / "file.txt").write_text("x", encoding="utf-8")
    if os.name == "posix":
        (folder / "a" / "link").symlink_to(other)
    remove_tree(folder)
    assert not folder.exists() and (other / "kept.txt").exists()
    remove_tree(folder)  # once more does no harm


@pytest.mark.skipif(os.name != "posix", reason="Windows keeps paths from growing that deep")
def test_folders_nested_deeper_than_python_recurses_are_removed(tmp_path, monkeypatch):
    folder = tmp_path / "deep"
    folder.mkdir()
    monkeypatch.chdir(folder)
    for _ in range(sys.getrecursionlimit() + 200):
        pathlib.Path("d").mkdir()
        os.chdir("d")
    os.chdir(tmp_path)
    remove_tree(folder)
    assert not folder.exists()
