"""What all PoC workbooks share, tried with a toy: parameters, runs that resume, charter, report, sweeps, comparison."""

import dataclasses
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import psutil
import pytest
import toy_poc
import yaml
from accessibility import violations
from filelock import FileLock
from lxml import html
from typer.testing import CliRunner

from helpers.cli import app
from helpers.connection import exchanges
from helpers.connection.exchanges import ReplyStore
from helpers.intervals import Interval
from helpers.paths import ROOT
from helpers.poc import execution, report, runs, sweeps, workbooks
from helpers.poc.charter import Charter, Criterion, judge, verdict
from helpers.poc.parameters import ParameterError
from helpers.problem import Problem

TESTS = Path(__file__).parent


@pytest.fixture(autouse=True)
def toy(tmp_path, monkeypatch, kernel_name):
    """The toy workbook, known here and in its kernel, which is a warm one."""
    path = tmp_path / "toy.ipynb"
    nbformat.write(toy_poc.notebook(), path)
    monkeypatch.setitem(workbooks.PACKAGES, "toy", "toy_poc")
    monkeypatch.setattr(toy_poc, "WORKBOOK", dataclasses.replace(toy_poc.WORKBOOK, notebook=path))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(TESTS), str(ROOT)]))
    monkeypatch.setenv("WORKBOOK_PROFILE", "mock")
    return toy_poc.WORKBOOK


@pytest.fixture
def words(tmp_path):
    path = tmp_path / "data" / "words.txt"
    path.parent.mkdir()
    path.write_text("token prompt bad vector", encoding="utf-8")
    return path


def run(*arguments):
    return CliRunner().invoke(app, ["poc", *map(str, arguments)])


def parameters(words, **given):
    return toy_poc.ToyParameters.checked({"words_path": str(words), **given})


# --- parameters


def test_all_wrong_parameters_are_refused_at_once_with_the_nearest_name(tmp_path):
    file = tmp_path / "params.yaml"
    file.write_text("mots: 3\nmost: many\nmodel: gpt\n", encoding="utf-8")
    with pytest.raises(ParameterError) as caught:
        toy_poc.ToyParameters.read(file, ["max_cost=-1"])
    assert len(caught.value.problems) == 4
    said = str(caught.value)
    assert "mots is not known; did you mean most?" in said and "most = 'many'" in said and "max_cost = -1" in said


@pytest.mark.parametrize("text", ["- a\n- b", "most: [", "\x00"])
def test_a_parameter_file_that_is_none_is_refused(tmp_path, text):
    file = tmp_path / "params.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ParameterError):
        toy_poc.ToyParameters.read(file)


