"""A source becomes two notebooks; drift is found; a build writes whole files or none."""

import json
import textwrap

import nbformat
import pytest

import helpers.publishing.build as building
from helpers.files import write_atomically
from helpers.publishing import index, published, source

FRONT = """\
# ---
# title: "91 · Toy"
# level: 100
# minutes: 5
# worry: "Does it work?"
# objectives:
#   - "see a toy"
# ---
"""
BODY = '''
# %% [markdown]
# Some *text*.

# %%
x = 1

# %% exercise="double"
def double(number):
    """Twice the number."""
    ### BEGIN SOLUTION
    return 2 * number
    ### END SOLUTION

# %% exercise="order" tags=["nbval-ignore-output"]
### BEGIN SOLUTION
order = ["a", "b"]
### STARTER
# order = ...  # your order
#
# unused = 0
### END SOLUTION
'''


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """A clone in small: a source tree, an empty notebooks/ and a README with the index's marks."""
    for name in ("SOLUTIONS", "NOTEBOOKS"):
        (tmp_path / name.lower()).mkdir()
        for module in (source, building):
            if hasattr(module, name):
                monkeypatch.setattr(module, name, tmp_path / name.lower())
    monkeypatch.setattr(building, "ROOT", tmp_path)
    (tmp_path / "README.md").write_text(
        "# Toy\n<!-- lessons: made by `workbook build` -->\n<!-- end of lessons -->\n", encoding="utf-8"
    )
    return tmp_path


def write(tree, name="L100_foundations/91_toy", text=FRONT + BODY):
    path = tree / "solutions" / f"{name}.py"
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_text(text, encoding="utf-8")
    return path


def read(tree):
    return source.read_all(tree / "solutions")


def test_the_learner_gets_the_starter_and_the_solution_has_no_marker(tree):
    write(tree)
    (toy,) = read(tree)
    learner = "\n\n".join(cell.source for cell in building.learner_notebook(toy, [toy]).cells)
    solved = "\n\n".join(cell.source for cell in building.solution_notebook(toy, [toy]).cells)
    assert '"""Twice the number."""\n    ...' in learner and "return 2 * number" not in learner
    assert "order = ...  # your order\n\nunused = 0" in learner and '["a", "b"]' not in learner
    assert "return 2 * number" in solved and "unused" not in solved
    assert "###" not in learner + solved


def test_exercise_cells_and_tags_are_kept_and_ids_are_stable(tree):
    write(tree)
    (toy,) = read(tree)
    first, second = building.learner_notebook(toy, [toy]), building.learner_notebook(toy, [toy])
    assert [cell.id for cell in first.cells] == [cell.id for cell in second.cells]
    assert len({cell.id for cell in first.cells}) == len(first.cells)
    by_id = {cell.id: cell for cell in first.cells}
    assert by_id["exercise-order"].metadata == {"tags": ["nbval-ignore-output"], "workbook": {"exercise": "order"}}
    nbformat.validate(first)


def test_a_new_cell_leaves_the_ids_of_the_others_alone(tree):
    write(tree)
    before = {cell.id for cell in building.learner_notebook(read(tree)[0], read(tree)).cells}
    write(tree, text=FRONT + BODY.replace("# %%\nx = 1", "# %%\ny = 0\n\n# %%\nx = 1"))
    after = {cell.id for cell in building.learner_notebook(read(tree)[0], read(tree)).cells}
    assert before < after and len(after - before) == 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("x = 1\n", "first line"),
        (FRONT.replace("minutes: 5", "minutes: soon") + BODY, "minutes"),
        (FRONT.replace("minutes: 5", "minutes: 5\n# mood: good") + BODY, "mood"),
        (FRONT.replace("level: 100", "level: 150") + BODY, "150"),
        (FRONT + BODY.replace(' exercise="double"', ""), "BEGIN SOLUTION"),
        (FRONT + BODY.replace('"order"', '"double"'), "two cells"),
    ],
)
def test_a_source_that_is_not_right_is_refused_with_its_reason(tree, text, says):
    path = write(tree, text=text)
    with pytest.raises(source.SourceError, match=says) as caught:
        source.read_source(path)
    assert "91_toy.py" in str(caught.value)


