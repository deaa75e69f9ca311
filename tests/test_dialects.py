"""The table of differences is what the clients really send and the stand-ins really answer; the page says the same."""

import json

import dialects as bench
import pytest
from test_network import own_network  # noqa: F401

from helpers import dialects
from helpers.settings import Settings, SettingsError


def test_the_recorded_answers_are_those_that_the_stand_ins_give():
    stored = json.loads(dialects.ANSWERS.read_text(encoding="utf-8"))
    assert bench.recorded() == stored, "run `workbook bench dialects`"


def test_the_pages_tables_are_those_that_are_made():
    text = bench.PAGE.read_text(encoding="utf-8")
    assert len(bench.MARKS.findall(text)) == 3
    assert bench.page(text) == text, "run `workbook bench dialects`"
    torn = text.replace("api-key", "api_key")
    assert bench.page(torn) == text


def cell(rows, what, name):
    (row,) = [row for row in rows if row["difference"] == what]
    return row[name]


def test_requests_differ_where_a_learner_meets_it():
    rows = dialects.requests([{"role": "user", "content": "Hi"}])
    assert cell(rows, "host", "azure") == "my-resource.openai.azure.com"
    assert cell(rows, "path", "azure") == "/openai/v1/chat/completions"
    assert cell(rows, "api-version", "azure, by deployment") == "2024-10-21"
    assert cell(rows, "the key is in", "azure, by deployment") == "api-key"
    assert cell(rows, "the key is in", "openai") == "Authorization"
    assert "ai.azure.com" in cell(rows, "instead of a key", "azure")
    assert cell(rows, "`model` is", "azure") == "your deployment: team-large"
    assert not any("example-key" in value for row in rows for value in row.values())


def test_langchain_sends_token_ids_to_openai_and_texts_elsewhere():
    rows = dialects.requests(langchain=True)
    assert cell(rows, "LangChain's `max_tokens` is sent as", "azure") == "max_completion_tokens"
    assert cell(rows, "LangChain sends for embeddings", "openai") == "token ids"
    assert cell(rows, "LangChain sends for embeddings", "azure") == "text"


def test_answers_differ_where_a_learner_meets_it():
    rows = dialects.answers()
    assert cell(rows, "an unknown model or deployment", "azure") == "404, `DeploymentNotFound`"
    assert cell(rows, "a harmful prompt", "openai") == "200"
    assert "innererror" in cell(rows, "a harmful prompt", "azure")
    assert "no choices" in cell(rows, "a stream's first event", "azure")
    assert "retry-after-ms" in cell(rows, "the quota is used up", "azure, by deployment")
    assert cell(rows, "an unknown api-version", "openai") == "has none"


def test_a_difference_that_is_none_is_left_out():
    rows = [*dialects.requests(), *dialects.answers()]
    same = [
        row["difference"] for row in rows if len({value for name, value in row.items() if name != "difference"}) == 1
    ]
    assert set(same) <= {"an unknown field", "a chat model for embeddings"}


def test_looking_at_a_dialect_leaves_the_environment_alone():
    import os

    before = dict(os.environ)
    dialects.requests()
    assert dict(os.environ) == before


def test_the_examples_are_complete_and_none_works_with_a_line_less_than_it_needs():
    for text in dialects.EXAMPLES.values():
        assert Settings.from_text(text)
    with pytest.raises(SettingsError):
        Settings.from_text(dialects.EXAMPLES["azure"].replace("WORKBOOK_EMBEDDING=team-embedding", ""))
