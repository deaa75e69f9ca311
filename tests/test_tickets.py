"""The tickets of lesson 02: split by the rule, twins of real tickets, and scores that are what the mock gives."""

import importlib.util
from collections import Counter

import pytest

from helpers.data import load_sample
from helpers.paths import ROOT

FILES = ("pool", "development", "hidden")
TEAMS = {"ledger", "entry", "works", "desk"}


def loaded(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def tickets(name):
    return load_sample(f"tickets/{name}.jsonl")


def test_the_files_are_what_the_seeded_rule_makes():
    every = [ticket for name in FILES for ticket in tickets(name)]
    assert loaded(ROOT / "benchmarks" / "ticket_split.py").split(every) == {name: tickets(name) for name in FILES}


def test_no_ticket_is_in_two_files_and_every_team_is_in_each():
    every = [ticket for name in FILES for ticket in tickets(name)]
    assert len({ticket["id"] for ticket in every}) == len({ticket["text"] for ticket in every}) == len(every) == 150
    for name in FILES:
        counts = Counter(ticket["label"] for ticket in tickets(name))
        assert counts.keys() == TEAMS and max(counts.values()) - min(counts.values()) <= 2


def test_where_two_teams_fit_the_gold_is_the_one_that_the_rule_puts_first():
    order = ["ledger", "entry", "works", "desk"]
    ruled = [ticket for name in FILES for ticket in tickets(name) if "rule" in ticket]
    assert len(ruled) >= 20
    for ticket in ruled:
        first, _, second = ticket["rule"].partition(" before ")
        assert ticket["label"] == first and order.index(first) < order.index(second), ticket["id"]


def test_a_twin_is_its_ticket_with_an_order_to_another_team():
    clean = {ticket["id"]: ticket for ticket in tickets("development")}
    twins = tickets("twins")
    assert len(twins) >= 10 and len({twin["kind"] for twin in twins}) == len(twins)
    for twin in twins:
        own = clean[twin["twin_of"]]
        assert own["text"] in twin["text"] and twin["label"] == own["label"] != twin["orders"] in twin["text"]


@pytest.fixture(scope="module")
def measured():
    baselines, router = loaded(ROOT / "benchmarks" / "ticket_prompts.py").measured()
    return {"baselines": baselines, "router": router}


@pytest.mark.parametrize("name", ["baselines", "router"])
def test_the_scores_that_are_kept_are_those_that_the_mock_gives(measured, name):
    kept = load_sample(f"tickets/{name}.json")
    assert {**measured[name], "date": kept["date"]} == kept
