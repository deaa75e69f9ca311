"""Companies side by side: which value counts, what is compared in which unit and currency, and what it is made from."""

import pytest
from test_poc_view import COMPANIES, FOLDER, NORTHMOOR, PERIODS, SERRA, TARNBERG, gold_values, table_of

from helpers import show
from helpers.poc.financial_report import peers
from helpers.poc.financial_report.normalisation import fiscal_year, normalise, year_end_in
from helpers.poc.financial_report.rates import Rate, Rates
from helpers.poc.financial_report.values import Value
from helpers.poc.financial_report.wording import short_names
from helpers.problem import Problem


def value(indicator="revenue", amount=100.0, *, unit="million", document="a_2024.pdf", period="FY2024", **other):
    scale = {"million": 1e6, "thousand": 1e3}.get(unit, 1)
    currency = "EUR" if unit in ("million", "thousand", "per share") else ""
    given = {"company": TARNBERG, "currency": currency, "page": 1, "quote": "q", "source": "text", **other}
    return Value(
        document=document, period=period, indicator=indicator, value=amount, unit=unit, absolute=amount * scale, **given
    )


@pytest.fixture(scope="module")
def table():
    return table_of()


@pytest.fixture
def shown(monkeypatch):
    found = []
    monkeypatch.setattr(show, "listeners", [found.append])
    return found


# --- which value


def test_the_newest_filing_counts_and_the_old_figure_stays_beside_it(table):
    cell = table.cell(SERRA, "FY2023", "revenue")
    assert cell.amount == 2_001_990_000
    assert [old.document for old in cell.older] == ["serra_clara_2023_report.pdf"]
    assert "first reported as 2,127,174 thousand" in cell.notes[0]
    assert {row["figure"] for row in peers.restated(table)} == {"Revenue FY2023", "EBITDA FY2023"}


def test_a_rounded_figure_is_no_restatement_and_the_most_exact_one_is_taken():
    table = table_of([value(amount=742.4), value(amount=742_391.0, unit="thousand"), value(amount=742.39)])
    cell = table.cell(TARNBERG, "FY2024", "revenue")
    assert (cell.amount, cell.older, cell.why_not) == (742_391_000, (), "")


def test_filings_of_one_year_that_contradict_each_other_are_not_compared():
    table = table_of([value(amount=742.4), value(amount=747.4, document="b_2024.pdf")])
    cell = table.cell(TARNBERG, "FY2024", "revenue")
    assert cell.common is None and "contradict" in cell.why_not and "742.4 million EUR" in cell.notes[-1]


def test_what_is_not_proven_is_used_nowhere():
    table = table_of([value(problem="quote not on page")])
    assert table.cells == {} and len(table.held_back) == 1


def test_a_figure_read_from_a_chart_gives_way_to_text():
    table = table_of([value(amount=700.0, source="chart"), value(amount=700.0, document="b_2024.pdf")])
    assert table.cell(TARNBERG, "FY2024", "revenue").sources[0].source == "text"


@pytest.mark.parametrize(
    ("said", "year"),
    [("2023/24", "FY2024"), ("FY2024", "FY2024"), ("1999/00", "FY2000"), ("2023/2024", "FY2024"), ("Q3", "Q3")],
)
def test_a_year_is_named_by_its_end(said, year):
    assert fiscal_year(said) == year


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("The financial year runs from 1 October 2023 to 30 September 2024.", "30 September"),
        ("Our fiscal year ends on June 30.", "June 30"),
        ("The financial year is the calendar year.", "31 December"),
        ("O exercício social coincide com o ano civil.", "31 December"),
        ("O exercício social encerra em 31 de março de 2025.", "31 de março"),
        ("El ejercicio termina el 30 de junio.", "30 de junio"),
        ("We sell pumps.", ""),
    ],
)
def test_when_a_year_ends_is_read_from_a_filing(text, end):
    assert year_end_in(text) == end


def test_a_year_that_ends_in_another_month_is_said_beside_the_comparison(table):
    assert any(TARNBERG in note and "30 September" in note for note in table.notes)


