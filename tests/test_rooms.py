"""The arrows between the rooms of helpers/ run one way, and importing helpers stays light."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from helpers.paths import ROOT, SOLUTIONS

HELPERS = ROOT / "helpers"


def imports_of(path: Path) -> set[str]:
    """Modules of helpers that a file imports, at its top or late, as dotted names."""
    package = ".".join(path.relative_to(ROOT).parent.parts)
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package.split(".")[: len(package.split(".")) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (base, node.module) if part)
            found |= {module} | {f"{module}.{alias.name}" for alias in node.names}
    return {name for name in found if name.split(".")[0] == "helpers"}


def room(name: str) -> str:
    return name.split(".")[1] if "." in name else ""


def test_the_mock_endpoint_knows_nothing_of_the_others():
    allowed = {"mock_endpoint", "offline_encodings", ""}
    for path in (HELPERS / "mock_endpoint").rglob("*.py"):
        assert {room(name) for name in imports_of(path)} <= allowed, path


def test_nobody_reaches_inside_the_mock_endpoint():
    public = {"create_app", "MockConfig", "start", "serve", "RunningEndpoint"}
    public |= {"Recorded", "Recording", "Behaviour", "BehaviourError", "behaviour_from", "read_behaviours"}
    for path in HELPERS.rglob("*.py"):
        if "mock_endpoint" in path.parts:
            continue
        inside = {n for n in imports_of(path) if n.startswith("helpers.mock_endpoint.")}
        assert {n.removeprefix("helpers.mock_endpoint.") for n in inside} <= public, path


def test_the_engine_of_exercises_knows_no_lesson_and_no_endpoint():
    # It reads published notebooks, writes files, knows where they are, measures intervals, and shows; nothing else.
    allowed = {"grading", "publishing", "paths", "files", "intervals", "show", ""}
    for path in (HELPERS / "grading").rglob("*.py"):
        assert {room(name) for name in imports_of(path)} <= allowed, path
    words = {source.stem for source in SOLUTIONS.rglob("*.py")}
    for path in (HELPERS / "grading").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert not [word for word in words if f'"{word}"' in text and "example" not in text], path


def test_the_gradebook_stands_on_the_engine_and_the_engine_not_on_it():
    allowed = {"gradebook", "grading", "publishing", "paths", "files", "endpoint", "mock_endpoint", "problem", ""}
    for path in (HELPERS / "gradebook").rglob("*.py"):
        # What it silences in a submission's process, it has to name.
        silenced = {"show", "plots"} if path.stem in ("submission", "preload") else set()
        assert {room(name) for name in imports_of(path)} <= allowed | silenced, path


def test_evaluation_knows_no_lesson_and_no_command():
    allowed = {"evaluation", "connection", "files", "intervals", "metrics", "endpoint", "ledger", ""}
    for path in (HELPERS / "evaluation").rglob("*.py"):
        assert {room(name) for name in imports_of(path)} <= allowed, path


def test_settings_know_no_client():
    for path in (HELPERS / "settings").rglob("*.py"):
        assert {room(name) for name in imports_of(path)} <= {"settings", "paths", ""}, path


def test_the_connection_knows_no_lesson_no_grading_and_no_command():
    own = {"connection", "ledger", "settings", "mock_endpoint", "local_model"}
    allowed = own | {"paths", "files", "problem", "offline_encodings", ""}
    for path in (HELPERS / "connection").rglob("*.py"):
        assert {room(name) for name in imports_of(path)} <= allowed, path


def test_the_ledger_is_told_by_the_connection_and_does_not_know_it():
    allowed = {"ledger", "settings", "prices", "tokens", "paths", "plots", ""}
    for path in (HELPERS / "ledger").rglob("*.py"):
        assert {room(name) for name in imports_of(path)} <= allowed, path


def test_evaluation_meets_the_connection_only_where_exchanges_are_watched():
    for path in (HELPERS / "evaluation").rglob("*.py"):
        inside = {name for name in imports_of(path) if room(name) == "connection"}
        assert all(name.startswith("helpers.connection.exchanges") for name in inside), path


def test_readers_of_documents_know_no_endpoint_and_no_lesson():
    for path in (HELPERS / "documents").rglob("*.py"):
        assert {room(name) for name in imports_of(path)} <= {"documents", "problem", ""}, path


def test_readers_of_logs_know_no_endpoint_and_redaction_only_the_shapes_of_keys():
    for path in (HELPERS / "logs").rglob("*.py"):
        assert {room(name) for name in imports_of(path)} <= {"logs", "redaction", ""}, path
    names = set().union(*(imports_of(path) for path in (HELPERS / "redaction").rglob("*.py")))
    assert {room(name) for name in names} <= {"redaction", "connection", "problem", ""}
    assert all(name.startswith("helpers.connection.masking") for name in names if room(name) == "connection")


def test_lessons_import_from_helpers_and_not_from_checks_or_the_inside_of_the_mock():
    for path in SOLUTIONS.rglob("*.py"):
        rooms = {room(name) for name in imports_of(path)}
        assert not rooms & {"checks", "grading", "mock_endpoint", "publishing"}, path


@pytest.mark.parametrize(
    "heavy", ["openai", "langchain_openai", "chromadb", "matplotlib", "numpy", "IPython", "pydantic"]
)
def test_importing_helpers_loads_nothing_heavy(heavy):
    code = f"import sys, helpers, helpers.grading, helpers.mock_endpoint; sys.exit({heavy!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


def test_every_name_that_helpers_offers_exists():
    import helpers

    for name in helpers.__all__:
        assert getattr(helpers, name) is not None


def test_a_name_that_helpers_does_not_have_is_answered_with_those_it_has():
    import helpers

    with pytest.raises(AttributeError, match="connect"):
        _ = helpers.conect


def test_nothing_opens_a_text_file_without_naming_its_encoding():
    found = []
    for path in [*HELPERS.rglob("*.py"), *(ROOT / "tests").rglob("*.py"), *SOLUTIONS.rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                named = any(keyword.arg == "encoding" for keyword in node.keywords)
                if node.func.attr in ("read_text", "write_text") and not named and "zipfile" not in path.name:
                    found.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert not found


def test_every_room_is_on_the_map_for_authors():
    map_ = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("## Where things are")[2]
    rooms = {f"{path.name}/" if path.is_dir() else path.name for path in HELPERS.iterdir() if path.name[0] not in "_."}
    assert not {room for room in rooms if f"`{room}`" not in map_ and room not in map_}
