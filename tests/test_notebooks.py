"""Every notebook runs from top to bottom on the mock endpoint, and the solutions say what they said when built.

What an exercise's check says is tested with the checks; how JupyterLab shows it, in test_browser.
"""

from __future__ import annotations

import copy
import html
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from helpers.paths import NOTEBOOKS, ROOT, SOLUTIONS
from helpers.publishing.execution import NotebookFailed, execute

CELL_TIMEOUT_S = 60
SANITIZER = Path(__file__).with_name("nbval_sanitize.cfg")
SECRET = re.compile(
    r"\bsk-[A-Za-z0-9_-]{20,}|\bgh[pousr]_[A-Za-z0-9]{30,}|\bAKIA[A-Z0-9]{16}\b|\beyJ[\w-]{20,}\.[\w-]{20,}\."
    r"|(?i:api[_-]?key|password|authorization|bearer)[\"']?\s*[:=]\s*[\"']?(?:Bearer )?[A-Za-z0-9_-]{24,}"
)
IMAGE_IN_TEXT = re.compile(r"""<img\b(?:[^>"']|"[^"]*"|'[^']*')*>|!\[[^\]]*\]\(""")
ALT_OF_IMAGE = re.compile(r"""\balt=(?:"\s*[^"\s]|'\s*[^'\s])|!\[\s*[^\]\s]""")


def _published(tree: Path) -> list[Path]:
    return sorted(path for path in tree.rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts)


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


every_notebook = pytest.mark.parametrize("path", _published(NOTEBOOKS) + _published(SOLUTIONS), ids=_name)
every_starter = pytest.mark.parametrize("path", _published(NOTEBOOKS), ids=_name)
every_solution = pytest.mark.parametrize("path", _published(SOLUTIONS), ids=_name)


# ---- the published notebooks


def test_each_notebook_has_its_solution_and_none_is_missing():
    starters = [path.relative_to(NOTEBOOKS) for path in _published(NOTEBOOKS)]
    assert starters, "notebooks/ is empty: run `workbook build`"
    assert starters == [path.relative_to(SOLUTIONS) for path in _published(SOLUTIONS)]


class TestExecuted:  # a class is what xdist's loadscope keeps together: these and the comparisons run side by side
    @pytest.mark.slow
    @every_notebook
    def test_it_runs_from_top_to_bottom_on_the_mock(
        self,
        path: Path,
        tmp_path: Path,
        kernel_name: str,
        notebook_environment: Mapping[str, str],
        record_property,
    ):
        record_property("notebook", _name(path))
        record_property("engine", "papermill")
        executed = execute(
            path, timeout=CELL_TIMEOUT_S, kernel_name=kernel_name, cwd=tmp_path, env=notebook_environment
        )
        assert _outputs(executed, "error") == []
        assert [text for text in _texts(executed) if "Traceback (most recent call last)" in text] == []
        if path.is_relative_to(SOLUTIONS):
            # nbval passes over a cell that has no outputs stored.
            stored = nbformat.read(path, as_version=4)
            assert _kinds_of_output(executed) == _kinds_of_output(stored)


class TestCompared:
    @pytest.mark.slow
    @every_solution
    def test_its_stored_outputs_come_out_again(
        self,
        path: Path,
        tmp_path: Path,
        kernel_name: str,
        notebook_environment: Mapping[str, str],
        record_property,
    ):
        record_property("notebook", _name(path))
        record_property("engine", "nbval")
        passed, said = compare(
            nbformat.read(path, as_version=4), path.stem, tmp_path, kernel_name, notebook_environment
        )
        assert passed, f"{_name(path)} does not say any more what it says in the repository:\n{said}"


@every_starter
def test_learners_get_no_outputs(path: Path):
    assert _outputs(nbformat.read(path, as_version=4)) == []


@every_solution
def test_every_cell_of_a_solution_was_executed_in_order(path: Path):
    counts = [cell.execution_count for cell in _code_cells(nbformat.read(path, as_version=4))]
    assert counts == list(range(1, len(counts) + 1))


