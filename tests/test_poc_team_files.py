"""A team's own folder for the financial-report analyst: what `new` writes, and how its files are read."""

import pytest
from accessibility import violations

from helpers.companies import write
from helpers.poc import execution, workbook
from helpers.poc.financial_report import indicators, rates, team_files
from helpers.poc.financial_report.evaluation import read_gold
from helpers.problem import Problem

WORKBOOK = workbook("financial_report")


@pytest.fixture
def team(tmp_path):
    execution.write_new(WORKBOOK, tmp_path / "team")
    return tmp_path / "team"


def test_every_file_of_a_new_folder_is_named_by_its_parameters_and_can_be_read(team):
    parameters = WORKBOOK.parameters.read(team / "params.yaml", [])
    inside = (parameters.docs_path, parameters.indicators, parameters.gold_path, parameters.rates_path)
    assert all(str(path).startswith(str(team)) for path in inside)
    wanted = indicators.read_indicators(parameters.indicators)
    assert {"revenue", "net_debt"} <= {one.name for one in wanted}
    assert read_gold(parameters.gold_path, wanted) == {}
    assert rates.Rates.read(parameters.rates_path).rates == ()
    assert parameters.company == "Example Ltd."  # nobody compares the sample's companies by oversight


def test_an_example_counts_as_soon_as_its_mark_is_taken_off(team):
    wanted = indicators.read_indicators(team / "indicators.yaml")
    for name in ("gold.csv", "rates.csv"):
        text = (team / name).read_text(encoding="utf-8")
        first = next(line for line in text.splitlines() if "# " in line and "FY2025" in line)
        (team / name).write_text(text.replace(first, first.removeprefix("# ")), encoding="utf-8")
    ((key, value),) = read_gold(team / "gold.csv", wanted).items()
    assert key[1:] == ("FY2025", "revenue") and value.absolute == 1234500000 and value.trap == "thousands or millions"
    assert rates.Rates.read(team / "rates.csv").find("", "FY2025", "EUR", "USD").average == 1.08


def test_semicolons_and_comments_keep_the_numbers_of_lines(tmp_path):
    file = tmp_path / "rates.csv"
    file.write_text(
        '# ours\nperiod;currency;to;average;closing;source\n"# a, b"\nFY2025;EUR;USD;1,08;1.1;bank\n', encoding="utf-8"
    )
    with pytest.raises(Problem, match="line 4: a rate is no number"):
        rates.Rates.read(file)
    assert team_files.read_table(["a,b", "1"]).rows == ((2, {"a": "1", "b": ""}),)


@pytest.mark.slow
def test_a_run_without_filings_says_what_to_do_next(team):
    parameters = WORKBOOK.parameters.read(team / "params.yaml", [])
    ended = execution.execute(execution.prepare(WORKBOOK, parameters, team / "runs"))
    assert ended.status == "failed" and "holds no filing" in ended.why and "Next step" in ended.why


@pytest.mark.slow
def test_a_team_runs_it_on_its_own_filings_and_everybody_can_read_the_report(team, tmp_path):
    write(tmp_path / "sample", seed=23)
    for name in ("serra_clara_2025_release.pdf", "tarnberg_2025_deck.pptx", "northmoor_2025_report.pdf"):
        (tmp_path / "sample" / name).rename(team / "filings" / name)
    gold = (tmp_path / "sample" / "gold.csv").read_text(encoding="utf-8").splitlines()
    own = [line for line in gold if line.startswith(("document", "serra_clara_2025_release", "tarnberg_2025_deck"))]
    (team / "gold.csv").write_text("\n".join(own) + "\n", encoding="utf-8")
    settings = [
        "profile=mock",
        "company=Serra Clara Alimentos S.A.",
        "peers=[Tarnberg Hydro SE, Northmoor Freight Ltd.]",
    ]
    parameters = WORKBOOK.parameters.read(team / "params.yaml", settings)
    ended = execution.execute(execution.prepare(WORKBOOK, parameters, team / "runs", team / "charter.yaml"))
    assert ended.finished is not None, ended.why
    measured = {each.criterion.name: each for each in ended.finished.criteria}
    assert measured["proven"].standing != "not met" and measured["f1"].measured is not None
    # Without rates money is not compared, and the report says which rate is wanted.
    compared = measured["comparable"]
    assert compared.standing == "not met" and "no rate from BRL to USD for FY2025" in compared.how
    assert not violations(ended.folder / "report.html")
    assert not violations(ended.folder / "report.html", dark=True)
