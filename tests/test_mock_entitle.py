"""A group of texts gets a name and a definition, taken from what the texts have in common."""

from __future__ import annotations

import json

import openai
import pytest

from helpers.mock_endpoint import start

SHEEP = ["The shepherd counts the lambs", "Two lambs are lost on the hill", "The lambs follow the shepherd home"]
BREAD = ["The rye bread is baked at four", "Bread with rye flour sells best", "No bread was left in the bakery at noon"]
TASK = "Name the group that these notes form, and define what belongs in it."
SHAPE = {
    "type": "json_schema",
    "json_schema": {
        "name": "group",
        "strict": True,
        "schema": {
            "type": "object",
            "properties": {"name": {"type": "string"}, "definition": {"type": "string"}},
            "required": ["name", "definition"],
            "additionalProperties": False,
        },
    },
}


@pytest.fixture(scope="module")
def ask():
    client = openai.OpenAI(base_url=start().url, api_key="workbook", max_retries=0)

    def ask(texts: list[str], task: str = TASK, **options) -> str:
        data = "<notes>\n" + "\n".join(f"- {text}" for text in texts) + "\n</notes>"
        messages = [{"role": "system", "content": task}, {"role": "user", "content": data}]
        reply = client.chat.completions.create(model="sim-large", messages=messages, temperature=0, **options)
        return reply.choices[0].message.content or ""

    return ask


@pytest.mark.parametrize(("texts", "word"), [(SHEEP, "lamb"), (BREAD, "bread")])
def test_a_group_is_named_by_what_its_texts_share(ask, texts, word):
    found = json.loads(ask(texts, response_format=SHAPE))
    assert word in found["name"].lower() and word in found["definition"].lower()
    assert found["definition"].endswith(".") and len(found["name"].split()) <= 7


def test_a_group_is_named_in_words_where_no_schema_is_given(ask):
    assert "lamb" in ask(SHEEP, "Give a title to the group that these notes form.").lower()


def test_a_schema_that_asks_for_more_than_a_name_and_a_definition_is_filled_as_before(ask):
    shape = json.loads(json.dumps(SHAPE))
    shape["json_schema"]["schema"]["properties"]["count"] = {"type": "integer"}
    shape["json_schema"]["schema"]["required"].append("count")
    assert set(json.loads(ask(SHEEP, response_format=shape))) == {"name", "definition", "count"}


def test_one_text_is_no_group(ask):
    assert ask(SHEEP[:1], "Give a title to the group that these notes form.") != ""
