"""Odd long prompts are answered, by patterns whose time grows with the text and not with its square.

No time is measured: with the patterns that these were found on, each took minutes.
"""

from __future__ import annotations

import pytest

from helpers.mock_endpoint.api.requests import read_chat_request
from helpers.mock_endpoint.config import MockConfig
from helpers.mock_endpoint.reading.prompt import _LONG_SPACE, _shorter, read_prompt
from helpers.mock_endpoint.text.language import sentences

ODD = [" \n", "\n \t", ".", "?", "...", '!"', "a_", "a-", "a' ", "'a ", "a: ", "- ", "<a ", '"', '{"a":', "| a ", "1."]


@pytest.mark.parametrize("unit", ODD)
def test_a_long_run_of_one_thing_is_read(unit):
    text = unit * (30_000 // len(unit)) + "q"
    body = {"model": "sim-large", "messages": [{"role": "user", "content": f"Summarise.\n\n{text}\n\nWhat is it?"}]}
    assert read_prompt(read_chat_request(body, MockConfig())).said.endswith("What is it?")


def test_white_space_is_cut_short_and_still_ends_lines_and_paragraphs():
    def cut(text: str) -> str:
        return _LONG_SPACE.sub(_shorter, text)

    assert cut("a  b\n\nc") == "a  b\n\nc"
    assert cut("a" + " " * 500 + "b") == "a" + " " * 40 + "b"
    assert cut("a" + " " * 500 + "\nb") == "a" + " " * 40 + "\nb"
    assert cut("a" + " " * 500 + "\n \n\nb") == "a" + " " * 40 + "\n\nb"
    assert len(cut("a" + " \n" * 500 + "b")) == 42


def test_marks_in_a_row_still_end_a_sentence_once():
    assert sentences("Really?! Yes... So be it.\nDone!!!") == ["Really?!", "Yes...", "So be it.", "Done!!!"]
    assert sentences('He said "yes." Then he left.') == ['He said "yes."', "Then he left."]
    assert sentences("Version 1.2.3 is out. v2..x is not.") == ["Version 1.2.3 is out.", "v2..x is not."]