@every_notebook
def test_nothing_stored_tells_of_a_secret_a_failure_or_this_machine(path: Path):
    assert list(_indiscretions(nbformat.read(path, as_version=4))) == []


@every_notebook
def test_every_picture_has_a_text_for_who_cannot_see_it(path: Path):
    assert list(_pictures_without_alt(nbformat.read(path, as_version=4))) == []


@every_notebook
def test_it_is_a_valid_notebook_without_state_of_widgets(path: Path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert "widgets" not in notebook.metadata, "GitHub shows a notebook with widgets' state as invalid"
    assert notebook.metadata.kernelspec.name == "python3"


# ---- the checks above can fail: tried on toys


@pytest.fixture
def toy() -> NotebookNode:
    """A solution of two cells, with the outputs that it has when it runs."""
    cells = [
        new_code_cell("answer = 6 * 7\nprint(answer)", outputs=[_stream("42\n")], execution_count=1),
        new_code_cell("answer + 1", outputs=[_result("43")], execution_count=2),
    ]
    return new_notebook(cells=[new_markdown_cell("# A toy"), *cells], metadata=_KERNEL)


@pytest.mark.slow
class TestComparisonOfToys:
    @pytest.fixture
    def said(self, tmp_path: Path, kernel_name: str, notebook_environment: Mapping[str, str]):
        return lambda notebook: compare(notebook, "toy", tmp_path, kernel_name, notebook_environment)

    def test_passes_what_comes_out_again(self, toy: NotebookNode, said):
        assert said(toy)[0]

    def test_fails_a_changed_printout(self, toy: NotebookNode, said):
        toy.cells[1].outputs = [_stream("41\n")]
        passed, text = said(toy)
        assert not passed and "42" in text

    def test_fails_a_changed_result(self, toy: NotebookNode, said):
        toy.cells[2].outputs = [_result("44")]
        assert not said(toy)[0]

    def test_fails_a_cell_that_raises(self, toy: NotebookNode, said):
        toy.cells[1].source = "1 / 0"
        passed, text = said(toy)
        assert not passed and "ZeroDivisionError" in text

    def test_fails_a_kernel_that_dies(self, toy: NotebookNode, said):
        toy.cells[2].source = "import os; os._exit(1)"
        assert not compare_with_timeout(toy, said)[0]


def compare_with_timeout(notebook: NotebookNode, said) -> tuple[bool, str]:
    """nbval waits for a dead kernel as long as for a slow cell."""
    global CELL_TIMEOUT_S
    kept, CELL_TIMEOUT_S = CELL_TIMEOUT_S, 2
    try:
        return said(notebook)
    finally:
        CELL_TIMEOUT_S = kept


@pytest.mark.parametrize(
    ("once", "again"),
    [
        ("<object at 0x7fefa41ab190>", "<object at 0x10b2c3d4e>"),
        ("run 7a9d8c2e-1111-4f6e-9abc-0123456789ab", "run 00000000-2222-4f6e-9abc-ba9876543210"),
        ("chatcmpl-abc123def456", "chatcmpl-999888777aaa"),
        ("at 2026-11-22T08:05:35Z.", "at 2027-01-02 23:59:01.123456+00:00."),
        ("took 12.5 ms", "took 9 ms"),
        ("took 1.21 s", "took 0.9 s"),
        ("http://127.0.0.1:40123/v1", "http://127.0.0.1:8899/v1"),
        ('<img alt="a" src="data:image/png;base64,AAAA/+=">', '<img alt="a" src="data:image/png;base64,BBBB">'),
    ],
)
def test_the_sanitizer_passes_over_what_the_machine_decides(once: str, again: str):
    assert once != again
    assert _sanitized(once) == _sanitized(again)


@pytest.mark.parametrize(
    ("once", "again"),
    [
        ("42 tokens", "43 tokens"),
        ("0.1500 USD", "0.1600 USD"),
        ("2026-11-22", "2026-11-23"),
        ("within 30 seconds", "within 40 seconds"),
        ("call_the_tool(3)", "call_the_other_tool(3)"),
        ('<img alt="rising">', '<img alt="falling">'),
        ("[0.12, 0.5]", "[0.12, 0.6]"),
    ],
)
def test_the_sanitizer_leaves_what_a_lesson_says(once: str, again: str):
    assert _sanitized(once) != _sanitized(again)


def test_a_cell_that_raises_is_reported_by_notebook_cell_and_exception(tmp_path: Path, kernel_name: str):
    notebook = new_notebook(cells=[new_code_cell("1"), new_code_cell("value = {}\nvalue['x']")], metadata=_KERNEL)
    nbformat.write(notebook, tmp_path / "broken.ipynb")
    with pytest.raises(NotebookFailed, match=r"^broken\.ipynb, cell 1 `value = \{\}`: KeyError: 'x'$") as caught:
        execute(tmp_path / "broken.ipynb", tmp_path / "out" / "broken.ipynb", kernel_name=kernel_name)
    assert caught.value.cell == 1
    assert "value['x']" in re.sub(r"\x1b\[[0-9;]*m", "", caught.value.traceback)
    assert (tmp_path / "out" / "broken.ipynb").exists()


def test_a_kernel_that_dies_is_reported_within_seconds(kernel_name: str):
    notebook = new_notebook(cells=[new_code_cell("import os; os._exit(1)")], metadata=_KERNEL)
    with pytest.raises(NotebookFailed, match="the kernel died"):
        execute(notebook, kernel_name=kernel_name)


def test_a_cell_that_hangs_is_reported_at_its_limit(kernel_name: str):
    notebook = new_notebook(cells=[new_code_cell("while True: pass")], metadata=_KERNEL)
    with pytest.raises(NotebookFailed, match=r"`while True: pass`: took longer than 1 s"):
        execute(notebook, timeout=1, kernel_name=kernel_name)


def test_a_kernel_that_lost_its_port_is_started_again(
    toy: NotebookNode, kernel_name: str, monkeypatch: pytest.MonkeyPatch
):
    import papermill

    original, starts = papermill.execute_notebook, []

    def loses_at_first(*arguments, **keywords):
        starts.append("one")
        if len(starts) < 3:
            raise RuntimeError("Kernel died before replying to kernel_info")
        return original(*arguments, **keywords)

    monkeypatch.setattr(papermill, "execute_notebook", loses_at_first)
    assert execute(toy, kernel_name=kernel_name).cells[2].outputs[0].data["text/plain"] == "43"


def test_a_kernel_that_never_starts_is_reported(toy: NotebookNode, monkeypatch: pytest.MonkeyPatch):
    import papermill

    def loses(*_, **__):
        raise RuntimeError("Kernel died before replying to kernel_info")

    monkeypatch.setattr(papermill, "execute_notebook", loses)
    with pytest.raises(NotebookFailed, match="A toy: no kernel started: Kernel died before replying"):
        execute(toy)


def test_a_kernel_that_is_not_there_is_reported(toy: NotebookNode):
    with pytest.raises(NotebookFailed, match="A toy: there is no kernel named 'no-such-kernel'"):
        execute(toy, kernel_name="no-such-kernel")


@pytest.mark.slow
def test_two_executions_are_equal_and_keep_the_notebooks_own_metadata(toy: NotebookNode, kernel_name: str):
    toy.cells[1].source = "import matplotlib.pyplot as plt\nprint('a', flush=True)\nprint('b')\nplt.plot([1, 2]);"
    toy.cells[2].source = "1 + 1"
    toy.cells[2].metadata["workbook"] = {"exercise": "x"}
    before = copy.deepcopy(toy)
    first, second = execute(toy, kernel_name=kernel_name), execute(toy, kernel_name="python3")
    assert nbformat.writes(first) == nbformat.writes(second)
    assert toy == before
    assert first.metadata == before.metadata
    assert [cell.metadata for cell in first.cells] == [cell.metadata for cell in before.cells]
    assert first.cells[1].outputs[0].text == "a\nb\n"


def test_parameters_are_put_after_the_cell_that_declares_them(kernel_name: str):
    cells = [new_code_cell("years = 1", metadata={"tags": ["parameters"]}), new_code_cell("years * 2")]
    executed = execute(new_notebook(cells=cells, metadata=_KERNEL), parameters={"years": 5}, kernel_name=kernel_name)
    assert [cell.metadata.get("tags") for cell in executed.cells] == [["parameters"], ["injected-parameters"], None]
    assert executed.cells[-1].outputs[0].data["text/plain"] == "10"


def test_a_notebook_cannot_leave_this_machine(kernel_name: str, notebook_environment: Mapping[str, str]):
    source = "import urllib.request\nurllib.request.urlopen('http://example.org/', timeout=5)"
    with pytest.raises(NotebookFailed, match="refused"):
        execute(
            new_notebook(cells=[new_code_cell(source)], metadata=_KERNEL),
            kernel_name=kernel_name,
            env=notebook_environment,
        )


@pytest.mark.parametrize(
    "text",
    [
        "key sk-proj-abcdefghijklmnopqrstuvwx",
        "{'api_key': '0123456789abcdef0123456789abcdef'}",
        "Authorization: Bearer abcdefghijklmnopqrstuvwxyz",
        f"read {ROOT / 'sample_data'}",
        f"wrote {Path(tempfile.gettempdir()) / 'x'}",
        "Traceback (most recent call last):\n  ...",
        "/usr/lib/python3.12/site-packages/openai/_client.py:1: UserWarning",
    ],
)
def test_what_must_not_be_stored_is_found(toy: NotebookNode, text: str):
    assert list(_indiscretions(toy)) == []
    toy.cells[1].outputs.append(_stream(text))
    assert len(list(_indiscretions(toy))) == 1


def test_an_error_that_is_stored_is_found(toy: NotebookNode):
    toy.cells[1].outputs.append(new_output("error", ename="KeyError", evalue="x", traceback=[]))
    assert len(list(_indiscretions(toy))) == 1


@pytest.mark.parametrize(
    ("bundle", "metadata"),
    [
        ({"image/png": "AA=="}, {}),
        ({"image/png": "AA=="}, {"image/png": {"alt": "only for nbconvert"}}),
        ({"image/png": "AA==", "text/markdown": '<img alt="" src="data:,">'}, {"image/png": {"alt": "a line"}}),
        ({"image/png": "AA==", "text/markdown": '<img alt="a line" src="data:,">'}, {}),
        ({"text/html": '<img src="data:,">'}, {}),
        ({"text/markdown": "![](data:,)"}, {}),
    ],
)
def test_a_picture_without_alt_text_is_found(toy: NotebookNode, bundle: dict, metadata: dict):
    toy.cells[1].outputs.append(new_output("display_data", data=bundle, metadata=metadata))
    assert len(list(_pictures_without_alt(toy))) == 1


@pytest.mark.parametrize(
    ("bundle", "metadata"),
    [
        ({"image/png": "AA==", "text/markdown": '<img alt="a > b" src="data:,">'}, {"image/png": {"alt": "a > b"}}),
        ({"text/html": "<p><img src='data:,' alt='a line'></p>"}, {}),
        ({"text/markdown": "![a line](data:,)"}, {}),
        ({"text/plain": "no picture"}, {}),
    ],
)
def test_a_picture_with_alt_text_is_passed(toy: NotebookNode, bundle: dict, metadata: dict):
    toy.cells[1].outputs.append(new_output("display_data", data=bundle, metadata=metadata))
    assert list(_pictures_without_alt(toy)) == []


# ---- what the tests look with

_KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}}