def test_drift_is_found_in_either_tree_and_in_the_readme(tree, capsys):
    path = write(tree)
    assert building.run() == 0
    assert building.run(check=True) == 0
    stored = tree / "notebooks" / "L100_foundations" / "91_toy.ipynb"
    stored.write_text(stored.read_text(encoding="utf-8").replace("Some *text*", "Other text"), encoding="utf-8")
    assert building.run(check=True) == 1
    assert "notebooks/L100_foundations/91_toy.ipynb" in capsys.readouterr().out
    assert building.run() == 0
    path.write_text(path.read_text(encoding="utf-8").replace("2 * number", "number + number"), encoding="utf-8")
    assert building.run(check=True) == 1
    assert "solutions/L100_foundations/91_toy.ipynb" in capsys.readouterr().out
    assert building.run() == 0
    readme = tree / "README.md"
    assert "91 · Toy" in readme.read_text(encoding="utf-8")
    readme.write_text(readme.read_text(encoding="utf-8").replace("91 · Toy", "92"), encoding="utf-8")
    assert building.run(check=True) == 1


def test_a_second_build_makes_the_same_bytes(tree):
    write(tree, text=FRONT + BODY + "\n# %%\nprint({'b', 'a', 'c'})\n")
    building.run()
    files = sorted(tree.rglob("*.ipynb"))
    first = [file.read_bytes() for file in files]
    building.run()
    assert [file.read_bytes() for file in files] == first and len(first) == 2


def test_a_source_that_fails_is_reported_and_its_last_good_solution_stays(tree, capsys):
    path = write(tree)
    building.run()
    solved = tree / "solutions" / "L100_foundations" / "91_toy.ipynb"
    before = solved.read_bytes()
    path.write_text(path.read_text(encoding="utf-8").replace("x = 1", "x = 1 / 0"), encoding="utf-8")
    assert building.run() == 1
    assert "ZeroDivisionError" in capsys.readouterr().out
    assert solved.read_bytes() == before


def test_a_notebook_without_a_source_is_a_stray(tree, capsys):
    write(tree)
    building.run()
    (tree / "notebooks" / "old.ipynb").write_text("{}", encoding="utf-8")
    assert building.run(check=True) == 1
    assert "old.ipynb has no source" in capsys.readouterr().out


def test_an_unknown_name_is_refused_with_those_there_are(tree, capsys):
    write(tree)
    assert building.run(["92_other"]) == 1
    assert "91_toy" in capsys.readouterr().out


def test_header_index_and_next_step_come_from_the_front_matter(tree):
    write(tree)
    write(tree, "L200_building/92_next", FRONT.replace("91 · Toy", "92 · Next").replace("100", "200") + BODY)
    toy, following = read(tree)
    assert index.header(toy, [toy, following]).startswith("# 91 · Toy") and "- see a toy" in index.header(toy, [toy])
    assert "(../L200_building/92_next.ipynb)" in index.next_step(toy, [toy, following])
    assert index.next_step(following, [toy, following]) == ""
    table = index.index_table([toy, following], folder="notebooks")
    assert "(notebooks/L100_foundations/91_toy.ipynb)" in table and "| **10** |" in table


def test_published_cells_are_read_from_json_alone(tree):
    write(tree)
    building.run()
    learner = published.find("91_toy", tree / "notebooks")
    assert published.exercise_cells(learner)["double"].endswith("    ...")
    assert "2 * number" in published.exercise_cells(published.find("91_toy", tree / "solutions"))["double"]
    with pytest.raises(FileNotFoundError, match="91_toy"):
        published.find("no_such", tree / "notebooks")
    broken = tree / "broken.ipynb"
    broken.write_text(json.dumps([]), encoding="utf-8")
    with pytest.raises(ValueError, match="not a notebook"):
        published.exercise_cells(broken)


def test_a_write_that_fails_leaves_the_old_file_and_no_part(tmp_path, monkeypatch):
    path = tmp_path / "file.txt"
    write_atomically(path, "old")
    monkeypatch.setattr("os.fsync", lambda descriptor: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="No space"):
        write_atomically(path, "new")
    assert path.read_text(encoding="utf-8") == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["file.txt"]


def test_line_ends_are_the_same_on_every_system(tmp_path):
    write_atomically(tmp_path / "a.txt", textwrap.dedent("one\ntwo\n"))
    assert (tmp_path / "a.txt").read_bytes() == b"one\ntwo\n"
