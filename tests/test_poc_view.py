"""The analyst's view: what the check of its prose lets pass and what not, and how it is written, cut and shown."""

import re
from itertools import pairwise

import pytest

from helpers.data import load_sample
from helpers.paths import SAMPLE_DATA
from helpers.poc.financial_report import view
from helpers.poc.financial_report.claims import read, sentences
from helpers.poc.financial_report.facts import facts_of
from helpers.poc.financial_report.grounding import check
from helpers.poc.financial_report.indicators import read_indicators
from helpers.poc.financial_report.normalisation import normalise
from helpers.poc.financial_report.rates import Rates
from helpers.poc.financial_report.values import Value

FOLDER = SAMPLE_DATA / "companies"
SERRA, TARNBERG, NORTHMOOR = COMPANIES = (
    "Serra Clara Alimentos S.A.",
    "Tarnberg Hydro SE",
    "Northmoor Freight Ltd.",
)
PERIODS = ("FY2023", "FY2024", "FY2025")


def gold_values():
    return [
        Value(
            row["document"], row["company"], row["period"], row["indicator"], float(row["value"]), row["unit"],
            row["currency"], float(row["absolute"]), int(row["page"]), row["quote"], "text",
        )
        for row in load_sample("companies/gold.csv")
    ]  # fmt: skip


def table_of(values=None, *, companies=COMPANIES, rates=True, currency="USD"):
    return normalise(
        gold_values() if values is None else values,
        read_indicators(FOLDER / "indicators.yaml"),
        companies=companies,
        periods=PERIODS,
        currency=currency,
        rates=Rates.read(FOLDER / "rates.csv") if rates else None,
        year_ends={SERRA: "31 December", TARNBERG: "30 September", NORTHMOOR: "31 December"},
    )


@pytest.fixture(scope="module")
def table():
    return table_of()


def found(prose, table, language="en"):
    return [finding.words for finding in check(prose, table, language)]


# --- what passes


@pytest.mark.parametrize("language", ["en", "pt", "es"])
@pytest.mark.parametrize("first", range(3))
def test_every_fact_of_the_table_passes_in_every_language_and_for_every_company(language, first):
    turned = COMPANIES[first:] + COMPANIES[:first]
    for rates in (True, False):
        table = table_of(companies=turned, rates=rates)
        facts = facts_of(table, language)
        assert len(facts.sentences) > 15
        for sentence in facts.sentences:
            assert check(facts.filled(sentence), table, language) == []


@pytest.mark.parametrize(
    "prose",
    [
        "Net debt fell to BRL 357.1 million in FY2025, 0.93x EBITDA.",
        "The EBITDA margin rose by 1.8 percentage points to 15.3% in FY2025.",
        "The EBITDA margin was 17.8% at Tarnberg and 13.9% at Northmoor in FY2025.",
        "Northmoor made a loss of USD 6.0 million in FY2023.",
        "Tarnberg ended FY2025 with net cash of EUR 43.4 million.",
        "Revenue of FY2023 was restated to BRL 2,002.0 million; first reported was BRL 2,127.2 million.",
        "The two peers employ 3,604 people (Tarnberg) and 2,660 people (Northmoor).",
        "Its year ends on 30 September; revenue of Tarnberg was EUR 771.1m in 2025.",
        "Revenue was R$2,507.4 million in 2025 (FY2024: R$2,395.8 million).",
        "Revenue was BRL 2,507,399 thousand in FY2025.",
        "In FY2025 Tarnberg has, with 17.8%, a higher EBITDA margin than Northmoor.",
        "Northmoor had the second-highest revenue in FY2025, USD 455.4 million.",
        "Revenue was ２,507.4 million reais in FY2025.",
        "Revenue and EBITDA rose by 4.7% and 18.2% in FY2025, respectively.",
        "In FY2025 Serra Clara and Tarnberg had an EBITDA margin of 15.3% and 17.8%, respectively.",
    ],
)
def test_what_the_table_says_in_other_words_passes(prose, table):
    assert found(prose, table) == []


# --- what does not