def compare(
    notebook: NotebookNode, name: str, folder: Path, kernel_name: str, environment: Mapping[str, str]
) -> tuple[bool, str]:
    """Run nbval on a copy in `folder`: whether all outputs came out again, and what nbval said."""
    copied = folder / f"{name}.ipynb"
    nbformat.write(notebook, copied)
    command = [
        *(sys.executable, "-m", "pytest", "-p", "nbval.plugin", "-p", "no:cacheprovider", "-p", "no:warnings"),
        *("--rootdir", str(folder), "-c", os.devnull, "--noconftest", "--color=no", "-q", "-x", "--no-header"),
        *("--nbval", f"--nbval-sanitize-with={SANITIZER}", f"--nbval-cell-timeout={CELL_TIMEOUT_S}"),
        *(f"--nbval-kernel-name={kernel_name}", str(copied)),
    ]
    variables = {**os.environ, **environment, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONIOENCODING": "utf-8"}
    for _ in range(3):  # as in helpers.publishing.execution: another process may take the kernel's port
        done = subprocess.run(
            command, cwd=folder, env=variables, capture_output=True, text=True, encoding="utf-8", errors="replace"
        )
        if "Kernel died before replying to kernel_info" not in done.stdout:
            break
    return done.returncode == 0, done.stdout + done.stderr


def _code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def _outputs(notebook: NotebookNode, kind: str | None = None) -> list[NotebookNode]:
    return [
        output
        for cell in _code_cells(notebook)
        for output in cell.outputs
        if kind is None or output.output_type == kind
    ]


def _kinds_of_output(notebook: NotebookNode) -> list[tuple[str, list[str]]]:
    """For each code cell its first line and the kinds of its outputs."""
    return [
        (
            cell.source.partition("\n")[0],
            [" ".join(sorted(output.get("data", [output.output_type]))) for output in cell.outputs],
        )
        for cell in _code_cells(notebook)
    ]


def _texts(notebook: NotebookNode) -> Iterator[str]:
    """What the outputs say, pictures' data apart."""
    for output in _outputs(notebook):
        parts = (
            output.data.items() if "data" in output else [("text/plain", output.get("text", output.get("evalue", "")))]
        )
        for kind, content in parts:
            if kind.startswith("text/"):
                yield re.sub(r"data:image/[^\"')]+", "data:", html.unescape(content))
            elif not kind.startswith("image/"):
                yield str(content)


def _indiscretions(notebook: NotebookNode) -> Iterator[str]:
    """Sentences about stored outputs that nobody but the builder should see."""
    machine = {str(ROOT), f"{Path.home()}{os.sep}", tempfile.gettempdir() + os.sep, sys.prefix, "site-packages"}
    for text in _texts(notebook):
        if found := SECRET.search(text):
            yield f"looks like a secret: {found[0][:12]}…"
        if "Traceback (most recent call last)" in text:
            yield f"a traceback: {text[-80:]}"
        elif place := next((place for place in machine if place in text), None):
            yield f"a path of the machine that built it: {place}"
    for error in _outputs(notebook, "error"):
        yield f"an error: {error.ename}"


def _pictures_without_alt(notebook: NotebookNode) -> Iterator[str]:
    """Sentences about pictures: JupyterLab reads the alt in a text form, nbconvert and others the metadata's."""
    for cell in _code_cells(notebook):
        for output in cell.outputs:
            bundle = output.get("data", {})
            texts = [bundle[kind] for kind in ("text/markdown", "text/html") if kind in bundle]
            in_texts = [image for text in texts for image in IMAGE_IN_TEXT.findall(text)]
            with_alt = [image for image in in_texts if ALT_OF_IMAGE.search(image)]
            images = [kind for kind in bundle if kind.startswith("image/")]
            unnamed = [kind for kind in images if not str(output.metadata.get(kind, {}).get("alt", "")).strip()]
            if len(with_alt) < len(in_texts) or unnamed or (images and not with_alt):
                yield f"a picture without alt text after `{cell.source.partition(chr(10))[0]}`"


def _sanitized(text: str) -> str:
    from nbval.plugin import get_sanitize_patterns

    for pattern, replacement in get_sanitize_patterns(SANITIZER.read_text(encoding="ascii")):
        text = re.sub(pattern, replacement, text)
    return text


def _stream(text: str) -> NotebookNode:
    return new_output("stream", name="stdout", text=text)


def _result(text: str) -> NotebookNode:
    return new_output("execute_result", data={"text/plain": text}, execution_count=1)