def test_a_path_in_the_file_is_relative_to_the_file_and_a_setting_to_here(tmp_path, monkeypatch):
    file = tmp_path / "team" / "params.yaml"
    file.parent.mkdir()
    file.write_text("words_path: mine.txt\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert toy_poc.ToyParameters.read(file).words_path == str(file.parent / "mine.txt")
    assert toy_poc.ToyParameters.read(file, ["words_path=here.txt"]).words_path == str(tmp_path / "here.txt")
    here = Path("team", "params.yaml")  # the run's folder is another one: what is read here must be found there
    assert toy_poc.ToyParameters.read(here).words_path == str(tmp_path / "team" / "mine.txt")


def test_the_cell_the_file_and_the_table_come_from_the_model():
    space = {}
    exec(toy_poc.ToyParameters.as_cell(), space)
    written = yaml.safe_load(toy_poc.ToyParameters.as_yaml())
    defaults = toy_poc.ToyParameters().model_dump()
    assert {name: space[name] for name in defaults} == written == defaults
    assert toy_poc.ToyParameters.as_table().count("\n") == len(defaults) + 1


# --- charter and criteria


@pytest.mark.parametrize(
    ("measured", "standing"),
    [
        (0.9, "met"),
        (Interval(0.9, 0.86, 0.95), "met"),
        (Interval(0.9, 0.8, 0.95), "met, not yet shown"),
        (Interval(0.8, 0.7, 0.9), "not met"),
        (None, "not measured"),
        (float("nan"), "not measured"),
    ],
)
def test_a_bound_is_met_shown_or_not(measured, standing):
    assert Criterion("f1", "F1", at_least=0.85).standing(measured) == standing


def test_one_miss_is_a_no_go_and_one_open_figure_is_open():
    criteria = (Criterion("a", "A", at_least=0.5), Criterion("b", "B", at_most=10, unit="s"))
    assert verdict(judge(criteria, {"a": (1.0, ""), "b": (3.0, "")})) == "go"
    assert verdict(judge(criteria, {"a": (1.0, "")})) == "open"
    assert verdict(judge(criteria, {"a": (0.1, ""), "b": (3.0, "")})) == "no-go"


def test_a_charter_moves_bounds_and_may_not_name_what_is_not_measured(tmp_path):
    file = tmp_path / "charter.yaml"
    file.write_text(Charter.template(toy_poc.WORKBOOK.criteria), encoding="utf-8")
    assert Charter.read(file).bounds_on(toy_poc.WORKBOOK.criteria) == toy_poc.WORKBOOK.criteria
    assert Charter(criteria={"answered": 0.9}).bounds_on(toy_poc.WORKBOOK.criteria)[0].at_least == 0.9
    with pytest.raises(Problem, match="does not measure"):
        Charter(criteria={"beauty": 1}).bounds_on(toy_poc.WORKBOOK.criteria)
    file.write_text("purpos: x", encoding="utf-8")
    with pytest.raises(Problem, match="purpos"):
        Charter.read(file)


# --- runs


def test_a_run_takes_the_prompts_of_a_teams_folder_and_its_own_where_there_is_none(toy, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "first.md").write_text("\ufeffmine", encoding="utf-8")
    (tmp_path / "second.md").write_text("mine too", encoding="utf-8")
    chosen = dataclasses.replace(toy, prompts={"first.md": "a", "second.md": "b", "third.md": "c"})
    run = runs.Run(
        chosen, parameters(words, prompt=str(tmp_path / "first.md")), tmp_path / "run", Charter(), None, None
    )
    assert [run.prompt(name) for name in chosen.prompts] == ["mine", "mine too", "c"]
    assert len(run.inputs) == 2  # and it can be told which they were


def test_a_miss_says_what_it_comes_from_on_the_mock_and_elsewhere():
    criterion = Criterion("a", "A", at_least=0.5, if_missed="Change the prompt.", on_mock="The mock's limit.")
    missed, met = judge([criterion], {"a": (0.1, "")}), judge([criterion], {"a": (0.9, "")})
    assert [missed[0].why(simulated=one) for one in (True, False)] == ["The mock's limit.", "Change the prompt."]
    assert met[0].why(simulated=True) == "" and report.said(missed) == "No-go: 1 of 1 criteria are not met."
    assert report.said(met).startswith("Go:")


def test_two_runs_in_one_second_have_two_folders(tmp_path):
    from datetime import datetime

    when = datetime(2026, 11, 22, 10, 0, 0)
    assert len({runs.new_folder(tmp_path, "toy", when) for _ in range(3)}) == 3


@pytest.mark.slow
def test_a_run_leaves_evidence_costs_and_all_that_is_needed_to_repeat_it(words, tmp_path):
    before = sorted(words.parent.iterdir())
    said = run("run", "toy", "-p", f"words_path={words}", "--out", tmp_path / "runs")
    folder = next((tmp_path / "runs").iterdir())
    assert said.exit_code == 0, said.output
    assert "75%" in said.output and "needs a gold file" in said.output and "cannot be read" in said.output
    names = {path.name for path in folder.iterdir()}
    assert {"notebook.ipynb", "answers.csv", "answers.json", "ledger.csv", "skipped.csv", "report.html"} <= names
    record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    assert record["calls"] == 3 and record["simulated"] and record["inputs"][str(words)]
    assert (folder / "prompts" / "ask.md").read_text(encoding="utf-8") == "What is {word}?"
    assert sorted(words.parent.iterdir()) == before
    again = toy_poc.ToyParameters.read(folder / "params.yaml")
    assert again.words_path == str(words)


@pytest.mark.slow
def test_a_run_that_failed_goes_on_where_it_was_without_paying_twice(words, tmp_path):
    folder = execution.prepare(toy_poc.WORKBOOK, parameters(words, fail_at="vector"), tmp_path / "runs")
    ended = execution.execute(folder)
    assert ended.status == "failed" and "the notebook fails" in ended.why
    with pytest.raises(Problem, match="no finished run"):
        report.read(folder)
    (folder / "params.yaml").write_text(
        (folder / "params.yaml").read_text(encoding="utf-8").replace("fail_at: vector", "fail_at: ''"), encoding="utf-8"
    )
    said = run("run", "--resume", folder)
    assert said.exit_code == 0, said.output
    kept = ReplyStore(folder / "replies.sqlite")
    assert len(kept) == 3  # token and prompt were not asked again
    record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    assert record["calls"] == 3, "the ledger has what both parts have paid for"
    assert len((folder / "ledger.csv").read_text(encoding="utf-8").splitlines()) == 4


@pytest.mark.slow
def test_a_resumed_run_has_what_is_left_of_its_budget(words, tmp_path):
    folder = execution.prepare(toy_poc.WORKBOOK, parameters(words, fail_at="vector", max_cost=1.0), tmp_path / "runs")
    execution.execute(folder)
    (calls,) = (folder / "calls").iterdir()
    lines = [json.loads(line) for line in calls.read_text(encoding="utf-8").splitlines()]
    calls.write_text("".join(json.dumps({**line, "usd": 0.6}) + "\n" for line in lines), encoding="utf-8")
    (folder / "params.yaml").write_text(
        (folder / "params.yaml").read_text(encoding="utf-8").replace("fail_at: vector", "fail_at: ''"), encoding="utf-8"
    )
    ended = execution.execute(folder)
    assert ended.status == "failed" and ended.why.endswith("Raise the budget, or ask for less.")


@pytest.mark.slow
def test_a_changed_charter_is_judged_without_a_new_run(words, tmp_path):
    folder = execution.prepare(toy_poc.WORKBOOK, parameters(words), tmp_path / "runs")
    assert execution.execute(folder).finished.verdict == "open"
    (folder / "charter.yaml").write_text("purpose: Decide\ncriteria:\n  answered: 0.95\n", encoding="utf-8")
    assert "No-go" in run("report", folder).output
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "at least 95%" in page and "Decide" in page


@pytest.mark.slow
def test_the_report_stands_alone_and_can_be_read_by_everybody(words, tmp_path):
    words.write_text("token <script>alert(1)</script>", encoding="utf-8")
    folder = execution.prepare(toy_poc.WORKBOOK, parameters(words), tmp_path / "runs")
    execution.execute(folder)
    text = (folder / "report.html").read_text(encoding="utf-8")
    page = html.fromstring(text)
    assert not page.xpath("//script|//link|//iframe") and not re.search(r"""(?:src|href)=["']https?:""", text)
    assert (
        page.get("lang") == "en" and page.xpath("//title") and len(page.xpath("//h1")) == len(page.xpath("//main")) == 1
    )
    assert page.xpath("//img") and all(len(image.get("alt")) > 20 for image in page.xpath("//img"))
    assert not page.xpath("//th[not(@scope)]")
    assert "In short" in text and page.xpath("//li/strong[.='2 words']")
    assert "Simulated" in text and "alert(1)" in page.text_content()
    assert not violations(folder / "report.html")
    assert not violations(folder / "report.html", dark=True)


def test_runs_are_never_written_into_an_input(words):
    folder_in = toy_poc.ToyParameters.checked({"words_path": str(words.parent)})
    with pytest.raises(Problem, match="into an input"):
        execution.prepare(toy_poc.WORKBOOK, folder_in, words.parent / "runs")
    with pytest.raises(Problem, match="is not there"):
        execution.prepare(toy_poc.WORKBOOK, parameters(words.parent / "none.txt"), words.parent / "runs")


def test_a_table_cannot_be_taken_for_a_formula(tmp_path):
    one = runs.Run(toy_poc.WORKBOOK, toy_poc.ToyParameters(), tmp_path, Charter(), None, None)
    path = one.table("t", [{"a": "=1+1", "b": -3, "c": "-4.5", "d": ["x"]}])
    assert path.read_text(encoding="utf-8-sig").splitlines()[1] == '\'=1+1,-3,-4.5,"[""x""]"'


def test_a_measure_that_no_criterion_asks_for_is_an_error(tmp_path):
    one = runs.Run(toy_poc.WORKBOOK, toy_poc.ToyParameters(), tmp_path, Charter(), None, None)
    with pytest.raises(KeyError, match="beauty"):
        one.measure("beauty", 1.0)


def test_a_table_of_many_rows_is_written_as_they_come_or_not_at_all(tmp_path):
    one = runs.Run(toy_poc.WORKBOOK, toy_poc.ToyParameters(), tmp_path, Charter(), None, None)
    path = one.stream_table("events", ["line", "text"], ((n, "=é") for n in range(3)))
    assert path.read_text(encoding="utf-8-sig").splitlines() == ["line,text", "0,'=é", "1,'=é", "2,'=é"]
    with pytest.raises(ZeroDivisionError):
        one.stream_table("broken", ["x"], ((1 / n,) for n in (1, 0)))
    assert [each.name for each in tmp_path.glob("*.csv*")] == ["events.csv"]


def test_a_run_that_is_going_on_is_not_started_a_second_time(words, tmp_path):
    folder = execution.prepare(toy_poc.WORKBOOK, parameters(words), tmp_path / "runs")
    with FileLock(folder / ".running.lock"), pytest.raises(Problem, match="going on already"):
        execution.execute(folder)


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C is sent as a signal")
def test_ctrl_c_stops_the_kernel_too_and_the_run_goes_on_later(words, tmp_path):
    words.write_text(" ".join(f"word{n}" for n in range(40)), encoding="utf-8")
    code = "import sys, pathlib, toy_poc; toy_poc.register(pathlib.Path(sys.argv.pop(1))); "
    code += "from helpers.cli import main; main()"
    settings = [f"words_path={words}", "most=40", "pause=0.2", "concurrency=1"]
    began = subprocess.Popen(
        [sys.executable, "-c", code, str(toy_poc.WORKBOOK.notebook), "poc", "run", "toy"]
        + [part for setting in settings for part in ("-p", setting)]
        + ["--out", str(tmp_path / "runs")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    until(lambda: any(told(file)["done"] > 3 for file in tmp_path.glob("runs/*/progress.json")), began)
    kernels = psutil.Process(began.pid).children(recursive=True)
    began.send_signal(signal.SIGINT)
    _, said = began.communicate(timeout=30)
    assert began.returncode == 130 and "--resume" in said, said
    assert kernels and not psutil.wait_procs(kernels, timeout=5)[1]
    folder = next((tmp_path / "runs").iterdir())
    kept = len(ReplyStore(folder / "replies.sqlite"))
    again = parameters(words, most=40)
    (folder / "params.yaml").write_text(again.as_yaml(again.model_dump()), encoding="utf-8")
    assert 3 <= kept < 40 and execution.execute(folder).finished is not None
    assert json.loads((folder / "run.json").read_text(encoding="utf-8"))["calls"] == 40


def told(file):
    """What a run tells of its progress."""
    return json.loads(file.read_text(encoding="utf-8"))


def until(condition, process):
    """Wait for it while the process runs; a minute at most."""
    for _ in range(600):
        if process.poll() is not None or condition():
            break
        time.sleep(0.1)
    assert condition(), process.communicate(timeout=5)


# --- the command


def test_new_writes_what_a_team_fills_in_and_overwrites_nothing(tmp_path):
    assert run("new", "toy", tmp_path / "team").exit_code == 0
    names = {
        path.relative_to(tmp_path / "team").as_posix() for path in (tmp_path / "team").rglob("*") if path.is_file()
    }
    assert names == {"params.yaml", "charter.yaml", "gold.csv", "words.txt", "prompts/ask.md"}
    begun = toy_poc.ToyParameters.read(tmp_path / "team" / "params.yaml")
    assert begun.words_path == str(tmp_path / "team" / "words.txt")
    assert begun.prompt == str(tmp_path / "team" / "prompts" / "ask.md")  # else to change it would change nothing
    (tmp_path / "team" / "params.yaml").write_text("most: 3\n", encoding="utf-8")
    (tmp_path / "team" / "gold.csv").unlink()
    assert run("new", "toy", tmp_path / "team").output.count("wrote") == 1
    assert (tmp_path / "team" / "params.yaml").read_text(encoding="utf-8") == "most: 3\n"


def test_the_command_names_the_nearest_workbook(tmp_path):
    said = run("run", "tyo")
    assert isinstance(said.exception, Problem) and "did you mean toy?" in str(said.exception)


def test_money_is_asked_about_before_it_is_spent(words, monkeypatch, tmp_path):
    monkeypatch.setenv("WORKBOOK_PROFILE", "openai")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-not-a-key")
    monkeypatch.setattr(execution, "execute", lambda folder: pytest.fail("it ran"))
    said = CliRunner().invoke(app, ["poc", "run", "toy", "-p", f"words_path={words}"], input="n\n")
    assert "US dollars" in said.output and said.exit_code == 1


# --- sweeps and comparison


def test_a_sweep_is_every_combination_and_refuses_what_is_wrong(words, tmp_path):
    for name in ("a.md", "b.md"):
        (tmp_path / name).write_text("What is {word}?", encoding="utf-8")
    base = parameters(words)
    made = sweeps.variants(toy_poc.WORKBOOK, base, ["model=chat-large,chat-small", str(tmp_path / "*.md")])
    assert made[0].label == "model=chat-large, prompt=a.md" and len(made) == 4
    with pytest.raises(ParameterError, match="--sweep"):
        sweeps.variants(toy_poc.WORKBOOK, base, ["most=0,5"])
    with pytest.raises(Problem, match="no file matches"):
        sweeps.variants(toy_poc.WORKBOOK, base, [str(tmp_path / "*.txt2")])
    two = dataclasses.replace(toy_poc.WORKBOOK, prompts={"a.md": "", "b.md": ""})  # b.md is no version of a.md
    assert [one.label for one in sweeps.variants(two, base, [str(tmp_path / "*.md")])] == ["prompt=a.md"]


@pytest.mark.slow
def test_a_sweep_draws_score_against_cost_and_two_of_its_runs_are_compared(words, tmp_path):
    said = run("run", "toy", "-p", f"words_path={words}", "--out", tmp_path / "runs", "--sweep", "most=2,4")
    assert said.exit_code == 0, said.output
    parent = next((tmp_path / "runs").iterdir())
    page = (parent / "sweep.html").read_text(encoding="utf-8")
    assert 'alt="Scatter chart: answered against cost' in page
    rows = json.loads((parent / "sweep.json").read_text(encoding="utf-8"))
    assert [row["most"] for row in rows] == [2, 4] and [row["calls"] for row in rows] == [2, 3]
    compared = run("compare", parent / rows[1]["folder"], parent / rows[0]["folder"])
    assert compared.exit_code == 0 and "| most | 4 | 2 |" in compared.output


@pytest.mark.slow
def test_a_sweep_over_a_dask_cluster_is_the_sweep_that_runs_here(words, tmp_path):
    distributed = pytest.importorskip("distributed", reason="needs the extra: `workbook extra cluster`")
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        client.run(toy_poc.register, toy_poc.WORKBOOK.notebook)
        made = sweeps.variants(toy_poc.WORKBOOK, parameters(words), ["most=2,4"])
        there = sweeps.table(
            sweeps.run_all(toy_poc.WORKBOOK, made, tmp_path / "there", scheduler=cluster.scheduler_address)
        )
    here = sweeps.table(sweeps.run_all(toy_poc.WORKBOOK, made, tmp_path / "here"))
    for row in there + here:
        for drawn in ("seconds", "folder", "tokens", "usd"):
            del row[drawn]
    assert there == here and [row["calls"] for row in there] == [2, 3]


@pytest.mark.slow
def test_a_page_that_keeps_people_out_is_found_out(tmp_path):
    page = tmp_path / "page.html"
    page.write_text("<html><body><img src='x.png'><p style='color:#ccc'>pale</p></body></html>", encoding="utf-8")
    found = {line.split(" ")[0] for line in violations(page)}
    assert {"html-has-lang", "image-alt", "color-contrast"} <= found


def test_a_run_ends_when_the_endpoint_fails_for_every_item_and_goes_on_when_only_some_fail(tmp_path, monkeypatch):
    import httpx2
    import openai

    monkeypatch.setenv(runs.FOLDER_VARIABLE, str(tmp_path / "run"))
    monkeypatch.setattr(exchanges, "_everywhere", [])  # a run keeps every reply of its process, for good
    (tmp_path / "run").mkdir()
    run = runs.begin("toy", {})
    gone = openai.APIConnectionError(request=httpx2.Request("POST", "http://127.0.0.1:1"))

    def fails_when(bad):
        def one(number):
            if bad(number):
                raise gone
            return number

        return one

    assert run.map(fails_when(lambda n: n % 3), range(30), "some", workers=1)[3] == 3
    before = len(run.skipped)
    with pytest.raises(openai.APIConnectionError):
        run.map(fails_when(lambda n: True), range(30), "all", workers=1)
    assert len(run.skipped) - before < 5