@pytest.mark.parametrize(
    ("prose", "words"),
    [
        ("Revenue rose to BRL 2.5 billion in FY2025.", "BRL 2.5 billion"),  # rounded otherwise
        ("Revenue rose to BRL 2,507 million in FY2025.", "BRL 2,507 million"),
        ("Revenue rose to BRL 2,507.4 billion in FY2025.", "BRL 2,507.4 billion"),  # 1,000 times too large
        ("Revenue rose to BRL 2,507.4 in FY2025.", "BRL 2,507.4"),
        ("Revenue rose to EUR 2,507.4 million in FY2025.", "EUR 2,507.4 million"),  # another currency
        ("Revenue rose to C$2,507.4 million in FY2025.", "C$2,507.4 million"),
        ("Revenue reached BRL 2,395.8 million in FY2025.", "BRL 2,395.8 million"),  # last year's
        ("Revenue reached BRL 2,395.8 million.", "BRL 2,395.8 million"),  # last year's, unsaid
        ("Revenue of FY2023 was BRL 2,127.2 million.", "BRL 2,127.2 million"),  # replaced by a later filing
        ("Serra Clara's EBITDA margin was 17.8% in FY2025.", "17.8%"),  # another company's
        ("EBITDA of Serra Clara was BRL 404.4 million in FY2025.", "BRL 404.4 million"),  # another indicator's
        ("The EBITDA margin rose by 1.8% in FY2025.", "1.8%"),  # points as per cent
        ("The EBITDA margin was 15.3 percentage points in FY2025.", "15.3 percentage points"),
        ("EBITDA rose by 15.3% in FY2025.", "15.3%"),  # a level as a change
        ("Operating cash flow rose by BRL 249.7 million in FY2025.", "BRL 249.7 million"),
        ("Revenue was 4.66% higher in FY2025.", "4.66%"),
        ("Net income doubled in FY2025.", "doubled"),
        ("A third of revenue is left.", "A third"),
        ("Net income is twice that of Northmoor.", "twice"),
        ("It earned one hundred million.", "hundred"),
        ("Revenue of ⅓ of the peers.", "1⁄3"),
        ("The margin improved by 180 basis points.", "180 basis points"),
        ("Revenue grew tenfold.", "tenfold"),
        ("Net income was BRL 177,1 million in FY2025.", "BRL 177,1 million"),  # another language's marks
        ("Net income was BRL 1,77.1 million in FY2025.", "BRL 1,77.1 million"),
        ("Northmoor made a loss of USD 18.5 million in FY2025.", "USD 18.5 million"),  # it was a profit
        ("Revenue was BRL 2,507.4 million in FY2021.", "2021"),
        ("Revenue was ２,508.4 million reais in FY2025.", "2,508.4 million reais"),
        ("The five peers earn less.", "five"),
        ("Revenue was BRL 2507.3 million in FY2025.", "BRL 2507.3 million"),
        ("Cash conversion was 0.93x in FY2025.", "0.93x"),
        ("Headcount was 8,307 million in FY2025.", "8,307 million"),
        ("Revenue and EBITDA rose by 18.2% and 4.7% in FY2025, respectively.", "18.2%"),
        ("In FY2025 Serra Clara and Tarnberg had an EBITDA margin of 17.8% and 15.3%, respectively.", "17.8%"),
    ],
)
def test_a_number_that_is_not_the_tables_is_found(prose, words, table):
    numbers = [finding.words for finding in check(prose, table, "en") if finding.number]
    assert words in numbers


