"""Figures of filings: numbers as printed, proof by quote, outcomes and scores; the map that shows them."""

import json

import pytest
from pydantic import ValidationError

from helpers import figures, load_sample, plots, show
from helpers.paths import SOLUTIONS

GOOD = {"value": -1.9, "unit": "million", "currency": "EUR", "period": "2023/24", "page": 8, "quote": "Net debt (1.9)"}


@pytest.mark.parametrize("form", load_sample("extraction/number_forms.json"), ids=lambda form: form["text"] or "empty")
def test_every_form_of_number_is_read(form):
    assert figures.to_number(form["text"], form["decimal"]) == pytest.approx(form["value"])


def test_there_are_forty_forms_and_each_stands_once():
    forms = load_sample("extraction/number_forms.json")
    assert len({(form["text"], form["decimal"]) for form in forms}) == len(forms) == 40


def test_numbers_of_a_row_are_apart_also_without_bars():
    assert figures.numbers_in("Net loss (6,015) 14,714") == [-6015.0, 14714.0]
    assert figures.numbers_in("Receita líquida | 2.127.174 | 1.984.937", ",") == [2127174.0, 1984937.0]


@pytest.mark.parametrize(
    "change", [{"unit": "lakh"}, {"currency": "R$"}, {"period": "FY24"}, {"page": 0}, {"quote": ""}, {"sure": True}]
)
def test_a_record_refuses_what_cannot_be_checked(change):
    figures.Figure(**GOOD)
    with pytest.raises(ValidationError):
        figures.Figure(**GOOD | change)


def test_every_figure_of_the_gold_is_proven_by_its_own_quote():
    pages, about = load_sample("companies/pages.json"), load_sample("companies/filings.json")
    for row in load_sample("companies/gold.csv"):
        if row["indicator"] == "utilisation":
            continue
        figure = figures.Figure.model_construct(value=float(row["value"]), page=int(row["page"]), quote=row["quote"])
        texts = {page["page"]: page["text"] for page in pages[row["document"]]}
        mark = figures.decimal_mark(about[row["document"]]["language"])
        said = figures.problem(figure, texts, mark)
        # Cash that was paid stands in brackets: as a positive number it is not in its quote.
        paid = row["indicator"] == "capital_expenditure" and "(" in row["quote"]
        assert said == ("value not in quote" if paid else None), row


def test_outcomes_and_their_score():
    found = {"a": (1.0, 1.0), "b": (5.0, 1.0), "c": (None, 1.0), "d": (1.0, None), "e": (None, None)}
    outcomes = {key: figures.outcome(*pair) for key, pair in found.items()}
    assert list(outcomes.values()) == ["right", "wrong", "missing", "invented", "rightly none"]
    assert figures.precision_recall(outcomes) == (1 / 3, 1 / 3)
    assert figures.precision_recall({}) == (0.0, 0.0) and figures.f1(0.0, 0.0) == 0.0


def test_a_schema_is_strict_and_lists_other_names():
    schema = figures.filing_schema([{"name": "sales", "definition": "All sales.", "synonyms": ["turnover"]}])
    sent = figures.as_response_format(schema)
    assert sent["json_schema"]["strict"] is True
    assert "All sales. Also called: turnover." in json.dumps(sent)
    assert "Also called" not in json.dumps(
        figures.as_response_format(figures.filing_schema([{"name": "sales", "definition": "All."}]))
    )


def test_the_schema_that_is_sent_has_no_rule_that_strict_mode_refuses():
    sent = json.dumps(figures.as_response_format(figures.filing_schema([{"name": "sales", "definition": "All."}])))
    assert not any(f'"{rule}"' in sent for rule in ("minLength", "pattern", "minimum"))
    assert '"quote"' in sent and '"enum"' in sent


def test_the_stand_in_is_what_the_lesson_leaves_behind():
    indicators = [one for one in load_sample("companies/indicators.yaml") if one["name"] != "utilisation"]
    schema = figures.as_response_format(figures.filing_schema(indicators))
    assert load_sample("extraction/07_extractor/schema.json") == schema
    lesson = (SOLUTIONS / "L200_building" / "07_entity_extraction.py").read_text(encoding="utf-8")
    assert load_sample("extraction/07_extractor/prompt.md").strip() in lesson


def test_the_map_says_every_field_that_is_not_right(monkeypatch):
    given = []
    monkeypatch.setattr(show, "show", given.append)
    plots.field_map({("one", "sales"): "right", ("one", "net_debt"): "wrong", ("two", "sales"): "invented"}, title="T")
    assert "Wrong: net debt of one." in given[0].alt and "Invented: sales of two." in given[0].alt
    with pytest.raises(ValueError, match="odd"):
        plots.field_map({("one", "sales"): "odd"}, title="T")
