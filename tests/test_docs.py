"""What the documentation shows works as it stands: its examples are run."""

from __future__ import annotations

import doctest
import importlib.util
import re
import sys
from pathlib import Path

import pytest

from helpers.bootstrap import COMMANDS
from helpers.grading import shortcomings
from helpers.grading.lessons import exercises_of
from helpers.grading.mutants import survivors
from helpers.grading.trials import LessonTrial
from helpers.grading.variants import variant_code
from helpers.paths import ROOT
from helpers.publishing import build, source
from helpers.settings import PASSED_ON, PROFILES, Settings

DOCS = ROOT / "docs"
KNOWN_SETTINGS = {str(field.alias) for field in Settings.model_fields.values()} | set(PASSED_ON)
AUTHORS_PAGE = (DOCS / "writing_exercises.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", ["scripted_client.md", "evaluation.md"])
def test_the_pages_examples_are_true(page):
    failed, tried = doctest.testfile(str(DOCS / page), module_relative=False, encoding="utf-8")
    assert tried > 20
    assert failed == 0


@pytest.fixture
def lesson(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[source.Source, object]:
    """The page's lesson in a tree of its own: one file of checks and one source, and nothing else."""
    files = dict(re.findall(r"\*\*`([^`]+\.py)`\*\*\n\n```python\n(.*?)```", AUTHORS_PAGE, re.DOTALL))
    assert [Path(name).parts[0] for name in files] == ["helpers", "solutions"]
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.setattr(source, "SOLUTIONS", tmp_path / "solutions")
    (made,) = source.read_all(tmp_path / "solutions")
    path = tmp_path / "helpers" / "checks" / f"{made.name}.py"
    spec = importlib.util.spec_from_file_location(f"helpers.checks.{made.name}", path)
    checks = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, checks)
    spec.loader.exec_module(checks)
    monkeypatch.setattr("helpers.grading.lessons.lesson_names", lambda: [made.name])
    return made, checks


def test_an_exercise_is_one_file_of_checks_and_one_source(lesson):
    made, checks = lesson
    assert list(shortcomings.declared(exercises_of(checks).values())) == []
    assert list(shortcomings.tried(LessonTrial.of_source(made, checks))) == []
    notebook = build.learner_notebook(made, [made])
    (cell,) = [cell for cell in notebook.cells if cell.get("metadata", {}).get("workbook")]
    assert "..." in cell.source
    assert "RateLimitError" not in cell.source


def test_the_pages_exercise_has_variants_and_catches_slips(lesson):
    made, checks = lesson
    trial = LessonTrial.of_source(made, checks, variant_code("Bo"))
    exercise = trial.exercises["cited"]
    assert exercise.variant != checks.cited.variant
    assert trial.outcome(exercise, trial.solutions["cited"]).points == exercise.points
    tried, left = survivors(trial, exercise)
    assert tried > 10
    assert len(left) <= tried / 4, [f"line {mutant.line}: {mutant.change}" for mutant in left]


def without_hints(text: str) -> str:
    return re.sub(r"hints=\[.*?\],\n    wrong", "wrong", text, flags=re.DOTALL)


def without_a_wrong_answer(text: str) -> str:
    return re.sub(r'        "keeps none".*?\n', "", text)


def without_counterexample(text: str) -> str:
    first = '        client = ScriptedClient([f"{first} p9"]).client\n'
    tried = "        if attempt(cited, ScriptedClient([first]).client, passages).result == []:\n"
    return text.replace(first, f"{tried}            raise NotYet('Nothing is kept.')\n{first}").replace(
        "import ScriptedClient", "import NotYet, ScriptedClient"
    )


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (without_hints, "exercise 'cited' has no hint"),
        (without_a_wrong_answer, "exercise 'cited' has 2 wrong answers: give at least 3"),
        (without_counterexample, "wrong answer 'keeps none': its feedback has no counterexample"),
        (lambda text: text.replace("return []", "return missing("), "wrong answer 'keeps none'"),
    ],
)
def test_the_build_says_in_a_sentence_what_an_exercise_lacks(lesson, tmp_path, monkeypatch, capsys, change, says):
    made, checks = lesson
    text = Path(checks.__file__).read_text(encoding="utf-8")
    assert change(text) != text
    Path(checks.__file__).write_text(change(text), encoding="utf-8")
    checks.__spec__.loader.exec_module(checks)
    found = [*build._shortcomings([made], declared=True), *build._shortcomings([made], declared=False)]
    assert len(found) == 1, found
    assert says in found[0]
    assert found[0].startswith("20_citations, ")


def test_such_a_sentence_fails_the_build(monkeypatch, capsys):
    monkeypatch.setattr(shortcomings, "declared", lambda exercises: iter(["exercise 'toy' has no hint"]))
    assert build.run(["01_tokens"], check=True) == 1
    assert "01_tokens, exercise 'toy' has no hint" in capsys.readouterr().out


# ---- docs/endpoints.md

ENDPOINTS_PAGE = (DOCS / "endpoints.md").read_text(encoding="utf-8")
ENV_EXAMPLES = re.findall(r"```ini\n(.*?)```", ENDPOINTS_PAGE, re.DOTALL)


@pytest.fixture(autouse=True)
def every_extra(monkeypatch):
    """The pages are for everybody; what signs in without a key is not installed everywhere."""
    monkeypatch.setattr("helpers.settings.model._can_sign_in", lambda: True)


@pytest.mark.parametrize("text", ENV_EXAMPLES, ids=lambda text: text.split("\n")[0])
def test_each_env_on_the_endpoints_page_is_complete(text):
    settings = Settings.from_text(text)
    assert settings.notes == ()
    unknown = set(re.findall(r"^([A-Z_]+)=", text, re.MULTILINE)) - KNOWN_SETTINGS
    assert not unknown


def test_the_endpoints_page_has_a_profile_each_and_names_only_settings_and_commands_that_exist():
    assert len(ENV_EXAMPLES) >= 7
    profiles = {Settings.from_text(text).profile for text in ENV_EXAMPLES}
    assert profiles == set(PROFILES) - {"mock"}
    assert sum(Settings.from_text(text).keyless for text in ENV_EXAMPLES) == 1
    named = set(re.findall(r"\b((?:WORKBOOK|AZURE|OPENAI)_[A-Z_]+)\b", ENDPOINTS_PAGE))
    assert named - {"WORKBOOK_HOME"} <= KNOWN_SETTINGS
    assert set(re.findall(r"workbook (\w+)", ENDPOINTS_PAGE)) <= set(COMMANDS)


def test_the_example_file_names_only_settings_that_exist_and_works_with_each_line_switched_on():
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    named = re.findall(r"^(?:# )?([A-Z_]+)=", text, re.MULTILINE)
    assert len(named) > 15 and set(named) <= KNOWN_SETTINGS
    assert Settings.from_text(text).profile == "mock"