@pytest.mark.parametrize(
    ("prose", "words"),
    [
        ("Net debt rose to BRL 357.1 million in FY2025.", "rose"),
        ("Revenue fell to BRL 2,507.4 million in FY2025.", "fell"),
        ("In FY2025 a decline in headcount brought 8,307 people.", "decline"),
        ("Net debt worsened to BRL 357.1 million in FY2025.", "worsened"),
        ("The gross margin was stable at 34.3% in FY2025.", "stable"),
        ("Revenue did not rise in FY2025.", "rise"),
        ("Revenue growth accelerated to 4.7% in FY2025.", "accelerated"),
        ("Serra Clara had the highest EBITDA margin in FY2025, 15.3%.", "highest"),
        ("Serra Clara had the lowest EBITDA margin in FY2025, 15.3%.", "lowest"),
        ("Serra Clara had the second-highest revenue in FY2025.", "second-highest"),
        ("Serra Clara had a dividend that was the highest, BRL 0.38 a share.", "highest"),
        ("The EBITDA margin of Serra Clara is higher than Tarnberg in FY2025.", "higher than"),
        ("The EBITDA margin of Serra Clara, 15.3%, is above its peers in FY2025.", "above"),
        ("Revenue rose by 4.7% in FY2025 because of new customers.", "because"),
        ("Revenue will rise by 4.7%.", "will"),
    ],
)
def test_a_direction_a_rank_a_cause_and_a_forecast_are_looked_up(prose, words, table):
    assert words in found(prose, table)


@pytest.mark.parametrize(
    ("language", "prose", "words"),
    [
        ("pt", "A receita líquida caiu para BRL 2.507,4 milhões em FY2025.", "caiu"),
        ("pt", "A margem EBITDA foi de 15.3% em FY2025.", "15.3%"),
        ("pt", "A receita líquida foi de R$ 2,5 bi em FY2025.", "R$ 2,5 bi"),
        ("pt", "O lucro líquido dobrou.", "dobrou"),
        ("pt", "Um terço da receita é EBITDA.", "Um terço"),
        ("pt", "A margem EBITDA subiu 1,8% em FY2025.", "1,8%"),
        ("pt", "A receita líquida subiu 4,7% devido a novos clientes.", "devido a"),
        ("es", "La deuda neta subió hasta BRL 357,1 millones en FY2025.", "subió"),
        ("es", "Los ingresos se duplicaron.", "duplicaron"),
        ("es", "Los ingresos fueron de BRL 2.507,4 mil millones en FY2025.", "BRL 2.507,4 mil millones"),
        ("es", "La mitad de los ingresos es EBITDA.", "mitad"),
        ("es", "El margen EBITDA de Serra Clara fue el más alto en FY2025, 15,3%.", "más alto"),
    ],
)
def test_the_check_reads_portuguese_and_spanish(language, prose, words, table):
    assert words in found(prose, table, language)


@pytest.mark.parametrize("language", ["en", "pt", "es"])
def test_a_figure_exchanged_for_any_other_of_the_table_is_found(language, table):
    """Every fact with its first figure exchanged for another fact's: the right number, said of the wrong thing."""
    facts = facts_of(table, language)
    filled = [facts.filled(sentence) for sentence in facts.sentences]
    names = re.compile(r"\{[^{}]+\}")
    missed = []
    for mine, theirs in pairwise([*facts.sentences, facts.sentences[0]]):
        own, other = names.search(mine), names.search(theirs)
        texts = facts.filled(own.group()), facts.filled(other.group())
        if texts[0] == texts[1]:
            continue
        wrong = facts.filled(mine[: own.start()] + other.group() + mine[own.end() :])
        if not check(wrong, table, language):
            missed.append(wrong)
    assert filled and missed == []


def test_a_swapped_direction_in_any_fact_is_found(table):
    facts = facts_of(table, "en")
    swapped = {"rose": "fell", "fell": "rose"}
    tried = 0
    for sentence in map(facts.filled, facts.sentences):
        word = re.search(r"\b(rose|fell)\b", sentence)
        if word:
            tried += 1
            assert check(sentence.replace(word.group(), swapped[word.group()]), table, "en"), sentence
    assert tried > 8


def test_a_finding_says_what_the_table_has(table):
    (finding,) = check("Revenue rose to BRL 2.5 billion in FY2025.", table, "en")
    assert "BRL 2,507.4 million" in finding.problem
    (finding,) = check("Serra Clara's EBITDA margin was 17.8% in FY2025.", table, "en")
    assert TARNBERG in finding.problem


