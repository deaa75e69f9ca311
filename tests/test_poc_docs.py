"""What the pages on PoC workbooks say is what the command and the parameters are."""

import re
import shlex

import pytest
import typer

from helpers.cli import app
from helpers.paths import ROOT
from helpers.poc.workbooks import PACKAGES, workbook

DOCS = ROOT / "docs"
PAGES = sorted(DOCS.glob("poc*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_poc_command_that_a_page_shows_exists_with_its_options(page):
    poc = typer.main.get_command(app).commands["poc"].commands
    shown = re.findall(r"(?:`|^    )workbook poc ([^`#\n]+)", page.read_text(encoding="utf-8"), re.MULTILINE)
    assert shown
    for words in map(shlex.split, shown):
        options = {name for each in poc[words[0]].params for name in each.opts}
        assert {word for word in words[1:] if word.startswith("-")} <= options, words


def test_the_overview_lists_every_workbook_with_its_page():
    listed = re.findall(r"^\| `(\w+)` \|.*\[(\S+)\]", (DOCS / "poc.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(listed) == sorted((name, f"poc_{name}.md") for name in PACKAGES)


@pytest.mark.parametrize("name", sorted(PACKAGES))
def test_a_workbooks_page_has_its_parameters(name):
    text = (DOCS / f"poc_{name}.md").read_text(encoding="utf-8")
    assert workbook(name).parameters.as_table() in text
    missing = [each.name for each in workbook(name).criteria if f"`{each.name}`" not in text]
    assert not missing, f"criteria that the page does not explain: {missing}"