# --- ratios


def test_ratios_are_reckoned_in_the_companys_own_currency(table):
    assert table.cell(SERRA, "FY2024", "revenue_growth").amount == pytest.approx(100 * (2_395_791 / 2_001_990 - 1))
    assert table.cell(TARNBERG, "FY2025", "net_debt_to_ebitda").amount == pytest.approx(-43.4 / 137.0)
    assert table.cell(NORTHMOOR, "FY2025", "cash_conversion").amount == pytest.approx(100 * 40_666 / 63_494)
    change = table.cell(SERRA, "FY2025", "ebitda_margin_change")
    assert change.amount == pytest.approx(100 * (384_230 / 2_507_399 - 324_981 / 2_395_791))
    assert change.kind == "points" and {v.indicator for v in change.sources} == {"ebitda", "revenue"}


def test_a_restated_figure_beside_one_that_is_not_is_not_ranked(table):
    cell = table.cell(SERRA, "FY2023", "cash_conversion")
    assert cell.common is None and "restated" in cell.why_not and "operating_cash_flow" in cell.why_not
    assert SERRA not in peers.ranks(table, "FY2023", "cash_conversion")


@pytest.mark.parametrize(("now", "before"), [(50.0, -10.0), (50.0, 0.0)])
def test_growth_over_a_loss_or_nothing_means_nothing(now, before):
    values = [value("ebitda", now), value("ebitda", before, period="FY2023", document="a_2023.pdf")]
    assert table_of(values).cell(TARNBERG, "FY2024", "ebitda_growth") is None


def test_debt_over_a_negative_ebitda_means_nothing():
    table = table_of([value("ebitda", -5.0), value("net_debt", 20.0)])
    assert table.cell(TARNBERG, "FY2024", "net_debt_to_ebitda") is None


# --- one currency


def test_flows_take_the_average_rate_and_balances_the_closing_rate(table):
    assert table.cell(SERRA, "FY2025", "revenue").common == pytest.approx(2_507_399_000 * 0.1780)
    assert table.cell(SERRA, "FY2025", "net_debt").common == pytest.approx(357_102_000 * 0.1830)
    assert table.cell(NORTHMOOR, "FY2025", "revenue").common == 455_417_000


def test_without_a_rate_only_what_is_no_money_is_compared_and_the_table_says_so(shown):
    table = table_of(rates=False)
    assert peers.ranks(table, "FY2025", "revenue") == {}
    assert len(peers.ranks(table, "FY2025", "ebitda_margin")) == 3
    assert "no rate from BRL to USD for FY2025" in table.cell(SERRA, "FY2025", "revenue").why_not
    peers.show_table(table, "FY2025")
    assert any("no rate from BRL to USD" in each.plain for each in shown)
    assert peers.comparable_share(table) < 1 == peers.comparable_share(table_of())


def test_what_each_company_defines_its_own_way_and_what_is_for_a_share_has_no_rank(table):
    for indicator in ("adjusted_ebitda", "dividend_per_share"):
        assert peers.ranks(table, "FY2025", indicator) == {}
        assert table.cell(SERRA, "FY2025", indicator) is not None


def test_an_inverse_rate_and_one_of_the_companys_own_are_found():
    rates = Rates(
        (
            Rate("FY2025", "USD", "BRL", 5.0, 4.0, "bank"),
            Rate("FY2025", "EUR", "USD", 1.1, 1.2, "bank"),
            Rate("FY2025", "EUR", "USD", 1.0, 1.3, "bank", company=TARNBERG),
        )
    )
    found = rates.find(SERRA, "FY2025", "BRL", "USD")
    assert (found.average, found.closing) == (0.2, 0.25) and "inverse" in found.source
    assert rates.find(TARNBERG, "FY2025", "EUR", "USD").average == 1.0
    assert rates.find(NORTHMOOR, "FY2025", "EUR", "USD").average == 1.1
    assert rates.find(SERRA, "FY2024", "BRL", "USD") is None


