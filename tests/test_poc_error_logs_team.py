"""The error-log analyst as a team has it: the folder to change, Monday's run, the labels, and Friday's report."""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import yaml
from accessibility import violations
from browser import browser_page
from lxml import html
from typer.testing import CliRunner

from helpers.cli import app
from helpers.logs import Template
from helpers.paths import SAMPLE_DATA
from helpers.poc.error_logs import dashboard, rewriting, telling
from helpers.poc.error_logs.classification import Sorted
from helpers.poc.error_logs.discovery import Candidate, Proposal
from helpers.poc.error_logs.parameters import ErrorLogParameters, read_categories
from helpers.redaction import Redactor


def poc(*arguments):
    return CliRunner().invoke(app, ["poc", *map(str, arguments)])


def finished(folder: Path, ended) -> Path:
    """The newest run's folder. A run that came to its end exits with 0 or, for no-go, 1."""
    assert ended.exit_code in (0, 1) and "criteria" in ended.output, ended.output
    return max((folder / "runs").iterdir())


# --- the folder -----------------------------------------------------------------------------------------------------


def test_a_new_folder_has_the_teams_own_files_and_parameters_that_name_them(tmp_path: Path):
    assert poc("new", "error_logs", tmp_path).exit_code == 0
    begun = ErrorLogParameters.read(tmp_path / "params.yaml")
    assert [one.name for one in read_categories(begun.categories)] == ["access", "data", "capacity"]
    assert Path(begun.categories).parent == Path(begun.redaction_rules).parent == tmp_path
    assert begun.gold_path == ""  # the sample's labels are of other lines
    assert Redactor.of(begun.redaction_rules).rules == ()


def test_the_examples_in_the_redaction_file_are_rules_once_they_are_uncommented(tmp_path: Path):
    poc("new", "error_logs", tmp_path)
    file = tmp_path / "redaction.yaml"
    text = re.sub(r"^# (- name|  pattern)", r"\1", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    file.write_text(text, encoding="utf-8")
    assert Redactor.of(file).clean("late: ORD-123456 for ward B2") == "late: <ORDER> for <WARD>"


# --- what is told ---------------------------------------------------------------------------------------------------


def template(number: int, count: int, hours: dict[str, int] | None = None) -> Template:
    return Template(
        number, f"message {number}", "", "shop", "ERROR", count=count, per_hour=Counter(hours or {})
    )  # fmt: skip


class Found:
    lines, events, kept = 2000, 1800, 100
    templates = (1, 2)


def test_the_top_of_the_report_says_what_was_found_and_what_it_took():
    hours = {f"2026-10-22T0{hour}": 30 * (hour == 7) + 1 for hour in (5, 6, 7)}
    templates = [template(1, 75, hours), template(2, 25)]
    answers = {1: Sorted(1, "<b>money_1*"), 2: Sorted(2, "")}
    said = telling.headlines(
        Found, "WARNING", templates, answers, proposals=[], usd=0.5, calls=7, on_mock=True
    )  # fmt: skip
    assert "2,000 lines hold 100 events of WARNING or worse" in said[0] and "**2 kinds of message**" in said[0]
    assert said[1] == "**Who has to act**: &lt;b>money\\_1∗ 75%, no category 25%."
    assert said[2] == "**Most happened** in 2026-10-22 07h: 31 of 100 events."
    assert said[3] == "**It took** 7 calls: 0.5 imagined US dollars, 0.25 for 1,000 lines."


def test_what_is_to_be_decided_follows_from_what_came_out():
    proposal = Proposal("Clocks", "They differ.", Candidate((1,), (1,), 0.5, 0.4, 0.2), (1, 2), 12)
    (asked,) = telling.to_decide([proposal], labelled=0, leaks=2, failed=3, plain=9, on_mock=False)
    assert [part[:6] for part in re.split(r"\(\d\) ", asked)[1:]] == ["who re", "is “Cl", "who la", "who wr"]
    assert telling.to_decide([], labelled=50, leaks=0, failed=0, plain=9, on_mock=False) == []


def test_plain_words_that_may_leak_are_shown_before_those_that_are_only_hard():
    plain = {
        n: rewriting.Plain(n, f"words {n}", problems=problems)
        for n, problems in ((1, ("hard",)), (2, ()), (3, ("names a host",)))
    }
    assert [row["what is wrong"] for row in telling.not_passed(plain, [3], 5)] == ["names a host", "hard"]


def test_a_log_of_more_than_a_year_is_drawn_by_the_month():
    first = datetime(2025, 11, 30, 7)
    hours = Counter({(first + timedelta(days=d)).isoformat()[:13]: 1 for d in (0, 1, 400)})
    times, series = dashboard.over_time([template(1, 3, hours)], lambda _: "x")
    assert times[:3] == ["2025-11", "2025-12", "2026-01"] and times[-1] == "2027-01"
    assert series["x"] == [1, 1, *[0] * 12, 1]


# --- from Monday to Friday --------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.browser
def test_a_team_runs_labels_by_keyboard_runs_again_and_everybody_can_read_the_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("WORKBOOK_PROFILE", "mock")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "our_logs").mkdir()
    shutil.copy(SAMPLE_DATA / "logs" / "portal.log", tmp_path / "our_logs")
    assert poc("new", "error_logs", "team").exit_code == 0
    file = Path("team", "params.yaml")
    changed = yaml.safe_load(file.read_text(encoding="utf-8")) | {"log_path": "../our_logs", "label_lines": 24}
    file.write_text(yaml.safe_dump(changed), encoding="utf-8")

    first = finished(tmp_path / "team", poc("run", "error_logs", "-f", file))
    measured = json.loads((first / "run.json").read_text(encoding="utf-8"))["measured"]
    assert "macro_f1" not in measured and "leaks" in measured

    with (SAMPLE_DATA / "logs" / "gold.csv").open(encoding="utf-8", newline="") as opened:
        labels = {(row["file"], int(row["line"])): row["category"] for row in csv.DictReader(opened)}
    keys = {"access": "1", "data": "2", "capacity": "3"}
    for dark in (False, True):
        assert not violations(first / "label.html", dark=dark)
    with browser_page() as page:
        page.goto((first / "label.html").as_uri())
        for _ in range(24):
            where = re.match(r"(.+), line (\d+) ", page.locator("#where").inner_text())
            page.keyboard.press(keys.get(labels[where[1], int(where[2])], "0"))
        assert "24 of 24 seen, 24 labelled" in page.locator("#state").inner_text()
        with page.expect_download() as saved:
            page.locator("#download").press("Enter")
        saved.value.save_as(tmp_path / "team" / "gold.csv")

    second = finished(tmp_path / "team", poc("run", "error_logs", "-f", file, "-p", "gold_path=team/gold.csv"))
    record = json.loads((second / "run.json").read_text(encoding="utf-8"))
    assert record["measured"]["macro_f1"]["value"]["value"] > 0.3
    assert not [one for one in record["skipped"] if "labelled" in one["what"]]

    page = html.parse(second / "report.html").getroot()
    top = page.text_content()[:4000]
    assert top.index("In short") < top.index("To decide") < top.index("Go or no-go")
    assert page.xpath("//tbody/tr[1]/td[contains(@class, 'not')]") or "No-go" not in top  # reds stand first
    for dark in (False, True):
        assert not violations(second / "report.html", dark=dark)