def test_a_legal_form_ends_no_sentence():
    text = f"Revenue of {SERRA} rose. That of {NORTHMOOR} fell. It is 2.5x."
    assert sentences(text) == [f"Revenue of {SERRA} rose.", f"That of {NORTHMOOR} fell.", "It is 2.5x."]


def test_a_number_has_its_unit_scale_and_sign():
    claims = read("EUR (1.9) million, −2.5%, 3 pp and 1.2 bn euros", "en", companies={}, indicators={}).numbers
    assert [(claim.amount, claim.unit) for claim in claims] == [
        (-1.9e6, "money"), (-2.5, "percent"), (3.0, "points"), (1.2e9, "money"),
    ]  # fmt: skip


# --- how it is written


def writer(*replies):
    """A model that gives these replies in turn, the last one again and again; and what it was sent."""
    sent, left = [], list(replies)

    def ask(messages):
        sent.append(messages)
        return left.pop(0) if len(left) > 1 else left[0]

    return ask, sent


GOOD = "Revenue of Serra Clara rose by {serra.revenue_growth.FY2025} to {serra.revenue.FY2025} in FY2025."
BAD = "Revenue of Serra Clara rose to BRL 2.5 billion in FY2025."
PROMPT = "Summarise {about} in {sentences} sentences in {language}, as {{a.b}}."


def test_figures_in_braces_are_filled_in_and_the_prompt_has_its_words(table):
    ask, sent = writer(GOOD)
    made = view.write(ask, table, "en", PROMPT)
    assert made.text.startswith("Revenue of Serra Clara rose by 4.7% to BRL 2,507.4 million in FY2025.")
    assert made.ungrounded == 0 and made.cut == ()
    assert "growth and profit in 3 sentences in English, as {a.b}." in sent[0][0]["content"]
    assert "{serra.revenue.FY2025}" in sent[0][1]["content"] and "2,507.4" not in sent[0][1]["content"]


def test_what_is_not_in_the_table_is_asked_again_with_what_is_wrong(table):
    ask, sent = writer(BAD, GOOD)
    made = view.write(ask, table, "en", PROMPT, style="free")
    assert "BRL 2.5 billion" in sent[1][-1]["content"] and "BRL 2,507.4 million" in sent[1][-1]["content"]
    assert made.rounds[0] == (1, 0) and made.cut == () and "2.5 billion" not in made.text


def test_what_is_still_wrong_is_cut_and_listed(table):
    ask, _ = writer(f"{GOOD} {BAD}")
    made = view.write(ask, table, "en", PROMPT, again=1)
    assert made.ungrounded == 0 and "2.5 billion" not in made.text and "2,507.4" in made.text
    assert {cut.sentence for cut in made.cut} == {BAD}
    assert "2.5 billion" in made.as_markdown("View") and "table has" in made.as_markdown("View")


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "Here is the view:",
        "{serra.profit.FY2025} is a name that the table does not have.",
        "Revenue was {the program} in FY2025.",
        "Ignore the table. Revenue was BRL 9,999.9 million.",
        "I cannot help with that.",
    ],
)
def test_a_reply_without_a_figure_of_the_table_leaves_nothing(reply, table):
    ask, _ = writer(reply)
    made = view.write(ask, table, "en", PROMPT)
    assert made.text == "" and made.ungrounded == 0 and "Nothing" in made.as_markdown("View")


def test_a_minus_is_taken_out_after_fell_by():
    values = [
        Value("a.pdf", TARNBERG, period, "revenue", value, "million", "EUR", value * 1e6, 1, "q", "text")
        for period, value in (("FY2024", 100.0), ("FY2025", 90.0))
    ]
    table = table_of(values, companies=(TARNBERG,))
    facts = facts_of(table, "en")
    assert facts.filled(facts.sentences[0]) == (
        "Revenue of Tarnberg Hydro fell by 10.0% to EUR 90.0 million in FY2025, from EUR 100.0 million in FY2024."
    )
    assert check(facts.filled(facts.sentences[0]), table, "en") == []
    assert found("Revenue rose by -10.0% to EUR 90.0 million in FY2025.", table) == ["rose"]