HEADER = "period,currency,to,average,closing,source\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("period,currency\n", "no column 'to'"),
        (HEADER + "FY2025,BRL,USD,abc,0.1,bank\n", "line 2: a rate is no number"),
        (HEADER + "FY2025,BRL,USD,0.1,-1,bank\n", "line 2: a rate has to be above 0"),
        (HEADER + "FY2025,BRL,USD,nan,1,bank\n", "line 2: a rate has to be above 0"),
        (HEADER + "FY2025,BRL,USD,0.1,0.1,\n", "line 2: it has no source"),
        (HEADER + 2 * "FY2025,BRL,USD,0.1,0.1,bank\n", "line 3: FY2025 BRL USD stands twice"),
    ],
)
def test_a_wrong_file_of_rates_is_refused_with_its_line(tmp_path, text, said):
    file = tmp_path / "rates.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(Problem, match=said):
        Rates.read(file)


def test_the_samples_rates_are_marked_as_invented():
    assert all("invented" in rate.source for rate in Rates.read(FOLDER / "rates.csv").rates)


# --- what is shown


def test_equal_figures_share_a_rank():
    values = [value("gross_margin", number, unit="percent", company=company) for company, number in
              ((SERRA, 30.0), (TARNBERG, 30.0), (NORTHMOOR, 20.0))]  # fmt: skip
    places = peers.ranks(table_of(values), "FY2024", "gross_margin")
    assert {company: rank.place for company, rank in places.items()} == {SERRA: 1, TARNBERG: 1, NORTHMOOR: 3}


def test_every_row_leads_to_documents_pages_and_quotes(table):
    rows = peers.rows(table)
    assert len(rows) == len(table.cells)
    assert all("“" in row["sources"] and " p. " in row["sources"] for row in rows)
    converted = next(
        r for r in rows if r["indicator"] == "revenue" and r["company"] == SERRA and r["period"] == "FY2025"
    )
    assert converted["rate_average"] == 0.178 and "invented" in converted["rate_source"]


def test_a_trace_shows_the_formula_and_each_of_its_figures(table, shown):
    peers.show_trace(table, SERRA, "FY2025", "ebitda_margin")
    said = "\n".join(each.plain for each in shown)
    assert "EBITDA / revenue" in said and "384,230 thousand BRL" in said and "2,507,399 thousand BRL" in said
    shown.clear()
    peers.show_trace(table, NORTHMOOR, "FY2025", "utilisation")
    assert "No filing states" in shown[0].plain


def test_the_growth_that_two_signed_reports_seem_to_show_is_named(table):
    first = peers.two_growths(table)[0]
    assert first.cell.company == SERRA and abs(first.now - first.first) > 5
    assert f"{first.first:.1f}%" in first.sentence and first.restated_to.startswith("BRL")


def test_a_picture_tells_its_numbers_in_words(table, shown):
    peers.pictures(table)
    assert "15.32 in FY2025" in shown[-1].alt and "Net debt to EBITDA" in shown[-1].alt
    peers.pictures(table_of([]))
    assert "nothing to draw" in shown[-1].plain


def test_nothing_to_compare_is_no_error(shown):
    empty = table_of([])
    peers.show_table(empty, "FY2025")
    assert peers.rows(empty) == [] and peers.comparable_share(empty) is None and peers.two_growths(empty) == []


def test_companies_of_one_first_name_keep_what_tells_them_apart():
    assert short_names(("Nova Alimentos do Sul S.A.", "Nova Alimentos do Norte S.A.")) == {
        "Nova Alimentos do Sul S.A.": "Nova Alimentos do Sul",
        "Nova Alimentos do Norte S.A.": "Nova Alimentos do Norte",
    }


def test_a_company_or_period_that_was_not_asked_for_is_left_out():
    from helpers.poc.financial_report.indicators import read_indicators

    table = normalise(
        gold_values(), read_indicators(FOLDER / "indicators.yaml"), companies=COMPANIES[:1], periods=PERIODS[-1:]
    )
    assert {(cell.company, cell.period) for cell in table.cells.values()} == {(SERRA, "FY2025")}
